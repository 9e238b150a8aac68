package hdr_test

import (
	"maps"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/loadforge/loadforge/internal/hdr"
)

func TestAnEmptyHistogramAnswersZero(t *testing.T) {
	var h hdr.Histogram
	lo, hi := h.Interval(0.99, 0.95)
	sumHi, sumLo := h.Sum128()
	for name, got := range map[string]float64{
		"Count":             float64(h.Count()),
		"Clamped":           float64(h.Clamped()),
		"Min":               float64(h.Min()),
		"Max":               float64(h.Max()),
		"Sum":               float64(h.Sum()),
		"Sum128 high":       float64(sumHi),
		"Sum128 low":        float64(sumLo),
		"Mean":              h.Mean(),
		"StdDev":            h.StdDev(),
		"Quantile(0)":       float64(h.Quantile(0)),
		"Quantile(0.5)":     float64(h.Quantile(0.5)),
		"Quantile(1)":       float64(h.Quantile(1)),
		"Interval low end":  float64(lo),
		"Interval high end": float64(hi),
		"CountBelow":        float64(h.CountBelow(1)),
		"CDF":               h.CDF(math.MaxInt64),
	} {
		if got != 0 {
			t.Errorf("%s of an empty histogram = %v, want 0", name, got)
		}
	}
	if h.Reliable(0.5) {
		t.Error("the median of nothing is Reliable")
	}
	for b, n := range h.All() {
		t.Errorf("All of an empty histogram yields %v: %d", b, n)
	}
}

func TestValuesOutsideTheBucketsAreCountedAtTheNearerEnd(t *testing.T) {
	last := hdr.Bucket{Low: hdr.Limit - 1<<34, High: hdr.Limit}
	first := hdr.Bucket{Low: 0, High: 4}
	for _, c := range []struct {
		name     string
		ns       int64
		bucket   hdr.Bucket
		clamped  uint64
		min, max int64
	}{
		{"zero", 0, first, 0, 0, 0},
		{"a negative value counts as 0", -5, first, 0, 0, 0},
		{"the most negative value too", math.MinInt64, first, 0, 0, 0},
		{"the last value covered", hdr.Limit - 1, last, 0, hdr.Limit - 1, hdr.Limit - 1},
		{"the first value not covered is clamped", hdr.Limit, last, 1, hdr.Limit, hdr.Limit},
		{"the largest value is clamped, its size known", math.MaxInt64, last, 1, math.MaxInt64, math.MaxInt64},
	} {
		t.Run(c.name, func(t *testing.T) {
			direct, viaWindow := recorded(c.ns), new(hdr.Histogram)
			var w hdr.Window
			w.Record(c.ns)
			w.MergeInto(viaWindow)
			if !viaWindow.Equal(direct) {
				t.Error("a window counts it differently")
			}
			for b, n := range direct.All() {
				if b != c.bucket || n != 1 {
					t.Errorf("counted %d in %v, want 1 in %v", n, b, c.bucket)
				}
			}
			if got := direct.Clamped(); got != c.clamped {
				t.Errorf("Clamped() = %d, want %d", got, c.clamped)
			}
			if direct.Min() != c.min || direct.Max() != c.max || direct.Sum() != uint64(c.max) {
				t.Errorf("min, max, sum = %d, %d, %d, want %d, %d, %d",
					direct.Min(), direct.Max(), direct.Sum(), c.min, c.max, c.max)
			}
		})
	}
}

func TestCountMinMaxSumAndMeanAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(genValue(), 1, 100).Draw(t, "values")
		h := recorded(values...)
		sum := new(big.Int)
		for i, v := range values {
			values[i] = max(v, 0)
			sum.Add(sum, big.NewInt(values[i]))
		}
		if got, want := h.Count(), uint64(len(values)); got != want {
			t.Errorf("Count() = %d, want %d", got, want)
		}
		if got, want := h.Min(), slices.Min(values); got != want {
			t.Errorf("Min() = %d, want %d", got, want)
		}
		if got, want := h.Max(), slices.Max(values); got != want {
			t.Errorf("Max() = %d, want %d", got, want)
		}
		hi, lo := h.Sum128()
		got := new(big.Int).SetUint64(hi)
		got.Lsh(got, 64).Add(got, new(big.Int).SetUint64(lo))
		if got.Cmp(sum) != 0 {
			t.Errorf("Sum128() = %v, want %v", got, sum)
		}
		mean, _ := new(big.Float).Quo(new(big.Float).SetInt(sum), big.NewFloat(float64(len(values)))).Float64()
		if math.Abs(h.Mean()-mean) > mean*1e-15 {
			t.Errorf("Mean() = %v, want %v", h.Mean(), mean)
		}
	})
}

