//go:build unix

package main

import (
	"bufio"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Who closes the terminal ends the run as with Ctrl-C: the report is written.
// Kernel and shell both tell of it, and that is not twice.
func TestAClosedTerminalEndsTheRunGracefully(t *testing.T) {
	t.Parallel()
	// Tests that run under nohup would hand that down. A signal that is caught is
	// not ignored by children.
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, syscall.SIGHUP)
	defer signal.Stop(caught)
	url, receives := serve(t)
	p := start(t, "run", url+"/delay/300", "-u", "2", "-d", "1h")
	receives(2)
	p.signal(t, syscall.SIGHUP)
	p.says(t, "the terminal was closed: users finish their task")
	p.signal(t, syscall.SIGHUP)
	if got := p.ends(t); got != 105 {
		t.Errorf("exit code is %d, want 105:\n%s", got, strings.Join(p.said, "\n"))
	}
	wantInterrupted(t, p, false)
}

// Under nohup a closed terminal is nothing.
func TestARunUnderNohupGoesOn(t *testing.T) {
	t.Parallel()
	url, receives := serve(t)
	p := startCommand(t, exec.Command("sh", "-c", `trap '' HUP; exec loadforge run "$0" -u 2 -d 2`, url))
	receives(2)
	p.signal(t, syscall.SIGHUP)
	if got := p.ends(t); got != 0 {
		t.Errorf("exit code is %d, want 0:\n%s", got, strings.Join(p.said, "\n"))
	}
}

// Who reads what a run says may go away, as head does.
func TestARunWhoseReaderGoesAwayGoesOn(t *testing.T) {
	t.Parallel()
	s := newStage(t, "/nothing", 0, false)
	command := exec.Command("phases", "run", "-v")
	command.Dir = t.TempDir()
	command.Env = append(os.Environ(), hasty, "TARGET="+s.URL, "STEADY=3s")
	said, err := command.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = command.Process.Kill() })
	bufio.NewScanner(said).Scan()
	_ = said.Close()
	if err := command.Wait(); err != nil {
		t.Errorf("it ended with %v", err)
	}
	l := leftoverOf(t, filepath.Join(command.Dir, "results"))
	if asked, _ := s.count("/load", time.Now()); !l.ended || l.requests != asked {
		t.Errorf("%+v is left, the target counted %d", l, asked)
	}
}
