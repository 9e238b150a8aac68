package hdr_test

import (
	"bytes"
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/loadforge/loadforge/internal/hdr"
)

// samples have every shape that latencies have.
var samples = []struct {
	name string
	draw func(r *rand.Rand) int64
}{
	{"uniform", func(r *rand.Rand) int64 { return 1_000 + r.Int64N(10_000_000) }},
	{"log-normal", func(r *rand.Rand) int64 { return int64(2e6 * math.Exp(0.6*r.NormFloat64())) }},
	{"bimodal", func(r *rand.Rand) int64 {
		if r.IntN(10) == 0 {
			return int64(2e9 + 1e8*r.NormFloat64())
		}
		return int64(3e5 + 2e4*r.NormFloat64())
	}},
	{"constant", func(*rand.Rand) int64 { return 1_234_567 }},
	// Pareto with infinite variance, cut off where the buckets end.
	{"heavy tail", func(r *rand.Rand) int64 {
		return int64(min(1e5*math.Pow(1-r.Float64(), -1/1.1), float64(hdr.Limit-1)))
	}},
	{"below a microsecond", func(r *rand.Rand) int64 { return r.Int64N(1_000) }},
	{"every magnitude", func(r *rand.Rand) int64 { return int64(math.Exp2(42 * r.Float64())) }},
}

func drawn(n int, seed uint64, draw func(*rand.Rand) int64) []int64 {
	r := rand.New(rand.NewPCG(seed, 42))
	values := make([]int64, n)
	for i := range values {
		values[i] = draw(r)
	}
	return values
}

// genValue favours the ends of octaves and of everything.
func genValue() *rapid.Generator[int64] {
	return rapid.OneOf(
		rapid.Int64Range(0, 5_000),
		rapid.Int64Range(100_000, 100_000_000),
		rapid.Int64Range(0, hdr.Limit-1),
		rapid.Custom(func(t *rapid.T) int64 {
			return 1<<rapid.IntRange(1, 62).Draw(t, "octave") + rapid.Int64Range(-1, 1).Draw(t, "offset")
		}),
		rapid.SampledFrom([]int64{math.MinInt64, -1, 0, hdr.Limit - 1, hdr.Limit, hdr.Limit + 1, math.MaxInt64}),
	)
}

func recorded(values ...int64) *hdr.Histogram {
	h := new(hdr.Histogram)
	for _, v := range values {
		h.Record(v)
	}
	return h
}

func encoded(t rapid.TB, h *hdr.Histogram) []byte {
	t.Helper()
	b, err := h.AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestMergingInAnyOrderFromAnyPartsGivesTheSameBytes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(genValue(), 0, 60).Draw(t, "values")
		want := encoded(t, recorded(values...))

		// Deal the values to windows and histograms, then join these as a random
		// tree: neither order nor grouping may matter.
		parts := make([]*hdr.Histogram, rapid.IntRange(1, 6).Draw(t, "parts"))
		for i := range parts {
			parts[i] = new(hdr.Histogram)
		}
		windows := make([]hdr.Window, len(parts))
		for _, v := range values {
			i := rapid.IntRange(0, len(parts)-1).Draw(t, "part")
			if rapid.Bool().Draw(t, "by window") {
				windows[i].Record(v)
			} else {
				parts[i].Record(v)
			}
		}
		for i := range windows {
			windows[i].MergeInto(parts[rapid.IntRange(0, len(parts)-1).Draw(t, "into")])
		}
		for len(parts) > 1 {
			parts = rapid.Permutation(parts).Draw(t, "order")
			last := len(parts) - 1
			parts[0].Merge(parts[last])
			parts = parts[:last]
		}

		if got := encoded(t, parts[0]); !bytes.Equal(got, want) {
			t.Errorf("merged encoding %x, want that of one histogram %x", got, want)
		}
		if !parts[0].Equal(recorded(values...)) {
			t.Error("merged histogram is not Equal to one that recorded everything")
		}
	})
}
