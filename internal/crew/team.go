package crew

import (
	"fmt"
	"sync"
	"time"

	"github.com/loadforge/loadforge/internal/cluster"
	"github.com/loadforge/loadforge/internal/wire"
)

// farewell is how long processes have to end once the run is over.
const farewell = 5 * time.Second

// A Team is several worker processes of one run on this machine, and the
// transport to them.
type Team struct {
	*wire.Transport
	hub       *wire.Hub
	processes []*Process
}

// Muster starts n processes. Each is briefed with b, its name excepted, and its
// command with what command makes of its name.
func Muster(n int, b Brief, command func(name string) Command) (*Team, error) {
	t := &Team{hub: wire.NewHub()}
	t.Transport = wire.NewTransport(t.hub)
	for i := range n {
		b.Name = fmt.Sprintf("process %d", i+1)
		p, err := Start(command(b.Name), b)
		if err != nil {
			t.Close()
			return nil, err
		}
		t.processes = append(t.processes, p)
		t.hub.Attach(fmt.Sprintf("process-%d", i+1), p.Stream(), func() wire.Frame { return gone(p) })
	}
	return t, nil
}

// gone is what the coordinator gets when a process has ended.
func gone(p *Process) wire.Frame {
	f, _ := wire.Encode("", cluster.Message{V: cluster.Protocol, Gone: &cluster.Gone{Reason: p.Fate()}})
	return f // control messages can be encoded
}

// Processes are those of the team, in the order of their names.
func (t *Team) Processes() []*Process { return t.processes }

// Close ends all processes and waits for them.
func (t *Team) Close() {
	var all sync.WaitGroup
	for _, p := range t.processes {
		all.Go(func() { _ = p.Wait(farewell) })
	}
	all.Wait()
	t.hub.Close()
	t.Transport.Close()
}
