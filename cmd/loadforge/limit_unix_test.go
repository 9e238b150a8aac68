//go:build unix

package main

import (
	"bufio"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// What this machine lacks is no error of the target: requests that failed on it
// have a class of their own, the verdict says so and what to do.

func TestDescriptorsRunOut(t *testing.T) {
	t.Parallel()
	url := slowly(t)
	p := startCommand(t, exec.Command("sh", "-c", `ulimit -n 64; exec loadforge run "$0" -u 200 -d 1.5 --fail-on-error-rate 0`, url))
	p.says(t, "note: 200 users need about 264 descriptors")
	if got := p.ends(t); got != 0 {
		t.Errorf("exit code is %d, want 0: no request failed on the target\n%s", got, strings.Join(p.said, "\n"))
	}
	wantGeneratorBlamed(t, p, "ulimit -n")
}

func TestPortsRunOut(t *testing.T) {
	t.Parallel()
	ns := namespace(t, "lfports")
	if out, err := exec.Command("ip", "netns", "exec", ns, "sh", "-c", "echo 40000 40050 >/proc/sys/net/ipv4/ip_local_port_range").CombinedOutput(); err != nil {
		t.Skipf("this kernel keeps its range of ports: %s", out)
	}
	const address = "127.0.0.1:8099" // of the namespace: nobody else has it
	echo := exec.Command("ip", "netns", "exec", ns, "loadforge", "echo", "--addr", address, "--latency", "100ms")
	says, err := echo.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	startCommand(t, echo)
	if line := bufio.NewScanner(says); !line.Scan() { // it listens
		t.Fatal("the target did not start")
	}
	p := startCommand(t, exec.Command("ip", "netns", "exec", ns, "loadforge", "run", "http://"+address+"/", "-u", "100", "-d", "1.5", "--fail-on-error-rate", "0"))
	if got := p.ends(t); got != 0 {
		t.Errorf("exit code is %d, want 0: no request failed on the target\n%s", got, strings.Join(p.said, "\n"))
	}
	wantGeneratorBlamed(t, p, "widen the")
}

// slowly is a target that takes its time, so that many connections are open.
func slowly(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-time.After(100 * time.Millisecond) }))
	t.Cleanup(server.Close)
	return server.URL
}

func wantGeneratorBlamed(t *testing.T, p *process, hint string) {
	t.Helper()
	r := readResult(t, p.Dir)
	r.wantReason(t, "failed on this machine's own limits, not the target's", hint)
	if r.Totals.Requests == 0 || r.Totals.Errors != 0 {
		t.Errorf("%d requests, %d errors; want some that went well and none of the target", r.Totals.Requests, r.Totals.Errors)
	}
	for _, e := range r.Errors {
		if e.Class != "generator" {
			t.Errorf("an error counts against the target: %+v", e)
		}
	}
}

// Who is stopped and goes on later has measured itself, and says so.
func TestARunThatIsStoppedForAWhile(t *testing.T) {
	t.Parallel()
	url, receives := serve(t)
	p := start(t, "run", url+"/delay/10", "-u", "4", "-d", "5")
	receives(20)
	p.signal(t, syscall.SIGSTOP)
	<-time.After(1200 * time.Millisecond)
	p.signal(t, syscall.SIGCONT)
	if got := p.ends(t); got != 0 {
		t.Errorf("exit code is %d:\n%s", got, strings.Join(p.said, "\n"))
	}
	r := readResult(t, p.Dir)
	r.wantReason(t, "this process stood still for ")
}