func TestASumLargerThan64BitsIsNotLost(t *testing.T) {
	const (
		day = 24 * 3600 * 100_000 // values in a day at 100,000 a second
		sum = day * 30_000_000_000
	)
	var h hdr.Histogram
	h.RecordN(30e9, day)
	if got, want := h.Mean(), 30e9; got != want {
		t.Errorf("Mean() = %v, want %v", got, want)
	}
	if got := h.Sum(); got != math.MaxUint64 {
		t.Errorf("Sum() = %d, want the largest uint64", got)
	}
	if hi, lo := h.Sum128(); hi != sum>>64 || lo != sum&math.MaxUint64 {
		t.Errorf("Sum128() = %d, %d, want %d, %d", hi, lo, uint64(sum>>64), uint64(sum&math.MaxUint64))
	}
}

func TestRecordNIsRecordNTimes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var once, many hdr.Histogram
		for range rapid.IntRange(0, 5).Draw(t, "values") {
			v, n := genValue().Draw(t, "value"), rapid.Uint64Range(0, 20).Draw(t, "times")
			many.RecordN(v, n)
			for range n {
				once.Record(v)
			}
		}
		if !many.Equal(&once) {
			t.Error("RecordN(v, n) differs from n times Record(v)")
		}
	})
}

func TestCountsStopAtTheirEndInsteadOfWrapping(t *testing.T) {
	const most = math.MaxUint64
	for _, c := range []struct {
		name string
		fill func(h *hdr.Histogram)
	}{
		{"one bucket recorded over its end", func(h *hdr.Histogram) {
			h.RecordN(5000, most)
			h.Record(5000)
		}},
		{"two buckets whose sum is too large", func(h *hdr.Histogram) {
			h.RecordN(5000, most-1)
			h.RecordN(9000, 5)
		}},
		{"merged over the end", func(h *hdr.Histogram) {
			h.RecordN(5000, most-1)
			h.Merge(h.Clone())
		}},
		{"a window merged over the end", func(h *hdr.Histogram) {
			h.RecordN(5000, most-1)
			var w hdr.Window
			w.Record(5000)
			w.MergeInto(h)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var h hdr.Histogram
			c.fill(&h)
			if got := h.Count(); got != most {
				t.Errorf("Count() = %d, want %d", got, uint64(most))
			}
			if got := h.Quantile(0.5); got != 5000 && math.Abs(float64(got)-5000) > 5000/256.0 {
				t.Errorf("Quantile(0.5) = %d, want about 5000", got)
			}
			prefix := []byte("kept")
			got, err := h.AppendBinary(prefix)
			if err == nil {
				t.Error("AppendBinary encodes a count that has overflowed")
			}
			if string(got) != "kept" {
				t.Errorf("AppendBinary returns %q with its error, want %q", got, prefix)
			}
		})
	}
}

func TestTheSumStopsAtItsEndToo(t *testing.T) {
	var h hdr.Histogram
	for range 3 {
		h.RecordN(math.MaxInt64, math.MaxUint64)
	}
	if hi, lo := h.Sum128(); hi != math.MaxUint64 || lo != math.MaxUint64 {
		t.Errorf("Sum128() = %d, %d, want the largest of both", hi, lo)
	}
}

func TestMergingStaysAssociativeWhereCountsOverflow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.Custom(func(t *rapid.T) *hdr.Histogram {
			h := new(hdr.Histogram)
			for range rapid.IntRange(0, 3).Draw(t, "values") {
				v := rapid.SampledFrom([]int64{0, 1e6, hdr.Limit, math.MaxInt64}).Draw(t, "value")
				h.RecordN(v, rapid.Uint64Range(1<<62, math.MaxUint64).Draw(t, "times"))
			}
			return h
		})
		a, b, c := part.Draw(t, "a"), part.Draw(t, "b"), part.Draw(t, "c")
		left := a.Clone() // (a+b)+c
		left.Merge(b)
		left.Merge(c)
		right := c.Clone() // (c+b)+a
		right.Merge(b)
		right.Merge(a)
		if !left.Equal(right) {
			t.Error("(a+b)+c differs from (c+b)+a")
		}
	})
}

func TestMergeLeavesItsArgumentAlone(t *testing.T) {
	a, b := recorded(1, 2000, 3e9), recorded(7, 5e6)
	before := b.Clone()
	a.Merge(b)
	a.Record(5e6)
	if !b.Equal(before) {
		t.Error("merging b into a has changed b")
	}
}

