package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/loadforge/loadforge/bench/synth"
	"github.com/loadforge/loadforge/internal/cluster"
	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/internal/natsbus"
	"github.com/loadforge/loadforge/internal/wire"
)

// variants is how many different seconds there are.
const variants = 16

// work runs the side of the workers.
func (t task) work() error {
	text, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	join, err := natsbus.ParseJoin(string(text))
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "swarm")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	seconds := make([]*metrics.Snapshot, variants)
	for i := range seconds {
		seconds[i] = synth.Plan{Seconds: variants, Names: t.names, Rate: t.rate, Seed: 1}.Second(i)
	}
	var all sync.WaitGroup
	problems := make([]error, t.workers)
	doors := make(chan struct{}, 4*runtime.NumCPU()) // so many join at a time
	for i := range t.workers {
		all.Go(func() {
			d := drone{task: t, number: i, seconds: seconds}
			problems[i] = d.serve(join, filepath.Join(dir, fmt.Sprint(i)), doors)
		})
	}
	all.Wait()
	return errors.Join(problems...)
}

// A drone is a worker that is made up.
type drone struct {
	task
	number  int
	seconds []*metrics.Snapshot
	link    *wire.Link
	welcome *cluster.Welcome
	epochs  int
	start   time.Time
	second  int // the next to send
	beat    uint64
}

// serve takes part in the run from its beginning to its end.
func (d *drone) serve(join natsbus.Join, dir string, doors chan struct{}) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	doors <- struct{}{}
	station, err := natsbus.Dial(ctx, natsbus.StationConfig{Join: join, Worker: fmt.Sprint("drone-", d.number), Dir: dir})
	<-doors
	if err != nil {
		return err
	}
	d.link = wire.NewLink(station)
	defer d.link.Close()
	if err := d.run(ctx); err != nil {
		return errors.Join(err, station.Close())
	}
	return errors.Join(station.Flush(ctx), station.Close())
}

func (d *drone) run(ctx context.Context) error {
	beats := time.NewTicker(time.Second)
	defer beats.Stop()
	due := time.NewTimer(time.Hour)
	defer due.Stop()
	if err := d.hello(ctx); err != nil {
		return err
	}
	for {
		var err error
		select {
		case m := <-d.link.Messages():
			if m.Start != nil && d.start.IsZero() {
				d.start = m.Start.At
				due.Reset(d.wait())
			}
			err = d.handle(ctx, m)
		case <-beats.C:
			err = d.tick(ctx)
		case <-due.C:
			if float64(d.second) == d.length.Seconds() {
				return d.send(ctx, cluster.Message{Done: &cluster.Done{Epoch: d.welcome.Epoch, Snapshots: uint64(d.second), Seconds: d.second}})
			}
			err = d.report(ctx)
			due.Reset(d.wait())
		case <-ctx.Done():
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
	}
}

// wait is how long until the next second has ended, and as long more as real
// workers take to collect it.
func (d *drone) wait() time.Duration {
	return time.Until(d.start.Add(time.Duration(d.second+1)*time.Second + 50*time.Millisecond))
}

func (d *drone) hello(ctx context.Context) error {
	return d.send(ctx, cluster.Message{Hello: &cluster.Hello{
		Min: cluster.Protocol, Max: cluster.Protocol, Name: fmt.Sprint("drone-", d.number), Plan: "swarm", Weight: 1,
		System: runtime.GOOS + "/" + runtime.GOARCH, Instance: fmt.Sprint(d.number),
	}})
}

func (d *drone) handle(ctx context.Context, m cluster.Message) error {
	switch {
	case m.Refuse != nil:
		return errors.New(m.Refuse.Reason)
	case m.Welcome != nil && d.welcome == nil:
		d.welcome = m.Welcome
	case m.Assign != nil && d.welcome != nil:
		d.epochs = max(d.epochs, len(m.Assign.Epochs))
		return d.send(ctx, cluster.Message{Ready: &cluster.Ready{Epoch: d.welcome.Epoch, Have: d.epochs}})
	}
	return nil
}

// tick is a heartbeat or, until the coordinator answers, another hello.
func (d *drone) tick(ctx context.Context) error {
	if d.welcome == nil {
		return d.hello(ctx)
	}
	d.beat++
	return d.send(ctx, cluster.Message{Heartbeat: &cluster.Heartbeat{
		Beat: d.beat, Epoch: d.welcome.Epoch, Have: d.epochs, Started: !d.start.IsZero(),
	}})
}

// report sends a second.
func (d *drone) report(ctx context.Context) error {
	s := *d.seconds[(d.number+d.second)%variants]
	s.Worker, s.Epoch, s.Seq, s.Second = d.welcome.Worker, d.welcome.Epoch, uint64(d.second+1), d.second
	s.Length, s.Workers, s.Covered = time.Second, 1, 1
	s.Loads = []metrics.LoadStats{{Scenario: "swarm", Target: d.rate, Active: 10}}
	d.second++
	return d.send(ctx, cluster.Message{Snapshot: &s})
}

func (d *drone) send(ctx context.Context, m cluster.Message) error {
	m.V = cluster.Protocol
	return d.link.Send(ctx, m)
}
