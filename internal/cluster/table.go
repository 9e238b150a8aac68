package cluster

import "math"

// Slots is how many equal parts the load of a run is cut into. User j, arrival
// k and data row r belong to slot j, k or r modulo Slots; a [Table] says whose
// slot that is. A power of two, so that every share n/Slots is an exact
// floating-point number.
const Slots = 1 << 14

// A Table deals the slots to workers. It is a value that never changes and may
// be used by any number of goroutines. The zero Table gives everything to
// worker 0.
//
// The slots of a worker are interleaved with those of the others: among any
// run of consecutive indices of a table made by [Shares], each worker owns its
// proportional part, give or take less than two.
type Table struct {
	slots  []uint16 // nil in the zero Table
	counts []int
}

// Shares deals the slots in proportion to the weights, one worker for each
// weight; the number of slots of a worker is its exact part rounded down or up.
// Weights that are not positive finite numbers count as zero; when none is
// left, the workers share equally. The result is the same on every machine.
func Shares(weights []float64) Table {
	if len(weights) == 0 {
		return Table{}
	}
	counts := apportion(weights)
	return Table{slots: interleave(counts, Slots), counts: counts}
}

// Reweigh returns the table for new weights that moves as few slots as
// possible: a worker whose share shrinks gives up the excess, evenly spread,
// and nobody else's slots change hands. There may be more weights than the
// table has workers, for workers that join, but not fewer: one that leaves has
// weight zero.
func (t Table) Reweigh(weights []float64) Table {
	if len(weights) < t.Workers() {
		weights = append(append([]float64(nil), weights...), make([]float64, t.Workers()-len(weights))...)
	}
	counts := apportion(weights)
	slots := t.dealt()
	freed, missing := t.release(slots, counts)
	for i, worker := range interleave(missing, len(freed)) {
		slots[freed[i]] = worker
	}
	return Table{slots: slots, counts: counts}
}

// release finds the slots that workers with too many of them give up, in
// rising order, and how many each of the others is short of.
func (t Table) release(slots []uint16, counts []int) (freed []int, missing []int) {
	missing = make([]int, len(counts))
	excess := make([]int, len(counts))
	for w, count := range counts {
		excess[w] = max(0, t.Slots(w)-count)
		missing[w] = max(0, count-t.Slots(w))
	}
	nth := make([]int, len(counts))
	for i, w := range slots {
		have := t.Slots(int(w))
		if nth[w]*excess[w]/have != (nth[w]+1)*excess[w]/have {
			freed = append(freed, i)
		}
		nth[w]++
	}
	return freed, missing
}

// dealt returns a copy of the owners of all slots.
func (t Table) dealt() []uint16 {
	slots := make([]uint16, Slots)
	copy(slots, t.slots)
	return slots
}

// Workers is how many workers the table knows, those without a slot included.
func (t Table) Workers() int { return max(1, len(t.counts)) }

// Owner returns the worker that index i belongs to. i must not be negative.
func (t Table) Owner(i int64) int {
	if t.slots == nil {
		return 0
	}
	return int(t.slots[i&(Slots-1)])
}

// Slots is how many slots a worker owns; zero for one the table does not know.
func (t Table) Slots(worker int) int {
	switch {
	case worker < 0 || worker >= t.Workers():
		return 0
	case t.counts == nil:
		return Slots
	}
	return t.counts[worker]
}

// Share is the part of the whole that a worker owns, from 0 to 1: a whole number
// of 16,384ths, so that the shares of all workers sum to exactly 1, and those of
// a number that has 39 significant bits or fewer to exactly that number.
func (t Table) Share(worker int) float64 { return float64(t.Slots(worker)) / Slots }

// apportion divides the slots by the method of largest remainders: every worker
// gets its exact part rounded down, and those who lost most by it one more. It
// calculates in integers, because a compiler may fuse floating-point operations
// on one machine and not on another, and all workers must find the same table.
func apportion(weights []float64) []int {
	whole, sum := integers(weights)
	counts := make([]int, len(weights))
	rest := make([]uint64, len(weights))
	left := Slots
	for w, weight := range whole {
		counts[w] = int(weight * Slots / sum)
		rest[w] = weight * Slots % sum
		left -= counts[w]
	}
	for ; left > 0; left-- {
		most := 0
		for w := range rest {
			if rest[w] > rest[most] {
				most = w
			}
		}
		counts[most]++
		rest[most] = 0
	}
	return counts
}

// integers scales the weights so that the largest becomes 2^32 and adds them
// up. The relative error of a weight that matters, one slot or more of 2^14,
// stays below one part in 2^17.
func integers(weights []float64) (whole []uint64, sum uint64) {
	largest := 0.0
	for _, w := range weights {
		if usable(w) {
			largest = max(largest, w)
		}
	}
	whole = make([]uint64, len(weights))
	for i, w := range weights {
		switch {
		case largest == 0:
			whole[i] = 1
		case usable(w):
			whole[i] = uint64(math.Round(math.Ldexp(w/largest, 32)))
		}
		sum += whole[i]
	}
	return whole, sum
}

func usable(weight float64) bool { return weight > 0 && !math.IsInf(weight, 1) }

// interleave spreads counts[w] turns of each worker w over a sequence of the
// given length, which is the sum of the counts, so that after any number of
// turns no worker is off its proportional part by one or more. This is the
// chairman assignment problem; the rule is Tijdeman's (Discrete Mathematics 32,
// 1980): of the workers that are due, the one with the earliest deadline.
func interleave(counts []int, length int) []uint16 {
	slots := make([]uint16, length)
	turn := newTurns(counts, length)
	for i := range slots {
		slots[i] = turn.next()
	}
	return slots
}

// turns is the state of interleave. For each worker with a part it keeps by
// how much the worker is behind, ahead when negative, in units of one turn
// divided by length*spread, so that all arithmetic is on integers.
type turns struct {
	workers []uint16
	counts  []int64
	behind  []int64
	length  int64
	spread  int64 // 2n-2 of Tijdeman's theorem, for n workers with a part
}

func newTurns(counts []int, length int) *turns {
	t := &turns{length: int64(length)}
	for w, count := range counts {
		if count > 0 {
			t.workers = append(t.workers, uint16(w))
			t.counts = append(t.counts, int64(count))
		}
	}
	t.behind = make([]int64, len(t.workers))
	t.spread = max(1, 2*int64(len(t.workers))-2)
	return t
}

// next says whose turn it is.
func (t *turns) next() uint16 {
	best := -1
	var bestRoom int64
	for w, count := range t.counts {
		room := t.length*(t.spread-1) - t.behind[w] // until it would be behind by too much
		t.behind[w] += t.spread * count
		if t.behind[w] < t.length {
			continue // not due
		}
		if best < 0 || room*t.counts[best] < bestRoom*count {
			best, bestRoom = w, room
		}
	}
	t.behind[best] -= t.spread * t.length
	return t.workers[best]
}
