//go:build unix

package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/target"
)

// The program must be a real one: a worker runs a copy of it under another name,
// and a copy of the test program would run these tests again.
func TestFleet(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes many seconds of real time")
	}
	program := filepath.Join(t.TempDir(), "loadforge")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	for _, test := range []struct {
		says string
		run  func(*testing.T, string)
	}{
		{"shares the load", fleetSharesTheLoad},
		{"loses a worker", fleetLosesAWorker},
		{"loses a worker that comes back", fleetLosesAWorkerThatComesBack},
		{"loses its coordinator", fleetLosesItsCoordinator},
		{"has a worker that stands still", fleetHasAWorkerThatStandsStill},
		{"lets a worker go", fleetLetsAWorkerGo},
		{"refuses strangers", fleetRefusesStrangers},
		{"is partitioned", fleetIsPartitioned},
	} {
		t.Run(test.says, func(t *testing.T) { test.run(t, program) })
	}
}

// machines are a coordinator and workers, each a process, on this machine.
type machines struct {
	program     string
	t           *testing.T
	target      *target.Target
	url         string
	dir         string
	coordinator *process
	workers     map[string]*process
}

func newFleet(t *testing.T, program string) *machines {
	t.Helper()
	f := &machines{t: t, program: program, target: target.New(target.Config{Seed: 1}), dir: t.TempDir(), workers: map[string]*process{}}
	url, stop, err := f.target.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	f.url = url
	return f
}

func (f *machines) command(args ...string) *exec.Cmd { return exec.Command(f.program, args...) }

func (f *machines) join() string { return filepath.Join(f.dir, "join.txt") }

// lead starts the coordinator.
func (f *machines) lead(workers int, args ...string) {
	f.t.Helper()
	f.coordinator = startCommand(f.t, f.command(append([]string{
		"run", f.url + "/", "--expect", strconv.Itoa(workers), "--join-file", f.join(), "--lease", "3s",
		"-o", filepath.Join(f.dir, "results"), "-f", "json",
	}, args...)...))
	f.coordinator.says(f.t, "waiting for")
}

// hire starts a worker. Started again it is the one it was.
func (f *machines) hire(name string) {
	f.t.Helper()
	w := startCommand(f.t, f.command("worker", "--join", f.join(), "--name", name, "--weight", "1", "--dir", filepath.Join(f.dir, "cache")))
	f.workers[name] = w
	w.says(f.t, ": process ")
}

// child is the process of a worker that sends the load.
func (f *machines) child(name string) int {
	said := f.workers[name].said
	match := regexp.MustCompile(`: process (\d+)`).FindStringSubmatch(said[len(said)-1])
	pid, err := strconv.Atoi(match[1])
	if err != nil {
		f.t.Fatal(err)
	}
	return pid
}

// A fleetResult is what a test reads of result.json.
type fleetResult struct {
	Totals struct {
		Requests   int `json:"requests"`
		Iterations int `json:"iterations"`
		Dropped    int `json:"dropped_iterations"`
	} `json:"totals"`
	Verdict struct {
		State   string   `json:"state"`
		Reasons []string `json:"reasons"`
	} `json:"verdict"`
	Workers []struct {
		Requests int  `json:"requests"`
		Lost     bool `json:"lost"`
	} `json:"workers"`
}

// figures waits for the end and says how it was.
func (f *machines) figures(fault string, code, scheduled int) fleetResult {
	f.t.Helper()
	if got := f.coordinator.ends(f.t); got != code {
		f.t.Errorf("exit code is %d, want %d:\n%s", got, code, strings.Join(f.coordinator.said, "\n"))
	}
	b, err := os.ReadFile(filepath.Join(f.dir, "results", "latest", "result.json"))
	if err != nil {
		f.t.Fatal(err)
	}
	var r fleetResult
	if err := json.Unmarshal(b, &r); err != nil {
		f.t.Fatal(err)
	}
	executed := int(f.target.Stats().Total)
	f.t.Logf("| %s | scheduled %d | executed %d | missed %d | reported %d | %s", fault, scheduled, executed, scheduled-executed, r.Totals.Requests, r.Verdict.State)
	if executed > scheduled {
		f.t.Errorf("%d requests were sent, %d were scheduled: something was sent twice", executed, scheduled)
	}
	if r.Totals.Requests > executed {
		f.t.Errorf("%d requests are reported, the target received %d", r.Totals.Requests, executed)
	}
	return r
}

// lasting is how long the runs of these tests are, at how many arrivals a second.
const (
	lasting = 16
	perSec  = 50
)

func loadArgs() []string { return []string{"-r", strconv.Itoa(perSec), "-d", fmt.Sprint(lasting, "s")} }

func (f *machines) whole(workers int, args ...string) {
	f.t.Helper()
	f.lead(workers, append(loadArgs(), args...)...)
	for i := range workers {
		f.hire(string(rune('a' + i)))
	}
}

func fleetSharesTheLoad(t *testing.T, program string) {
	t.Parallel()
	f := newFleet(t, program)
	f.whole(3)
	r := f.figures("none", 0, lasting*perSec)
	if r.Totals.Requests != lasting*perSec || len(r.Workers) != 3 {
		t.Errorf("result = %+v, want every arrival", r)
	}
}

func fleetLosesAWorker(t *testing.T, program string) {
	t.Parallel()
	f := newFleet(t, program)
	f.whole(3)
	time.Sleep(5 * time.Second)
	_ = f.workers["b"].Process.Kill()
	r := f.figures("kill -9 a worker", 0, lasting*perSec)
	if r.Verdict.State != "degraded" || r.Totals.Requests < lasting*perSec*6/10 {
		t.Errorf("result = %+v, want it degraded and the load taken over", r)
	}
}

