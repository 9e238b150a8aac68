package engine

import (
	"sync/atomic"
	"time"
)

// A Share is which part of a plan belongs to this worker from a moment of the
// schedule on.
type Share struct {
	From time.Duration // since the start of the run
	// Owns says whether user, arrival or iteration i of a load belongs to this
	// worker; see [Options].
	Owns func(i int64) bool
	// Weight is this worker's part of the plan, from 0 to 1.
	Weight float64
}

func (s *Share) owns(i int64) bool { return s.Owns == nil || s.Owns(i) }

// Settled is how far ahead of the clock an engine decides what it owns. A share
// that is to count must be known that long before it begins.
const Settled = 500 * time.Millisecond

// shares are the shares of a worker in rising order of time. They are read by
// all goroutines of an engine and only ever grow.
type shares struct{ list atomic.Pointer[[]Share] }

func newShares(first Share, later []Share) *shares {
	list := append([]Share{first}, later...)
	s := new(shares)
	s.list.Store(&list)
	return s
}

// all returns the shares; nobody may change them.
func (s *shares) all() []Share { return *s.list.Load() }

// add appends a share, in place of those that were to begin later. Calls must
// not overlap.
func (s *shares) add(next Share) {
	old := s.all()
	keep := 1 // there is always one to begin with
	for keep < len(old) && old[keep].From < next.From {
		keep++
	}
	list := append(append([]Share(nil), old[:keep]...), next)
	s.list.Store(&list)
}

// at returns the share at a moment.
func (s *shares) at(at time.Duration) *Share {
	list := s.all()
	for i := len(list) - 1; i > 0; i-- {
		if list[i].From <= at {
			return &list[i]
		}
	}
	return &list[0]
}

// Reassign changes the share of this worker from a moment of the schedule on,
// which should lie more than [Settled] ahead. The users of the closed model
// change hands at that moment: those that go finish what they do, those that
// come begin at once. Loads of the closed model that are bounded by iterations
// keep the users they have. It may be called at any time; a share takes the
// place of those that were to begin at the same moment or later.
func (e *Engine) Reassign(next Share) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.shares.add(next)
	if e.running {
		e.expect(next.From)
	}
}

// expect makes all loads follow the shares at a moment. The caller holds the
// lock.
func (e *Engine) expect(from time.Duration) {
	for _, l := range e.loads {
		l.expect(from)
	}
	e.limiter.change(from, e.plan.MaxRate*e.shares.at(from).Weight, e.start)
}

// expect makes the load follow the shares at a moment, unless it is over by then.
func (l *load) expect(from time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.past {
		return
	}
	l.changes.Go(func() {
		if l.pauseUntil(from) {
			l.model.rebalance(from)
		}
	})
}

// settle ends that, when the schedule has come to its end.
func (l *load) settle() {
	l.mu.Lock()
	l.past = true
	l.mu.Unlock()
	close(l.over)
	l.changes.Wait()
}

// limit is this worker's part of the plan's MaxRate at a moment, or, while it
// has none, what it will have.
func (e *Engine) limit(at time.Duration) float64 {
	weight := e.shares.at(at).Weight
	for _, share := range e.shares.all() {
		if weight == 0 {
			weight = share.Weight
		}
	}
	return e.plan.MaxRate * weight
}

// pauseUntil waits until a moment. It returns false when the load is over first.
func (l *load) pauseUntil(at time.Duration) bool {
	timer := time.NewTimer(at - l.now())
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-l.halt:
	case <-l.over:
	}
	return false
}

// Until lets nothing start after a moment, which may be moved at any time: it
// is how a worker whose permission has run out does nothing that somebody else
// may be doing by then. Arrivals that are due all the same are dropped.
func (e *Engine) Until(at time.Time) { e.until.Store(max(1, int64(at.Sub(e.born)))) }

// mayStart says whether something may start now.
func (e *Engine) mayStart() bool {
	until := e.until.Load()
	return until == 0 || int64(time.Since(e.born)) <= until
}
