package engine

import (
	"math"
	"time"
)

// An arrival is an iteration of the open model that its schedule asks for.
type arrival struct {
	number int64
	due    time.Duration // since the start of the run
}

// A timetable lists the arrivals of a load that belong to this worker, in
// order. Every worker counts through all arrivals of the load, which takes a
// few nanoseconds each, and works out the times of its own; so number and time
// of an arrival are the same whatever the number of workers.
type timetable struct {
	rhythm
	key    uint64 // Key(seed, load)
	shares *shares
	first  int     // index of the first share that still counts
	known  float64 // the area up to which it is known whose an arrival is
	next   int64   // number of the arrival that was not taken yet
	area   float64 // at which that is due
	sum    float64 // of the deviates drawn, for Poisson arrivals
}

// nothing is an area that comes before all others.
const nothing = -1

func newTimetable(l *Load, key uint64, s *shares) *timetable {
	t := &timetable{rhythm: newRhythm(l), key: key, shares: s, known: math.Inf(1)}
	t.area = t.areaOf(0)
	return t
}

// found says what a timetable has next.
type found uint8

const (
	noMore    found = iota // no arrival, as things stand
	ours                   // one that belongs to this worker
	undecided              // one of which nobody knows yet whose it is
)

// peek returns the next arrival. Comparing areas spares those of other workers
// the search for their time.
func (t *timetable) peek() (arrival, found) {
	for t.bounded() && t.reaches(t.area) {
		switch {
		case t.area > t.known:
			return arrival{t.next, t.when(t.area)}, undecided
		case t.owns(t.next, t.area):
			return arrival{t.next, t.when(t.area)}, ours
		}
		t.step()
	}
	return arrival{}, noMore
}

// know tells up to when the shares do not change any more: at least to the next
// arrival, whose time is rounded.
func (t *timetable) know(until time.Duration) { t.known = max(t.area, t.rhythm.area(until)) }

// turn begins a hold. From then on arrivals have other times.
func (t *timetable) turn(h *Hold) {
	t.rhythm.turn(h)
	t.known = min(t.known, t.base)
}

// bounded reports whether the next arrival is within the bound of iterations.
func (t *timetable) bounded() bool { return t.load.Iterations <= 0 || t.next < t.load.Iterations }

// over reports whether a load with a bound on its iterations has come to it, or
// will not: only what is held may go on.
func (t *timetable) over() bool { return !t.bounded() || t.load.Iterations > 0 && !t.held }

// step takes the next arrival.
func (t *timetable) step() {
	t.next++
	t.area = t.areaOf(t.next)
}

// take returns the next arrival and goes on to the one after it.
func (t *timetable) take() (arrival, bool) {
	a, found := t.peek()
	if found == ours {
		t.step()
	}
	return a, found == ours
}

// owns says whether an arrival is this worker's. Only while a change of shares
// is near it has to know when that is due.
func (t *timetable) owns(k int64, area float64) bool {
	list := t.shares.all()
	if t.first >= len(list) {
		t.first = 0 // shares that were to begin later have been replaced
	}
	if t.first < len(list)-1 {
		due := t.when(area)
		for t.first+1 < len(list) && list[t.first+1].From <= due {
			t.first++
		}
	}
	return list[t.first].owns(k)
}

// areaOf is the area at which arrival k is due; it goes up by one. A Poisson
// process whose rate varies is one of rate 1 on the axis of the area (Çınlar:
// Introduction to Stochastic Processes, 1975, chapter 4.7).
func (t *timetable) areaOf(k int64) float64 {
	if t.load.Arrivals == Even {
		return float64(k) + 0.5
	}
	deviate := unit(extend(extend(t.key, uint64(k)), drawPoisson))
	t.sum -= math.Log1p(-deviate)
	return t.sum
}
