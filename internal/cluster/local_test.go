package cluster

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/engine"
	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/pattern"
	"github.com/loadforge/loadforge/threshold"
)

func TestLocalRunsAPlanToItsEnd(t *testing.T) {
	closed := 0
	plan := testPlan()
	plan.Close = func() { closed++ }
	plan.Thresholds = []threshold.Rule{threshold.P95(time.Second), threshold.ErrorRate(0.01)}
	r := runLocal(t, plan, Options{}, nil)

	if r.err != nil || !r.Passed || r.Interrupted || r.Aborted != "" || r.Outcome.Error != "" {
		t.Errorf("outcome = %+v, %v, want passed", r.Outcome, r.err)
	}
	if r.Verdict.State != metrics.Valid {
		t.Errorf("verdict = %+v, want valid", r.Verdict)
	}
	if got, want := r.told(), []string{"begin", "second", "end"}; !slices.Equal(got, want) {
		t.Errorf("sink was told %v, want %v", got, want)
	}
	if got, want := r.indices(), []int{0, 1, 2, 3, 4}; !slices.Equal(got, want) {
		t.Errorf("seconds = %v, want %v", got, want)
	}
	if closed != 1 {
		t.Errorf("plan was closed %d times, want once", closed)
	}
	if got, want := r.Summary.Loads[1].Scheduled, uint64(120); got != want {
		t.Errorf("%d arrivals, want the integral of the ramp, %d", got, want)
	}
	same(t, "what the sink got", *r.total(), *r.Summary)
}

func TestSecondsComeSoonAndWithProgress(t *testing.T) {
	var came []time.Duration
	var begun time.Time
	plan := testPlan()
	sink := &listener{onBegin: func() error { begun = time.Now(); return nil }}
	sink.onSecond = func(int) error { came = append(came, time.Since(begun)); return nil }
	runLocal(t, plan, Options{Sinks: []Sink{sink}}, nil)

	for i, at := range came[:4] {
		if want := localLead + time.Duration(i+1)*time.Second + collectAfter; at != want {
			t.Errorf("second %d came after %v, want %v", i, at, want)
		}
	}
	var requests uint64
	for i, p := range sink.progress {
		if p.Now != sink.seconds[i] || p.State != "running" || p.Elapsed != sink.seconds[i].End() {
			t.Errorf("progress %d = %+v, want that of its second", i, p)
		}
		if p.Total.Requests <= requests {
			t.Errorf("progress %d counts %d requests, want more than %d", i, p.Total.Requests, requests)
		}
		requests = p.Total.Requests
	}
}

// The sum over any number of workers is the run of one: the same arrivals,
// iterations and latencies in the same seconds, whoever runs them.
func TestAnyNumberOfWorkersMeasuresTheSame(t *testing.T) {
	one := runLocal(t, testPlan(), Options{}, nil)
	for _, n := range []int{2, 3, 7} {
		t.Run(fmt.Sprintf("%d workers", n), func(t *testing.T) {
			many := runLocal(t, testPlan(), Options{Workers: n}, nil)
			if many.err != nil || many.Verdict.State != metrics.Valid {
				t.Fatalf("outcome = %+v, %v", many.Verdict, many.err)
			}
			same(t, "summary", *withoutPools(many.Summary), *withoutPools(one.Summary))
			if len(many.seconds) != len(one.seconds) {
				t.Fatalf("%d seconds, want %d", len(many.seconds), len(one.seconds))
			}
			for i := range one.seconds {
				sameSecond(t, many.seconds[i], one.seconds[i])
			}
		})
	}
}

// withoutPools leaves out how many users the open model keeps in reserve: each
// worker has its own pool.
func withoutPools(s *metrics.Summary) *metrics.Summary {
	s.PeakUsers, s.Loads[1].Active, s.Loads[1].Peak = 0, 0, 0
	return s
}

// same compares two structs field by field, to say what differs.
func same(t *testing.T, what string, got, want any) {
	t.Helper()
	g, w := reflect.ValueOf(got), reflect.ValueOf(want)
	for i := range g.NumField() {
		if !reflect.DeepEqual(g.Field(i).Interface(), w.Field(i).Interface()) {
			t.Errorf("%s: %s = %v, want %v", what, g.Type().Field(i).Name, g.Field(i), w.Field(i))
		}
	}
}

