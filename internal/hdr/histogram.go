package hdr

import (
	"iter"
	"math"
	"slices"
)

// Histogram counts values in nanoseconds with 64-bit counters. The zero value is
// empty and ready. A Histogram must not be copied once it has been used (see
// Clone) and is not safe for concurrent use.
//
// Every question to an empty histogram is answered with 0; ask Count where the
// difference matters.
type Histogram struct {
	tally
	pages pages[uint64]
}

// Record counts one value.
func (h *Histogram) Record(ns int64) { h.RecordN(ns, 1) }

// RecordN counts a value n times; n may be 0.
func (h *Histogram) RecordN(ns int64, n uint64) {
	if n == 0 {
		return
	}
	ns = max(ns, 0)
	h.record(ns, n)
	slot := h.pages.slot(nearestBucket(ns))
	h.pages.counts[slot] = satAdd(h.pages.counts[slot], n)
}

// Merge adds everything o has counted, as if it had been recorded here. It is
// exact, associative and commutative. o is left as it is, and may be h itself.
func (h *Histogram) Merge(o *Histogram) {
	if o.count == 0 {
		return
	}
	mergePages(&h.pages, &o.pages, mayOverflow(h.count, o.count))
	h.merge(&o.tally)
}

// mayOverflow tells whether some bucket can overflow when that many values are
// put together: no bucket has more values than all have.
func mayOverflow(a, b uint64) bool { return satAdd(a, b) == math.MaxUint64 }

// Count is the number of values. It stays at the largest uint64 rather than
// wrap; see AppendBinary.
func (h *Histogram) Count() uint64 { return h.count }

// Clamped is the number of values that were Limit or more. They are counted in
// the last bucket, so quantiles among them are too low.
func (h *Histogram) Clamped() uint64 { return h.clamped }

// Min is the smallest value in nanoseconds, exact.
func (h *Histogram) Min() int64 { return h.min() }

// Max is the largest value in nanoseconds, exact.
func (h *Histogram) Max() int64 { return h.max }

// Sum is the sum of all values in nanoseconds. It is exact up to the largest
// uint64 (584 years) and stays there beyond; Sum128 goes on.
func (h *Histogram) Sum() uint64 {
	if h.sum.hi != 0 {
		return math.MaxUint64
	}
	return h.sum.lo
}

// Sum128 is the sum of all values in nanoseconds as hi*2^64 + lo, exact.
func (h *Histogram) Sum128() (hi, lo uint64) { return h.sum.hi, h.sum.lo }

// Mean is the arithmetic mean in nanoseconds, from the exact sum.
func (h *Histogram) Mean() float64 {
	if h.count == 0 {
		return 0
	}
	return h.sum.float() / float64(h.count)
}

// StdDev is the standard deviation (of the population, dividing by n) in
// nanoseconds. It is approximate: each value is taken as the middle of its
// bucket, and the mean is that of these, so that equal values deviate by 0.
func (h *Histogram) StdDev() float64 {
	if h.count == 0 {
		return 0
	}
	n, sum := float64(h.count), 0.0
	for b, c := range h.All() {
		sum += float64(h.inside(b.Mid())) * float64(c)
	}
	mean, squares := sum/n, 0.0
	for b, c := range h.All() {
		d := float64(h.inside(b.Mid())) - mean
		squares += d * d * float64(c)
	}
	return math.Sqrt(squares / n)
}

// inside moves an estimate to where values are known to be.
func (h *Histogram) inside(ns int64) int64 { return max(h.min(), min(ns, h.max)) }

// All yields the non-empty buckets in ascending order with their counts. The
// histogram must not be changed meanwhile.
func (h *Histogram) All() iter.Seq2[Bucket, uint64] {
	return func(yield func(Bucket, uint64) bool) {
		h.visit(func(i uint, c uint64) bool { return yield(bucketAt(i), c) })
	}
}

// Counts yields the numbers of the non-empty buckets, from 0 on, in ascending
// order with their counts. Numbers are those of docs/run-format.md: they never
// change. The histogram must not be changed meanwhile.
func (h *Histogram) Counts() iter.Seq2[int, uint64] {
	return func(yield func(int, uint64) bool) {
		h.visit(func(i uint, c uint64) bool { return yield(int(i), c) })
	}
}

// visit calls f with the number and count of every non-empty bucket in ascending
// order until f returns false.
func (h *Histogram) visit(f func(i uint, c uint64) bool) {
	for octave := range octaves {
		first := uint(octave) << octaveBits
		for i, c := range h.pages.page(octave) {
			if c != 0 && !f(first+uint(i), c) {
				return
			}
		}
	}
}

// Reset empties the histogram and keeps its memory for reuse. Assigning
// Histogram{} gives the memory back.
func (h *Histogram) Reset() {
	if h.count == 0 {
		return
	}
	h.tally = tally{}
	clear(h.pages.counts)
}

// Clone is a copy that shares nothing with h.
func (h *Histogram) Clone() *Histogram {
	c := *h
	c.pages.counts = slices.Clone(h.pages.counts)
	return &c
}

// Equal reports whether both histograms have the same contents, which is whether
// their encodings are the same.
func (h *Histogram) Equal(o *Histogram) bool {
	return h.tally == o.tally && h.pages.equal(&o.pages)
}
