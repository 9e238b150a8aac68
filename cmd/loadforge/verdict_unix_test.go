//go:build unix

package main

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/target"
)

// demo serves a target that answers at once.
func demo(t *testing.T) (url string, server *target.Target) {
	t.Helper()
	server = target.New(target.Config{Seed: 1, Grace: time.Millisecond})
	url, stop, err := server.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return url, server
}

// Whatever this machine lacks, the verdict says so and names it: the numbers are
// not the target's.
func TestTheVerdictNamesWhatTheGeneratorLacked(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes seconds of real time")
	}
	for _, test := range []struct {
		says string
		run  func(*testing.T) *process
		want string // a reason
	}{
		{"a worker process that was killed", lostAWorker, "1 of 2 workers were lost"},
		{"processors that the scenario burns", burnsProcessors, ""},
		{"processors that others take", losesProcessors, ""},
	} {
		t.Run(test.says, func(t *testing.T) {
			t.Parallel()
			p := test.run(t)
			p.ends(t)
			r := readResult(t, p.Dir)
			r.wantReason(t, test.want)
			if test.want == "" && !slices.ContainsFunc(r.Verdict.Reasons, lacksProcessor) {
				t.Errorf("the verdict is %+v, want it to say that there was no processor", r.Verdict)
			}
			if t.Failed() {
				t.Logf("it said:\n%s", strings.Join(p.said, "\n"))
			}
		})
	}
}

// lacksProcessor says that a reason is that others had the processors.
func lacksProcessor(reason string) bool {
	return slices.ContainsFunc([]string{"start lag", "stood still", "CPU was above", "work waited for a processor"},
		func(words string) bool { return strings.Contains(reason, words) })
}

// shell starts a script in which $0 is loadforge.
func shell(t *testing.T, script string, args ...string) *process {
	t.Helper()
	binary, err := exec.LookPath("loadforge")
	if err != nil {
		t.Fatal(err)
	}
	return startCommand(t, exec.Command("sh", append([]string{"-c", script, binary}, args...)...))
}

// children are the processes that a process has started.
func children(t *testing.T, pid int) (list []int) {
	t.Helper()
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		b, _ := os.ReadFile(name) // of a thread that may have gone
		for _, field := range strings.Fields(string(b)) {
			child, err := strconv.Atoi(field)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, child)
		}
	}
	return list
}

func lostAWorker(t *testing.T) *process {
	if _, err := os.Stat("/proc/self/task"); err != nil {
		t.Skip("it needs /proc to find the worker")
	}
	url, server := demo(t)
	p := start(t, "run", url+"/", "-w", "2", "-r", "50", "-d", "4s", "-f", "json")
	for server.Stats().Total < 50 {
		time.Sleep(10 * time.Millisecond)
	}
	workers := children(t, p.Process.Pid)
	if len(workers) != 2 {
		t.Fatalf("the workers are %v", workers)
	}
	if err := syscall.Kill(workers[0], syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	return p
}

// burnsProcessors has a scenario that needs three processors where there is one.
func burnsProcessors(t *testing.T) *process {
	url, _ := demo(t)
	scenario, err := filepath.Abs(filepath.Join("testdata", "scenarios", "faults"))
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command("loadforge", "run", scenario, "-e", "FAULT=burn", "-e", "TARGET="+url, "-e", "GOMAXPROCS=1",
		"-r", "300", "-d", "3s", "--graceful-stop", "1s", "-f", "json")
	command.Env = append(os.Environ(), goEnvironment(t)...)
	return startCommand(t, command)
}

// losesProcessors has more important processes beside it than there are
// processors.
func losesProcessors(t *testing.T) *process {
	if os.Getenv("LOADFORGE_FAULTS") == "" {
		t.Skip("it takes all processors: make faults runs it")
	}
	url, server := demo(t)
	p := shell(t, `exec nice -n 19 "$0" "$@"`, "run", url+"/", "-r", "1000", "-d", "6s", "-f", "json")
	for server.Stats().Total < 100 {
		time.Sleep(10 * time.Millisecond)
	}
	for range 4 * runtime.NumCPU() {
		burner := exec.Command("timeout", "5", "sh", "-c", "while :; do :; done")
		if err := burner.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			_ = burner.Process.Kill()
			_ = burner.Wait()
		})
	}
	return p
}

// terrible is a target that resets, hangs, answers nonsense and fails.
func terrible(t *testing.T) string {
	t.Helper()
	var asked atomic.Int64
	over := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch asked.Add(1) % 4 {
		case 0:
			w.WriteHeader(http.StatusInternalServerError)
		case 1:
			select {
			case <-r.Context().Done():
			case <-over:
			}
		default:
			conn, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				return
			}
			if asked.Load()%2 == 0 {
				_, _ = conn.Write([]byte("HTTP/1.1 what\r\n\r\n"))
			}
			_ = conn.(*net.TCPConn).SetLinger(0)
			_ = conn.Close()
		}
	}))
	t.Cleanup(func() {
		close(over)
		server.Close()
	})
	return server.URL
}

// A target that does everything wrong is measured well.
func TestATerribleTargetIsNoReason(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes seconds of real time")
	}
	t.Parallel()
	p := start(t, "run", terrible(t)+"/", "-r", "40", "-d", "4s", "--timeout", "300ms", "-f", "json")
	if code := p.ends(t); code != 0 {
		t.Errorf("exit code is %d:\n%s", code, strings.Join(p.said, "\n"))
	}
	j := readResult(t, p.Dir)
	if j.Totals.Errors < 150 || j.Totals.Requests < 150 {
		t.Errorf("of %d requests %d failed, want all", j.Totals.Requests, j.Totals.Errors)
	}
	classes := map[string]bool{}
	for _, e := range j.Errors {
		classes[e.Class] = true
	}
	for _, class := range []string{"status_5xx", "timeout", "reset"} {
		if !classes[class] {
			t.Errorf("there is no error of class %s in %+v", class, j.Errors)
		}
	}
	// Other tests run beside this one and may take its processor away: that is a
	// reason, all others would be wrong.
	for _, reason := range j.Verdict.Reasons {
		if !lacksProcessor(reason) {
			t.Errorf("the verdict blames the generator: %s", reason)
		}
	}
	if j.Verdict.State != "valid" && os.Getenv("LOADFORGE_FAULTS") != "" {
		t.Errorf("the verdict is %+v, want valid", j.Verdict)
	}
}
