package metrics

import (
	"testing"
	"time"

	"github.com/loadforge/loadforge/threshold"
)

// requests makes snapshots of seconds 0, 1, ... with that many requests each,
// which took 1, 2, ... milliseconds.
func requests(counts ...int) (all []*Snapshot) {
	for index, n := range counts {
		all = append(all, secondOf(index, n, 0))
	}
	return all
}

func TestFinalVerdicts(t *testing.T) {
	failing := func(counts ...int) (all []*Snapshot) { // a tenth of the requests failed
		for index, n := range counts {
			all = append(all, secondOf(index, n, n/10))
		}
		return all
	}
	login := secondOf(0, 10, 0)
	login.Names = append(login.Names, NameStats{Name: "POST /login", Stage: Setup, Count: 4})
	login.Names[1].Response.Record(900 * ms)
	checked := secondOf(0, 10, 0)
	checked.Checks = []CheckStats{{"a", 1, 3}, {"b", 5, 0}}
	dropped := secondOf(0, 10, 0)
	dropped.Loads = append(dropped.Loads, LoadStats{Dropped: 3})

	panicking := iterations([]uint64{100, 20}, []uint64{50, 20}, []uint64{50, 0})

	for _, c := range []struct {
		name   string
		rule   threshold.Rule
		run    []*Snapshot
		passed bool
		known  bool
		value  float64
	}{
		{"p50 below the limit", threshold.P50(60 * time.Millisecond), requests(100), true, true, 50},
		{"p50 not below the limit", threshold.P50(40 * time.Millisecond), requests(100), false, true, 50},
		{"p50 of service time", threshold.P50(30 * time.Millisecond).OfService(), requests(100), true, true, 25},
		{"the mean over all seconds", threshold.Mean(6 * time.Millisecond), requests(10, 10), true, true, 5.5},
		{"the slowest", threshold.Max(10 * time.Millisecond), requests(5, 10), false, true, 10},
		{"the fastest", threshold.Min(2 * time.Millisecond), requests(5, 10), true, true, 1},
		{"error rate within the limit", threshold.ErrorRate(0.11), failing(100), true, true, 10},
		{"error rate above the limit", threshold.ErrorRate(0.05), failing(100), false, true, 10},
		{"error rate without requests", threshold.ErrorRate(0.05), requests(0), false, false, 0},
		{"no data", threshold.P95(time.Second), nil, false, false, 0},
		{"no data for the name", threshold.P95(time.Second).On("GET /nowhere"), requests(10), false, false, 0},
		{"a rate for a name never sent", threshold.MaxRate(5).On("GET /nowhere"), requests(10), false, false, 0},
		{"a name", threshold.P50(8 * time.Millisecond).On("GET /"), requests(10), true, true, 5},
		{"a name of the setup", threshold.Max(time.Second).On("POST /login"), []*Snapshot{login}, true, true, 900},
		{"setup is not in the totals", threshold.Max(time.Second), []*Snapshot{login}, true, true, 10},
		{"all checks", threshold.CheckRate(0.9), []*Snapshot{checked}, false, true, 100 * 6.0 / 9},
		{"one check", threshold.CheckRate(1).On("b"), []*Snapshot{checked}, true, true, 100},
		{"no checks", threshold.CheckRate(0.9), requests(10), false, false, 0},
		{"dropped iterations", threshold.MaxDropped(2), []*Snapshot{dropped}, false, true, 3},
		{"no dropped iterations", threshold.MaxDropped(0), requests(10), true, true, 0},
		{"dropped iterations of no run", threshold.MaxDropped(0), nil, false, false, 0},
		{"failed iterations", threshold.IterationErrorRate(0.05), panicking, false, true, 8},
		{"failed iterations within the limit", threshold.IterationErrorRate(0.081), panicking, true, true, 8},
		{"failed iterations are no failed requests", threshold.ErrorRate(0), panicking, true, true, 0},
		{"failed iterations of a scenario", threshold.IterationErrorRate(0.1).On("shopper"), panicking, false, true, 20},
		{"no failed iterations of another", threshold.IterationErrorRate(0).On("webhook"), panicking, true, true, 0},
		{"failed iterations of no scenario", threshold.IterationErrorRate(0.1).On("nobody"), panicking, false, false, 0},
		{"failed iterations where none finished", threshold.IterationErrorRate(0.1), requests(0), false, false, 0},
		{"failed iterations in the worst window", threshold.IterationErrorRate(0.3).Over(2 * time.Second), panicking, true, true, 100 * 40.0 / 350},
		{"failed iterations in one window", threshold.IterationErrorRate(0.2).On("shopper").Over(time.Second), panicking, false, true, 40},
		{"requests per second", threshold.MinRate(15), requests(10, 20), true, true, 15},
		{"requests", threshold.MinCount(31), requests(10, 20), false, true, 30},

		{"every window good", threshold.Max(6 * time.Millisecond).Over(2 * time.Second), requests(1, 2, 5), true, true, 5},
		{"one window bad", threshold.Max(6 * time.Millisecond).Over(2 * time.Second), requests(1, 9, 1, 1, 1), false, true, 9},
		{"bad before the first window is complete counts in it", threshold.Max(6 * time.Millisecond).Over(2 * time.Second), requests(9, 1, 1, 1), false, true, 9},
		{"a run shorter than the window is one window", threshold.Max(6 * time.Millisecond).Over(time.Minute), requests(1, 5), true, true, 5},
		{"windows without requests say nothing of latency", threshold.Max(6 * time.Millisecond).Over(time.Second), requests(5, 0, 0), true, true, 5},
		{"windows without requests have a rate", threshold.MinRate(1).Over(time.Second), requests(5, 0, 5), false, true, 0},
		{"no window had data", threshold.Max(6 * time.Millisecond).Over(time.Second), requests(0, 0), false, false, 0},
		{"the lowest rate is the worst", threshold.MinRate(3).Over(2 * time.Second), requests(5, 5, 1, 5), true, true, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			j := NewJudge([]threshold.Rule{c.rule})
			for _, s := range c.run {
				j.Add(s)
			}
			status, passed := j.Final()
			s := status[0]
			if passed != c.passed || s.Passed != c.passed || s.Known != c.known || relative(s.Value, c.value) > 1.0/256 {
				t.Errorf("%s: got passed %v, known %v, value %v %s; want %v, %v, %v",
					s.Rule, s.Passed, s.Known, s.Value, s.Unit, c.passed, c.known, c.value)
			}
			if s.Rule != c.rule.String() || s.Aborted {
				t.Errorf("got %+v", s)
			}
		})
	}
}

