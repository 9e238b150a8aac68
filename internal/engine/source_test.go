package engine

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

var _ rand.Source = (*Source)(nil)

func TestSourceRepeatsFromItsKey(t *testing.T) {
	source := NewSource(42)
	var first [100]uint64
	for i := range first {
		first[i] = source.Uint64()
	}
	source.Reset(42)
	for i, want := range first {
		if got := source.Uint64(); got != want {
			t.Fatalf("number %d after Reset is %x, want %x", i, got, want)
		}
	}
}

func TestSourceIsSplitMix64(t *testing.T) {
	// The first numbers for seed 1234567, as published with the reference code.
	source := NewSource(1234567)
	for i, want := range []uint64{6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821} {
		if got := source.Uint64(); got != want {
			t.Errorf("number %d is %d, want %d", i, got, want)
		}
	}
}

func TestSourceFillsTheUnitIntervalEvenly(t *testing.T) {
	const bins, n = 64, 64_000
	var counts [bins]float64
	for key := range uint64(n) {
		// One number each of many neighbouring keys: how the engine uses it.
		u := unit(NewSource(Key(7, 0, key)).Uint64())
		counts[int(u*bins)]++
	}
	chi := 0.0
	for _, count := range counts {
		chi += (count - n/bins) * (count - n/bins) / (n / bins)
	}
	if limit := 110.0; chi > limit { // 63 degrees of freedom: p = 0.0002
		t.Errorf("chi-squared is %.1f, want at most %.0f", chi, limit)
	}
}

func TestKeysOfDifferentThingsDiffer(t *testing.T) {
	seen := map[uint64]string{}
	add := func(name string, key uint64) {
		if other, ok := seen[key]; ok {
			t.Errorf("%s and %s have the same key", name, other)
		}
		seen[key] = name
	}
	add("nothing", Key(1))
	add("zero", Key(1, 0))
	add("two zeros", Key(1, 0, 0))
	add("another seed", Key(2))
	add("1, 2", Key(1, 1, 2))
	add("2, 1", Key(1, 2, 1))
	add("a draw of the engine", extend(Key(1, 1, 2), drawShuffle+7))
}

func TestKeysOfASmallGridNeverCollide(t *testing.T) {
	seen := make(map[uint64]bool, 1<<20)
	for seed := range uint64(4) {
		for a := range uint64(64) {
			for b := range uint64(64) {
				for c := range uint64(64) {
					seen[Key(seed, a, b, c)] = true
				}
			}
		}
	}
	if got, want := len(seen), 1<<20; got != want {
		t.Errorf("%d different keys, want %d", got, want)
	}
}

func TestEachBitOfAPartFlipsHalfTheKey(t *testing.T) {
	for part := range 3 {
		for bit := range 64 {
			flipped := 0.0
			const n = 500
			for i := range uint64(n) {
				parts := [3]uint64{i, i * i, 7}
				before := Key(9, parts[:]...)
				parts[part] ^= 1 << bit
				flipped += float64(bits.OnesCount64(before ^ Key(9, parts[:]...)))
			}
			if mean := flipped / n; math.Abs(mean-32) > 1.2 {
				t.Errorf("bit %d of part %d flips %.2f bits on average, want 32", bit, part, mean)
			}
		}
	}
}

func TestShuffleIsAPermutation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Uint64Range(1, 5000).Draw(t, "n")
		key := rapid.Uint64().Draw(t, "key")
		seen := make([]bool, n)
		for x := range n {
			y := shuffle(key, x, n)
			if y >= n {
				t.Fatalf("shuffle(%d) = %d, want below %d", x, y, n)
			}
			if seen[y] {
				t.Fatalf("%d is hit twice", y)
			}
			seen[y] = true
		}
	})
}

func TestShufflePutsEachNumberAnywhereWithEqualChance(t *testing.T) {
	for _, n := range []uint64{2, 3, 4, 9, 10, 33} {
		const rounds = 30_000
		counts := make([]float64, n*n)
		for key := range uint64(rounds) {
			for x := range n {
				counts[x*n+shuffle(Key(3, key), x, n)]++
			}
		}
		expected := float64(rounds) / float64(n)
		for i, count := range counts {
			deviation := math.Abs(count-expected) / math.Sqrt(expected)
			if deviation > 5 {
				t.Errorf("of %d numbers %d lands on %d %.0f times, want about %.0f", n, uint64(i)/n, uint64(i)%n, count, expected)
			}
		}
	}
}

func TestShuffleKnowsAllPermutationsOfFour(t *testing.T) {
	seen := map[[4]uint64]int{}
	for key := range uint64(24_000) {
		var p [4]uint64
		for x := range p {
			p[x] = shuffle(Key(5, key), uint64(x), 4)
		}
		seen[p]++
	}
	if len(seen) != 24 {
		t.Fatalf("%d permutations, want 24", len(seen))
	}
	for p, count := range seen {
		if count < 800 || count > 1200 {
			t.Errorf("permutation %v comes %d times in 24,000, want about 1,000", p, count)
		}
	}
}

func BenchmarkKey(b *testing.B) {
	b.ReportAllocs()
	var sum uint64
	for i := range b.N {
		sum += Key(1, 2, 3, 4, uint64(i))
	}
	sink = sum
}

func BenchmarkShuffle(b *testing.B) {
	b.ReportAllocs()
	var sum uint64
	for i := range b.N {
		sum += shuffle(sum, uint64(i)%9, 9)
	}
	sink = sum
}

var sink uint64
