package clustertest

import (
	"context"
	"log/slog"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/cluster"
)

// A stage is a run that a case does harm to.
type stage struct {
	t       *testing.T
	bed     Bed
	length  time.Duration
	bubbled bool
	options cluster.Options
	ledger  *ledger
	begun   time.Time

	mu      sync.Mutex
	workers map[string]*worker
	all     []*worker

	keeper *keeper
	cancel context.CancelCauseFunc
	over   chan struct{}
	dead   []chan struct{} // coordinators that were killed
	err    error
}

// lease is what workers of the suite have: short, so that cases are.
const lease = 3 * time.Second

func newStage(t *testing.T, bed Bed, length time.Duration, bubbled bool) *stage {
	s := &stage{
		t: t, bed: bed, length: length, bubbled: bubbled, ledger: newLedger(), workers: map[string]*worker{}, keeper: &keeper{},
	}
	s.options = cluster.Options{Lease: lease, Lead: time.Second, Open: true, Join: 20 * time.Second, Virtual: bubbled}
	if testing.Verbose() && !bubbled && os.Getenv("CLUSTERTEST_LOG") != "" {
		s.options.Logger = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	return s
}

// hire starts a worker.
func (s *stage) hire(name string) {
	ctx, cancel := context.WithCancel(context.Background())
	leave := make(chan os.Signal, 1)
	asked := make(chan struct{}, 1)
	w := &worker{name: name, ledger: s.ledger, cancel: cancel, leave: asked, ended: make(chan struct{})}
	link := witness{s.bed.Link(name), w}
	p := plan(w, s.length)
	s.mu.Lock()
	s.workers[name] = w
	s.all = append(s.all, w)
	s.mu.Unlock()
	go func() {
		select {
		case <-asked:
			leave <- os.Interrupt
		case <-w.ended:
		}
	}()
	go func() {
		defer close(w.ended)
		w.err = cluster.Worker{
			Plan: p.Plan, Link: link, Name: name, Virtual: s.bubbled, Leave: leave, Rejoin: 30 * time.Second,
			Logger: s.options.Logger,
		}.Run(ctx)
	}()
}

func (s *stage) worker(name string) *worker {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.workers[name]
}

// kill ends a worker as kill -9 does: nothing of it happens any more.
func (s *stage) kill(name string) {
	w := s.worker(name)
	w.mu.Lock()
	w.dead = true
	w.mu.Unlock()
	w.cancel()
}

// fire asks a worker to leave.
func (s *stage) fire(name string) { s.worker(name).leave <- struct{}{} }

// conduct runs a coordinator until it ends or is killed.
func (s *stage) conduct(workers int, resume *cluster.Resume) {
	ctx, cancel := context.WithCancelCause(context.Background())
	o := s.options
	o.Workers, o.Resume, o.Transport, o.Sinks = workers, resume, s.bed.Transport(), []cluster.Sink{s.keeper}
	over := make(chan struct{})
	s.cancel, s.over = cancel, over
	go func() {
		defer close(over)
		_, err := cluster.Run(ctx, plan(&worker{}, s.length), o)
		if ctx.Err() == nil {
			s.err = err
		}
	}()
}

// crash kills the coordinator as kill -9 does, and its side of the bus.
func (s *stage) crash() {
	s.bed.Crash()
	dead := s.keeper
	s.keeper = dead.die()
	s.cancel(context.Canceled)
	s.dead = append(s.dead, s.over)
}

// after waits until a time since the start of the case.
func (s *stage) after(d time.Duration) { time.Sleep(time.Until(s.begun.Add(d))) }

// end waits for the run and all workers, and dismisses those that wait for
// something that will not come.
func (s *stage) end() {
	select {
	case <-s.over:
	case <-time.After(s.length + time.Minute):
		s.t.Error("the run does not end")
		s.cancel(context.Canceled)
		<-s.over
	}
	for _, over := range s.dead {
		<-over
	}
	s.mu.Lock()
	all := s.all
	s.mu.Unlock()
	for _, w := range all {
		select {
		case <-w.ended:
		case <-time.After(2 * time.Second):
			w.cancel()
			<-w.ended
		}
	}
}
