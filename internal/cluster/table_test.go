package cluster

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func drawWeights(t *rapid.T) []float64 {
	return rapid.SliceOfN(rapid.Float64Range(0, 1000), 1, 40).Draw(t, "weights")
}

func TestOneWorkerOwnsEverything(t *testing.T) {
	for name, table := range map[string]Table{
		"zero table":  {},
		"no weights":  Shares(nil),
		"one weight":  Shares([]float64{3}),
		"zero weight": Shares([]float64{0}),
		"one usable":  Shares([]float64{1}).Reweigh([]float64{1, math.NaN(), -1, math.Inf(1), 0}),
	} {
		for _, i := range []int64{0, 1, Slots - 1, Slots, math.MaxInt64} {
			if got := table.Owner(i); got != 0 {
				t.Errorf("%s: Owner(%d) = %d, want 0", name, i, got)
			}
		}
		if got := table.Share(0); got != 1 {
			t.Errorf("%s: Share = %v, want 1", name, got)
		}
	}
}

func TestEqualWeightsTakeTurns(t *testing.T) {
	table := Shares([]float64{1, 1, 1, 1})
	for i := range int64(2 * Slots) {
		if got, want := table.Owner(i), int(i%4); got != want {
			t.Fatalf("Owner(%d) = %d, want %d", i, got, want)
		}
	}
}

func TestUnusableWeightsShareEqually(t *testing.T) {
	table := Shares([]float64{0, math.NaN()})
	if got := []int{table.Slots(0), table.Slots(1)}; got[0] != Slots/2 || got[1] != Slots/2 {
		t.Errorf("slots = %v, want half each", got)
	}
}

// Every index has one owner, and the number of a worker's slots is its exact
// part rounded down or up.
func TestSharesFollowTheWeights(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		weights := drawWeights(t)
		checkShares(t, Shares(weights), weights)
	})
}

func checkShares(t *rapid.T, table Table, weights []float64) {
	t.Helper()
	owned := make([]int, len(weights))
	for i := range int64(Slots) {
		owned[table.Owner(i)]++
	}
	sum := 0.0
	for _, w := range weights {
		sum += w
	}
	shares := 0.0
	for w := range weights {
		if owned[w] != table.Slots(w) {
			t.Fatalf("worker %d owns %d slots, Slots says %d", w, owned[w], table.Slots(w))
		}
		shares += table.Share(w)
		if exact := Slots * weights[w] / sum; sum > 0 && math.Abs(float64(owned[w])-exact) > 1.001 {
			t.Fatalf("worker %d owns %d slots, its exact part is %.3f", w, owned[w], exact)
		}
	}
	if shares != 1 {
		t.Fatalf("shares sum to %v, want exactly 1", shares)
	}
}

// Any run of consecutive indices, also one across the end of the table, is
// split in proportion, give or take less than two.
func TestWindowsAreSplitInProportion(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table := Shares(drawWeights(t))
		checkWindows(t, table, 2)
	})
}

func checkWindows(t *rapid.T, table Table, bound float64) {
	t.Helper()
	// A window is the difference of two prefixes: its error is bounded by the
	// spread of the prefix errors.
	seen := make([]int, table.Workers())
	lowest, highest := make([]float64, table.Workers()), make([]float64, table.Workers())
	for i := range int64(Slots) {
		seen[table.Owner(i)]++
		for w := range seen {
			off := float64(seen[w]) - float64(i+1)*table.Share(w)
			lowest[w], highest[w] = min(lowest[w], off), max(highest[w], off)
		}
	}
	for w := range seen {
		if highest[w]-lowest[w] >= bound {
			t.Fatalf("worker %d: some window is off its part by %.3f, want less than %v", w, highest[w]-lowest[w], bound)
		}
	}
}

// Only moved slots move: each worker that grows gains exactly what it is
// short of, and no slot passes between two workers unless one had too many.
func TestReweighMovesTheLeast(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before := drawWeights(t)
		after := append([]float64(nil), before...)
		for range rapid.IntRange(1, 4).Draw(t, "changes") {
			after[rapid.IntRange(0, len(after)-1).Draw(t, "worker")] = rapid.Float64Range(0, 1000).Draw(t, "weight")
		}
		after = append(after, rapid.SliceOfN(rapid.Float64Range(0, 1000), 0, 3).Draw(t, "joined")...)

		old := Shares(before)
		table := old.Reweigh(after)
		checkShares(t, table, after)

		moved, least := 0, 0
		for i := range int64(Slots) {
			if table.Owner(i) != old.Owner(i) {
				moved++
			}
		}
		for w := range after {
			least += max(0, table.Slots(w)-old.Slots(w))
		}
		if moved != least {
			t.Fatalf("%d slots moved, %d had to", moved, least)
		}
	})
}

func TestLostWorkersShareIsSpreadEvenly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		weights := rapid.SliceOfN(rapid.Float64Range(1, 4), 2, 12).Draw(t, "weights")
		table := Shares(weights)
		lost := rapid.IntRange(0, len(weights)-1).Draw(t, "lost")
		weights[lost] = 0
		table = table.Reweigh(weights)
		if table.Slots(lost) != 0 {
			t.Fatalf("the lost worker keeps %d slots", table.Slots(lost))
		}
		checkWindows(t, table, 5) // its own slots, and its part of the freed ones: less than two each, and rounding
	})
}

func TestReweighWithFewerWeightsDropsTheRest(t *testing.T) {
	table := Shares([]float64{1, 1, 1}).Reweigh([]float64{1})
	if got := table.Slots(0); got != Slots {
		t.Errorf("worker 0 owns %d slots, want all", got)
	}
}

// Rates like 1,000.5 or 1e9 are split without a rounding error.
func TestPartsOfARateSumExactly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table := Shares(drawWeights(t))
		total := math.Ldexp(float64(rapid.Int64Range(1, 1<<39).Draw(t, "total")), rapid.IntRange(-30, 30).Draw(t, "exponent"))
		sum := 0.0
		for w := range table.Workers() {
			sum += total * table.Share(w)
		}
		if sum != total {
			t.Fatalf("parts sum to %v, want exactly %v", sum, total)
		}
	})
}

func TestUnknownWorkerOwnsNothing(t *testing.T) {
	table := Shares([]float64{1, 1})
	for _, w := range []int{-1, 2} {
		if table.Slots(w) != 0 || table.Share(w) != 0 {
			t.Errorf("worker %d owns something", w)
		}
	}
}

func BenchmarkShares(b *testing.B) {
	for name, n := range map[string]int{"10 workers": 10, "600 workers": 600} {
		b.Run(name, func(b *testing.B) {
			weights := make([]float64, n)
			for w := range weights {
				weights[w] = float64(1 + w%3)
			}
			for b.Loop() {
				Shares(weights)
			}
		})
	}
}

func BenchmarkOwner(b *testing.B) {
	table := Shares([]float64{1, 2, 3})
	var i int64
	for b.Loop() {
		i += int64(table.Owner(i)) + 1
	}
}
