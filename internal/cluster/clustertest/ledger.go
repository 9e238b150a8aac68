package clustertest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/loadforge/loadforge/internal/cluster"
	"github.com/loadforge/loadforge/internal/engine"
	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/pattern"
)

// A deed is an arrival that was executed.
type deed struct {
	worker string
	number int64
	task   int
	key    uint64
	due    time.Duration
}

// A snapshotID names a snapshot.
type snapshotID struct {
	worker int
	epoch  uint32
	seq    uint64
}

// A ledger is what truly happened on all workers of a run.
type ledger struct {
	mu        sync.Mutex
	deeds     []deed
	generated map[snapshotID]bool
}

func newLedger() *ledger { return &ledger{generated: map[snapshotID]bool{}} }

func (l *ledger) execute(d deed) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.deeds = append(l.deeds, d)
}

func (l *ledger) generate(s *metrics.Snapshot) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.generated[snapshotID{s.Worker, s.Epoch, s.Seq}] = true
}

// executed returns what was executed, by number of the arrival.
func (l *ledger) executed() []deed {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := slices.Clone(l.deeds)
	slices.SortFunc(all, func(a, b deed) int { return int(a.number - b.number) })
	return all
}

// A worker is one of a case. A dead one does nothing that counts.
type worker struct {
	name   string
	ledger *ledger
	cancel context.CancelFunc
	leave  chan<- struct{}
	ended  chan struct{}
	err    error
	mu     sync.Mutex
	dead   bool
}

func (w *worker) alive() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return !w.dead
}

// A witness is a link that notes what its worker generates.
type witness struct {
	cluster.Link
	worker *worker
}

func (l witness) Send(ctx context.Context, m cluster.Message) error {
	if !l.worker.alive() {
		return nil
	}
	if m.Snapshot != nil {
		l.worker.ledger.generate(m.Snapshot)
	}
	return l.Link.Send(ctx, m)
}

// A clerk is a user that takes a few milliseconds for each arrival and notes it.
type clerk struct {
	ctx    context.Context
	env    engine.Env
	worker *worker
	shard  *metrics.Shard
	name   metrics.NameID
}

func (c *clerk) Setup() error    { return nil }
func (c *clerk) Teardown() error { return nil }

func (c *clerk) Run(it engine.Iteration) error {
	if !c.worker.alive() {
		return nil
	}
	c.worker.ledger.execute(deed{c.worker.name, it.Number, it.Task, it.Key, it.Intended})
	took := 2 * time.Millisecond
	select {
	case <-time.After(took):
	case <-c.ctx.Done():
	}
	end := time.Since(c.env.Start).Nanoseconds()
	c.shard.Record(&metrics.Sample{Name: c.name, Class: metrics.OK, Code: 200, End: end, Service: took.Nanoseconds(), Response: took.Nanoseconds()})
	return nil
}

// plan is a ramp of arrivals, in fractions of an arrival a second, on a worker.
func plan(w *worker, length time.Duration) cluster.Plan {
	load := cluster.Load{
		Scenario: "hook", Model: cluster.Rate, Pattern: pattern.Ramp{From: 30.3, To: 90.7, For: length},
		Tasks: []engine.Task{{Name: "call", Weight: 3}, {Name: "list"}},
		New: func(ctx context.Context, id engine.Identity, env engine.Env) engine.User {
			return &clerk{
				ctx: ctx, env: env, worker: w, shard: env.Recorder.Shard(id.User),
				name: env.Recorder.Name("GET /", metrics.Request),
			}
		},
	}
	return cluster.Plan{Plan: engine.Plan{Name: "shop", Seed: 7, Loads: []cluster.Load{load}, Graceful: 2 * time.Second}}
}

// scheduled are the arrivals of the plan.
func scheduled(length time.Duration) int {
	p := plan(nil, length).Loads[0].Pattern
	return int(pattern.Integral(p, length) + 0.5)
}

// A keeper is a sink that keeps what it is given as a store does: a state and
// the seconds it is about, together.
type keeper struct {
	mu      sync.Mutex
	seconds [][]byte
	state   []byte
	kept    int // seconds that belong to the state
	outcome metrics.Outcome
	dead    bool
}

var _ cluster.Keeper = (*keeper)(nil)

func (k *keeper) Begin(metrics.Run) error { return nil }

func (k *keeper) Second(s *metrics.Snapshot, _ metrics.Progress) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	b, err := s.AppendBinary(nil)
	if err == nil && !k.dead {
		k.seconds = append(k.seconds, b)
	}
	return err
}

func (k *keeper) Keep(state []byte) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.dead {
		return fmt.Errorf("its process is dead")
	}
	k.state, k.kept = state, len(k.seconds)
	return nil
}

func (k *keeper) End(o metrics.Outcome) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.outcome = o
	return nil
}

// die makes whatever comes from the dead process count for nothing, and returns
// what the next one finds.
func (k *keeper) die() *keeper {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.dead = true
	return &keeper{state: k.state, seconds: slices.Clone(k.seconds[:k.kept]), kept: k.kept}
}

func (k *keeper) resume() *cluster.Resume {
	seconds := slices.Clone(k.seconds)
	return &cluster.Resume{State: k.state, Seconds: func(yield func(*metrics.Snapshot, error) bool) {
		for _, b := range seconds {
			s, err := metrics.DecodeSnapshot(b)
			if !yield(s, err) {
				return
			}
		}
	}}
}

// count counts the snapshots that were merged into the seconds.
func (k *keeper) count() (merged int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, b := range k.seconds {
		if s, err := metrics.DecodeSnapshot(b); err == nil {
			merged += s.Workers
		}
	}
	return merged
}
