package cluster

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/engine"
	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/internal/virtual"
	"github.com/loadforge/loadforge/pattern"
	"github.com/loadforge/loadforge/threshold"
)

// longPlan is an hour of 20 users whose iterations take as long as took says;
// they end early when their context does.
func longPlan(took time.Duration) Plan {
	load := usersLoad(pattern.Constant{Level: 20, For: time.Hour})
	load.Pace = 0
	load.New = fake(func(u *fakeUser) { u.took = took })
	return Plan{Plan: engine.Plan{Name: "shop", Loads: []Load{load}, Graceful: 20 * time.Second}}
}

func TestStops(t *testing.T) {
	twice := func(cancel context.CancelFunc, c *Control) {
		c.Stop("interrupted")
		<-time.After(2 * time.Second)
		c.Stop("interrupted again")
	}
	for _, test := range []struct {
		says        string
		during      func(context.CancelFunc, *Control)
		took        time.Duration // of each iteration
		least, most time.Duration // of the run
		cut         bool          // iterations were
	}{
		{"a first stop lets iterations finish", after(3500*time.Millisecond, stopOnce), 7 * time.Second, 7 * time.Second, 8 * time.Second, false},
		{"a first stop cuts iterations after the grace", after(3500*time.Millisecond, stopOnce), time.Minute, 23 * time.Second, 25 * time.Second, true},
		{"a second stop cuts iterations at once", after(3500*time.Millisecond, twice), time.Minute, 5 * time.Second, 7 * time.Second, true},
		{"StopNow cuts iterations at once", after(3500*time.Millisecond, func(_ context.CancelFunc, c *Control) { c.StopNow("") }), time.Minute, 3 * time.Second, 5 * time.Second, true},
		{"the end of the context cuts iterations at once", after(3500*time.Millisecond, func(cancel context.CancelFunc, _ *Control) { cancel() }), time.Minute, 3 * time.Second, 5 * time.Second, true},
	} {
		t.Run(test.says, func(t *testing.T) {
			toreDown := false
			plan := longPlan(test.took)
			plan.Teardown = func(context.Context) error { toreDown = true; return nil }
			r := runLocal(t, plan, Options{Workers: 2}, test.during)

			if r.err != nil || !r.Interrupted {
				t.Errorf("interrupted = %v, error %v, want interrupted without error", r.Interrupted, r.err)
			}
			if r.took < test.least || r.took > test.most {
				t.Errorf("the run took %v, want %v to %v", r.took, test.least, test.most)
			}
			if got := r.Summary.Cancelled > 0; got != test.cut {
				t.Errorf("%d requests were cut, want some: %v", r.Summary.Cancelled, test.cut)
			}
			if got, want := r.Summary.Started, r.Summary.Iterations+r.Summary.Interrupted; got != want {
				t.Errorf("%d iterations started, %d ended", got, want)
			}
			if !slices.Equal(r.told(), []string{"begin", "second", "end"}) || !toreDown {
				t.Errorf("sink was told %v, torn down %v, want all of it", r.told(), toreDown)
			}
			if last := r.progress[len(r.progress)-1]; last.State != "stopping" || last.Message == "" {
				t.Errorf("last progress is %q, %q, want a reason for stopping", last.State, last.Message)
			}
		})
	}
}

