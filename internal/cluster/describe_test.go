package cluster

import (
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/engine"
	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/pattern"
	"github.com/loadforge/loadforge/threshold"
)

func TestSinksAreToldThePlan(t *testing.T) {
	plan := testPlan()
	plan.Loads[0].MaxUsers = 8 // means nothing to the closed model
	plan.Loads[1].Offset = time.Second
	plan.Warmup = 5 * time.Second
	plan.Loads[1].Pattern = pattern.Sequence{pattern.Ramp{To: 30, For: time.Minute}, pattern.Constant{Level: 30, For: time.Minute}}
	plan.Thresholds = []threshold.Rule{threshold.P95(time.Second)}
	plan.Run = metrics.Run{ID: "20261123-101500_shop_4f2a", Target: "http://localhost", Loads: []metrics.Load{{Scenario: "stale"}}}
	start := time.Now()
	got := Describe(&plan, start, 3)

	curve := got.Loads[1].Curve
	want := metrics.Run{
		ID: "20261123-101500_shop_4f2a", Target: "http://localhost", Test: "shop", Start: start,
		Duration: 2*time.Minute + time.Second, Warmup: 5 * time.Second, Seed: 7, Workers: 3, Thresholds: plan.Thresholds,
		Loads: []metrics.Load{
			{
				Scenario: "visitor", Model: "users", Pattern: "hold 20 for 4.7s", Duration: 4700 * time.Millisecond, Peak: 20,
				Phases: []metrics.Phase{{Name: "hold", End: 4700 * time.Millisecond, From: 20, To: 20}}, Curve: got.Loads[0].Curve,
			},
			{
				Scenario: "hook", Model: "rate", Pattern: "ramp 0 -> 30 over 1m, hold 30 for 1m",
				Offset: time.Second, Duration: 2 * time.Minute, Peak: 30, MaxUsers: engine.DefaultMaxUsers,
				Phases: []metrics.Phase{
					{Name: "ramp up", Start: time.Second, End: 61 * time.Second, To: 30},
					{Name: "hold", Start: 61 * time.Second, End: 121 * time.Second, From: 30, To: 30},
				}, Curve: curve,
			},
		},
	}
	same(t, "run", got, want)
	for i := range want.Loads {
		same(t, want.Loads[i].Scenario, got.Loads[i], want.Loads[i])
	}
	if len(curve) != 601 || curve[0] != 0 || curve[150] != 15 || curve[300] != 30 || curve[600] != 30 {
		t.Errorf("curve of %d points from %v over %v and %v to %v", len(curve), curve[0], curve[150], curve[300], curve[600])
	}
}

func TestCurveOfAnyLength(t *testing.T) {
	for _, duration := range []time.Duration{1, 2, 600, time.Second, 24 * time.Hour, 290 * 365 * 24 * time.Hour} {
		points := curve(pattern.Ramp{To: 6, For: duration})
		if n := len(points); n > curvePoints || n < min(curvePoints, int(duration)) {
			t.Errorf("%v has %d points", duration, n)
		}
		for i := 1; i < len(points); i++ {
			if points[i] < points[i-1] {
				t.Fatalf("%v: point %d falls from %v to %v", duration, i, points[i-1], points[i])
			}
		}
		if last := points[len(points)-1]; duration > time.Second && (last < 5.99 || last > 6) {
			t.Errorf("%v ends at %v, want 6", duration, last)
		}
	}
}
