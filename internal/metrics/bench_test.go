package metrics

import (
	"fmt"
	"math/bits"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"
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

func BenchmarkLock(b *testing.B) {
	var s Shard
	for b.Loop() {
		s.mu.Lock()
		s.mu.Unlock()
	}
}
