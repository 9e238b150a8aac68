package report_test

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/internal/report"
	"github.com/loadforge/loadforge/internal/store"
	"github.com/loadforge/loadforge/threshold"
)

var start = time.Date(2026, 11, 23, 10, 15, 0, 0, time.UTC)

// all makes every report.
var all = report.Options{Formats: report.All()}

func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// A synthetic run is one made up, the same each time.
type synthetic struct {
	run     metrics.Run
	seconds int
	scale   float64 // of the request counts
	names   []string
	level   func(second int) float64 // users
	message func(second int) string
	hostile string // put wherever a text may come from outside
}

// shop ramps up, holds, spikes and cools down; in the spike the target fails.
func shop() synthetic {
	phase := func(name string, from, to int, low, high float64) metrics.Phase {
		return metrics.Phase{
			Name: name, Start: time.Duration(from) * time.Second, End: time.Duration(to) * time.Second, From: low, To: high,
		}
	}
	return synthetic{
		run: metrics.Run{
			ID: "20261123-101500_shop_4f2a", Test: "shop", Version: "1.0.0", Host: "linux/amd64, 8 cores",
			Target: "https://shop.example", Start: start, Duration: 2 * time.Minute, Seed: 42, Workers: 1,
			Loads: []metrics.Load{{
				Scenario: "shopper", Model: "users", Pattern: "ramp 0 -> 200 over 30s, hold 200 for 40s, spike to 500 for 25s, cool down to 0 over 25s",
				Duration: 2 * time.Minute, Peak: 500,
				Phases: []metrics.Phase{
					phase("ramp", 0, 30, 0, 200), phase("hold", 30, 70, 200, 200),
					phase("spike", 70, 95, 500, 500), phase("cool down", 95, 120, 500, 0),
				},
			}},
			Thresholds: []threshold.Rule{
				threshold.P95(300 * time.Millisecond), threshold.P99(2 * time.Second), threshold.ErrorRate(0.05),
				threshold.P95(time.Second).On("POST /checkout"), threshold.CheckRate(0.999),
				threshold.P95(250 * time.Millisecond).Over(10 * time.Second), threshold.MinCount(1).On("GET /never"),
			},
			Settings: map[string]string{"timeout": "30s", "header.authorization": "(redacted)", "graceful-stop": "30s"},
		},
		seconds: 120,
		scale:   1,
		names:   []string{"GET /items", "GET /items/{id}", "POST /cart", "GET /search", "POST /checkout", "GET /profile"},
		level: func(second int) float64 {
			switch {
			case second < 30:
				return 200 * float64(second+1) / 30
			case second < 70:
				return 200
			case second < 95:
				return 500
			}
			return 500 * float64(119-second) / 25
		},
		message: func(second int) string {
			if second == 119 {
				return "the pattern has ended: users finish"
			}
			return ""
		},
	}
}

// second makes a second of the run.
func (y *synthetic) second(n int) *metrics.Snapshot {
	random := rand.New(rand.NewPCG(uint64(n), 11))
	users := y.level(n)
	s := &metrics.Snapshot{
		Worker: -1, Second: n, Length: time.Second, Workers: 1, Covered: 1,
		Health: metrics.Health{
			CPU: 0.1 + users/1000, SchedLatency: time.Duration(80+users/4) * time.Microsecond, GCPause: 180 * time.Microsecond,
			Heap: 48 << 20, Goroutines: int(users) + 20, FDs: int(users) + 11, FDLimit: 4096,
		},
	}
	busy := users > 300
	started := uint64(users * 1.7)
	s.Loads = []metrics.LoadStats{{
		Scenario: y.hostile + "shopper", Target: users, Active: int(users), Busy: int(users * 0.7), Scheduled: 3,
		Started: started, Finished: started - started/50, Failed: started / 100,
	}}
	for i, name := range y.names {
		s.Names = append(s.Names, y.name(random, n, i, y.hostile+name, users, busy))
	}
	slices.SortFunc(s.Names, func(a, b metrics.NameStats) int {
		return cmp.Or(cmp.Compare(a.Stage, b.Stage), strings.Compare(a.Name, b.Name))
	})
	s.Checks = []metrics.CheckStats{{Name: y.hostile + "cart total is right", Passed: started / 3, Failed: uint64(n / 110)}, {Name: y.hostile + "page lists products", Passed: started}}
	if n < 3 {
		s.Addresses = []metrics.AddressStats{
			{Name: y.hostile + "shop.example", Address: "10.0.0.7", Opened: 20}, {Name: y.hostile + "shop.example", Address: "10.0.0.8", Opened: 30},
		}
	}
	y.fail(s, n, busy)
	for range started / 4 {
		s.Lag.Record(int64(random.ExpFloat64() * 60_000))
	}
	return s
}

