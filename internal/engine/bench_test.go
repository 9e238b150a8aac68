package engine

import (
	"context"
	"math/rand/v2"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/pattern"
)

// A null is a user that does nothing. It is its own counter.
type null struct{ count *atomic.Int64 }

func (null) Setup() error    { return nil }
func (null) Teardown() error { return nil }

func (n null) Run(Iteration) error {
	n.count.Add(1)
	return nil
}

func nulls(count *atomic.Int64) func(context.Context, Identity, Env) User {
	return func(context.Context, Identity, Env) User { return null{count} }
}

func benchmark(b *testing.B, l Load) {
	b.Helper()
	var count atomic.Int64
	l.Scenario, l.New = "bench", nulls(&count)
	if l.Tasks == nil {
		l.Tasks = []Task{{Name: "task"}}
	}
	l.Iterations = int64(b.N)
	e := New(Plan{Loads: []Load{l}}, Options{Recorder: metrics.NewRecorder(metrics.RecorderConfig{Loads: []string{"bench"}})})
	b.ReportAllocs()
	b.ResetTimer()
	e.Run(context.Background(), time.Now())
	if got := count.Load(); got != int64(b.N) {
		b.Fatalf("%d iterations, want %d", got, b.N)
	}
}

// BenchmarkIteration is what the engine adds to a user's iteration: clock,
// counters, panic guard, choice of task, key.
func BenchmarkIteration(b *testing.B) {
	benchmark(b, Load{Pattern: pattern.Constant{Level: 1, For: time.Hour}})
}

func BenchmarkIterationWeighted(b *testing.B) {
	benchmark(b, Load{Pattern: pattern.Constant{Level: 1, For: time.Hour}, Tasks: tasksOf(6, 2, 1)})
}

func BenchmarkIterationOfManyUsers(b *testing.B) {
	benchmark(b, Load{Pattern: pattern.Constant{Level: 100, For: time.Hour}})
}

// BenchmarkIterationPaced has a pause of one nanosecond that has passed: all
// of the work of a pause but the sleep.
func BenchmarkIterationPaced(b *testing.B) {
	benchmark(b, Load{Pattern: pattern.Constant{Level: 1, For: time.Hour}, Pace: 1})
}

func BenchmarkIterationThinking(b *testing.B) {
	benchmark(b, Load{
		Pattern: pattern.Constant{Level: 1000, For: time.Hour},
		Think:   func(r *rand.Rand) time.Duration { return time.Duration(r.Int64N(int64(2 * time.Millisecond))) },
	})
}

// BenchmarkArrival is an arrival from the timetable to the end of its
// iteration, when all of them are due.
func BenchmarkArrival(b *testing.B) {
	benchmark(b, Load{Model: Rate, Pattern: pattern.Constant{Level: 5e8, For: time.Hour}, MaxUsers: 10, Backlog: 1 << 30})
}

func BenchmarkTimetableEven(b *testing.B)    { timetableOf(b, Even) }
func BenchmarkTimetablePoisson(b *testing.B) { timetableOf(b, Poisson) }

func timetableOf(b *testing.B, a Arrivals) {
	b.Helper()
	day := pattern.Diurnal{Low: 1000, High: 100_000, Period: 24 * time.Hour}
	table := newTimetable(&Load{Pattern: day, Arrivals: a}, 1, newShares(Share{}, nil))
	b.ReportAllocs()
	for b.Loop() {
		table.take()
	}
}

