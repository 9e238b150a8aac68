package hdr_test

import (
	"math"
	"math/rand/v2"
	"testing"

	hdrhistogram "github.com/HdrHistogram/hdrhistogram-go"

	"github.com/loadforge/loadforge/internal/hdr"
)

// Every benchmark measures the same work with this package and with the HDR
// library, for benchstat:
//
//	go test -run '^$' -bench . -count 10 ./internal/hdr | benchstat -col /impl -
//
// The library counts microseconds with three digits up to an hour, as load
// testers usually set it up.
const (
	libraryMax    = 3_600_000_000
	libraryDigits = 3
	benchSamples  = 500
	benchValues   = 1 << 12 // a constant, so that choosing one costs no division
)

// latencies are n log-normal values around 2 ms, in nanoseconds.
func latencies(n int) []int64 {
	r := rand.New(rand.NewPCG(1, 2))
	values := make([]int64, n)
	for i := range values {
		values[i] = int64(2e6 * math.Exp(0.6*r.NormFloat64()))
	}
	return values
}

func ourHistogram(values []int64) *hdr.Histogram {
	h := new(hdr.Histogram)
	for _, v := range values {
		h.Record(v)
	}
	return h
}

func libraryHistogram(values []int64) *hdrhistogram.Histogram {
	h := hdrhistogram.New(1, libraryMax, libraryDigits)
	for _, v := range values {
		_ = h.RecordValue(v / 1000) // all are in range
	}
	return h
}

func BenchmarkRecord(b *testing.B) {
	values := (*[benchValues]int64)(latencies(benchValues))
	b.Run("impl=window", func(b *testing.B) {
		var w hdr.Window
		b.ReportAllocs()
		for i := range b.N {
			w.Record(values[i%benchValues])
		}
	})
	b.Run("impl=histogram", func(b *testing.B) {
		var h hdr.Histogram
		b.ReportAllocs()
		for i := range b.N {
			h.Record(values[i%benchValues])
		}
	})
	b.Run("impl=hdrhistogram-go", func(b *testing.B) {
		h := hdrhistogram.New(1, libraryMax, libraryDigits)
		b.ReportAllocs()
		for i := range b.N {
			_ = h.RecordValue(values[i%benchValues] / 1000)
		}
	})
}

func BenchmarkMerge(b *testing.B) {
	values := latencies(benchSamples)
	b.Run("impl=window", func(b *testing.B) {
		var w hdr.Window
		for _, v := range values {
			w.Record(v)
		}
		total := new(hdr.Histogram)
		b.ReportAllocs()
		for b.Loop() {
			w.MergeInto(total)
		}
	})
	b.Run("impl=histogram", func(b *testing.B) {
		second, total := ourHistogram(values), new(hdr.Histogram)
		b.ReportAllocs()
		for b.Loop() {
			total.Merge(second)
		}
	})
	b.Run("impl=hdrhistogram-go", func(b *testing.B) {
		second, total := libraryHistogram(values), libraryHistogram(nil)
		b.ReportAllocs()
		for b.Loop() {
			total.Merge(second)
		}
	})
}

func BenchmarkEncode(b *testing.B) {
	values := latencies(benchSamples)
	b.Run("impl=histogram", func(b *testing.B) {
		h, buf := ourHistogram(values), make([]byte, 0, 4096)
		b.ReportAllocs()
		for b.Loop() {
			buf, _ = h.AppendBinary(buf[:0])
		}
		b.ReportMetric(float64(len(buf)), "encoded-B")
	})
	b.Run("impl=hdrhistogram-go", func(b *testing.B) {
		h, buf := libraryHistogram(values), []byte(nil)
		b.ReportAllocs()
		for b.Loop() {
			buf, _ = h.Encode(hdrhistogram.V2CompressedEncodingCookieBase)
		}
		b.ReportMetric(float64(len(buf)), "encoded-B")
	})
}

func BenchmarkDecode(b *testing.B) {
	values := latencies(benchSamples)
	b.Run("impl=histogram", func(b *testing.B) {
		buf, err := ourHistogram(values).AppendBinary(nil)
		if err != nil {
			b.Fatal(err)
		}
		h := new(hdr.Histogram)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := h.Decode(buf); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("impl=hdrhistogram-go", func(b *testing.B) {
		buf, err := libraryHistogram(values).Encode(hdrhistogram.V2CompressedEncodingCookieBase)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for b.Loop() {
			if _, err := hdrhistogram.Decode(buf); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkQuantiles(b *testing.B) {
	values := latencies(100_000)
	b.Run("impl=histogram", func(b *testing.B) {
		h, out := ourHistogram(values), make([]int64, 5)
		qs := []float64{0.5, 0.9, 0.95, 0.99, 0.999}
		b.ReportAllocs()
		for b.Loop() {
			h.Quantiles(qs, out)
		}
	})
	b.Run("impl=hdrhistogram-go", func(b *testing.B) {
		h := libraryHistogram(values)
		ps := []float64{50, 90, 95, 99, 99.9}
		b.ReportAllocs()
		for b.Loop() {
			h.ValueAtPercentilesSlice(ps)
		}
	})
}

// BenchmarkFill is the first second of one name on one shard. Its B/op is all that
// was allocated on the way; later seconds allocate nothing.
func BenchmarkFill(b *testing.B) {
	values := latencies(benchSamples)
	b.Run("impl=window", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			w := new(hdr.Window)
			for _, v := range values {
				w.Record(v)
			}
		}
	})
	b.Run("impl=hdrhistogram-go", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			libraryHistogram(values)
		}
	})
}