func (y *synthetic) name(random *rand.Rand, second, i int, name string, users float64, busy bool) metrics.NameStats {
	n := metrics.NameStats{Name: name}
	count := uint64(users * y.scale * 3 / float64(i+2) * (0.95 + 0.1*random.Float64()))
	slow := 1.0
	if busy {
		slow = 4.5
	}
	for range count {
		took := float64(8*time.Millisecond) * float64(i+1) * slow * math.Exp(0.6*random.NormFloat64())
		n.Response.Record(int64(took * 1.05))
		n.Service.Record(int64(took))
		n.TTFB.Record(int64(took * 0.9))
	}
	if second < 30 && count > 0 {
		n.Connect.Record(int64(300_000 + random.ExpFloat64()*200_000))
		n.TLS.Record(int64(2_100_000 + random.ExpFloat64()*900_000))
	}
	n.Count, n.BytesOut, n.BytesIn = count, 220*count, 4_300*count
	failed, late := uint64(0), uint64(0)
	if busy {
		failed, late = count/12, count/40
	}
	n.ByClass[metrics.OK], n.ByClass[metrics.Status5xx], n.ByClass[metrics.Timeout] = count-failed-late, failed, late
	if count > late {
		n.Codes = []metrics.CodeCount{{Code: 200, Count: count - failed - late}}
	}
	if failed > 0 {
		n.Codes = append(n.Codes, metrics.CodeCount{Code: 503, Count: failed})
	}
	return n
}

func (y *synthetic) fail(s *metrics.Snapshot, n int, busy bool) {
	if !busy {
		return
	}
	at := time.Duration(n)*time.Second + 400*time.Millisecond
	for _, name := range s.Names {
		if failed := name.ByClass[metrics.Status5xx]; failed > 0 {
			s.Errors = append(s.Errors, metrics.ErrorStats{
				Class: metrics.Status5xx, Name: name.Name, Message: y.hostile + "503 Service Unavailable", Count: failed, First: at, Last: at,
			})
		}
		if late := name.ByClass[metrics.Timeout]; late > 0 {
			s.Errors = append(s.Errors, metrics.ErrorStats{
				Class: metrics.Timeout, Name: name.Name, Message: y.hostile + "no first byte within 5s", Count: late, First: at, Last: at,
			})
		}
	}
	slices.SortFunc(s.Errors, func(a, b metrics.ErrorStats) int {
		return cmp.Or(cmp.Compare(a.Class, b.Class), strings.Compare(a.Name, b.Name), strings.Compare(a.Message, b.Message))
	})
}

// store writes the run below dir and returns its directory. A run that is cut
// gets no end.
func (y *synthetic) store(t testing.TB, dir string, cut bool) string {
	t.Helper()
	w, total, judge := y.play(t, dir)
	defer w.Close()
	if cut {
		return w.Dir()
	}
	if err := w.End(y.outcome(total, judge)); err != nil {
		t.Fatal(err)
	}
	return w.Dir()
}

// storeWith is store with another outcome.
func (y *synthetic) storeWith(t testing.TB, dir string, outcome *metrics.Outcome) string {
	t.Helper()
	w, _, _ := y.play(t, dir)
	if err := w.End(*outcome); err != nil {
		t.Fatal(err)
	}
	return w.Dir()
}

// play writes the seconds of the run.
func (y *synthetic) play(t testing.TB, dir string) (*store.Writer, *metrics.Total, *metrics.Judge) {
	t.Helper()
	w := must[*store.Writer](t)(store.Create(dir, y.run))
	if err := w.Begin(y.run); err != nil {
		t.Fatal(err)
	}
	total := new(metrics.Total)
	total.StopAt(y.run.Duration)
	judge := metrics.NewJudge(y.run.Thresholds)
	judge.StopAt(y.run.Duration)
	for n := range y.seconds {
		s := y.second(n)
		total.Add(s)
		judge.Add(s)
		if err := w.Second(s, metrics.Progress{Thresholds: judge.Status(), Message: y.message(n)}); err != nil {
			t.Fatal(err)
		}
		if n == min(50, y.seconds-1) {
			if err := w.Annotate(s.End(), y.hostile+"deploy of shop 2.3.1"); err != nil {
				t.Fatal(err)
			}
		}
	}
	return w, total, judge
}

func (y *synthetic) outcome(total *metrics.Total, judge *metrics.Judge) metrics.Outcome {
	summary := total.Summary(0)
	o := metrics.Outcome{Summary: summary, Verdict: metrics.Assess(summary, metrics.Facts{Workers: 1}), End: start.Add(summary.Duration)}
	o.Thresholds, o.Passed = judge.Final()
	return o
}
