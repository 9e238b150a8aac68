package crew

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/loadforge/loadforge/internal/cluster"
)

// worker is a program that is a worker process and nothing else.
var worker string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "crew")
	if err != nil {
		panic(err)
	}
	worker = filepath.Join(dir, "worker.exe")
	args := []string{"build", "-o", worker}
	if raced {
		args = append(args, "-race") // its packages are in the cache then
	}
	if out, err := exec.Command("go", append(args, "./testdata/worker")...).CombinedOutput(); err != nil {
		panic(fmt.Sprintf("go build: %v\n%s", err, out))
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		_ = os.RemoveAll(dir)
		os.Exit(code)
	}))
}

func command(said *strings.Builder) Command {
	return Command{Path: worker, Env: append(os.Environ(), "GORACE=atexit_sleep_ms=0"), Stderr: said}
}

func TestTeamIsBriefedAndHeard(t *testing.T) {
	var said [2]strings.Builder
	i := 0
	team, err := Muster(2, Brief{Args: []string{"-u", "5"}, Env: map[string]string{"A": "secret"}}, func(string) Command {
		i++
		return command(&said[i-1])
	})
	if err != nil {
		t.Fatal(err)
	}
	defer team.Close()
	heard := map[string]string{}
	for range 2 {
		m := <-team.Messages()
		heard[m.From] = m.Hello.Name
	}
	if got, want := heard["process-2"], "process 2[-u 5] map[A:secret]"; got != want {
		t.Errorf("process 2 says %q, want %q", got, want)
	}
	if err := team.Send("process-1", cluster.Message{Stop: &cluster.Stop{}}); err != nil {
		t.Fatal(err)
	}
	if m := <-team.Messages(); m.From != "process-1" || m.Gone == nil || m.Gone.Reason != "its process ended: exit status 3" {
		t.Errorf("message = %+v %+v, want process 1 gone", m, m.Gone)
	}
	if p := team.Processes()[0]; p.Wait(time.Second) == nil || said[0].String() != "hello from user code\n" {
		t.Errorf("process 1 said %q, want what it prints on standard error", said[0].String())
	}
}

func TestProcessEndsWithItsCoordinator(t *testing.T) {
	var said strings.Builder
	p, err := Start(command(&said), Brief{})
	if err != nil {
		t.Fatal(err)
	}
	<-p.Stream().Frames()
	if err := p.Wait(30 * time.Second); err != nil {
		t.Errorf("process ended with %v, want it to see that nobody is there", err)
	}
}

func TestKilledProcessIsGone(t *testing.T) {
	var said strings.Builder
	team, err := Muster(1, Brief{}, func(string) Command { return command(&said) })
	if err != nil {
		t.Fatal(err)
	}
	defer team.Close()
	<-team.Messages()
	team.Processes()[0].Kill()
	if m := <-team.Messages(); m.Gone == nil || m.Gone.Reason != "its process ended: signal: killed" {
		t.Errorf("message = %+v, want the process gone", m)
	}
}

func TestProgramThatDoesNotExist(t *testing.T) {
	if _, err := Start(Command{Path: "/nowhere/shop"}, Brief{}); err == nil || !strings.HasPrefix(err.Error(), "start a worker process: ") {
		t.Errorf("error = %v, want that it can't be started", err)
	}
}
