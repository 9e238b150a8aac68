package hdr

import (
	"math"
	"math/bits"
)

// Window counts the values one goroutine records during a short time, typically
// a second, with 32-bit counters: half the memory of a Histogram, and no more
// than 128 bytes while empty, as there is one for every name on every shard. The
// zero value is empty and ready. A Window must not be copied once it has been
// used and is not safe for concurrent use: the owner hands it over, the receiver
// merges it, resets it and hands it back.
type Window struct {
	tally
	pages pages[uint32]
	// spill has what 32 bits could not hold; nil in any sensible use.
	spill *pages[uint64]
}

// Record counts one value, in nanoseconds. It does not allocate unless the value
// is the first of its octave since the Window was made.
func (w *Window) Record(ns int64) {
	// Unsigned, a negative value is large: one comparison finds both ends.
	if uint64(ns) < uint64(Limit) {
		slot, counts := w.pages.at(bucketOf(uint64(ns))), w.pages.counts
		if slot < uint(len(counts)) && counts[slot] != math.MaxUint32 {
			counts[slot]++
			w.recordInside(ns)
			return
		}
	}
	// All that is rare leaves by one call at the end, so that nothing before it
	// has to be saved across a call.
	w.recordRare(max(ns, 0))
}

// recordInside is tally.record without what one value below Limit can't need.
func (t *tally) recordInside(ns int64) {
	t.count++
	t.headroom = max(t.headroom, math.MaxInt64-ns)
	t.max = max(t.max, ns)
	var carry uint64
	t.sum.lo, carry = bits.Add64(t.sum.lo, uint64(ns), 0)
	t.sum.hi += carry
}

// recordRare counts a value in a new octave, in a full counter, or past the end.
func (w *Window) recordRare(ns int64) {
	w.record(ns, 1)
	i := nearestBucket(ns)
	slot := w.pages.slot(i)
	w.pages.counts[slot]++
	if w.pages.counts[slot] == 0 {
		w.carry(i)
	}
}

// carry keeps the 2^32 values that bucket i's counter has just dropped by
// wrapping to 0.
func (w *Window) carry(i uint) {
	if w.spill == nil {
		w.spill = new(pages[uint64])
	}
	slot := w.spill.slot(i)
	w.spill.counts[slot] += 1 << 32
}

// Count is the number of values since the last reset.
func (w *Window) Count() uint64 { return w.count }

// MergeInto adds everything counted since the last reset to h, exactly as if it
// had been recorded there, and leaves the Window as it is.
func (w *Window) MergeInto(h *Histogram) {
	if w.count == 0 {
		return
	}
	overflow := mayOverflow(h.count, w.count)
	mergePages(&h.pages, &w.pages, overflow)
	if w.spill != nil {
		mergePages(&h.pages, w.spill, overflow)
	}
	h.merge(&w.tally)
}

// Reset empties the Window and keeps its memory for the next second.
func (w *Window) Reset() {
	if w.count == 0 {
		return
	}
	w.tally = tally{}
	w.spill = nil
	clear(w.pages.counts)
}
