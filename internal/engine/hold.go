package engine

import (
	"math"
	"sync"
	"time"

	"github.com/loadforge/loadforge/pattern"
)

// A Hold takes a load from its pattern: from a time on its level is fixed, to
// the end of the pattern or until another Hold begins.
type Hold struct {
	Load int           // index into Plan.Loads
	From time.Duration // since the start of the run
	// Level is that of all workers together, a finite number of at least zero.
	Level float64
	// Release gives the load back: the level is again what the pattern has come
	// to at that time.
	Release bool
}

// Hold fixes the level of a load. Users that are missing start at once when it
// begins, as a pattern that jumps has them start; the youngest stop if there are
// too many, and have the grace of the plan. Arrivals go on with the number that
// is next, in the new rhythm: the workers of a run that are told the same Holds
// go on together, also those that are told late. A Hold that begins before the
// one that came last begins with it.
//
// It may be called at any time, and has no effect after the load's end.
func (e *Engine) Hold(h Hold) { e.loads[h.Load].holds.add(h) }

// holds are those of one load, in order. Any goroutine may add one; the
// goroutine that keeps the schedule begins them.
type holds struct {
	bell chan struct{} // has a value after each change

	mu  sync.Mutex
	all []Hold

	// Of the schedule's goroutine.
	begun int
	next  *Hold // the first that has not begun, as far as it has heard
}

func newHolds() holds { return holds{bell: make(chan struct{}, 1)} }

func (s *holds) add(h Hold) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.all); n > 0 {
		h.From = max(h.From, s.all[n-1].From)
	}
	s.all = append(s.all, h)
	select {
	case s.bell <- struct{}{}:
	default: // it rings already
	}
}

// at returns the hold that is in force at a time, or one that releases.
func (s *holds) at(t time.Duration) Hold {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := len(s.all) - 1; i >= 0; i-- {
		if s.all[i].From <= t {
			return s.all[i]
		}
	}
	return Hold{Release: true}
}

// until waits for a moment of the schedule, but no longer than to where a hold
// begins, which it returns. It is not ok when the load is halted.
func (s *holds) until(due time.Duration, sleep *sleeper) (begins *Hold, ok bool) {
	for {
		first := due
		if s.next != nil {
			first = min(due, s.next.From)
		}
		switch {
		case !sleep.until(first):
			if sleep.halted() {
				return nil, false
			}
			s.hear()
		case s.next != nil && s.next.From <= due:
			begins = s.next
			s.begun++
			s.look()
			return begins, true
		default:
			return nil, true
		}
	}
}

// before reports whether a hold begins before a moment, as far as is known.
func (s *holds) before(t time.Duration) bool { return s.next != nil && s.next.From < t }

// first is the earlier of a moment and where a hold begins.
func (s *holds) first(t time.Duration) time.Duration {
	if s.before(t) {
		return s.next.From
	}
	return t
}

// hear takes the value off the bell.
func (s *holds) hear() {
	select {
	case <-s.bell:
	default:
	}
	s.look()
}

// look finds the next hold.
func (s *holds) look() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next = nil
	if s.begun < len(s.all) {
		h := s.all[s.begun]
		s.next = &h
	}
}

// level is what the schedule asks for at a time since the start of the run.
func (l *load) level(at time.Duration) float64 {
	if h := l.holds.at(at); !h.Release && at < l.end() {
		return h.Level
	}
	return l.Pattern.At(at - l.Offset)
}

// A rhythm says when the area under a level reaches a value, where holds take
// turns with a pattern. Areas are those under what the level really was.
type rhythm struct {
	load   *Load
	cursor *pattern.Cursor
	ahead  float64 // by which the area exceeds that of the pattern alone

	held  bool
	from  time.Duration // since the start of the run, as are all times here
	level float64
	base  float64 // the area at from
}

func newRhythm(l *Load) rhythm { return rhythm{load: l, cursor: pattern.NewCursor(l.Pattern)} }

// reaches reports whether the area comes to that value before the load is over.
func (r *rhythm) reaches(area float64) bool {
	if !r.held {
		return area-r.ahead <= r.cursor.Total()
	}
	return r.when(area) < r.load.end()
}

// when is the moment at which the area comes to a value that it reaches.
func (r *rhythm) when(area float64) time.Duration {
	if !r.held {
		at, _ := r.cursor.Next(area - r.ahead)
		return r.load.Offset + at
	}
	after := (area - r.base) / r.level * 1e9
	if !(after < float64(math.MaxInt64-r.from)) { // a level of zero, too
		return math.MaxInt64
	}
	return r.from + time.Duration(math.Round(after))
}

// area is what the area has come to at a time, as things stand.
func (r *rhythm) area(at time.Duration) float64 {
	if r.held {
		return r.base + r.level*(at-r.from).Seconds()
	}
	return r.ahead + r.planned(at)
}

// planned is the area under the pattern.
func (r *rhythm) planned(at time.Duration) float64 {
	return pattern.Integral(r.load.Pattern, at-r.load.Offset)
}

// turn begins a hold.
func (r *rhythm) turn(h *Hold) {
	base := r.area(h.From)
	r.held, r.from, r.level, r.base = !h.Release, h.From, h.Level, base
	if h.Release {
		r.ahead = base - r.planned(h.From)
	}
}