func fleetLosesAWorkerThatComesBack(t *testing.T, program string) {
	t.Parallel()
	f := newFleet(t, program)
	f.whole(3)
	time.Sleep(4 * time.Second)
	_ = f.workers["b"].Process.Kill()
	_ = f.workers["b"].Wait()
	f.hire("b")
	r := f.figures("kill -9 a worker, started again", 0, lasting*perSec)
	if len(r.Workers) != 3 || r.Workers[0].Lost || r.Workers[1].Lost || r.Workers[2].Lost {
		t.Errorf("workers = %+v, want the three of the beginning", r.Workers)
	}
}

func fleetLosesItsCoordinator(t *testing.T, program string) {
	t.Parallel()
	f := newFleet(t, program)
	f.whole(3)
	time.Sleep(5 * time.Second)
	_ = f.coordinator.Process.Kill()
	_ = f.coordinator.Wait()
	time.Sleep(300 * time.Millisecond) // its child notices
	f.lead(3, append(loadArgs(), "--resume")...)
	r := f.figures("kill -9 the coordinator and its bus", 0, lasting*perSec)
	if r.Totals.Requests != lasting*perSec {
		t.Errorf("result = %+v, want every arrival", r)
	}
}

func fleetHasAWorkerThatStandsStill(t *testing.T, program string) {
	t.Parallel()
	f := newFleet(t, program)
	f.whole(3)
	time.Sleep(4 * time.Second)
	pid := f.child("c")
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	time.Sleep(6 * time.Second)
	if err := syscall.Kill(pid, syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	r := f.figures("SIGSTOP of a worker for two leases", 0, lasting*perSec)
	if r.Verdict.State == "valid" {
		t.Errorf("verdict = %+v, want it to say what happened", r.Verdict)
	}
}

func fleetLetsAWorkerGo(t *testing.T, program string) {
	t.Parallel()
	f := newFleet(t, program)
	f.whole(3)
	time.Sleep(4 * time.Second)
	_ = f.workers["a"].Process.Signal(syscall.SIGTERM)
	r := f.figures("SIGTERM of a worker", 0, lasting*perSec)
	if r.Totals.Requests != lasting*perSec || r.Workers[0].Lost || r.Workers[1].Lost || r.Workers[2].Lost {
		t.Errorf("result = %+v, want every arrival and nobody lost", r)
	}
	if code := f.workers["a"].ends(t); code != 0 {
		t.Errorf("the worker ended with %d:\n%s", code, strings.Join(f.workers["a"].said, "\n"))
	}
}

func fleetRefusesStrangers(t *testing.T, program string) {
	t.Parallel()
	f := newFleet(t, program)
	f.lead(1, "--iterations", "10")
	foreign := newFleet(t, program)
	foreign.lead(1, "--iterations", "10")
	// A join string of another run: its own address with the token of f, and
	// the other way around.
	mine, err := os.ReadFile(f.join())
	if err != nil {
		t.Fatal(err)
	}
	forged := filepath.Join(f.dir, "forged.txt")
	if err := os.WriteFile(forged, forge(t, string(mine)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ file, says string }{
		{forged, "does not let this worker in"},
		{filepath.Join(f.dir, "nothing.txt"), "read the join string"},
	} {
		w := startCommand(t, f.command("worker", "--join", test.file, "--dir", filepath.Join(f.dir, "cache")))
		w.says(t, test.says)
		if code := w.ends(t); code == 0 {
			t.Error("the worker ended well")
		}
	}
	f.hire("a")
	foreign.hire("a")
	f.figures("a forged token", 0, 10)
	foreign.figures("a foreign run", 0, 10)
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
	down := func(state string) {
		if out, err := exec.Command("ip", "-n", here, "link", "set", cable, state).CombinedOutput(); err != nil {
			t.Fatalf("ip: %s", out)
		}
	}
	down("down")
	time.Sleep(10 * time.Second)
	down("up")
	if code := f.coordinator.ends(t); code != 0 {
		t.Errorf("exit code is %d:\n%s", code, strings.Join(f.coordinator.said, "\n"))
	}
	b, err := os.ReadFile(filepath.Join(f.dir, "results", "latest", "result.json"))
	if err != nil {
		t.Fatal(err)
	}
	var r fleetResult
	if err := json.Unmarshal(b, &r); err != nil {
		t.Fatal(err)
	}
	t.Logf("| a partition of 10 s between namespaces | scheduled %d | executed %d | missed %d | dropped by the fenced worker %d", 26*50, r.Totals.Iterations, 26*50-r.Totals.Iterations, r.Totals.Dropped)
	if r.Totals.Iterations > 26*50 || r.Totals.Iterations < 26*50*8/10 {
		t.Errorf("%d arrivals were executed, want most of %d and none twice", r.Totals.Iterations, 26*50)
	}
	if len(r.Workers) != 2 || r.Verdict.State == "valid" {
		t.Errorf("result = %+v, want it to say what happened", r)
	}
}

// forge changes a token, and leaves all else of a join string as it was.
func forge(t *testing.T, text string) []byte {
	t.Helper()
	prefix, coded, _ := strings.Cut(strings.TrimSpace(text), ".")
	b, err := base64.RawURLEncoding.DecodeString(coded)
	if err != nil {
		t.Fatal(err)
	}
	var join map[string]string
	if err := json.Unmarshal(b, &join); err != nil {
		t.Fatal(err)
	}
	claim, sum, _ := strings.Cut(join["t"], ".")
	join["t"] = claim + "." + strings.Map(func(r rune) rune {
		if r == 'A' {
			return 'B'
		}
		return 'A'
	}, sum)
	b, err = json.Marshal(join)
	if err != nil {
		t.Fatal(err)
	}
	return []byte(prefix + "." + base64.RawURLEncoding.EncodeToString(b))
}
