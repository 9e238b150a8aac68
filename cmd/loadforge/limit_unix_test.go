package main

import (
	"bufio"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"slices"
	"strconv"
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
	if got := p.ends(t); got != 0 {
		t.Errorf("exit code is %d, want 0: no request failed on the target\n%s", got, strings.Join(p.said, "\n"))
	}
	wantGeneratorBlamed(t, p, "ulimit -n")
}

func TestPortsRunOut(t *testing.T) {
	t.Parallel()
	ns := namespace(t)
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

// namespace makes a network namespace that has nothing but a loopback.
func namespace(t *testing.T) string {
	t.Helper()
	ns := "lfports" + strconv.Itoa(syscall.Getpid())
	for _, args := range [][]string{{"netns", "add", ns}, {"-n", ns, "link", "set", "lo", "up"}} {
		if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
			t.Skipf("network namespaces need root and iproute2: %v: %s", err, out)
		}
	}
	t.Cleanup(func() { _ = exec.Command("ip", "netns", "del", ns).Run() })
	return ns
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
	blames := func(reason string) bool {
		return strings.Contains(reason, "on this machine's own limits") && strings.Contains(reason, hint)
	}
	if r.Verdict.State == "valid" || !slices.ContainsFunc(r.Verdict.Reasons, blames) {
		t.Errorf("the verdict is %+v, want it to blame this machine and say %q", r.Verdict, hint)
	}
	if r.Totals.Requests == 0 || r.Totals.Errors != 0 {
		t.Errorf("%d requests, %d errors; want some that went well and none of the target", r.Totals.Requests, r.Totals.Errors)
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
	stood := func(reason string) bool { return strings.Contains(reason, "this process stood still for ") }
	if r.Verdict.State == "valid" || !slices.ContainsFunc(r.Verdict.Reasons, stood) {
		t.Errorf("the verdict is %+v, want it to say that the process stood still", r.Verdict)
	}
}
