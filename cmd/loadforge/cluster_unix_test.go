//go:build unix

package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/target"
)

// program builds loadforge. It must be a real one: a worker runs a copy of it
// under another name, and a copy of the test program would run these tests
// again. It is built as the tests are, so that its packages are in the cache.
func program(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "loadforge")
	args := []string{"build", "-ldflags=-s -w", "-o", name}
	if raced {
		args = append(args, "-race")
	}
	if out, err := exec.Command("go", append(args, ".")...).CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return name
}

// Some of what a run over machines survives, within half a minute.
// faults_unix_test.go has the others.
func TestFleet(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes many seconds of real time")
	}
	program := program(t)
	for _, test := range []struct {
		says string
		run  func(*testing.T, string)
	}{
		{"loses a worker", fleetLosesAWorker},
		{"lets a worker go", fleetLetsAWorkerGo},
		{"lets a worker go whose terminal is closed", fleetLosesATerminal},
		{"refuses strangers", fleetRefusesStrangers},
		{"starts with its workers", fleetStartsWithItsWorkers},
	} {
		t.Run(test.says, func(t *testing.T) {
			t.Parallel()
			test.run(t, program)
		})
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
	scheduled   int // arrivals
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

// patientLease is longer than a busy machine stands still: only who is dead
// loses it.
const patientLease = "20s"

// lead starts the coordinator.
func (f *machines) lead(workers int, lease string, args ...string) {
	f.t.Helper()
	f.coordinator = startCommand(f.t, f.command(append([]string{
		"run", f.url + "/", "--expect", strconv.Itoa(workers), "--join-file", f.join(), "--lease", lease,
		"-o", filepath.Join(f.dir, "results"), "-f", "json",
	}, args...)...))
	f.coordinator.says(f.t, "waiting for")
}

// hire starts a worker. Started again it is the one it was.
func (f *machines) hire(name string) {
	f.t.Helper()
	f.hireBy(name, f.command(f.working(name)...))
}

// working are the arguments of a worker.
func (f *machines) working(name string) []string {
	return []string{"worker", "--join", f.join(), "--name", name, "--weight", "1", "--dir", filepath.Join(f.dir, "cache")}
}

// hireBy is hire by a command.
func (f *machines) hireBy(name string, command *exec.Cmd) {
	f.t.Helper()
	w := startCommand(f.t, command)
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

// whole starts a run of so many seconds over three workers, with perSec arrivals
// in each, and returns when a good part was sent.
func (f *machines) whole(seconds int, lease string) {
	f.t.Helper()
	f.scheduled = seconds * perSec
	f.lead(3, lease, f.load(seconds)...)
	for _, name := range []string{"a", "b", "c"} {
		f.hire(name)
	}
	f.receives(f.scheduled / 4)
}

const perSec = 50

func (f *machines) load(seconds int) []string {
	return []string{"-r", strconv.Itoa(perSec), "-d", fmt.Sprint(seconds, "s")}
}

// receives waits until the target has received requests.
func (f *machines) receives(n int) {
	f.t.Helper()
	ticks := time.NewTicker(20 * time.Millisecond)
	defer ticks.Stop()
	for late := time.Now().Add(patience); int(f.target.Stats().Total) < n; <-ticks.C {
		if time.Now().After(late) {
			f.t.Fatalf("the target received %d requests, want %d", f.target.Stats().Total, n)
		}
	}
}

// figures waits for the end and says how it was.
func (f *machines) figures(fault string, code int) resultFile {
	f.t.Helper()
	if got := f.coordinator.ends(f.t); got != code {
		f.t.Errorf("exit code is %d, want %d:\n%s", got, code, strings.Join(f.coordinator.said, "\n"))
	}
	r := readResult(f.t, f.dir)
	scheduled, executed := f.scheduled, int(f.target.Stats().Total)
	f.t.Logf("| %s | scheduled %d | executed %d | missed %d | reported %d | %s", fault, scheduled, executed, scheduled-executed, r.Totals.Requests, r.Verdict.State)
	if executed > scheduled {
		f.t.Errorf("%d requests were sent, %d were scheduled: something was sent twice", executed, scheduled)
	}
	if r.Totals.Requests > executed {
		f.t.Errorf("%d requests are reported, the target received %d", r.Totals.Requests, executed)
	}
	return r
}

func fleetLosesAWorker(t *testing.T, program string) {
	f := newFleet(t, program)
	f.whole(12, "5s")
	if err := f.workers["b"].Process.Kill(); err != nil {
		t.Fatal(err)
	}
	r := f.figures("kill -9 a worker", 0)
	// The suite of internal/cluster/clustertest says to the arrival what is
	// taken over; here a machine that stands still may cost more.
	if r.Verdict.State == "valid" || len(r.Workers) != 3 || r.lost() == 0 {
		t.Errorf("result = %+v, want it to say that a worker was lost", r)
	}
}

func fleetLetsAWorkerGo(t *testing.T, program string) {
	f := newFleet(t, program)
	f.whole(8, patientLease)
	if err := f.workers["a"].Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	r := f.figures("SIGTERM of a worker", 0)
	if r.Totals.Requests != f.scheduled || len(r.Workers) != 3 || r.lost() > 0 {
		t.Errorf("result = %+v, want every arrival and nobody lost", r)
	}
	if code := f.workers["a"].ends(t); code != 0 {
		t.Errorf("the worker ended with %d:\n%s", code, strings.Join(f.workers["a"].said, "\n"))
	}
}

// Who closes the terminal of a worker has it leave, as with Ctrl-C once, though
// kernel and shell both tell of it. One under nohup goes on.
func fleetLosesATerminal(t *testing.T, program string) {
	caught := make(chan os.Signal, 1) // else a nohup of these tests would be that of the workers
	signal.Notify(caught, syscall.SIGHUP)
	defer signal.Stop(caught)
	f := newFleet(t, program)
	f.scheduled = 8 * perSec
	f.lead(3, patientLease, f.load(8)...)
	f.hire("a")
	f.hire("b")
	f.hireBy("c", exec.Command("sh", append([]string{"-c", `trap '' HUP; exec "$0" "$@"`, program}, f.working("c")...)...))
	f.receives(f.scheduled / 4)
	for _, name := range []string{"c", "a", "a"} {
		f.workers[name].signal(t, syscall.SIGHUP)
		<-time.After(100 * time.Millisecond) // two signals at once may be one
	}
	r := f.figures("SIGHUP of a worker", 0)
	if r.Totals.Requests != f.scheduled || len(r.Workers) != 3 || r.lost() > 0 {
		t.Errorf("result = %+v, want every arrival and nobody lost", r)
	}
	if code := f.workers["a"].ends(t); code != 0 {
		t.Errorf("the worker ended with %d:\n%s", code, strings.Join(f.workers["a"].said, "\n"))
	}
	stayed := 0
	for _, w := range r.Workers {
		if w.Requests > f.scheduled/3 {
			stayed++
		}
	}
	if stayed != 2 {
		t.Errorf("%d workers have stayed, want 2: %+v", stayed, r.Workers)
	}
}

func fleetRefusesStrangers(t *testing.T, program string) {
	f := newFleet(t, program)
	f.scheduled = 10
	f.lead(1, patientLease, "--iterations", "10")
	foreign := newFleet(t, program)
	foreign.scheduled = 10
	foreign.lead(1, patientLease, "--iterations", "10")
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
	f.figures("a forged token", 0)
	foreign.figures("a foreign run", 0)
}

// Where a coordinator is started again by itself, workers have the key before
// there is a run.
func fleetStartsWithItsWorkers(t *testing.T, program string) {
	f := newFleet(t, program)
	f.scheduled = 8 * perSec
	key := filepath.Join(f.dir, "key.txt")
	if err := os.WriteFile(key, []byte("of 32 characters that are random\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	port := freePort(t)
	for _, name := range []string{"a", "b"} {
		f.workers[name] = startCommand(t, f.command(
			"worker", "--key-file", key, "--coordinator", port, "--wait", "5m", "--name", name, "--weight", "1", "--dir", filepath.Join(f.dir, "cache")))
	}
	lead := func() {
		f.lead(2, patientLease, append(f.load(8), "--key-file", key, "--listen", port, "--resume")...)
	}
	lead()
	f.receives(f.scheduled / 4)
	_ = f.coordinator.Process.Kill()
	f.coordinator.ends(t) // its child too: it has noticed, and closed stderr
	if said := strings.Join(f.coordinator.said, "\n"); strings.Contains(said, "lf1.") {
		t.Errorf("it shows a join string, though workers need none:\n%s", said)
	}
	lead()
	r := f.figures("kill -9 the coordinator, with a key", 0)
	if r.Totals.Requests != f.scheduled || len(r.Workers) != 2 || r.lost() > 0 {
		t.Errorf("result = %+v, want every arrival of two workers", r)
	}
}

// freePort is an address that nobody listens on.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
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
