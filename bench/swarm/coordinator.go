package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/loadforge/loadforge/bench/proc"
	"github.com/loadforge/loadforge/internal/cluster"
	"github.com/loadforge/loadforge/internal/engine"
	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/internal/natsbus"
	"github.com/loadforge/loadforge/internal/store"
	"github.com/loadforge/loadforge/internal/wire"
	"github.com/loadforge/loadforge/pattern"
)

// A cost is what a run took of the coordinator.
type cost struct {
	Joined   time.Duration
	Merged   int
	CPU      float64 // of a core, while the load ran
	Peak     int64   // KiB
	P50, P99 float64 // ms from the end of a second to its merged snapshot
	Bus      int64   // bytes, at most
	Store    int64   // bytes in the end
}

func (c cost) print(t task) {
	want := t.workers * int(t.length.Seconds())
	fmt.Printf("| %d | %v | %d of %d | %.1f | %.0f | %.0f | %.0f | %.1f | %.0f |\n", t.workers, c.Joined.Round(10*time.Millisecond),
		c.Merged, want, 100*c.CPU, float64(c.Peak)/1024, c.P50, c.P99, float64(c.Bus)/(1<<20), float64(c.Store)/(1<<20)/t.length.Hours())
}

// A watch is a sink that notes when it is told, and what it cost until then.
type watch struct {
	cost
	bus   string
	opens time.Time
	start time.Time
	spent time.Duration
	late  []float64
}

func (w *watch) Begin(r metrics.Run) error {
	w.start, w.Joined = r.Start, time.Since(w.opens)
	w.spent, _ = proc.Spent(os.Getpid())
	return nil
}

func (w *watch) Second(s *metrics.Snapshot, _ metrics.Progress) error {
	w.Merged += s.Workers
	w.late = append(w.late, float64(time.Since(w.start.Add(s.End())).Microseconds())/1000)
	w.Bus = max(w.Bus, proc.Size(w.bus))
	return nil
}

func (w *watch) End(metrics.Outcome) error {
	spent, err := proc.Spent(os.Getpid())
	w.CPU = (spent - w.spent).Seconds() / time.Since(w.start).Seconds()
	w.Peak = proc.Peak(os.Getpid())
	slices.Sort(w.late)
	if n := len(w.late); n > 0 {
		w.P50, w.P99 = w.late[n/2], w.late[n*99/100]
	}
	return err
}

// plan is the load that the workers say they run.
func (t task) plan() cluster.Plan {
	load := cluster.Load{
		Scenario: "swarm", Model: cluster.Rate, Pattern: pattern.Constant{Level: t.rate * float64(t.workers), For: t.length},
		Tasks: []engine.Task{{Name: "request", Weight: 1}},
		New:   func(context.Context, engine.Identity, engine.Env) engine.User { return nil },
	}
	return cluster.Plan{Plan: engine.Plan{Name: "swarm", Seed: 1, Loads: []cluster.Load{load}}}
}

// coordinate runs the coordinator's side, and says what it cost.
func (t task) coordinate() error {
	dir, err := os.MkdirTemp("", "swarm")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	w := &watch{bus: filepath.Join(dir, "bus"), opens: time.Now()}
	host, err := natsbus.Open(natsbus.HostConfig{Dir: w.bus})
	if err != nil {
		return err
	}
	out := json.NewEncoder(os.Stdout)
	join, err := host.Join(natsbus.Anybody, time.Hour)
	if err != nil {
		return err
	}
	if err := out.Encode(join.String()); err != nil {
		return err
	}
	p := t.plan()
	p.Run = metrics.Run{Test: "swarm", Start: time.Now()}
	p.Run.ID = store.NewID(p.Run.Test, p.Run.Start)
	disk, err := store.Create(filepath.Join(dir, "results"), p.Run)
	if err != nil {
		return err
	}
	transport := wire.NewTransport(host)
	_, err = cluster.Run(context.Background(), p, cluster.Options{Workers: t.workers, Transport: transport, Sinks: []cluster.Sink{disk, w}, Join: 5 * time.Minute})
	transport.Close()
	if err != nil {
		return err
	}
	w.Store = proc.Size(filepath.Join(dir, "results"))
	if err := host.Finish(); err != nil {
		return err
	}
	return out.Encode(w.cost)
}
