package hdr_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/loadforge/loadforge/internal/hdr"
)

func TestDecodeGivesBackWhatWasEncoded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := recorded(rapid.SliceOfN(genValue(), 0, 100).Draw(t, "values")...)
		want.RecordN(genValue().Draw(t, "frequent value"), rapid.Uint64Range(0, 1<<60).Draw(t, "times"))
		tail := rapid.SliceOfN(rapid.Byte(), 0, 5).Draw(t, "tail")
		got := recorded(rapid.SliceOfN(genValue(), 0, 3).Draw(t, "previous contents")...)

		rest, err := got.Decode(append(encoded(t, want), tail...))
		if err != nil {
			t.Fatal(err)
		}
		if !got.Equal(want) {
			t.Errorf("decoded %x, want %x", encoded(t, got), encoded(t, want))
		}
		if !bytes.Equal(rest, tail) {
			t.Errorf("rest = %x, want %x", rest, tail)
		}
	})
}

func TestHistogramsCanFollowEachOther(t *testing.T) {
	first, second := recorded(1, 2e6, 2e6), recorded(7e9)
	b := append(encoded(t, first), encoded(t, new(hdr.Histogram))...)
	b, err := second.AppendBinary(b)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []*hdr.Histogram{first, new(hdr.Histogram), second} {
		var got hdr.Histogram
		if b, err = got.Decode(b); err != nil {
			t.Fatal(err)
		}
		if !got.Equal(want) {
			t.Errorf("histogram %d of three differs", i+1)
		}
	}
	if len(b) != 0 {
		t.Errorf("%d bytes left over", len(b))
	}
}

// These bytes are in the stored runs of users: whatever changes, they must be
// read as they are, and version 1 must not be written differently.
func TestVersion1IsAsItWas(t *testing.T) {
	for _, c := range []struct {
		name  string
		bytes string
		h     *hdr.Histogram
	}{
		{"empty", "01 00", recorded()},
		{"one value", "01 01 c0843d 00 c0843d 00 00 00", recorded(1_000_000)},
		{"one bucket, many values", "01 03 c0843d 02 c38db701 00 00 01 01", recorded(1_000_000, 1_000_001, 1_000_002)},
		{"a gap between buckets", "01 03 00 d00f d00f 00 00 01 00 f205", recorded(0, 0, 2000)},
		{"a clamped value", "01 02 01 feffffffffff1f 808080808080 20 00 01 00 fc43", recorded(1, 1<<47-1)},
		{"a sum of more than 64 bits", "01 03 ffffffffffffffff7f 00 fdffffffffffffff7f 01 03 01 01", recorded(math.MaxInt64, math.MaxInt64, math.MaxInt64)},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := strings.ReplaceAll(c.bytes, " ", "")
			if got := hex.EncodeToString(encoded(t, c.h)); got != want {
				t.Errorf("encoded as %s, want %s", got, want)
			}
		})
	}
}

// numbers builds an encoding by hand.
func numbers(version byte, n ...uint64) []byte {
	b := []byte{version}
	for _, v := range n {
		b = binary.AppendUvarint(b, v)
	}
	return b
}

func TestDecodeRejectsWhatNobodyCouldHaveEncoded(t *testing.T) {
	const (
		limit   = uint64(hdr.Limit)
		largest = math.MaxUint64
		many    = 1 // the flag: a count follows
	)
	for _, c := range []struct {
		name string
		b    []byte
		want string
	}{
		{"nothing", nil, "truncated"},
		{"no count", numbers(1), "truncated"},
		{"another version", numbers(2, 0), "version 2, want 1"},
		{"no buckets", numbers(1, 1, 1000, 0, 1000, 0, 0), "truncated"},
		{"no count after the flag", numbers(1, 2, 1000, 0, 2000, 0, 0, many), "truncated"},
		{"a number longer than need be", []byte{1, 0x80, 0}, "malformed number"},
		{"a number of more than 64 bits", append(numbers(1), bytes.Repeat([]byte{0xff}, 11)...), "malformed number"},
		{"a count that has overflowed", numbers(1, largest, 0, 0, 0, 0, 0, many, largest-2), "is an overflow"},
		{"a smallest value that is negative", numbers(1, 1, 1<<63, 0, 0, 0, 0, 0), "values up to"},
		{"a largest value that is negative", numbers(1, 2, 1, math.MaxInt64, 0, 0, 1, 0, 0), "values up to"},
		{"one value with two sizes", numbers(1, 1, 1000, 2, 1000, 0, 0, 0), "one value can't be both"},
		{"more values in a bucket than in all", numbers(1, 2, 1000, 0, 2000, 0, 0, many, 1), "3 values in a bucket where 2 are left"},
		{"a count in a bucket that overflows", numbers(1, 2, 1000, 0, 2000, 0, 0, many, largest), "are left"},
		{"a bucket past the last", numbers(1, 2, 0, 1<<41, 1<<41, 0, 0, 0, 4351<<1), "bucket 1 + 4351 of 4352"},
		{"a gap that overflows", numbers(1, 2, 1000, 1000, 3000, 0, 0, 0, largest-1), "bucket 251 +"},
		{"a first bucket that is not the minimum's", numbers(1, 1, 1000, 0, 1000, 0, 0, 1<<1), "smallest value 1000 ns is not in the first bucket"},
		{"a last bucket that is not the maximum's", numbers(1, 2, 1000, 1000, 3000, 0, 0, 0, 0), "largest value 2000 ns is not in the last bucket"},
		{"a sum too small", numbers(1, 2, 1000, 1000, 1999, 0, 0, 0, 254), "the sum is not"},
		{"a sum too large", numbers(1, 2, 1000, 1000, 0, 1, 0, 0, 254), "the sum is not"},
		{"a sum that makes equal values differ", numbers(1, 2, 1000, 0, 2001, 0, 0, many, 0), "the sum is not"},
		{"more values clamped than counted", numbers(1, 1, limit, 0, limit, 0, 2, 0), "2 clamped of 1 values"},
		{"a value clamped that is not too large", numbers(1, 1, 1000, 0, 1000, 0, 1, 0), "1 clamped values, largest value 1000 ns"},
		{"a value too large that is not clamped", numbers(1, 1, limit, 0, limit, 0, 0, 0), "0 clamped values, largest"},
		{"all clamped though one is small", numbers(1, 2, 1000, limit-1000, limit+1000, 0, 2, 0, 0), "2 of 2 values clamped, smallest value 1000 ns"},
		{"not all clamped though all are too large", numbers(1, 2, limit, 0, 2*limit, 0, 1, many, 0), "1 of 2 values clamped, smallest"},
		{"more clamped than the last bucket has", numbers(1, 3, 0, limit, 2*limit, 0, 2, many, 0, 4350<<1), "2 clamped values, 1 in the last bucket"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := recorded(5, 5e6)
			rest, err := h.Decode(c.b)
			if err == nil {
				t.Fatalf("Decode(%x) accepts it", c.b)
			}
			if !strings.HasPrefix(err.Error(), "decoding histogram: ") || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %q, want decoding histogram: ...%s...", err, c.want)
			}
			if !bytes.Equal(rest, c.b) {
				t.Errorf("rest = %x, want all of %x", rest, c.b)
			}
			if !h.Equal(recorded(5, 5e6)) {
				t.Error("the histogram has lost its contents")
			}
		})
	}
}

