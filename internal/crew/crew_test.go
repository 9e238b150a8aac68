package crew

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/loadforge/loadforge/internal/cluster"
	"github.com/loadforge/loadforge/internal/wire"
)

// The test program is its own worker process: it says hello, with its brief for
// a name, and answers what it is sent with a heartbeat.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == Subcommand {
		os.Exit(worker())
	}
	goleak.VerifyTestMain(m)
}

func worker() int {
	brief, stream, err := Enlist()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	link := wire.NewLink(stream)
	fmt.Println("hello from user code") // must not get in the way
	name := fmt.Sprint(brief.Name, brief.Args, brief.Env)
	_ = link.Send(context.Background(), cluster.Message{Hello: &cluster.Hello{Name: name}})
	for {
		select {
		case m := <-link.Messages():
			if m.Stop != nil {
				_ = stream.Close()
				return 3
			}
		case <-link.Ended():
			return 0
		}
	}
}

func command(t *testing.T, said *strings.Builder) Command {
	t.Helper()
	c, err := Self(said)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestTeamIsBriefedAndHeard(t *testing.T) {
	var said [2]strings.Builder
	i := 0
	team, err := Muster(2, Brief{Args: []string{"-u", "5"}, Env: map[string]string{"A": "secret"}}, func(string) Command {
		i++
		return command(t, &said[i-1])
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
	p, err := Start(command(t, &said), Brief{})
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
	team, err := Muster(1, Brief{}, func(string) Command { return command(t, &said) })
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
