//go:build unix

package main

import (
	"bufio"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/target"
)

// patience is how long the tests wait for something that always happens.
const patience = 2 * time.Minute

// A process is a running loadforge whose stderr is read line by line.
type process struct {
	*exec.Cmd
	lines chan string
	said  []string
}

// start starts loadforge in a directory of its own.
func start(t *testing.T, args ...string) *process {
	t.Helper()
	return startCommand(t, exec.Command("loadforge", args...))
}

func startCommand(t *testing.T, command *exec.Cmd) *process {
	t.Helper()
	return startIn(t, command, t.TempDir())
}

func startIn(t *testing.T, command *exec.Cmd, dir string) *process {
	t.Helper()
	return startWith(t, command, dir)
}

// startWith starts a command with variables of its own.
func startWith(t *testing.T, command *exec.Cmd, dir string, env ...string) *process {
	t.Helper()
	p := &process{Cmd: command, lines: make(chan string, 1000)}
	p.Dir = dir
	p.Env = append(append(p.Environ(), "LC_ALL=C", hasty), env...)
	stderr, err := p.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Process.Kill() })
	go p.read(stderr)
	return p
}

// read ends when the process closes its stderr.
func (p *process) read(stderr io.Reader) {
	defer close(p.lines)
	for lines := bufio.NewScanner(stderr); lines.Scan(); {
		p.lines <- lines.Text()
	}
}

// says waits until a line has that text.
func (p *process) says(t *testing.T, text string) {
	t.Helper()
	late := time.After(patience)
	for {
		select {
		case line, ok := <-p.lines:
			p.said = append(p.said, line)
			if strings.Contains(line, text) {
				return
			}
			if !ok {
				t.Fatalf("it never said %q, but:\n%s", text, strings.Join(p.said, "\n"))
			}
		case <-late:
			t.Fatalf("it has not said %q, but:\n%s", text, strings.Join(p.said, "\n"))
		}
	}
}

// ends waits for the end and returns the exit code.
func (p *process) ends(t *testing.T) int {
	t.Helper()
	for line := range p.lines {
		p.said = append(p.said, line)
	}
	err := p.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return p.ProcessState.ExitCode()
}

func (p *process) signal(t *testing.T, sig os.Signal) {
	t.Helper()
	if err := p.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
}

// serve starts a target and returns how to wait until it has received
// requests.
func serve(t *testing.T) (url string, receives func(n uint64)) {
	t.Helper()
	demo := target.New(target.Config{Grace: time.Millisecond})
	url, stop, err := demo.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return url, func(n uint64) {
		t.Helper()
		ticks := time.NewTicker(10 * time.Millisecond)
		defer ticks.Stop()
		for deadline := time.Now().Add(patience); demo.Stats().Total < n; <-ticks.C {
			if time.Now().After(deadline) {
				t.Fatalf("the target received %d requests, want %d", demo.Stats().Total, n)
			}
		}
	}
}

func TestSignals(t *testing.T) {
	for _, test := range []struct {
		says  string
		path  string // what each user asks for
		flags []string
		end   func(*testing.T, *process)
		cut   bool // requests were
	}{
		{
			says: "Ctrl-C lets users finish", path: "/delay/100",
			end: func(t *testing.T, p *process) {
				p.signal(t, os.Interrupt)
				p.says(t, "interrupted: users finish their task, 30s at most; Ctrl-C again stops now")
			},
		},
		{
			says: "termination is the same", path: "/delay/100",
			end: func(t *testing.T, p *process) {
				p.signal(t, syscall.SIGTERM)
				p.says(t, "terminated: users finish their task, 30s at most; a second signal stops now")
			},
		},
		{
			says: "Ctrl-C twice stops now", path: "/delay/9000", cut: true,
			end: func(t *testing.T, p *process) {
				p.signal(t, os.Interrupt)
				p.says(t, "users finish their task")
				p.signal(t, os.Interrupt)
				p.says(t, "interrupted: stopping now")
			},
		},
		{
			says: "without time to finish, once stops now", path: "/delay/9000", flags: []string{"--graceful-stop", "0"}, cut: true,
			end: func(t *testing.T, p *process) {
				p.signal(t, os.Interrupt)
				p.says(t, "interrupted: stopping now")
			},
		},
	} {
		t.Run(test.says, func(t *testing.T) {
			t.Parallel()
			url, receives := serve(t)
			p := start(t, append([]string{"run", url + test.path, "-u", "2", "-d", "1h"}, test.flags...)...)
			receives(2)
			test.end(t, p)
			if got := p.ends(t); got != 105 {
				t.Errorf("exit code is %d, want 105", got)
			}
			wantInterrupted(t, p, test.cut)
		})
	}
}

// wantInterrupted checks what an interrupted run leaves.
func wantInterrupted(t *testing.T, p *process, cut bool) {
	t.Helper()
	if _, err := os.Stat(filepath.Join(p.Dir, "results", "latest", "report.html")); err != nil {
		t.Errorf("it left no report: %v", err)
	}
	result := readResult(t, p.Dir)
	if !result.Interrupted {
		t.Error("the result does not say that it was interrupted")
	}
	if got := result.Totals.Cancelled > 0; got != cut {
		t.Errorf("%d requests were cut, want some: %v", result.Totals.Cancelled, cut)
	}
}

func TestAKilledRunIsReported(t *testing.T) {
	url, _ := serve(t)
	p := start(t, "run", url+"/", "-u", "2", "-d", "1h", "-v")
	p.says(t, "2s  users") // so a second is on disk
	p.signal(t, syscall.SIGKILL)
	p.ends(t)

	report := exec.Command("loadforge", "report")
	report.Dir = p.Dir
	if out, err := report.CombinedOutput(); err != nil {
		t.Fatalf("report: %v\n%s", err, out)
	}
	text, err := os.ReadFile(filepath.Join(p.Dir, "results", "latest", "result.json"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), `"interrupted": true`) {
		t.Errorf("the result does not say that it was interrupted:\n%s", text)
	}
}

func TestEchoSaysWhatItServedWhenInterrupted(t *testing.T) {
	echo := exec.Command("loadforge", "echo", "--addr", "127.0.0.1:0", "--latency", "1ms")
	stdout, err := echo.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := echo.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = echo.Process.Kill() })
	lines := bufio.NewScanner(stdout)
	lines.Scan()
	url, ok := strings.CutPrefix(lines.Text(), "demo target: ")
	if !ok {
		t.Fatalf("it says %q, want its URL", lines.Text())
	}
	lines.Scan() // where the counts are

	run := start(t, "run", url+"/", "--iterations", "25", "-u", "1", "-q")
	if got := run.ends(t); got != 0 {
		t.Fatalf("run: exit code is %d: %v", got, run.said)
	}
	if err := echo.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	lines.Scan()
	if got, want := lines.Text(), "received 25 requests"; got != want {
		t.Errorf("it says %q, want %q", got, want)
	}
	if err := echo.Wait(); err != nil {
		t.Errorf("echo: %v", err)
	}
}
