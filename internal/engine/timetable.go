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
	shares *shares
	first  int // index of the first share that still counts
	// settle is asked before the owner of an arrival is decided that is due
	// past what it said last. It returns up to when owners are known, or false
	// when the schedule has been ended. Nil means they are known for ever.
	settle func(due time.Duration) (known time.Duration, ok bool)
	known  float64 // the area up to which they are
	cursor *pattern.Cursor
	next   int64
	sum    float64 // of the deviates drawn, for Poisson arrivals
	over   bool
}

func newTimetable(l *Load, key uint64, s *shares) *timetable {
	return &timetable{load: l, key: key, shares: s, cursor: pattern.NewCursor(l.Pattern), known: -1}
}

// take returns the next arrival, or false when there are no more.
func (t *timetable) take() (arrival, bool) {
	for !t.over {
		k := t.next
		t.next++
		area := t.area(k)
		t.over = area > t.cursor.Total() || t.load.Iterations > 0 && k >= t.load.Iterations
		if t.over || !t.settled(area) {
			break
		}
		if t.owns(k, area) {
			return arrival{k, t.due(area)}, true
		}
	}
	return arrival{}, false
}

func (t *timetable) due(area float64) time.Duration {
	at, _ := t.cursor.Next(area)
	return t.load.Offset + at
}

// settled waits until it is known whose an arrival is. Comparing areas spares
// those of other workers the search for their time.
func (t *timetable) settled(area float64) bool {
	if t.settle == nil || area <= t.known {
		return true
	}
	known, ok := t.settle(t.due(area))
	t.known = pattern.Integral(t.load.Pattern, known-t.load.Offset)
	return ok
}

// owns says whether an arrival is this worker's. Only while a change of shares
// is near it has to know when that is due.
func (t *timetable) owns(k int64, area float64) bool {
	list := t.shares.all()
	if t.first >= len(list) {
		t.first = 0 // shares that were to begin later have been replaced
	}
	if t.first < len(list)-1 {
		due := t.due(area)
		for t.first+1 < len(list) && list[t.first+1].From <= due {
			t.first++
		}
	}
	return list[t.first].owns(k)
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