func TestIterationsDoNotAllocate(t *testing.T) {
	for _, c := range []struct {
		name string
		load Load
	}{
		{"closed", Load{Pattern: pattern.Constant{Level: 2, For: time.Hour}, Tasks: tasksOf(6, 2, 1)}},
		{"thinking", Load{Pattern: pattern.Constant{Level: 100, For: time.Hour}, Think: fixed(time.Microsecond)}},
		{"paced", Load{Pattern: pattern.Constant{Level: 2, For: time.Hour}, Pace: time.Microsecond}},
		{"open", Load{Model: Rate, Pattern: pattern.Constant{Level: 1e6, For: time.Hour}, MaxUsers: 10, Tasks: tasksOf(3, 2)}},
		{"poisson", Load{Model: Rate, Arrivals: Poisson, Pattern: pattern.Constant{Level: 1e6, For: time.Hour}, MaxUsers: 10}},
	} {
		t.Run(c.name, func(t *testing.T) {
			few, many := allocations(c.load, 1000), allocations(c.load, 51_000)
			// What may differ is pages of the recorder and the growth of a queue.
			if more := float64(many) - float64(few); more > 1000 {
				t.Errorf("50,000 iterations more allocate %v times more, want next to never", more)
			}
		})
	}
}

// allocations counts those of a run of n iterations.
func allocations(l Load, n int64) uint64 {
	var count atomic.Int64
	l.Scenario, l.New, l.Iterations = "bench", nulls(&count), n
	if l.Tasks == nil {
		l.Tasks = []Task{{Name: "task"}}
	}
	recorder := metrics.NewRecorder(metrics.RecorderConfig{Loads: []string{"bench"}, Shards: 2})
	e := New(Plan{Loads: []Load{l}}, Options{Recorder: recorder})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	e.Run(context.Background(), time.Now())
	runtime.ReadMemStats(&after)
	return after.Mallocs - before.Mallocs
}

// BenchmarkStartLag runs arrivals for two seconds of real time and prints how
// late they start.
func BenchmarkStartLag(b *testing.B) {
	for _, c := range []struct {
		name    string
		rate    float64
		precise bool
	}{
		{"timers/5000", 5000, false},
		{"precise/5000", 5000, true},
		{"precise/50000", 50_000, true},
	} {
		b.Run(c.name, func(b *testing.B) {
			for range b.N {
				measureLag(b, c.rate, c.precise)
			}
		})
	}
}

func measureLag(b *testing.B, rate float64, precise bool) {
	b.Helper()
	const lasts = 2 * time.Second
	var count atomic.Int64
	recorder := metrics.NewRecorder(metrics.RecorderConfig{Loads: []string{"bench"}})
	e := New(Plan{Loads: []Load{{
		Scenario: "bench", Model: Rate, Pattern: pattern.Constant{Level: rate, For: lasts},
		Tasks: []Task{{Name: "task"}}, New: nulls(&count),
	}}}, Options{Recorder: recorder, Precise: precise})
	before := cpuTime()
	report := e.Run(context.Background(), time.Now().Add(10*time.Millisecond))
	used := cpuTime() - before
	snapshot := recorder.Finish(report.Elapsed)
	b.ReportMetric(float64(snapshot.Lag.Quantile(0.5))/1e3, "p50-us")
	b.ReportMetric(float64(snapshot.Lag.Quantile(0.99))/1e3, "p99-us")
	b.ReportMetric(100*used.Seconds()/lasts.Seconds(), "%core")
	b.ReportMetric(float64(snapshot.Loads[0].Started), "started")
}

// BenchmarkUsers prints what 10,000 users that think take of memory.
func BenchmarkUsers(b *testing.B) {
	const n = 10_000
	for range b.N {
		var count atomic.Int64
		l := Load{
			Scenario: "bench", Pattern: pattern.Constant{Level: n, For: time.Hour},
			Tasks: []Task{{Name: "task"}}, New: nulls(&count), Think: fixed(time.Second),
		}
		recorder := metrics.NewRecorder(metrics.RecorderConfig{Loads: []string{"bench"}})
		e := New(Plan{Loads: []Load{l}}, Options{Recorder: recorder})
		before := inUse()
		done := make(chan struct{})
		go func() { defer close(done); e.Run(context.Background(), time.Now()) }()
		for count.Load() < 2*n {
			time.Sleep(10 * time.Millisecond)
		}
		heap, stack := inUse()-before, uint64(0)
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		stack = m.StackInuse
		b.ReportMetric(float64(heap)/n, "heap-B/user")
		b.ReportMetric(float64(stack)/n, "stack-B/user")
		e.Stop(0)
		<-done
	}
}

func inUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse
}
