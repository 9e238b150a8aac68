package hdr_test

import (
	"math"
	"slices"
	"testing"

	hdrhistogram "github.com/HdrHistogram/hdrhistogram-go"
	"pgregory.net/rapid"

	"github.com/loadforge/loadforge/internal/hdr"
)

var quantiles = []float64{0, 0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999, 1}

// nearestRank is the sample Quantile promises, for a q that is a whole number of
// ten-thousandths: its rank is then found without any rounding.
func nearestRank(sorted []int64, q float64) int64 {
	tenThousandths := int(math.Round(q * 10_000))
	rank := (tenThousandths*len(sorted) + 9_999) / 10_000
	return sorted[max(rank, 1)-1]
}

// checkError fails unless got is as near to want as the package promises.
func checkError(t rapid.TB, q float64, got, want int64) {
	t.Helper()
	err := math.Abs(float64(got - want))
	if want < 512 && err > 2 || want >= 512 && err*256 > float64(want) {
		t.Errorf("Quantile(%v) = %d, want %d within 1/256", q, got, want)
	}
}

func TestEveryQuantileIsWithinOne256thOfTheSortedSample(t *testing.T) {
	for _, s := range samples {
		t.Run(s.name, func(t *testing.T) {
			for _, n := range []int{1, 2, 3, 10, 99, 100, 101, 1000, 20_000} {
				values := drawn(n, uint64(n), s.draw)
				h := recorded(values...)
				slices.Sort(values)
				for _, q := range quantiles {
					checkError(t, q, h.Quantile(q), nearestRank(values, q))
				}
			}
		})
	}
}

func TestQuantilePropertiesHoldForAnyValues(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Int64Range(0, hdr.Limit-1), 1, 200).Draw(t, "values")
		q := float64(rapid.IntRange(0, 10_000).Draw(t, "ten-thousandths")) / 10_000
		h := recorded(values...)
		slices.Sort(values)
		checkError(t, q, h.Quantile(q), nearestRank(values, q))
		if h.Quantile(0) != values[0] || h.Quantile(1) != values[len(values)-1] {
			t.Errorf("Quantile(0), Quantile(1) = %d, %d, want min and max %d, %d",
				h.Quantile(0), h.Quantile(1), values[0], values[len(values)-1])
		}
		higher := rapid.Float64Range(q, 1).Draw(t, "higher q")
		if h.Quantile(higher) < h.Quantile(q) {
			t.Errorf("Quantile(%v) = %d is below Quantile(%v) = %d", higher, h.Quantile(higher), q, h.Quantile(q))
		}
	})
}

func TestTheHDRLibraryAgrees(t *testing.T) {
	const n = 10_000 // so that q*n is whole and both mean the same rank
	for _, s := range samples {
		t.Run(s.name, func(t *testing.T) {
			library := hdrhistogram.New(1, hdr.Limit, 4)
			values := drawn(n, 7, s.draw)
			for _, v := range values {
				if err := library.RecordValue(v); err != nil {
					t.Fatal(err)
				}
			}
			h := recorded(values...)
			for _, q := range []float64{0.01, 0.1, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999} {
				got, want := float64(h.Quantile(q)), float64(library.ValueAtQuantile(100*q))
				if math.Abs(got-want) > want*(1/256.0+1e-4)+2 {
					t.Errorf("Quantile(%v) = %v, the library says %v", q, got, want)
				}
			}
			if got, want := h.Mean(), library.Mean(); math.Abs(got-want) > want*1e-3+1 {
				t.Errorf("Mean() = %v, the library says %v", got, want)
			}
			if got, want := h.StdDev(), library.StdDev(); math.Abs(got-want) > want*0.01+h.Mean()/256 {
				t.Errorf("StdDev() = %v, the library says %v", got, want)
			}
		})
	}
}

func TestQuantileMeansTheRankThatDecimalArithmeticGives(t *testing.T) {
	var h hdr.Histogram
	for v := range int64(100) {
		h.Record(1 << 20 * (v + 1)) // far enough apart to tell ranks
	}
	for percent := 1; percent <= 100; percent++ {
		// In binary 0.07*100 is above 7 and 0.29*100 below 29.
		got, want := h.Quantile(float64(percent)/100), int64(percent)<<20
		checkError(t, float64(percent)/100, got, want)
	}
}

func TestQuantileOutsideZeroToOneIsTheNearerEnd(t *testing.T) {
	h := recorded(1000, 2000, 3000)
	for q, want := range map[float64]int64{
		-1: 1000, math.Inf(-1): 1000, math.SmallestNonzeroFloat64: 1000,
		2: 3000, math.Inf(1): 3000, 1 - 1e-16: 3000,
	} {
		if got := h.Quantile(q); got != want {
			t.Errorf("Quantile(%v) = %d, want %d", q, got, want)
		}
	}
	if got := h.Quantile(math.NaN()); got != 1000 {
		t.Errorf("Quantile(NaN) = %d, want the minimum 1000", got)
	}
}