// iterations makes seconds in which so many iterations of two scenarios finished
// and so many of the first, shopper, failed. Those of the other, 100 a second,
// are all well.
func iterations(seconds ...[]uint64) (all []*Snapshot) {
	for index, n := range seconds {
		s := secondOf(index, 10, 0)
		s.Loads = []LoadStats{{Scenario: "shopper", Finished: n[0], Failed: n[1]}, {Scenario: "webhook", Finished: 100}}
		all = append(all, s)
	}
	return all
}

func relative(got, want float64) float64 {
	if want == 0 {
		return max(got, -got)
	}
	return max(got-want, want-got) / want
}

func TestAWindowKeepsItsWorst(t *testing.T) {
	j := NewJudge([]threshold.Rule{threshold.Max(6 * time.Millisecond).Over(2 * time.Second)})
	type moment struct {
		known, passed bool
		value, latest float64
		at            time.Duration
	}
	for second, want := range []moment{
		{false, false, 0, 0, 0},
		{true, true, 2, 2, 2 * time.Second},
		{true, true, 5, 5, 3 * time.Second},
		{true, false, 8, 8, 4 * time.Second},
		{true, false, 8, 8, 4 * time.Second},
		{true, false, 8, 1, 4 * time.Second},
	} {
		j.Add(requests(2, 2, 5, 8, 1, 1)[second])
		s := j.Status()[0]
		got := moment{s.Known, s.Passed, s.Value, s.Latest, s.At}
		if got.known != want.known || got.passed != want.passed || got.at != want.at ||
			relative(got.value, want.value) > 1.0/256 || relative(got.latest, want.latest) > 1.0/256 {
			t.Errorf("after second %d: got %+v, want %+v", second, got, want)
		}
	}
	if s := j.Status()[0]; s.Limit != 6 || relative(s.Distance, -2) > 0.02 || s.Unit != "ms" {
		t.Errorf("got %+v", s)
	}
}

func TestAborting(t *testing.T) {
	slow := threshold.Max(6 * time.Millisecond)
	for _, c := range []struct {
		name    string
		rule    threshold.Rule
		run     []*Snapshot
		aborted int // after which second; -1 never
	}{
		{"a rule that does not ask for it", slow, requests(9, 9, 9), -1},
		{"at once", slow.AbortAfter(0), requests(1, 9, 9), 1},
		{"after the grace time", slow.AbortAfter(3 * time.Second), requests(9, 9, 9, 9), 2},
		{"not on a good run", slow.AbortAfter(0), requests(1, 1), -1},
		{"not without data", slow.AbortAfter(0).On("GET /nowhere"), requests(9, 9), -1},
		{"on the window that fails", slow.Over(2 * time.Second).AbortAfter(0), requests(1, 1, 1, 9), 3},
		{"not before the window is complete", slow.Over(3 * time.Second).AbortAfter(0), requests(9, 9), -1},
		{"not on a window that failed in the grace time", slow.Over(time.Second).AbortAfter(3 * time.Second), requests(9, 1, 1, 1), -1},
		{"not on a second few workers reported", slow.AbortAfter(0), partial(requests(1, 9)), -1},
	} {
		t.Run(c.name, func(t *testing.T) {
			j := NewJudge([]threshold.Rule{threshold.MinCount(1), c.rule})
			at := -1
			for second, s := range c.run {
				j.Add(s)
				rule, abort := j.ShouldAbort(time.Duration(second+1) * time.Second)
				if abort && at < 0 {
					at = second
					if rule != c.rule || !j.Status()[1].Aborted || j.Status()[0].Aborted {
						t.Errorf("aborted by %s: %+v", rule, j.Status())
					}
				}
			}
			if at != c.aborted {
				t.Errorf("aborted after second %d, want %d", at, c.aborted)
			}
		})
	}
	if _, abort := NewJudge([]threshold.Rule{slow.AbortAfter(0)}).ShouldAbort(time.Hour); abort {
		t.Error("aborted before any second")
	}
}

