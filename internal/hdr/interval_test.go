package hdr_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/loadforge/loadforge/internal/hdr"
)

func TestReliableNeedsTenValuesAbove(t *testing.T) {
	for _, c := range []struct {
		n    uint64
		q    float64
		want bool
	}{
		{0, 0, false},
		{10, 0, true},
		{19, 0.5, false},
		{20, 0.5, true},
		{99, 0.9, false},
		{100, 0.9, true}, // 100*(1-0.9) is 9.999999999999998 in binary
		{101, 0.9, true},
		{199, 0.95, false},
		{200, 0.95, true},
		{999, 0.99, false},
		{1_000, 0.99, true},
		{9_999, 0.999, false},
		{10_000, 0.999, true},
		{99_999, 0.9999, false},
		{100_000, 0.9999, true},
		{1 << 60, 1, false},
	} {
		var h hdr.Histogram
		h.RecordN(1e6, c.n)
		if got := h.Reliable(c.q); got != c.want {
			t.Errorf("with %d values Reliable(%v) = %v, want %v", c.n, c.q, got, c.want)
		}
	}
}

// The share of intervals that contain the true quantile of what the values were
// drawn from is what confidence means. Seeded, so it can't fail by chance.
func TestIntervalContainsTheTrueQuantileAsOftenAsItSays(t *testing.T) {
	const runs, n = 600, 1500
	r := rand.New(rand.NewPCG(11, 12))
	for _, q := range []float64{0.5, 0.9, 0.99} {
		for _, confidence := range []float64{0.8, 0.95} {
			truth := int64(-5e6 * math.Log(1-q))
			hits := 0
			for range runs {
				var h hdr.Histogram
				for range n {
					h.Record(int64(5e6 * r.ExpFloat64()))
				}
				if lo, hi := h.Interval(q, confidence); lo <= truth && truth <= hi {
					hits++
				}
			}
			// Rounding outwards makes the interval a little wider than need be.
			got := float64(hits) / runs
			if got < confidence-0.01 || got > confidence+0.1 {
				t.Errorf("%v intervals for quantile %v contain it in %v of runs", confidence, q, got)
			}
		}
	}
}

func TestIntervalEnds(t *testing.T) {
	hundred := new(hdr.Histogram)
	for v := range int64(100) {
		hundred.Record(1 << 20 * (v + 1))
	}
	bucketOf := func(rank int64) (low, high int64) {
		for b := range recorded(rank << 20).All() {
			return b.Low, b.High - 1
		}
		return 0, 0
	}
	low40, _ := bucketOf(40)
	_, high61 := bucketOf(61)
	for _, c := range []struct {
		name          string
		q, confidence float64
		lo, hi        int64
	}{
		// d = 1.96 * sqrt(100/4) = 9.8: places floor(40.2) and ceil(59.8)+1.
		{"the median of 100", 0.5, 0.95, low40, high61},
		{"certainty needs everything", 0.5, 1, 1 << 20, 100 << 20},
		{"near the top it ends at the maximum", 0.99, 0.95, lowOf(bucketOf(97)), 100 << 20},
		{"of the minimum", 0, 0.95, 1 << 20, 1 << 20},
		{"of the maximum", 1, 0.95, 100 << 20, 100 << 20},
		{"no confidence is a place to either side", 0.5, 0, lowOf(bucketOf(50)), highOf(bucketOf(51))},
		{"NaN confidence is none", 0.5, math.NaN(), lowOf(bucketOf(50)), highOf(bucketOf(51))},
		{"NaN counts as 0", math.NaN(), 0.95, 1 << 20, 1 << 20},
	} {
		if lo, hi := hundred.Interval(c.q, c.confidence); lo != c.lo || hi != c.hi {
			t.Errorf("%s: Interval(%v, %v) = %d, %d, want %d, %d", c.name, c.q, c.confidence, lo, hi, c.lo, c.hi)
		}
	}
}

func lowOf(low, _ int64) int64   { return low }
func highOf(_, high int64) int64 { return high }

func TestIntervalAmongClampedValuesReachesToTheMaximum(t *testing.T) {
	h := recorded(1000)
	h.RecordN(2*hdr.Limit, 1000)
	lo, hi := h.Interval(0.5, 0.95)
	if wantLo, wantHi := hdr.Limit-1<<34, 2*hdr.Limit; lo != wantLo || hi != wantHi {
		t.Errorf("Interval(0.5, 0.95) = %d, %d, want %d, %d", lo, hi, wantLo, wantHi)
	}
}

func TestIntervalContainsTheQuantileAndGrowsWithConfidence(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := recorded(rapid.SliceOfN(genValue(), 1, 100).Draw(t, "values")...)
		q := rapid.Float64Range(0, 1).Draw(t, "q")
		confidence := rapid.Float64Range(-0.5, 1.5).Draw(t, "confidence")
		lo, hi := h.Interval(q, confidence)
		if at := h.Quantile(q); lo > at || hi < at {
			t.Errorf("Interval(%v, %v) = %d, %d, without the quantile %d", q, confidence, lo, hi, at)
		}
		surerLo, surerHi := h.Interval(q, confidence+0.1)
		if surerLo > lo || surerHi < hi {
			t.Errorf("with more confidence the interval %d, %d becomes %d, %d", lo, hi, surerLo, surerHi)
		}
	})
}
