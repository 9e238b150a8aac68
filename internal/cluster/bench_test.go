package cluster

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/loadforge/loadforge/internal/metrics"
)

// BenchmarkSecond is what the coordinator does once a second: merge, add up,
// judge, and say where the run stands.
func BenchmarkSecond(b *testing.B) {
	for _, names := range []int{1, 50, 2000} {
		for _, workers := range []int{1, 10} {
			b.Run(fmt.Sprintf("%d names, %d workers", names, workers), func(b *testing.B) {
				benchmarkSecond(b, names, workers)
			})
		}
	}
}

func benchmarkSecond(b *testing.B, names, workers int) {
	plan := testPlan()
	c := newCoordinator(b.Context(), &plan, Options{Transport: NewMemory()}.withDefaults())
	defer c.ticker.Stop()
	c.timeline = newTimeline(Shares(make([]float64, workers)))
	courier := newCourier(&listener{})
	courier.broken = true
	c.couriers = append(c.couriers, courier)
	defer close(courier.orders)

	var recorders []*metrics.Recorder
	for w := range workers {
		r := metrics.NewRecorder(metrics.RecorderConfig{Worker: w, Epoch: 1, Loads: []string{"visitor", "hook"}})
		recorders = append(recorders, r)
	}
	random := rand.New(rand.NewPCG(1, 2))
	second := 0
	for b.Loop() {
		b.StopTimer()
		var snapshots []*metrics.Snapshot
		for _, r := range recorders {
			fill(r, random, names, second)
			snapshots = append(snapshots, r.Collect(second))
		}
		b.StartTimer()
		for _, s := range snapshots {
			if late := c.timeline.add(s); late != nil {
				b.Fatal("late")
			}
		}
		c.giveFinal()
		second++
	}
}

// fill records 20 requests of each name.
func fill(r *metrics.Recorder, random *rand.Rand, names, second int) {
	for n := range names {
		id := r.Name(fmt.Sprintf("GET /page/%d", n), metrics.Request)
		for range 20 {
			took := 1_000_000 + random.Int64N(50_000_000)
			r.Shard(n).Record(&metrics.Sample{
				Name: id, Code: 200, End: int64(second)*1e9 + 1, Service: took, Response: took, TTFB: took / 2,
			})
		}
	}
}