func TestQuantilesAreThoseAskedForOneByOne(t *testing.T) {
	h := recorded(drawn(3000, 9, samples[2].draw)...)
	for _, qs := range [][]float64{
		quantiles,
		{0.99, 0.5, 0.5, 0.999, 0.001, 1, 0, 0.25}, // any order will do
		{},
	} {
		out := make([]int64, len(qs))
		h.Quantiles(qs, out)
		for i, q := range qs {
			if want := h.Quantile(q); out[i] != want {
				t.Errorf("Quantiles gives %d for %v, want %d", out[i], q, want)
			}
		}
	}
}

func TestQuantilesDoNotAllocate(t *testing.T) {
	h, out := recorded(drawn(1000, 1, samples[1].draw)...), make([]int64, len(quantiles))
	if allocs := testing.AllocsPerRun(100, func() { h.Quantiles(quantiles, out) }); allocs != 0 {
		t.Errorf("%v allocations, want 0", allocs)
	}
}

func TestQuantilesAmongClampedValuesStayWithinMinAndMax(t *testing.T) {
	for _, c := range []struct {
		name   string
		values []int64
		q      float64
		want   int64
	}{
		{"all clamped and equal: exact", []int64{2 * hdr.Limit, 2 * hdr.Limit, 2 * hdr.Limit}, 0.5, 2 * hdr.Limit},
		{"the largest is always exact", []int64{1000, math.MaxInt64}, 0.99, math.MaxInt64},
		{"between: the last bucket", []int64{1000, 2 * hdr.Limit, 3 * hdr.Limit}, 0.5, hdr.Limit - 1<<33 - 1},
	} {
		if got := recorded(c.values...).Quantile(c.q); got != c.want {
			t.Errorf("%s: Quantile(%v) = %d, want %d", c.name, c.q, got, c.want)
		}
	}
}

func TestCountBelow(t *testing.T) {
	thousand := new(hdr.Histogram) // spread evenly over 1 to 2 ms
	for i := range int64(1000) {
		thousand.Record(1_000_000 + 1000*i)
	}
	huge := recorded(1000, hdr.Limit-1, 2*hdr.Limit, 3*hdr.Limit)
	for _, c := range []struct {
		name string
		h    *hdr.Histogram
		ns   int64
		want uint64
	}{
		{"nothing is below the minimum", thousand, 1_000_000, 0},
		{"nothing is below a negative value", thousand, math.MinInt64, 0},
		{"at least the minimum is below the next value", thousand, 1_000_001, 1},
		{"a bucket's edge is exact", thousand, 1 << 20, 49},
		{"inside a bucket its count is divided evenly", thousand, 1_500_000, 500},
		{"the maximum is not below itself", thousand, 1_999_000, 999},
		{"everything is below what follows the maximum", thousand, 1_999_001, 1000},
		{"everything is below the largest value", thousand, math.MaxInt64, 1000},
		{"below Limit clamped values do not count", huge, hdr.Limit - 1, 1},
		{"from Limit on what is not clamped counts", huge, hdr.Limit, 2},
		{"where a clamped value lies is not known", huge, 2*hdr.Limit + 1, 2},
		{"but all are below what follows the maximum", huge, 3*hdr.Limit + 1, 4},
	} {
		if got := c.h.CountBelow(c.ns); got != c.want {
			t.Errorf("%s: CountBelow(%d) = %d, want %d", c.name, c.ns, got, c.want)
		}
	}
}

func TestCountBelowRisesAndIsRightAtEveryEdge(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Int64Range(0, 1<<22), 1, 100).Draw(t, "values")
		h := recorded(values...)
		for b := range h.All() {
			want := uint64(0)
			for _, v := range values {
				if v < b.Low {
					want++
				}
			}
			if got := h.CountBelow(b.Low); got != want {
				t.Errorf("CountBelow(%d) = %d, want %d", b.Low, got, want)
			}
		}
		a := rapid.Int64Range(0, 1<<22).Draw(t, "a")
		b := rapid.Int64Range(a, a+1<<16).Draw(t, "b")
		if h.CountBelow(a) > h.CountBelow(b) {
			t.Errorf("CountBelow(%d) = %d, more than CountBelow(%d) = %d", a, h.CountBelow(a), b, h.CountBelow(b))
		}
		if got := h.CDF(a); got < 0 || got > 1 {
			t.Errorf("CDF(%d) = %v", a, got)
		}
	})
}

func TestCDFCountsTheValueItself(t *testing.T) {
	constant := recorded(100e6, 100e6, 100e6, 100e6)
	for ns, want := range map[int64]float64{100e6 - 1: 0, 100e6: 1, 100e6 + 1: 1, math.MaxInt64: 1} {
		if got := constant.CDF(ns); got != want {
			t.Errorf("CDF(%d) of four times 100 ms = %v, want %v", ns, got, want)
		}
	}
	if got := recorded(1e6, 2e6, 3e6, 4e6).CDF(2_100_000); got != 0.5 {
		t.Errorf("CDF between the second and third of four values = %v, want 0.5", got)
	}
}
