package hdr

import (
	"math"
	"math/bits"
)

// tally is what is known exactly about the recorded values. The zero value is
// that of no values, and adding two tallies needs no case for an empty one.
type tally struct {
	count uint64
	// headroom is how far the smallest value is below the largest int64. Stored
	// that way the minimum of nothing is zero and merging takes the larger one.
	headroom int64
	max      int64
	sum      wide
	clamped  uint64
}

func (t *tally) min() int64 {
	if t.count == 0 {
		return 0
	}
	return math.MaxInt64 - t.headroom
}

// record takes n values of ns, which must not be negative, and n not zero.
func (t *tally) record(ns int64, n uint64) {
	t.count = satAdd(t.count, n)
	t.headroom = max(t.headroom, math.MaxInt64-ns)
	t.max = max(t.max, ns)
	t.sum = t.sum.add(product(uint64(ns), n))
	if ns >= Limit {
		t.clamped = satAdd(t.clamped, n)
	}
}

func (t *tally) merge(o *tally) {
	t.count = satAdd(t.count, o.count)
	t.headroom = max(t.headroom, o.headroom)
	t.max = max(t.max, o.max)
	t.sum = t.sum.add(o.sum)
	t.clamped = satAdd(t.clamped, o.clamped)
}

// satAdd stops at the largest value instead of wrapping. Unlike an error or a
// wrapped count that keeps addition associative and commutative, and so merging.
func satAdd(a, b uint64) uint64 {
	sum, carry := bits.Add64(a, b, 0)
	if carry != 0 {
		return math.MaxUint64
	}
	return sum
}

// wide is an unsigned 128-bit number. 64 bits of nanoseconds are full after a
// day of 100,000 values of 2.2 s each second.
type wide struct{ hi, lo uint64 }

func product(a, b uint64) wide {
	hi, lo := bits.Mul64(a, b)
	return wide{hi, lo}
}

// add stops at the largest value, for the reason satAdd has.
func (w wide) add(o wide) wide {
	lo, carry := bits.Add64(w.lo, o.lo, 0)
	hi, carry := bits.Add64(w.hi, o.hi, carry)
	if carry != 0 {
		return wide{math.MaxUint64, math.MaxUint64}
	}
	return wide{hi, lo}
}

func (w wide) less(o wide) bool {
	return w.hi < o.hi || w.hi == o.hi && w.lo < o.lo
}

func (w wide) float() float64 {
	return math.Ldexp(float64(w.hi), 64) + float64(w.lo)
}