func TestMergingAHistogramIntoItselfDoublesIt(t *testing.T) {
	h, want := recorded(1, 2000, 3e9), recorded(1, 1, 2000, 2000, 3e9, 3e9)
	h.Merge(h)
	if !h.Equal(want) {
		t.Error("h.Merge(h) is not twice h")
	}
}

func TestACloneSharesNothing(t *testing.T) {
	h := recorded(1000, 2000)
	c := h.Clone()
	if !c.Equal(h) {
		t.Fatal("the clone differs")
	}
	c.Record(1000)
	if h.Count() != 2 || h.CountBelow(1500) != 1 {
		t.Error("recording into the clone has changed the original")
	}
}

func TestEqualIsAboutContentsNotMemory(t *testing.T) {
	used := recorded(1, 5e3, 5e6, 5e9)
	used.Reset()
	for _, c := range []struct {
		name string
		a, b *hdr.Histogram
		want bool
	}{
		{"two empty ones", recorded(), recorded(), true},
		{"empty and emptied", recorded(), used, true},
		{"emptied and empty", used, recorded(), true},
		{"same values in another order", recorded(1, 5e6, 5e3), recorded(5e3, 1, 5e6), true},
		{"different count", recorded(5e6), recorded(5e6, 5e6), false},
		{"same bucket but another value", recorded(5_000_000), recorded(5_000_001), false},
		{"same count, min, max and sum, another octave", recorded(0, 100, 300, 1000), recorded(0, 200, 200, 1000), false},
		{"an octave only the first has", recorded(0, 600, 2400, 5000), recorded(0, 1500, 1500, 5000), false},
		{"an octave only the second has", recorded(0, 1500, 1500, 5000), recorded(0, 600, 2400, 5000), false},
		{"same bucket but clamped", recorded(hdr.Limit - 1), recorded(hdr.Limit), false},
	} {
		if got := c.a.Equal(c.b); got != c.want {
			t.Errorf("%s: Equal = %v, want %v", c.name, got, c.want)
		}
	}
}

func TestResetEmptiesAndKeepsTheMemory(t *testing.T) {
	values := drawn(1000, 1, samples[1].draw)
	h := recorded(values...)
	allocs := testing.AllocsPerRun(100, func() {
		h.Reset()
		for _, v := range values {
			h.Record(v)
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations to fill a reset histogram again, want 0", allocs)
	}
	if !h.Equal(recorded(values...)) {
		t.Error("a reset histogram remembers something")
	}
}

func TestAllYieldsNonEmptyBucketsInAscendingOrder(t *testing.T) {
	for _, s := range samples {
		t.Run(s.name, func(t *testing.T) {
			h := recorded(drawn(5000, 3, s.draw)...)
			var before hdr.Bucket
			total := uint64(0)
			for b, n := range h.All() {
				if b.Low < before.High || b.High <= b.Low {
					t.Fatalf("%v after %v", b, before)
				}
				if n == 0 {
					t.Fatalf("%v is empty", b)
				}
				before, total = b, total+n
			}
			if total != h.Count() {
				t.Errorf("buckets count %d, want %d", total, h.Count())
			}
		})
	}
}

func TestAllStopsWhenAsked(t *testing.T) {
	seen := 0
	for range recorded(1, 1000, 1e6).All() {
		if seen++; seen == 2 {
			break
		}
	}
	if seen != 2 {
		t.Errorf("saw %d buckets, want 2", seen)
	}
}

func TestStdDevIsThatOfTheValues(t *testing.T) {
	if got := recorded(1_234_567, 1_234_567, 1_234_567).StdDev(); got != 0 {
		t.Errorf("equal values deviate by %v, want 0", got)
	}
	normal := drawn(50_000, 5, func(r *rand.Rand) int64 { return int64(5e7 + 4e6*r.NormFloat64()) })
	if got := recorded(normal...).StdDev(); math.Abs(got-4e6) > 4e6/50 {
		t.Errorf("StdDev() = %v, want 4e6 within 2 %%", got)
	}
}

func TestCountsNumberTheBuckets(t *testing.T) {
	var h hdr.Histogram
	h.RecordN(0, 2)
	h.Record(1024)
	h.RecordN(hdr.Limit, 3)
	got := map[int]uint64{}
	for i, n := range h.Counts() {
		got[i] = n
	}
	if want := map[int]uint64{0: 2, 256: 1, 4351: 3}; !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
