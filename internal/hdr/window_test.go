package hdr_test

import (
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"github.com/loadforge/loadforge/internal/hdr"
)

func TestAnEmptyWindowTakesNoMoreThan128Bytes(t *testing.T) {
	if got := reflect.TypeFor[hdr.Window]().Size(); got > 128 {
		t.Errorf("an empty Window takes %d bytes, want at most 128", got)
	}
}

func TestAWindowCountsWhatAHistogramCounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var w hdr.Window
		var merged, direct hdr.Histogram
		for range rapid.IntRange(1, 4).Draw(t, "seconds") {
			values := rapid.SliceOfN(genValue(), 0, 50).Draw(t, "values")
			for _, v := range values {
				w.Record(v)
				direct.Record(v)
			}
			if got := w.Count(); got != uint64(len(values)) {
				t.Errorf("Count() = %d, want %d", got, len(values))
			}
			w.MergeInto(&merged)
			w.Reset()
		}
		if !merged.Equal(&direct) {
			t.Error("merging windows differs from recording directly")
		}
	})
}

func TestRecordDoesNotAllocateOnceTheOctaveExists(t *testing.T) {
	values := drawn(1000, 2, samples[6].draw)
	var w hdr.Window
	var h hdr.Histogram
	fill := func() {
		for _, v := range values {
			w.Record(v)
			h.Record(v)
		}
		w.MergeInto(&h)
		w.Reset()
	}
	fill()
	if allocs := testing.AllocsPerRun(100, fill); allocs != 0 {
		t.Errorf("%v allocations to record, merge and reset, want 0", allocs)
	}
}

func TestAPageIsAllocatedForEveryOctaveHitAndNoOther(t *testing.T) {
	for _, c := range []struct {
		name   string
		values []int64
		want   float64
	}{
		{"no value, no page", nil, 0},
		{"one octave", []int64{1_100, 1_200, 2_047}, 1},
		{"two octaves far apart", []int64{1_100, 30e9}, 2},
		{"everything below 512 ns is one", []int64{0, 3, 100, 511}, 1},
	} {
		got := testing.AllocsPerRun(10, func() {
			var w hdr.Window
			for _, v := range c.values {
				w.Record(v)
			}
		})
		if got != c.want {
			t.Errorf("%s: %v allocations, want %v", c.name, got, c.want)
		}
	}
}

func TestAnUntouchedWindowMergesAsNothing(t *testing.T) {
	h := recorded(5000)
	var w hdr.Window
	w.MergeInto(h)
	w.Reset()
	w.Record(1e9)
	w.Reset()
	w.MergeInto(h)
	if !h.Equal(recorded(5000)) {
		t.Error("merging an empty window has changed the histogram")
	}
}