func TestStopBeforeTheLoad(t *testing.T) {
	slow := func(ctx context.Context) error {
		select {
		case <-time.After(time.Minute):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	r := runLocal(t, Plan{Plan: engine.Plan{
		Name: "shop", Setup: slow, Loads: longPlan(0).Loads,
		Teardown: func(context.Context) error { t.Error("teardown of what was not set up"); return nil },
	}}, Options{}, after(time.Second, stopOnce))
	if r.err != nil || !r.Interrupted || r.Passed {
		t.Errorf("outcome = %+v, %v, want interrupted", r.Outcome, r.err)
	}
	if r.took > 2*time.Second {
		t.Errorf("the run took %v, want it to end with the stop", r.took)
	}
	if got, want := r.told(), []string{"begin", "end"}; !slices.Equal(got, want) {
		t.Errorf("sink was told %v, want %v", got, want)
	}
}

func TestStopBeforeTheRun(t *testing.T) {
	virtual.Test(t, func(t *testing.T) {
		var control Control
		control.Stop("early")
		plan := longPlan(time.Second)
		plan.Setup = func(context.Context) error { t.Error("setup of a stopped run"); return nil }
		outcome, err := Local(t.Context(), plan, Options{Control: &control, Virtual: true})
		if err != nil || !outcome.Interrupted || outcome.Passed {
			t.Errorf("outcome = %+v, %v, want interrupted", outcome, err)
		}
	})
}

func TestStopWhileWorkersGetReady(t *testing.T) {
	virtual.Test(t, func(t *testing.T) {
		memory := NewMemory()
		var control Control
		control.Stop("nobody came")
		outcome, err := Run(t.Context(), longPlan(time.Second), Options{Transport: memory, Control: &control})
		if err != nil || !outcome.Interrupted {
			t.Errorf("outcome = %+v, %v, want interrupted", outcome, err)
		}
	})
}

func TestSetupRunsOnceBeforeAndTeardownAfterTheLoad(t *testing.T) {
	var mu sync.Mutex
	var events []string
	event := func(what string) {
		mu.Lock()
		defer mu.Unlock()
		events = append(events, what)
	}
	plan := testPlan()
	plan.Setup = func(ctx context.Context) error {
		event("setup " + ctx.Value(testKey{}).(string))
		<-time.After(10 * time.Second)
		return nil
	}
	plan.Teardown = func(context.Context) error { event("teardown"); return nil }
	plan.Close = func() { event("close") }
	sink := &listener{onBegin: func() error { event("begin"); return nil }}
	r := runLocal(t, plan, Options{Workers: 3, Sinks: []Sink{sink}}, nil)
	if want := []string{"setup value", "begin", "teardown", "close"}; !slices.Equal(events, want) {
		t.Errorf("events = %v, want %v", events, want)
	}
	if got := sink.run.Start; r.Outcome.End.Sub(got) > 6*time.Second {
		t.Errorf("the run began %v before its end, want the start after the setup", r.Outcome.End.Sub(got))
	}
}

func TestFailingSetupSendsNothing(t *testing.T) {
	for _, test := range []struct {
		says  string
		setup func(context.Context) error
		want  string
	}{
		{"an error", func(context.Context) error { return errFake }, "set up the test: out of order"},
		{"a panic", func(context.Context) error { panic("oh") }, "set up the test: panic: oh"},
		{"too long", func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }, "set up the test: took longer than 30s: context canceled"},
		{"deaf", func(context.Context) error { <-time.After(time.Minute); return nil }, "set up the test: took longer than 30s: still running 2s after it was told to end"},
	} {
		t.Run(test.says, func(t *testing.T) {
			virtual.Test(t, func(t *testing.T) {
				plan := testPlan()
				plan.Setup = test.setup
				plan.Teardown = func(context.Context) error { t.Error("teardown after a failed setup"); return nil }
				r := local(t, plan, Options{Hook: 30 * time.Second}, nil)
				var setup *SetupError
				if !errors.As(r.err, &setup) || !strings.HasPrefix(r.err.Error(), test.want) {
					t.Errorf("error = %v, want %s", r.err, test.want)
				}
				if r.Passed || r.Outcome.Error != r.err.Error() || r.Summary.Started != 0 {
					t.Errorf("outcome = %+v, want failed with nothing started", r.Outcome)
				}
				if got, want := r.told(), []string{"begin", "end"}; !slices.Equal(got, want) {
					t.Errorf("sink was told %v, want %v", got, want)
				}
				<-time.After(time.Minute) // the deaf one ends
			})
		})
	}
}

func TestFailingTeardownLeavesTheResults(t *testing.T) {
	plan := testPlan()
	plan.Teardown = func(context.Context) error { return errFake }
	r := runLocal(t, plan, Options{}, nil)
	var teardown *TeardownError
	if !errors.As(r.err, &teardown) || !errors.Is(r.err, errFake) {
		t.Errorf("error = %v, want a TeardownError", r.err)
	}
	if r.Summary.Requests == 0 || r.listener.outcome.Error == "" {
		t.Errorf("outcome = %+v, want results and an error", r.listener.outcome)
	}
}

func TestTeardownAfterStopNowIsBrief(t *testing.T) {
	plan := longPlan(time.Minute)
	plan.Teardown = func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
	r := runLocal(t, plan, Options{}, after(2*time.Second, func(_ context.CancelFunc, c *Control) { c.StopNow("") }))
	if want := "tear down the test: took longer than 2s: context canceled"; r.err == nil || r.err.Error() != want {
		t.Errorf("error = %v, want %s", r.err, want)
	}
	if r.took > 6*time.Second {
		t.Errorf("the run took %v, want it to end soon", r.took)
	}
}

func TestStopNowCutsATeardown(t *testing.T) {
	plan := testPlan()
	plan.Teardown = func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
	r := runLocal(t, plan, Options{}, after(7*time.Second, func(_ context.CancelFunc, c *Control) { c.StopNow("enough") }))
	if want := "tear down the test: the run was stopped: context canceled"; r.err == nil || r.err.Error() != want {
		t.Errorf("error = %v, want %s", r.err, want)
	}
	if r.took > 8*time.Second {
		t.Errorf("the run took %v, want it to end with the stop", r.took)
	}
}

func TestThresholdAbortsTheRun(t *testing.T) {
	plan := longPlan(100 * time.Millisecond)
	plan.Loads[0].New = fake(func(u *fakeUser) {
		u.took = 100 * time.Millisecond
		u.class = func() metrics.Class {
			if time.Since(u.env.Start) > 3*time.Second {
				return metrics.Status5xx
			}
			return metrics.OK
		}
	})
	plan.Thresholds = []threshold.Rule{threshold.P95(time.Second), threshold.ErrorRate(0.5).AbortAfter(10 * time.Second)}
	r := runLocal(t, plan, Options{Workers: 3}, nil)
	if r.err != nil || r.Passed || r.Interrupted || r.Aborted != plan.Thresholds[1].String() {
		t.Errorf("passed %v, aborted by %q, %v", r.Passed, r.Aborted, r.err)
	}
	if !r.Thresholds[0].Passed || r.Thresholds[1].Passed || !r.Thresholds[1].Aborted {
		t.Errorf("thresholds = %+v", r.Thresholds)
	}
	if r.took < 10*time.Second || r.took > 12*time.Second {
		t.Errorf("the run took %v, want it to end soon after the grace of 10 s", r.took)
	}
}

func TestFailedThresholdIsNoError(t *testing.T) {
	plan := testPlan()
	plan.Thresholds = []threshold.Rule{threshold.P95(time.Millisecond), threshold.P95(time.Second).On("GET /other")}
	r := runLocal(t, plan, Options{}, nil)
	if r.err != nil || r.Passed || r.Thresholds[0].Passed || r.Thresholds[1].Passed || r.Thresholds[1].Known {
		t.Errorf("outcome = %+v, %v, want both thresholds failed", r.Thresholds, r.err)
	}
}

// One user who takes long to finish says nothing about the rate of the load.
func TestRateIsThatOfTheLoad(t *testing.T) {
	plan := testPlan()
	plan.Loads[0] = usersLoad(pattern.Constant{Level: 1, For: 4 * time.Second})
	plan.Loads[0].New = fake(func(u *fakeUser) { u.took = 25 * time.Second })
	plan.Loads[1] = rateLoad(pattern.Constant{Level: 100, For: 4 * time.Second})
	plan.Thresholds = []threshold.Rule{threshold.MinRate(95)}
	r := runLocal(t, plan, Options{Workers: 2}, nil)
	if !r.Passed || r.Summary.PerSecond < 95 || r.Summary.Requests != 401 {
		t.Errorf("%d requests, %v a second, thresholds %+v; want 401, and above 95", r.Summary.Requests, r.Summary.PerSecond, r.Thresholds)
	}
	if r.Summary.Loaded != 4*time.Second || r.Summary.Duration < 25*time.Second {
		t.Errorf("load for %v of %v", r.Summary.Loaded, r.Summary.Duration)
	}
}

func TestHangingUserIsNamed(t *testing.T) {
	virtual.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		plan := testPlan()
		plan.Graceful = 3 * time.Second
		plan.Loads[0].New = fake(func(u *fakeUser) { u.blocks = release })
		var log strings.Builder
		r := local(t, plan, Options{Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn}))}, nil)
		close(release)
		if r.err != nil || r.Verdict.State == metrics.Valid {
			t.Errorf("verdict = %+v, %v, want less than valid", r.Verdict, r.err)
		}
		want := "20 users of visitor have not returned from visit, for up to"
		if len(r.Verdict.Reasons) != 1 || !strings.Contains(r.Verdict.Reasons[0], want) {
			t.Errorf("reasons = %q, want one: %q", r.Verdict.Reasons, want)
		}
		if n := strings.Count(log.String(), "user code hangs"); n != 1 || !strings.Contains(log.String(), "fakeUser") {
			t.Errorf("%d warnings, want one with the stack of one user:\n%s", n, log.String())
		}
		if r.took > 12*time.Second {
			t.Errorf("the run took %v, want it to end after the grace", r.took)
		}
	})
}

