package metrics

import (
	"fmt"
	"math/bits"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"github.com/loadforge/loadforge/threshold"
)

func BenchmarkRecord(b *testing.B) {
	for _, names := range []int{1, 50, 2000} {
		b.Run(fmt.Sprintf("%d_names", names), func(b *testing.B) {
			r := NewRecorder(RecorderConfig{Loads: []string{"a"}})
			samples := benchSamples(r, names)
			shard, mask := r.Shard(0), len(samples)-1
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				s := &samples[i&mask]
				shard.Record(s)
			}
		})
	}
}

func BenchmarkRecordParallel(b *testing.B) {
	r := NewRecorder(RecorderConfig{Loads: []string{"a"}})
	samples := benchSamples(r, 50)
	var user atomic.Int64
	b.RunParallel(func(pb *testing.PB) {
		shard := r.Shard(int(user.Add(1)))
		for i := 0; pb.Next(); i++ {
			shard.Record(&samples[i&1023])
		}
	})
}

func benchSamples(r *Recorder, names int) []Sample {
	random := rand.New(rand.NewPCG(1, 2))
	samples := make([]Sample, max(1024, 1<<bits.Len(uint(names-1))))
	for i := range samples {
		service := int64(float64(time.Millisecond) * (0.2 + random.ExpFloat64()))
		samples[i] = Sample{
			Name:     r.Name(fmt.Sprintf("GET /%d", i%names), Request),
			Code:     200,
			Service:  service,
			Response: service + 20_000,
			TTFB:     service - 10_000,
			BytesOut: 120,
			BytesIn:  1500,
		}
	}
	return samples
}

// recorded is a recorder and what makes a second of 20,000 requests in it.
func recorded(names int) (r *Recorder, record func(second int)) {
	r = NewRecorder(RecorderConfig{Loads: []string{"a"}, Shards: 8})
	samples := benchSamples(r, names)
	return r, func(second int) {
		for i := range 20_000 {
			s := samples[i&(len(samples)-1)]
			s.End = int64(second)*int64(time.Second) + int64(i)*50_000
			r.Shard(i).Record(&s)
		}
	}
}

func BenchmarkCollect(b *testing.B) {
	for _, names := range []int{50, 2000} {
		b.Run(fmt.Sprintf("%d_names", names), func(b *testing.B) {
			r, record := recorded(names)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				b.StopTimer()
				record(i)
				b.StartTimer()
				r.Collect(i)
			}
		})
	}
}

func benchSnapshot(names int) *Snapshot {
	r, record := recorded(names)
	record(0)
	return r.Collect(0)
}

func BenchmarkEncode(b *testing.B) {
	s := benchSnapshot(50)
	var buffer []byte
	b.ReportAllocs()
	for b.Loop() {
		buffer, _ = s.AppendBinary(buffer[:0])
	}
	b.ReportMetric(float64(len(buffer)), "bytes")
}

func BenchmarkDecode(b *testing.B) {
	encoded, err := benchSnapshot(50).AppendBinary(nil)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := DecodeSnapshot(encoded); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMerge(b *testing.B) {
	s := benchSnapshot(50)
	var merged Snapshot
	b.ReportAllocs()
	for b.Loop() {
		merged.Merge(s)
	}
}

// A second of the coordinator: totals, summary, thresholds and verdict.
func BenchmarkSecond(b *testing.B) {
	for _, names := range []int{50, 2000} {
		b.Run(fmt.Sprintf("%d_names", names), func(b *testing.B) {
			s := benchSnapshot(names)
			var total Total
			judge := NewJudge([]threshold.Rule{
				threshold.P95(time.Second), threshold.P99(time.Second).Over(30 * time.Second),
				threshold.ErrorRate(0.01), threshold.P95(time.Second).On("GET /7"),
			})
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				s.Second = i
				total.Add(s)
				judge.Add(s)
				judge.Status()
				Assess(total.Summary(0), Facts{})
			}
		})
	}
}

func BenchmarkSampler(b *testing.B) {
	s := NewSampler()
	b.ReportAllocs()
	for b.Loop() {
		s.fds.next = time.Time{}
		s.Sample()
	}
}
