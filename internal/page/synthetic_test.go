package page_test

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/internal/page"
	"github.com/loadforge/loadforge/threshold"
)

func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// Names that mean harm somewhere, as metrics lets them through.
var names = []metrics.NameStats{
	{Name: "GET /items/{id}"},
	{Name: `<script>alert(1)</script>"'&`},
	{Name: "POST /cart\u200fabc ]]> ${7*7} 漢字 🔥"},
	{Name: "buy", Kind: metrics.Group},
	{Name: "POST /login", Stage: metrics.Setup},
}

const synthSeconds = 330

// synthRun is a run with all that a page can have.
func synthRun() metrics.Run {
	return metrics.Run{
		ID: "20261123-101500_shop_4f2a", Test: "shop </script><!-- \u202e", Version: "1.0.0", Host: "linux/amd64, 8 cores",
		Target: "https://shop.example", Start: time.Date(2026, 11, 23, 10, 15, 0, 0, time.UTC),
		Duration: 330 * time.Second, Warmup: 10 * time.Second, Seed: 1<<63 + 1, Workers: 2,
		Loads: []metrics.Load{
			{
				Scenario: "shopper", Model: "users", Pattern: "ramp 0 -> 20 over 60s, hold 20 for 270s", Duration: 330 * time.Second, Peak: 20,
				Phases: []metrics.Phase{{Name: "ramp", End: time.Minute, To: 20}, {Name: "hold", Start: time.Minute, End: 330 * time.Second, From: 20, To: 20}},
				Curve:  []float64{0, 20, 20, 20, 20, 20},
			},
			{Scenario: "hook", Model: "rate", Pattern: "constant 2.5", Offset: 30 * time.Second, Duration: 300 * time.Second, Peak: 2.5, MaxUsers: 50, Curve: []float64{2.5, 2.5}},
		},
		Thresholds: []threshold.Rule{
			threshold.P95(300 * time.Millisecond), threshold.P95(100 * time.Millisecond).On("GET /items/{id}").Over(10 * time.Second),
			threshold.ErrorRate(0.05), threshold.MinRate(1), threshold.MinCount(1).On("GET /never"),
			{Metric: threshold.LatencyQuantile, Quantile: 0.999, Limit: 1e9, Service: true},
		},
		Settings: map[string]string{"timeout": "30s", "header.authorization": "(redacted)"},
	}
}

// synthSnapshot makes a second of one of two workers. It uses whole numbers
// only, which are the same everywhere.
func synthSnapshot(second, worker int) *metrics.Snapshot {
	random := rand.New(rand.NewPCG(uint64(second), uint64(worker)))
	s := &metrics.Snapshot{
		Worker: worker, Second: second, Length: time.Second, Workers: 1, Covered: 0.5, Peak: 10,
		Loads: []metrics.LoadStats{
			{Scenario: "shopper", Target: float64(min(second+1, 60)) / 6, Active: min(second+1, 60) / 6, Started: 9, Finished: 8, Failed: uint64(second / 200), Scheduled: 1},
			{Scenario: "hook", Target: 1.25, Active: 3, Scheduled: 2, Started: 1, Finished: 1, Late: 1, Dropped: uint64(worker)},
		},
		Health: metrics.Health{
			CPU: 0.25, SchedLatency: 80 * time.Microsecond, GCPause: 180 * time.Microsecond, Stall: time.Duration(worker) * time.Millisecond,
			Heap: 48 << 20, Goroutines: 30, FDs: 21, FDLimit: 4096, PortsInUse: 7, PortRange: 28000,
		},
		Checks: []metrics.CheckStats{{Name: "total is right", Passed: 8, Failed: uint64(second % 2)}},
	}
	if second < 2 { // the name led elsewhere, and then to both
		s.Addresses = []metrics.AddressStats{
			{Name: "shop.test", Address: "10.0.0.1", Opened: 2}, {Name: "shop.test", Address: "10.0.0.2", Opened: uint64(1 + 5*(second+worker))},
		}
	}
	if second == synthSeconds-1 {
		s.Length = time.Duration(500+100*worker) * time.Millisecond
	}
	for range lags(second) {
		s.Lag.Record(random.Int64N(200_000))
	}
	for i := range names {
		if i < 4 || second < 20 {
			synthName(random, s, i)
		}
	}
	slices.SortFunc(s.Names, func(a, b metrics.NameStats) int {
		return cmp.Or(cmp.Compare(a.Stage, b.Stage), strings.Compare(a.Name, b.Name), cmp.Compare(a.Kind, b.Kind))
	})
	return s
}