func TestHangingUsersAreGrouped(t *testing.T) {
	hang := func(scenario, task string, user int, d time.Duration, stack string) engine.Hang {
		return engine.Hang{Scenario: scenario, Task: task, User: user, For: d, Stack: stack}
	}
	var got []string
	for _, g := range hangings([]engine.Hang{
		hang("shop", "buy", 3, 2*time.Second, ""),
		hang("shop", "setup", 4, 2*time.Second, "in setup"),
		hang("shop", "buy", 1, 4*time.Second, "in buy"),
		hang("hooks", "buy", 0, time.Second, "in hook"),
		hang("shop", "buy", 2, 3*time.Second, "elsewhere in buy"),
	}) {
		got = append(got, g.String()+": "+g.stack)
	}
	want := []string{
		"3 users of shop have not returned from buy, for up to 4s: in buy",
		"user 4 of shop has not returned from setup for 2s: in setup",
		"user 0 of hooks has not returned from buy for 1s: in hook",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if hangings(nil) != nil {
		t.Error("nobody hangs, and yet there is a group")
	}
}

func TestInvalidPlanDoesNothing(t *testing.T) {
	closed := false
	sink := &listener{}
	plan := Plan{Plan: engine.Plan{Name: "shop"}, Warmup: -1, Thresholds: []threshold.Rule{{}}, Close: func() { closed = true }}
	outcome, err := Run(t.Context(), plan, Options{Sinks: []Sink{sink}, Workers: Slots + 1, Transport: NewMemory()})
	var wrong *PlanError
	if !errors.As(err, &wrong) || outcome.Passed {
		t.Fatalf("error = %v, want a PlanError", err)
	}
	for _, want := range []string{"Load is empty", "threshold", "warm-up must not be negative", "at most 16384 workers"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error = %v, want all problems, also %q", err, want)
		}
	}
	if !closed || len(sink.told()) > 0 {
		t.Errorf("closed %v, sink was told %v, want closed and nothing told", closed, sink.told())
	}
}