func TestDecodeRejectsEveryTruncation(t *testing.T) {
	whole := encoded(t, recorded(drawn(200, 4, samples[2].draw)...))
	for n := range whole {
		if _, err := new(hdr.Histogram).Decode(whole[:n]); err == nil {
			t.Errorf("Decode accepts the first %d of %d bytes", n, len(whole))
		}
	}
}

// full has a value in every bucket.
func full() *hdr.Histogram {
	h := new(hdr.Histogram)
	for ns := int64(0); ns < hdr.Limit; ns += max(4, ns>>9) {
		h.Record(ns)
	}
	return h
}

func TestDecodeAllocatesAtMostOnce(t *testing.T) {
	b := encoded(t, full())
	if got := testing.AllocsPerRun(20, func() {
		var h hdr.Histogram
		if _, err := h.Decode(b); err != nil {
			t.Fatal(err)
		}
	}); got > 1 {
		t.Errorf("%v allocations to decode every bucket, want 1", got)
	}
	var h hdr.Histogram
	if got := testing.AllocsPerRun(20, func() {
		if _, err := h.Decode(b); err != nil {
			t.Fatal(err)
		}
	}); got != 0 {
		t.Errorf("%v allocations to decode into the same histogram again, want 0", got)
	}
}

func TestEncodingIntoALargeEnoughBufferDoesNotAllocate(t *testing.T) {
	h := full()
	buf := encoded(t, h)
	if got := testing.AllocsPerRun(20, func() {
		if _, err := h.AppendBinary(buf[:0]); err != nil {
			t.Fatal(err)
		}
	}); got != 0 {
		t.Errorf("%v allocations, want 0", got)
	}
}

// Whatever the bytes are, Decode either refuses them and changes nothing, or
// they are the very bytes that its result encodes to.
func FuzzDecode(f *testing.F) {
	f.Add([]byte{1, 0})
	f.Add(numbers(1, 2, 1000, 1000, 3000, 0, 0, 0, 254))
	f.Fuzz(func(t *testing.T, b []byte) {
		var h hdr.Histogram
		rest, err := h.Decode(b)
		if err != nil {
			if h.Count() != 0 || len(rest) != len(b) {
				t.Errorf("after %q: %d values, %d of %d bytes left", err, h.Count(), len(rest), len(b))
			}
			return
		}
		used := b[:len(b)-len(rest)]
		if again := encoded(t, &h); !bytes.Equal(again, used) {
			t.Errorf("decoded from %x, encodes as %x", used, again)
		}
		checkSane(t, &h)
	})
}

// checkSane fails if the parts of h contradict each other.
func checkSane(t *testing.T, h *hdr.Histogram) {
	t.Helper()
	total := uint64(0)
	for b, n := range h.All() {
		total += n
		if total == n && h.Min() < b.Low {
			t.Errorf("minimum %d below the first bucket %v", h.Min(), b)
		}
	}
	if total != h.Count() {
		t.Errorf("buckets count %d, want %d", total, h.Count())
	}
	// The mean of large counts is not exact in a float64.
	if m := h.Mean() * (1 + 1e-12); m < float64(h.Min()) || h.Mean()*(1-1e-12) > float64(h.Max()) {
		t.Errorf("mean %v is not between %d and %d", h.Mean(), h.Min(), h.Max())
	}
	before := int64(0)
	for _, q := range quantiles {
		at := h.Quantile(q)
		if at < before || at < h.Min() || at > h.Max() {
			t.Errorf("Quantile(%v) = %d after %d, values from %d to %d", q, at, before, h.Min(), h.Max())
		}
		before = at
	}
	merged := h.Clone()
	merged.Merge(h)
	if h.Count() < math.MaxUint64/2 && merged.Count() != 2*h.Count() {
		t.Errorf("merged with itself %d, want twice %d", merged.Count(), h.Count())
	}
}
