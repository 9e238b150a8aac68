package hdr

import (
	"math"
	"testing"
)

// Four billion values of one bucket would take a while to record, so these tests
// reach inside: the counter is set just before its end.
func TestAFullCounterSpillsInsteadOfWrapping(t *testing.T) {
	for _, c := range []struct {
		name string
		ns   int64
	}{
		{"a usual value", 1_500_000},
		{"zero", 0},
		{"a clamped value", Limit + 5},
	} {
		t.Run(c.name, func(t *testing.T) {
			var w Window
			w.Record(c.ns)
			almostFull(&w)
			w.Record(c.ns)
			w.Record(c.ns)
			if w.spill == nil {
				t.Fatal("nothing has spilled")
			}
			var got, want Histogram
			w.MergeInto(&got)
			want.RecordN(c.ns, 1<<32+1)
			if !got.Equal(&want) {
				t.Errorf("counted %d, want %d", got.Count(), want.Count())
			}
			w.Reset()
			w.Record(c.ns)
			var again Histogram
			w.MergeInto(&again)
			if again.Count() != 1 || again.countAll() != 1 {
				t.Errorf("after a reset counted %d in buckets of %d, want 1", again.Count(), again.countAll())
			}
		})
	}
}

// almostFull makes a window that has one value count it 2^32-1 times.
func almostFull(w *Window) {
	ns := w.max
	w.record(ns, math.MaxUint32-1)
	w.pages.counts[w.pages.at(nearestBucket(ns))] = math.MaxUint32
}

func (h *Histogram) countAll() (n uint64) {
	for _, c := range h.All() {
		n += c
	}
	return n
}
