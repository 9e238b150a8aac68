package engine

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
)

// A load is one load of the plan while it runs: its users, and the goroutine
// that keeps to its schedule.
type load struct {
	Load
	engine *Engine
	index  int
	key    uint64 // Key(seed, index)
	deck   deck
	env    Env
	shard  *metrics.Shard // of the goroutine that keeps the schedule
	model  model
	holds  holds

	halt    chan struct{}  // closed to end the schedule early
	stopped atomic.Bool    // ended by Engine.Stop, not by the plan
	over    chan struct{}  // closed when the schedule has ended
	changes sync.WaitGroup // of the share

	mu      sync.Mutex
	users   map[*user]struct{} // alive, those that are to stop included
	halted  bool
	past    bool          // the schedule has ended
	closed  bool          // no user starts any more
	drained chan struct{} // closed when closed and without users
	hung    []hung
}

// A model is what the closed and the open model do differently.
type model interface {
	scheduler
	employer
}

// A scheduler keeps to the pattern of a load.
type scheduler interface {
	// follow keeps to the schedule until it ends or is halted.
	follow(*sleeper)
	// rebalance follows a change of this worker's share at a moment.
	rebalance(at time.Duration)
	// close ends what users wait for. They may finish what is waiting, if keep.
	close(keep bool)
}

// An employer gives users their work. Its methods are called by their
// goroutines.
type employer interface {
	// wants says whether a user may begin a life.
	wants(*user) bool
	// work runs iterations until the user has no more of them to run, and says
	// whether user code crashed instead.
	work(*user) (crashed bool)
	// left says that a user has ended.
	left(*user)
}

func newLoad(e *Engine, index int) *load {
	l := &load{
		Load:    e.plan.Loads[index],
		engine:  e,
		index:   index,
		key:     Key(e.plan.Seed, uint64(index)),
		shard:   e.options.Recorder.Shard(index),
		holds:   newHolds(),
		halt:    make(chan struct{}),
		over:    make(chan struct{}),
		users:   map[*user]struct{}{},
		drained: make(chan struct{}),
	}
	l.deck = newDeck(l.Tasks)
	if l.Model == Rate {
		l.model = newOpen(l)
	} else {
		l.model = newClosed(l)
	}
	return l
}

// end is when the pattern is over, since the start of the run.
func (l *Load) end() time.Duration { return l.Offset + l.Pattern.Duration() }

func (l *load) now() time.Duration { return l.engine.now() }

// owns says whether user or arrival i belongs to this worker at a moment.
func (l *load) owns(i int64, at time.Duration) bool { return l.engine.shares.at(at).owns(i) }

// ownsFirst is owns for what is divided once and for all.
func (l *load) ownsFirst(i int64) bool { return l.engine.shares.all()[0].owns(i) }

// run takes the load from its start to the end of its last user.
func (l *load) run() {
	s := newSleeper(l.engine.start, l.halt, l.holds.bell, l.engine.options.Precise)
	l.model.follow(s)
	s.close()
	l.settle()
	l.model.close(!l.stopped.Load())
	l.close(l.end() + l.engine.plan.graceful())
	<-l.drained
	l.model.close(false)
}

// interrupt ends the schedule. What follows is up to run.
func (l *load) interrupt() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.halted {
		l.halted = true
		close(l.halt)
	}
}

// stop ends the load early: no new iterations, and users end by the deadline.
func (l *load) stop(deadline time.Duration) {
	l.stopped.Store(true)
	l.interrupt()
	l.model.close(false)
	l.close(deadline)
}

// close lets no more users start and gives those there are a deadline.
func (l *load) close(deadline time.Duration) {
	for _, u := range l.lock() {
		u.stop(deadline)
	}
}

// lock closes the door and returns who is inside.
func (l *load) lock() []*user {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closed {
		l.closed = true
		l.checkDrained()
	}
	users := make([]*user, 0, len(l.users))
	for u := range l.users {
		users = append(users, u)
	}
	return users
}

// launch brings a user to life, unless the load is closed.
func (l *load) launch(u *user) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return false
	}
	l.users[u] = struct{}{}
	u.ctx, u.cancel = context.WithCancel(l.engine.ctx)
	go u.main()
	return true
}

// forget takes a user off the list.
func (l *load) forget(u *user) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.users, u)
	l.checkDrained()
}

// abandon takes a user off the list that would not return.
func (l *load) abandon(h hung) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.hung = append(l.hung, h)
	delete(l.users, h.user)
	l.checkDrained()
}

// checkDrained is called when closed is set, and whenever a user is taken off.
func (l *load) checkDrained() {
	if l.closed && len(l.users) == 0 {
		close(l.drained)
	}
}

// count counts an event of the load that no user is part of.
func (l *load) count(event metrics.Event, at time.Duration) {
	l.shard.Count(l.index, event, int64(at))
}