func TestWarmupLeavesSomethingToMeasure(t *testing.T) {
	plan := testPlan()
	plan.Warmup = plan.Duration()
	_, err := Run(t.Context(), plan, Options{Workers: 1, Transport: NewMemory()})
	var wrong *PlanError
	if want := "a warm-up of 4.8s leaves nothing to measure of a run of 4.8s"; !errors.As(err, &wrong) || !strings.Contains(err.Error(), want) {
		t.Errorf("error = %v, want %s", err, want)
	}
	plan.Warmup--
	if err := validate(&plan, 1); err != nil {
		t.Errorf("a warm-up shorter than the run: %v", err)
	}
}

func TestWarmupOfARunThatWasCutIsNamed(t *testing.T) {
	plan := longPlan(100 * time.Millisecond)
	plan.Warmup = 10 * time.Second
	r := runLocal(t, plan, Options{}, after(3500*time.Millisecond, stopOnce))
	want := []string{"nothing was measured: all of the run was warm-up"}
	if r.Verdict.State != metrics.Invalid || !slices.Equal(r.Verdict.Reasons, want) {
		t.Errorf("verdict = %+v, want %q", r.Verdict, want)
	}
}

func TestWarmupIsLeftOut(t *testing.T) {
	plan := testPlan()
	cold := runLocal(t, plan, Options{}, nil)
	plan.Warmup = 2 * time.Second
	r := runLocal(t, plan, Options{}, nil)
	if r.Summary.Warmup != 2*time.Second || r.Summary.Requests >= cold.Summary.Requests {
		t.Errorf("%d requests after a warm-up of %v, want fewer than %d", r.Summary.Requests, r.Summary.Warmup, cold.Summary.Requests)
	}
}
