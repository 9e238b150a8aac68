//go:build unix

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// lasting is how many seconds the runs of these tests have.
const lasting = 16

// What takes minutes, and a machine that does nothing else: make faults.
func TestFaults(t *testing.T) {
	if os.Getenv("LOADFORGE_FAULTS") == "" {
		t.Skip("make faults runs it")
	}
	program := program(t)
	for _, test := range []struct {
		says string
		run  func(*testing.T, string)
	}{
		{"none", fleetSharesTheLoad},
		{"a worker that comes back", fleetLosesAWorkerThatComesBack},
		{"a coordinator killed", fleetLosesItsCoordinator},
		{"a worker that stands still", fleetHasAWorkerThatStandsStill},
		{"a partition", fleetIsPartitioned},
		{"the shop, a worker killed and a partition", fleetGoesThroughBoth},
	} {
		t.Run(test.says, func(t *testing.T) { test.run(t, program) })
	}
}

func fleetSharesTheLoad(t *testing.T, program string) {
	t.Parallel()
	f := newFleet(t, program)
	f.whole(lasting, "3s")
	r := f.figures("none", 0)
	if r.Totals.Requests != f.scheduled || len(r.Workers) != 3 {
		t.Errorf("result = %+v, want every arrival", r)
	}
}

func fleetLosesAWorkerThatComesBack(t *testing.T, program string) {
	t.Parallel()
	f := newFleet(t, program)
	f.whole(lasting, "3s")
	_ = f.workers["b"].Process.Kill()
	f.workers["b"].ends(t) // its child too
	f.hire("b")
	r := f.figures("kill -9 a worker, started again", 0)
	if len(r.Workers) != 3 || r.Workers[0].Lost || r.Workers[1].Lost || r.Workers[2].Lost {
		t.Errorf("workers = %+v, want the three of the beginning", r.Workers)
	}
}

func fleetLosesItsCoordinator(t *testing.T, program string) {
	t.Parallel()
	f := newFleet(t, program)
	f.whole(lasting, "3s")
	_ = f.coordinator.Process.Kill()
	f.coordinator.ends(t) // its child too: it has noticed, and closed stderr
	f.lead(3, "3s", append(f.load(lasting), "--resume")...)
	r := f.figures("kill -9 the coordinator and its bus", 0)
	if r.Totals.Requests != f.scheduled {
		t.Errorf("result = %+v, want every arrival", r)
	}
}

func fleetHasAWorkerThatStandsStill(t *testing.T, program string) {
	t.Parallel()
	f := newFleet(t, program)
	f.whole(lasting, "3s")
	pid := f.child("c")
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	time.Sleep(6 * time.Second)
	if err := syscall.Kill(pid, syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	r := f.figures("SIGSTOP of a worker for two leases", 0)
	if r.Verdict.State == "valid" {
		t.Errorf("verdict = %+v, want it to say what happened", r.Verdict)
	}
}

// namespace makes a network namespace that has nothing but a loopback, or skips
// the test.
func namespace(t *testing.T, name string) string {
	t.Helper()
	ns := name + strconv.Itoa(os.Getpid())
	t.Cleanup(func() { _ = exec.Command("ip", "netns", "del", ns).Run() })
	ip(t, "netns", "add", ns)
	ip(t, "-n", ns, "link", "set", "lo", "up")
	return ns
}

func ip(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
		t.Skipf("network namespaces need root and iproute2: ip %v: %v: %s", args, err, out)
	}
}

// network makes two network namespaces with a cable between.
func network(t *testing.T) (here, there, cable string) {
	t.Helper()
	here, there, cable = namespace(t, "lfa"), namespace(t, "lfb"), "lfc"+strconv.Itoa(os.Getpid())
	ip(t, "-n", here, "link", "add", cable, "type", "veth", "peer", "name", "peer", "netns", there)
	ip(t, "-n", here, "addr", "add", "10.77.0.1/24", "dev", cable)
	ip(t, "-n", there, "addr", "add", "10.77.0.2/24", "dev", "peer")
	ip(t, "-n", here, "link", "set", cable, "up")
	ip(t, "-n", there, "link", "set", "peer", "up")
	return here, there, cable
}

// A split is machines in two networks. Each side has a target of its own on its
// loopback, so that a cut is one of the bus alone.
type split struct {
	*machines
	here, there, cable string
}

// splitTarget is where each side has its target.
const splitTarget = "127.0.0.1:8099"

// newSplit starts a coordinator of so many workers on this side; args are what
// it runs.
func newSplit(t *testing.T, program string, workers int, args ...string) *split {
	t.Helper()
	s := &split{machines: newFleet(t, program)}
	s.here, s.there, s.cable = network(t)
	for _, ns := range []string{s.here, s.there} {
		inside(t, program, ns, "echo", "--addr", splitTarget)
	}
	args = append([]string{"run"}, args...)
	s.coordinator = inside(t, program, s.here, append(args, "--expect", strconv.Itoa(workers), "--join-file", s.join(), "--lease", "3s",
		"--listen", "10.77.0.1:4222", "-o", filepath.Join(s.dir, "results"), "-f", "json")...)
	s.coordinator.says(t, "waiting for")
	return s
}

