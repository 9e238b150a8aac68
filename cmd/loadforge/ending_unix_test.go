//go:build unix

package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A cause is what ends a run, and the exit code that it ends with in each
// phase: setup, ramp, steady, drain, teardown, report.
type cause struct {
	name  string
	flags []string
	fails bool // the target begins to fail where it otherwise holds up
	stays bool // what the target holds up stays so
	codes [6]int
	act   func(*testing.T, *process) // nil: it comes by itself
}

const (
	killed = -1 // as os/exec has it
	never  = -2 // the cause can't be in this phase
)

var causes = []cause{
	{name: "interrupt", codes: [6]int{105, 105, 105, 105, 105, 0}, act: sends(os.Interrupt)},
	{name: "terminate", codes: [6]int{105, 105, 105, 105, 105, 0}, act: sends(syscall.SIGTERM)},
	// TestASecondSignalEndsTheReport has the last phase.
	{name: "interrupt twice", stays: true, codes: [6]int{105, 105, 105, 105, 101, never}, act: func(t *testing.T, p *process) {
		p.signal(t, os.Interrupt)
		<-time.After(100 * time.Millisecond) // two signals at once may be one
		p.signal(t, os.Interrupt)
	}},
	{name: "kill", stays: true, codes: [6]int{killed, killed, killed, killed, killed, killed}, act: sends(syscall.SIGKILL)},
	{
		name: "threshold", flags: []string{"--threshold", "error_rate<1% abort"}, fails: true,
		codes: [6]int{100, 99, 99, 99, 101, never},
	},
	{
		name: "deadline", flags: []string{"--timeout", "500ms", "--graceful-stop", "200ms"}, stays: true,
		codes: [6]int{100, 0, 0, 0, 101, never},
	},
}

func sends(sig os.Signal) func(*testing.T, *process) {
	return func(t *testing.T, p *process) { p.signal(t, sig) }
}

// Whatever ends a run, and whenever: it ends with the code it should and soon,
// and what it leaves can be read and has counted what the target has. All 36
// cells take a while; each cause and each phase once is enough for every day.
func TestEveryCauseEndsEveryPhase(t *testing.T) {
	all := os.Getenv("LOADFORGE_FAULTS") != ""
	for i, c := range causes {
		for j, ph := range runPhases {
			if c.codes[j] == never || !all && (i+j)%len(runPhases) != 3 {
				continue
			}
			t.Run(c.name+" in "+ph.name, func(t *testing.T) {
				t.Parallel()
				c.end(t, ph, c.codes[j])
			})
		}
	}
}

func (c *cause) end(t *testing.T, ph phase, want int) {
	s := newStage(t, ph.path, ph.after, c.fails)
	p, out := s.phasesOn(t, t.TempDir(), ph.steady, c.flags...)
	if c.act != nil {
		ph.reached(t, p, s)
		c.act(t, p)
	}
	began := time.Now()
	if !c.stays {
		<-time.After(100 * time.Millisecond)
		close(s.holds)
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	if got := p.ends(t); got != want {
		t.Errorf("exit code is %d, want %d:\n%s", got, want, strings.Join(p.said, "\n"))
	}
	if took := time.Since(began); took > patience/4 {
		t.Errorf("it took %v to end", took)
	}
	l := leftoverOf(t, filepath.Join(p.Dir, "results"))
	if want == killed {
		l.wantAllButTheOpenSecond(t, s, began)
		return
	}
	c.wantResult(t, p, s, l, want)
}

func (c *cause) wantResult(t *testing.T, p *process, s *stage, l leftover, code int) {
	t.Helper()
	r := readResult(t, p.Dir)
	if r.Interrupted != (code == 105 || c.name == "interrupt twice" && code == 101) {
		t.Errorf("interrupted is %v with exit code %d", r.Interrupted, code)
	}
	asked, _ := s.count("/load", time.Now())
	// What was cut may not have got as far as the target.
	if r.Totals.Requests != l.requests || asked < r.Totals.Requests || asked > r.Totals.Requests+r.Totals.Cancelled {
		t.Errorf("result.json has %d requests and %d that were cut, the log %d, the target counted %d",
			r.Totals.Requests, r.Totals.Cancelled, l.requests, asked)
	}
	setups, _ := s.count("/setup", time.Now())
	teardowns, _ := s.count("/teardown", time.Now())
	if setups != 1 || teardowns > 1 {
		t.Errorf("%d setups, %d teardowns; want one each at most", setups, teardowns)
	}
	if !l.ended {
		t.Error("the log does not say how the run ended")
	}
}

// wantAllButTheOpenSecond compares what a killed run left with what its target
// has counted: whole seconds are there, with everything in them.
func (l leftover) wantAllButTheOpenSecond(t *testing.T, s *stage, end time.Time) {
	t.Helper()
	if l.ended {
		return // killed when all was written
	}
	all, _ := s.count("/load", end)
	edge := l.started.Add(time.Duration(l.seconds) * time.Second)
	_, before := s.count("/load", edge)
	switch at := fmt.Sprintf("%d seconds, %v before the end", l.seconds, end.Sub(edge)); {
	case l.requests > all:
		t.Errorf("%d requests in the log (%s), the target counted %d", l.requests, at, all)
	// At the edge of the second each user may have a request under way.
	case l.seconds > 0 && l.requests < before-phasesUsers:
		t.Errorf("%d requests in the log (%s), the target counted %d until then", l.requests, at, before)
	// The second is closed and written a moment after it; who is that late has
	// waited for a processor.
	case all > 0 && end.Sub(edge) > 2*time.Second && !l.overdue(s, edge):
		t.Errorf("the log has only %s", at)
	}
}

// overdue reports whether nothing was asked for after the edge.
func (l leftover) overdue(s *stage, edge time.Time) bool {
	all, before := s.count("/load", edge)
	return all == before
}

// While the report is being written the first signal is answered, and the second
// ends the process at once, though nobody reads what it writes: with 105, and
// without any file that is half written.
func TestASecondSignalEndsTheReport(t *testing.T) {
	t.Parallel()
	ph := runPhases[5]
	s := newStage(t, ph.path, ph.after, false)
	p, out := s.phasesOn(t, t.TempDir(), ph.steady)
	ph.reached(t, p, s)
	p.signal(t, os.Interrupt)
	p.says(t, "the run is over, its report is being written; a second signal ends that at once")
	began := time.Now()
	p.signal(t, syscall.SIGTERM)
	if got := p.ends(t); got != 105 {
		t.Errorf("exit code is %d, want 105:\n%s", got, strings.Join(p.said, "\n"))
	}
	if took := time.Since(began); took > patience/4 {
		t.Errorf("it took %v to end", took)
	}
	_ = out.Close() // only now: nobody has read
	results := filepath.Join(p.Dir, "results")
	if half, _ := filepath.Glob(filepath.Join(results, "*", ".*.tmp")); len(half) > 0 {
		t.Errorf("%q are left", half)
	}
	if r, l := readResult(t, p.Dir), leftoverOf(t, results); r.Interrupted || r.Totals.Requests != l.requests || !l.ended {
		t.Errorf("result.json has %+v, the log %+v", r, l)
	}
}
