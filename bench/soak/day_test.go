package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/loadforge/loadforge/bench/proc"
	"github.com/loadforge/loadforge/internal/cluster"
	"github.com/loadforge/loadforge/internal/engine"
	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/internal/store"
	"github.com/loadforge/loadforge/internal/terminal"
	"github.com/loadforge/loadforge/internal/virtual"
	"github.com/loadforge/loadforge/pattern"
	"github.com/loadforge/loadforge/threshold"
)

var day = flag.Duration("day", 4*time.Minute, "how long the run of TestDay lasts, in virtual time")

// TestDay is a whole run but for the network: engine, recorder, worker,
// coordinator, the store with its fdatasync each second, and the live screen. In
// virtual time a day of it takes minutes:
//
//	go test ./bench/soak -run TestDay -v -day 24h -timeout 1h
//
// Each of its 24 parts prints memory, what the store took, and how much of a core
// a second costs. A user records 500 requests of 20 names each second.
func TestDay(t *testing.T) {
	dir := t.TempDir()
	var w watcher
	virtual.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		w.begin(dir)
		go w.watch(ctx, *day/24, t.Logf)
		run(t, dir)
	})
	if first, last := w.heaps[0], w.heaps[len(w.heaps)-1]; last > first*5/4+1<<20 {
		t.Errorf("the heap in use grew from %d to %d bytes", first, last)
	}
	if w.cost > 0.01 && *day >= time.Hour && !raceDetector {
		t.Errorf("a second costs %.1f %% of a core, want at most 1 %%", 100*w.cost)
	}
}

// run has a user record for a day.
func run(t *testing.T, dir string) {
	plan := cluster.Plan{
		Plan: engine.Plan{Name: "day", Seed: 1, Loads: []engine.Load{{
			Scenario: "visitor", Pattern: pattern.Constant{Level: 1, For: *day}, Pace: time.Second,
			Tasks: []engine.Task{{Name: "browse"}}, New: newVisitor,
		}}},
		Thresholds: []threshold.Rule{threshold.P95(time.Second), threshold.ErrorRate(0.01).Over(time.Minute)},
		Run:        metrics.Run{Test: "day"},
	}
	writer, err := store.Create(dir, plan.Run)
	if err != nil {
		t.Fatal(err)
	}
	screen := terminal.New(terminal.Config{Out: io.Discard, Mode: terminal.Live, Width: 120, Height: 40, Color: true})
	defer screen.Close()
	outcome, err := cluster.Local(t.Context(), plan, cluster.Options{Sinks: []cluster.Sink{writer, screen}, Virtual: true})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := outcome.Summary.Requests, uint64(*day/time.Second)*perSecond; got < want-perSecond || got > want+perSecond {
		t.Errorf("counted %d requests, want %d and not a second's more or less", got, want)
	}
}

const (
	names     = 20
	perSecond = 500
)

// A visitor stands for all users of a run: an iteration is a second of theirs.
type visitor struct {
	env    engine.Env
	shard  *metrics.Shard
	names  [names]metrics.NameID
	random *rand.Rand
}

func newVisitor(_ context.Context, _ engine.Identity, env engine.Env) engine.User {
	v := &visitor{env: env, shard: env.Recorder.Shard(0), random: rand.New(rand.NewPCG(1, 2))}
	for i := range v.names {
		v.names[i] = env.Recorder.Name(fmt.Sprintf("GET /page/%d", i), metrics.Request)
	}
	return v
}

func (*visitor) Setup() error    { return nil }
func (*visitor) Teardown() error { return nil }

func (v *visitor) Run(engine.Iteration) error {
	end := int64(time.Since(v.env.Start))
	for i := range perSecond {
		took := int64(float64(20*time.Millisecond) * (0.2 + v.random.ExpFloat64()))
		v.shard.Record(&metrics.Sample{
			Name: v.names[i%names], Code: 200, End: end, Service: took, Response: took,
			TTFB: took / 2, BytesOut: 120, BytesIn: 1500,
		})
	}
	return nil
}

// A watcher notes what a run takes of this process.
type watcher struct {
	dir   string
	spent time.Duration
	disk  int64
	heaps []uint64 // in use, after a collection
	cost  float64  // of a second, as a share of a core
}

func (w *watcher) begin(dir string) {
	w.dir = dir
	w.spent, _ = proc.Spent(os.Getpid())
}

// watch prints a line each while.
func (w *watcher) watch(ctx context.Context, each time.Duration, printf func(string, ...any)) {
	ticker := time.NewTicker(each)
	defer ticker.Stop()
	start := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			printf("%s", w.look(time.Since(start), each))
		}
	}
}

func (w *watcher) look(at, each time.Duration) string {
	spent, _ := proc.Spent(os.Getpid())
	disk := proc.Size(w.dir)
	w.cost = (spent - w.spent).Seconds() / each.Seconds()
	grown := float64(disk-w.disk) / each.Hours() / (1 << 20)
	resident := proc.Resident(os.Getpid())
	w.spent, w.disk = spent, disk
	w.heaps = append(w.heaps, inUse())
	return fmt.Sprintf("%9s: resident %5.1f MiB, heap in use %5.2f MiB, store %5.1f MiB/h, a second takes %.2f ms of processor: %.2f %% of a core",
		at, float64(resident)/1024, float64(w.heaps[len(w.heaps)-1])/(1<<20), grown, 1000*w.cost, 100*w.cost)
}

func inUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