func partial(run []*Snapshot) []*Snapshot {
	for _, s := range run {
		s.Covered = 0.89
	}
	return run
}

func TestLeastRatesAreNotJudgedWhenTheLoadHasEnded(t *testing.T) {
	rules := []threshold.Rule{
		threshold.MinRate(5).Over(time.Second), threshold.MinCount(5).Over(time.Second),
		threshold.Max(8 * time.Millisecond).Over(time.Second), threshold.MaxRate(8).Over(time.Second),
	}
	j := NewJudge(rules)
	j.StopAt(2 * time.Second)
	for _, s := range requests(6, 6, 1, 9) {
		j.Add(s)
	}
	status, _ := j.Final()
	for i, want := range []bool{true, true, false, false} {
		if status[i].Passed != want {
			t.Errorf("%s: got passed %v, want %v", status[i].Rule, status[i].Passed, want)
		}
	}
}

func TestRatesOfTheRunAreThoseOfItsLoad(t *testing.T) {
	for _, c := range []struct {
		name string
		stop time.Duration
		run  []*Snapshot
		want float64
	}{
		{"users that take long to finish", 2 * time.Second, requests(6, 6, 1, 0, 1), 6},
		{"the second that the load ended in", 2500 * time.Millisecond, requests(6, 6, 3), 6},
		{"a load that is going on", time.Hour, requests(6, 6, 3), 5},
		{"an end that nobody told", 0, requests(6, 6, 3), 5},
		{"a load of less than a second", 500 * time.Millisecond, requests(6, 2), 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			j := NewJudge([]threshold.Rule{
				threshold.MinRate(1), threshold.MaxRate(100).On("GET /"), threshold.MinRate(1).Over(time.Minute), threshold.MinCount(1),
			})
			var total Total
			j.StopAt(c.stop)
			total.StopAt(c.stop)
			count := 0.0
			for _, s := range c.run {
				j.Add(s)
				total.Add(s)
				count += float64(s.Names[0].Count)
			}
			status, _ := j.Final()
			for _, s := range status[:3] {
				if s.Value != c.want {
					t.Errorf("%s: got %v, want %v", s.Rule, s.Value, c.want)
				}
			}
			if status[3].Value != count {
				t.Errorf("got %v requests, want all %v", status[3].Value, count)
			}
			s := total.Summary(0)
			if s.PerSecond != c.want || s.Names[0].PerSecond != c.want || float64(s.Requests) != count {
				t.Errorf("summary: got %v a second, %v of the name, %d in all; want %v, %v", s.PerSecond, s.Names[0].PerSecond, s.Requests, c.want, count)
			}
		})
	}
}

func TestTheRateOfALoadLeavesOutTheWarmup(t *testing.T) {
	total := Total{Warmup: time.Second}
	total.StopAt(3 * time.Second)
	for _, s := range requests(90, 5, 7, 2) {
		total.Add(s)
	}
	if s := total.Summary(0); s.PerSecond != 6 || s.Loaded != 2*time.Second || s.Requests != 14 {
		t.Errorf("got %v a second over %s, %d requests; want 6 over 2 s, 14", s.PerSecond, s.Loaded, s.Requests)
	}
}

func TestTheJudgeLeavesOutTheWarmup(t *testing.T) {
	j := NewJudge([]threshold.Rule{
		threshold.MinRate(5), threshold.MinRate(5).Over(2 * time.Second), threshold.MaxRate(5),
	})
	j.Warmup = 2 * time.Second
	for _, s := range requests(1, 90, 5, 5, 5) {
		j.Add(s)
	}
	if status, passed := j.Final(); !passed {
		t.Errorf("got %+v", status)
	}
}

func TestPartsOfASecondAddUp(t *testing.T) {
	j := NewJudge([]threshold.Rule{threshold.MinRate(15).Over(2 * time.Second), threshold.MinCount(25)})
	a := requests(10, 10, 10)
	for _, s := range []*Snapshot{a[0], a[0], a[1], a[2]} {
		j.Add(s)
	}
	status, passed := j.Final()
	if passed || status[0].Value != 10 || status[0].Latest != 10 || status[1].Value != 40 {
		t.Errorf("got %+v", status)
	}
}
