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

// network makes two network namespaces with a cable between, or skips the test.
func network(t *testing.T) (here, there, cable string) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("network namespaces need root")
	}
	if _, err := exec.LookPath("ip"); err != nil {
		t.Skip("network namespaces need iproute2")
	}
	id := strconv.Itoa(os.Getpid())
	here, there, cable = "lfa"+id, "lfb"+id, "lfc"+id
	ip := func(args ...string) {
		if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
			t.Skipf("ip %v: %s", args, out)
		}
	}
	t.Cleanup(func() {
		_ = exec.Command("ip", "netns", "del", here).Run()
		_ = exec.Command("ip", "netns", "del", there).Run()
	})
	ip("netns", "add", here)
	ip("netns", "add", there)
	ip("-n", here, "link", "add", cable, "type", "veth", "peer", "name", "peer", "netns", there)
	ip("-n", here, "addr", "add", "10.77.0.1/24", "dev", cable)
	ip("-n", there, "addr", "add", "10.77.0.2/24", "dev", "peer")
	for _, ns := range []string{here, there} {
		ip("-n", ns, "link", "set", "lo", "up")
	}
	ip("-n", here, "link", "set", cable, "up")
	ip("-n", there, "link", "set", "peer", "up")
	return here, there, cable
}

// inside starts loadforge in a network namespace.
func inside(t *testing.T, program, ns string, args ...string) *process {
	t.Helper()
	return startCommand(t, exec.Command("ip", append([]string{"netns", "exec", ns, program}, args...)...))
}

func fleetIsPartitioned(t *testing.T, program string) {
	f := newFleet(t, program)
	here, there, cable := network(t)
	// Each side has a target of its own on its loopback: only the bus is cut.
	const address = "127.0.0.1:8099"
	for _, ns := range []string{here, there} {
		inside(t, program, ns, "echo", "--addr", address)
	}
	f.coordinator = inside(t, program, here, "run", "http://"+address+"/", "--expect", "2", "--join-file", f.join(), "--lease", "3s",
		"--listen", "10.77.0.1:4222", "-o", filepath.Join(f.dir, "results"), "-f", "json", "-r", "50", "-d", "26s")
	f.coordinator.says(t, "waiting for")
	near := inside(t, program, here, "worker", "--join", f.join(), "--name", "near", "--weight", "2", "--dir", filepath.Join(f.dir, "cache"))
	far := inside(t, program, there, "worker", "--join", f.join(), "--name", "far", "--weight", "1", "--dir", filepath.Join(f.dir, "cache"))
	near.says(t, ": process ")
	far.says(t, ": process ")
	time.Sleep(5 * time.Second)
	link(t, here, cable, "down")
	time.Sleep(10 * time.Second)
	link(t, here, cable, "up")
	if code := f.coordinator.ends(t); code != 0 {
		t.Errorf("exit code is %d:\n%s", code, strings.Join(f.coordinator.said, "\n"))
	}
	r := f.read()
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
	f := newFleet(t, program)
	here, there, cable := network(t)
	const address = "127.0.0.1:8099"
	for _, ns := range []string{here, there} {
		inside(t, program, ns, "echo", "--addr", address)
	}
	shop, err := filepath.Abs(filepath.Join("..", "..", "examples", "shop"))
	if err != nil {
		t.Fatal(err)
	}
	f.coordinator = inside(t, program, here, "run", shop, "--base-url", "http://"+address, "--expect", "3", "--join-file", f.join(), "--lease", "3s",
		"--listen", "10.77.0.1:4222", "-o", filepath.Join(f.dir, "results"), "-f", "json", "-u", "60", "-d", "40s")
	f.coordinator.says(t, "waiting for")
	for name, ns := range map[string]string{"near": here, "doomed": here, "far": there} {
		w := inside(t, program, ns, "worker", "--join", f.join(), "--name", name, "--weight", "1", "--dir", filepath.Join(f.dir, "cache", name))
		w.says(t, ": process ")
		f.workers[name] = w
	}
	time.Sleep(6 * time.Second)
	if err := syscall.Kill(f.child("doomed"), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	time.Sleep(6 * time.Second)
	link(t, here, cable, "down")
	time.Sleep(10 * time.Second)
	link(t, here, cable, "up")
	code := f.coordinator.ends(t)
	received := total(t, here, address) + total(t, there, address)
	r := f.read()
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

// link takes a network cable out, or puts it in.
func link(t *testing.T, ns, cable, state string) {
	t.Helper()
	if out, err := exec.Command("ip", "-n", ns, "link", "set", cable, state).CombinedOutput(); err != nil {
		t.Fatalf("ip: %s", out)
	}
}

// total is what the target in a network namespace has received.
func total(t *testing.T, ns, address string) int {
	t.Helper()
	host, port, _ := strings.Cut(address, ":")
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
