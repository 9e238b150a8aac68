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
	key  uint64 // Key(seed, load)
	owns func(int64) bool
	next int64   // number of the arrival that was not taken yet
	area float64 // at which that is due
	sum  float64 // of the deviates drawn, for Poisson arrivals
}

func newTimetable(l *Load, key uint64, owns func(int64) bool) *timetable {
	t := &timetable{rhythm: newRhythm(l), key: key, owns: owns}
	t.area = t.areaOf(0)
	return t
}

// peek returns the next arrival, or false when there are no more. That may
// change with the next turn.
func (t *timetable) peek() (arrival, bool) {
	for t.bounded() && t.reaches(t.area) {
		if t.owns == nil || t.owns(t.next) {
			return arrival{t.next, t.when(t.area)}, true
		}
		t.step()
	}
	return arrival{}, false
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
	a, ok := t.peek()
	if ok {
		t.step()
	}
	return a, ok
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
