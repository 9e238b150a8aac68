package engine

import (
	"math"
	"time"

	"github.com/loadforge/loadforge/pattern"
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
	load   *Load
	key    uint64 // Key(seed, load)
	owns   func(int64) bool
	cursor *pattern.Cursor
	next   int64
	sum    float64 // of the deviates drawn, for Poisson arrivals
	over   bool
}

func newTimetable(l *Load, key uint64, owns func(int64) bool) *timetable {
	return &timetable{load: l, key: key, owns: owns, cursor: pattern.NewCursor(l.Pattern)}
}

// take returns the next arrival, or false when there are no more.
func (t *timetable) take() (arrival, bool) {
	for !t.over {
		k := t.next
		t.next++
		area := t.area(k)
		t.over = area > t.cursor.Total() || t.load.Iterations > 0 && k >= t.load.Iterations
		if !t.over && (t.owns == nil || t.owns(k)) {
			at, _ := t.cursor.Next(area)
			return arrival{k, t.load.Offset + at}, true
		}
	}
	return arrival{}, false
}

// area is the area under the pattern at which arrival k is due. A Poisson
// process whose rate varies is one of rate 1 on the axis of the area (Çınlar:
// Introduction to Stochastic Processes, 1975, chapter 4.7).
func (t *timetable) area(k int64) float64 {
	if t.load.Arrivals == Even {
		return float64(k) + 0.5
	}
	deviate := unit(extend(extend(t.key, uint64(k)), drawPoisson))
	t.sum -= math.Log1p(-deviate)
	return t.sum
}