func sameSecond(t *testing.T, got, want *metrics.Snapshot) {
	t.Helper()
	what := fmt.Sprintf("second %d", want.Second)
	if got.Second != want.Second || got.Length != want.Length || got.Covered != 1 {
		t.Errorf("%s of %v, covered %v, want 1", what, got.Length, got.Covered)
	}
	for i := range want.Loads {
		g, w := got.Loads[i], want.Loads[i]
		if i == 1 {
			g.Active, w.Active, g.Peak, w.Peak = 0, 0, 0, 0
		}
		same(t, what, g, w)
	}
	if !reflect.DeepEqual(got.Checks, want.Checks) {
		t.Errorf("%s: checks = %+v, want %+v", what, got.Checks, want.Checks)
	}
	if len(got.Names) != len(want.Names) {
		t.Fatalf("%s: %d names, want %d", what, len(got.Names), len(want.Names))
	}
	for i := range want.Names {
		for _, q := range []float64{0, 0.5, 0.9, 0.99, 1} {
			if g, w := got.Names[i].Response.Quantile(q), want.Names[i].Response.Quantile(q); g != w {
				t.Errorf("%s: quantile %v = %v, want %v", what, q, g, w)
			}
		}
	}
}

func TestEverySecondOfALongRunIsThere(t *testing.T) {
	const seconds = 1800
	plan := longPlan(350 * time.Millisecond)
	plan.Loads[0].Pattern = pattern.Constant{Level: 3, For: seconds*time.Second - time.Millisecond}
	r := runLocal(t, plan, Options{Workers: 2}, nil)
	if r.err != nil || r.Verdict.State != metrics.Valid {
		t.Fatalf("verdict = %+v, %v, want valid", r.Verdict, r.err)
	}
	for i, s := range r.seconds {
		if s.Second != i || s.Covered != 1 {
			t.Fatalf("place %d has second %d, covered %v", i, s.Second, s.Covered)
		}
	}
	if got := len(r.seconds); got < seconds || got > seconds+1 {
		t.Errorf("%d seconds, want %d and what the last iterations take", got, seconds)
	}
}

// In real time a worker watches the machine as well. Nothing here depends on
// how fast that is.
// Of a run that is over within its first second no level is left at the end of
// one.
func TestShortRunKnowsItsUsers(t *testing.T) {
	plan := testPlan()
	plan.Loads = plan.Loads[:1]
	plan.Loads[0].Pattern = pattern.Sequence{
		pattern.Constant{Level: 2, For: 100 * time.Millisecond},
		pattern.Constant{Level: 15, For: 100 * time.Millisecond},
		pattern.Constant{Level: 3, For: 300 * time.Millisecond},
	}
	for workers := range 3 {
		r := runLocal(t, plan, Options{Workers: workers + 1}, nil)
		if r.Summary.PeakUsers != 15 || r.Summary.Loads[0].Active != 15 {
			t.Errorf("%d workers: got %d users at most, want 15", workers+1, r.Summary.PeakUsers)
		}
	}
}

func TestLocalWatchesTheMachine(t *testing.T) {
	plan := Plan{Plan: engine.Plan{Name: "shop", Loads: []Load{
		rateLoad(pattern.Constant{Level: 50, For: 1200 * time.Millisecond}),
	}}}
	sink := &listener{}
	outcome, err := Local(t.Context(), plan, Options{Sinks: []Sink{sink}})
	if err != nil || outcome.Summary.Scheduled != 60 {
		t.Fatalf("%d arrivals, %v, want 60", outcome.Summary.Scheduled, err)
	}
	if got, want := sink.indices(), []int{0, 1}; !slices.Equal(got, want) {
		t.Errorf("seconds = %v, want %v", got, want)
	}
	for _, s := range sink.seconds {
		if s.Health.Goroutines == 0 || s.Health.Heap == 0 {
			t.Errorf("second %d: health = %+v, want the machine's", s.Second, s.Health)
		}
	}
}

func TestLocalBringsItsOwnTransport(t *testing.T) {
	closed := false
	plan := testPlan()
	plan.Close = func() { closed = true }
	if _, err := Local(t.Context(), plan, Options{Transport: NewMemory()}); err == nil || !closed {
		t.Errorf("error = %v, closed %v, want an error and closed", err, closed)
	}
}
