package store_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/threshold"
)

var start = time.Date(2026, 11, 23, 10, 15, 0, 0, time.UTC)

func testRun() metrics.Run {
	return metrics.Run{
		Test:       "shop",
		Version:    "1.0.0",
		Host:       "linux/amd64, 8 cores",
		Start:      start,
		Duration:   time.Minute,
		Seed:       42,
		Workers:    1,
		Loads:      []metrics.Load{{Scenario: "shopper", Model: "users", Pattern: "constant 50", Duration: time.Minute, Peak: 50}},
		Thresholds: []threshold.Rule{threshold.P95(300 * time.Millisecond)},
		Settings:   map[string]string{"timeout": "30s"},
	}
}

// second makes a second of a busy worker: names request names with each
// requests of log-normal latency.
func second(n, names, each int) *metrics.Snapshot {
	random := rand.New(rand.NewPCG(uint64(n), 7))
	s := &metrics.Snapshot{
		Worker:  -1,
		Second:  n,
		Length:  time.Second,
		Loads:   []metrics.LoadStats{{Scenario: "shopper", Target: 50, Active: 50, Busy: 40, Started: 500, Finished: 500}},
		Workers: 1,
		Covered: 1,
		Health:  metrics.Health{CPU: 0.4, Goroutines: 60, FDs: 61, FDLimit: 1024, Heap: 40 << 20},
	}
	for i := range names {
		stats := metrics.NameStats{Name: fmt.Sprintf("GET /endpoint/%02d", i), Count: uint64(each)}
		stats.ByClass[metrics.OK] = uint64(each)
		stats.Codes = []metrics.CodeCount{{Code: 200, Count: uint64(each)}}
		for range each {
			took := int64(float64(10*time.Millisecond) * (0.5 + random.ExpFloat64()))
			stats.Response.Record(took)
			stats.Service.Record(took - took/20)
			stats.TTFB.Record(took - took/10)
		}
		s.Names = append(s.Names, stats)
	}
	for range names * each / 10 {
		s.Lag.Record(int64(random.ExpFloat64() * 50_000))
	}
	return s
}

func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