// hire starts a worker on a side.
func (s *split) hire(name, ns, weight string) {
	s.t.Helper()
	w := inside(s.t, s.program, ns, "worker", "--join", s.join(), "--name", name, "--weight", weight, "--dir", filepath.Join(s.dir, "cache", name))
	w.says(s.t, ": process ")
	s.workers[name] = w
}

// cut takes the cable out for ten seconds.
func (s *split) cut() {
	s.t.Helper()
	ip(s.t, "-n", s.here, "link", "set", s.cable, "down")
	time.Sleep(10 * time.Second)
	ip(s.t, "-n", s.here, "link", "set", s.cable, "up")
}

// inside starts loadforge in a network namespace.
func inside(t *testing.T, program, ns string, args ...string) *process {
	t.Helper()
	return startCommand(t, exec.Command("ip", append([]string{"netns", "exec", ns, program}, args...)...))
}

func fleetIsPartitioned(t *testing.T, program string) {
	f := newSplit(t, program, 2, "http://"+splitTarget+"/", "-r", "50", "-d", "26s")
	f.hire("near", f.here, "2")
	f.hire("far", f.there, "1")
	time.Sleep(5 * time.Second)
	f.cut()
	if code := f.coordinator.ends(t); code != 0 {
		t.Errorf("exit code is %d:\n%s", code, strings.Join(f.coordinator.said, "\n"))
	}
	r := readResult(t, f.dir)
	t.Logf("| a partition of 10 s between namespaces | scheduled %d | executed %d | missed %d | dropped by the fenced worker %d", 26*50, r.Totals.Iterations, 26*50-r.Totals.Iterations, r.Totals.Dropped)
	if r.Totals.Iterations > 26*50 || r.Totals.Iterations < 26*50*8/10 {
		t.Errorf("%d arrivals were executed, want most of %d and none twice", r.Totals.Iterations, 26*50)
	}
	if len(r.Workers) != 2 || r.Verdict.State == "valid" {
		t.Errorf("result = %+v, want it to say what happened", r)
	}
}

// fleetGoesThroughBoth runs the shop on three workers in two networks, of which
// one is killed and one cut off.
func fleetGoesThroughBoth(t *testing.T, program string) {
	shop, err := filepath.Abs(filepath.Join("..", "..", "examples", "shop"))
	if err != nil {
		t.Fatal(err)
	}
	f := newSplit(t, program, 3, shop, "--base-url", "http://"+splitTarget, "-u", "60", "-d", "40s")
	f.hire("near", f.here, "1")
	f.hire("doomed", f.here, "1")
	f.hire("far", f.there, "1")
	time.Sleep(6 * time.Second)
	if err := syscall.Kill(f.child("doomed"), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	time.Sleep(6 * time.Second)
	f.cut()
	code := f.coordinator.ends(t)
	received := total(t, f.here) + total(t, f.there)
	r := readResult(t, f.dir)
	reported := 0
	for _, named := range append(r.Requests, r.Stages...) {
		reported += named.Count
	}
	t.Logf("| the shop over two networks, a worker killed and another cut off for 10 s | reported %d | received %d | exit code %d | %s: %s", reported, received, code, r.Verdict.State, strings.Join(r.Verdict.Reasons, "; "))
	// What the killed worker had sent since its last snapshot is all that may be
	// missing: its 20 users made a request or two each in that second.
	if reported > received || received-reported > 60 {
		t.Errorf("%d requests are reported, the targets received %d", reported, received)
	}
	said := strings.Join(r.Verdict.Reasons, "\n")
	for _, name := range []string{"doomed", "far"} {
		if !strings.Contains(said, "("+name+")") {
			t.Errorf("the verdict does not name %s: %s", name, said)
		}
	}
	if strings.Contains(said, "(near)") {
		t.Errorf("the verdict names a worker that was well: %s", said)
	}
}

// total is what the target in a network namespace has received.
func total(t *testing.T, ns string) int {
	t.Helper()
	host, port, _ := strings.Cut(splitTarget, ":")
	ask := fmt.Sprintf(`exec 3<>/dev/tcp/%s/%s && printf 'GET /_target/stats HTTP/1.0\r\n\r\n' >&3 && cat <&3`, host, port)
	out, err := exec.Command("ip", "netns", "exec", ns, "bash", "-c", ask).Output()
	if err != nil {
		t.Fatalf("ask the target in %s: %v", ns, err)
	}
	var stats struct{ Total int }
	_, body, _ := strings.Cut(string(out), "\r\n\r\n")
	if err := json.Unmarshal([]byte(body), &stats); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return stats.Total
}
