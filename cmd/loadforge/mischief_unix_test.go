//go:build unix

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// Whatever a scenario does to its own process, what was measured until then is
// on disk, and what went wrong is said.
func TestScenariosThatHarmTheirProcess(t *testing.T) {
	for does, want := range map[string]struct {
		code int
		says string
		last string // of the load
	}{
		"write a map at once": {2, "concurrent map writes", "1h"},
		"recurse for ever":    {2, "stack overflow", "1h"},
		"exit":                {3, "", "1h"},
		"panic beside":        {2, "out of stock", "1h"},
		"never return":        {0, "2 users of visitor have not returned from visitor", "5s"},
		"compute for ever":    {0, "2 users of visitor have not returned from visitor", "5s"},
	} {
		t.Run(does, func(t *testing.T) {
			t.Parallel()
			if raced && does == "write a map at once" {
				t.Skip("the race detector finds it first")
			}
			p := mischievous(t, does, want.last)
			if got := p.ends(t); got != want.code {
				t.Errorf("exit code is %d, want %d:\n%s", got, want.code, strings.Join(p.said, "\n"))
			}
			if said := strings.Join(p.said, "\n"); !strings.Contains(said, want.says) {
				t.Errorf("it says\n%s\nwant %q", said, want.says)
			}
			l := leftoverOf(t, filepath.Join(p.Dir, "results"))
			if l.requests == 0 || l.seconds == 0 || l.ended != (want.code == 0) {
				t.Errorf("%+v is left, want the seconds before", l)
			}
		})
	}
}

// A worker process that a scenario harms is lost, and the others go on.
func TestAScenarioThatHarmsOneOfItsProcesses(t *testing.T) {
	t.Parallel()
	p := mischievous(t, "exit in one of two processes", "5s", "-w", "2")
	if got := p.ends(t); got != 0 {
		t.Errorf("exit code is %d, want 0:\n%s", got, strings.Join(p.said, "\n"))
	}
	r := readResult(t, p.Dir)
	r.wantReason(t, "1 of 2 workers were lost")
}

// mischievous starts the program mischief for a load of that length.
func mischievous(t *testing.T, does, length string, flags ...string) *process {
	t.Helper()
	url, _ := serve(t)
	return startWith(t, exec.Command("mischief", append([]string{"run", "-d", length}, flags...)...), t.TempDir(), "TARGET="+url, "MISCHIEF="+does, "GOMEMLIMIT=64MiB")
}

// A million names, and a hundred thousand error texts, take the memory of those
// that are kept apart.
func TestAMillionNamesTakeBoundedMemory(t *testing.T) {
	if raced {
		t.Skip("the race detector keeps a shadow of everything")
	}
	t.Parallel()
	p := mischievous(t, "name without end", "1h", "-f", "json")
	for range 2 { // users
		p.says(t, "all is named")
	}
	p.signal(t, os.Interrupt)
	if got := p.ends(t); got != 105 {
		t.Errorf("exit code is %d:\n%s", got, strings.Join(p.said, "\n"))
	}
	r := readResult(t, p.Dir)
	crowded := func(reason string) bool { return strings.Contains(reason, `are counted under "(other)"`) }
	if r.Totals.Requests < madeUpNames || !slices.ContainsFunc(r.Verdict.Reasons, crowded) {
		t.Errorf("%d requests, verdict %+v; want a million and what became of their names", r.Totals.Requests, r.Verdict)
	}
	if len(r.Errors) > 100 {
		t.Errorf("%d groups of errors, want 100 at most", len(r.Errors))
	}
	peak := p.ProcessState.SysUsage().(*syscall.Rusage).Maxrss
	if runtime.GOOS == "darwin" {
		peak /= 1024 // bytes there
	}
	const limit = 200 << 10
	if peak > limit {
		t.Errorf("it took %d MB at most, want less than %d", peak>>10, limit>>10)
	}
}