// busy seconds have values enough for all percentiles.
func busy(second int) bool { return second >= 200 && second < 230 }

func lags(second int) int {
	if busy(second) {
		return 600
	}
	return 6
}

// synthName adds a name. Between 150 and 200 the target is slow and fails.
func synthName(random *rand.Rand, s *metrics.Snapshot, i int) {
	n := names[i]
	n.Count = []uint64{60, 9, 14, 4, 1}[i]
	if i == 0 && busy(s.Second) {
		n.Count = 600
	}
	n.BytesOut, n.BytesIn = 220*n.Count, 4300*n.Count
	bad := s.Second >= 150 && s.Second < 200
	for range n.Count {
		took := 2_000_000*int64(i+1) + random.Int64N(8_000_000)*random.Int64N(8)
		if bad {
			took *= 9
		}
		n.Response.Record(took + 100_000)
		n.Service.Record(took)
		n.TTFB.Record(took / 2)
	}
	n.ByClass[metrics.OK] = n.Count
	if bad && i < 3 {
		fail(s, &n, metrics.Status5xx, 2, "503 Service Unavailable")
		fail(s, &n, metrics.Timeout, 1, `after 30s: "</script><img src=x onerror=alert(1)>"`)
	}
	if i == 0 && s.Second%100 == 99 {
		fail(s, &n, metrics.Generator, 1, "too many open files")
	}
	n.Codes = []metrics.CodeCount{{Code: 200, Count: n.ByClass[metrics.OK]}}
	s.Names = append(s.Names, n)
}

func fail(s *metrics.Snapshot, n *metrics.NameStats, class metrics.Class, count uint64, message string) {
	n.ByClass[metrics.OK] -= count
	n.ByClass[class] += count
	at := time.Duration(s.Second) * time.Second
	s.Errors = append(s.Errors, metrics.ErrorStats{Class: class, Name: n.Name, Message: message, Count: count, First: at, Last: at + time.Second/2})
}

// synthParts are what a builder is given: seconds of two workers, merged, but for
// some that come late or not at all.
func synthParts() []*metrics.Snapshot {
	var list []*metrics.Snapshot
	for second := range synthSeconds {
		a, b := synthSnapshot(second, 0), synthSnapshot(second, 1)
		switch {
		case second >= 40 && second < 43: // a gap
			continue
		case second >= 100 && second < 103: // the second worker reports later
			list = append(list, a)
			continue
		case second == 105:
			for late := 100; late < 103; late++ {
				list = append(list, synthSnapshot(late, 1))
			}
		}
		merged := new(metrics.Snapshot)
		merged.Merge(a)
		merged.Merge(b)
		list = append(list, merged)
	}
	return list
}

// synth builds the page of the run as its seconds come in.
func synthPage() (*page.Builder, page.Status) {
	run := synthRun()
	b := page.New(run)
	b.Mark(page.Event{At: 120, Kind: "annotation", Text: "deploy <b>2.3.1</b>"})
	total, judge := metrics.Total{Warmup: run.Warmup}, metrics.NewJudge(run.Thresholds)
	total.StopAt(run.Duration)
	judge.Warmup = run.Warmup
	judge.StopAt(run.Duration)
	for _, s := range synthParts() {
		total.Add(s)
		judge.Add(s)
		b.Add(s)
		p := metrics.Progress{Total: total.Summary(0), Thresholds: judge.Status()}
		if s.Second == 300 {
			p.Message = "the pattern has ended: users finish"
		}
		b.Remarks(s, &p)
	}
	outcome := metrics.Outcome{Summary: total.Summary(0), Verdict: metrics.Assess(total.Summary(0), metrics.Facts{MaxUsers: []int{0, 50}, Workers: 2})}
	outcome.Thresholds, outcome.Passed = judge.Final()
	return b, b.Ended(&outcome)
}
