package cluster

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/engine"
	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/internal/virtual"
	"github.com/loadforge/loadforge/pattern"
)

// holdPlan is ten seconds of five users and of four iterations a second.
func holdPlan() Plan {
	return Plan{Plan: engine.Plan{Name: "shop", Seed: 7, Loads: []Load{
		usersLoad(pattern.Constant{Level: 5, For: 10 * time.Second}),
		rateLoad(pattern.Constant{Level: 4, For: 10 * time.Second}),
	}}}
}

// levels are the targets of a load, and what there was of it: users at the end
// of each second, or arrivals in it.
func (l *listener) levels(load int) (targets []float64, real []int) {
	for _, s := range l.seconds {
		stats := s.Loads[load]
		if targets = append(targets, stats.Target); load == 0 {
			real = append(real, stats.Active)
		} else {
			real = append(real, int(stats.Scheduled))
		}
	}
	return targets, real
}

func (r *result) wantLevels(t *testing.T, load int, want ...int) {
	t.Helper()
	targets, real := r.levels(load)
	if len(real) < len(want) {
		t.Fatalf("there are %d seconds, want %d", len(real), len(want))
	}
	if !slices.Equal(real[:len(want)], want) {
		t.Errorf("load %d had %v, want %v", load, real, want)
	}
	for i, level := range want {
		if targets[i] != float64(level) && load == 0 {
			t.Errorf("the target of load %d in second %d is %v, want %d", load, i, targets[i], level)
		}
	}
}

func TestControlHoldsLoads(t *testing.T) {
	for _, workers := range []int{1, 3} {
		t.Run(fmt.Sprint(workers, " workers"), func(t *testing.T) {
			r := runLocal(t, holdPlan(), Options{Workers: workers}, func(_ context.CancelFunc, c *Control) {
				<-time.After(2 * time.Second) // 10 ms after the start of the third second
				err := errors.Join(c.Hold(0, 23), c.Hold(1, 50))
				<-time.After(3 * time.Second)
				err = errors.Join(err, c.Hold(0, 2))
				c.Release(1)
				<-time.After(2 * time.Second)
				c.Release(0)
				if err != nil {
					t.Error(err)
				}
			})
			r.wantLevels(t, 0, 5, 5, 23, 23, 23, 2, 2, 5, 5)
			r.wantLevels(t, 1, 4, 4, 50, 50, 50, 4, 4, 4, 4)
			if targets, _ := r.levels(1); targets[3] != 50 || targets[6] != 4 {
				t.Errorf("targets of the rate are %v", targets)
			}
			if r.Summary.Dropped != 0 || r.Interrupted || !r.Passed {
				t.Errorf("dropped %d, interrupted %v, passed %v", r.Summary.Dropped, r.Interrupted, r.Passed)
			}
			if r.took > 11*time.Second {
				t.Errorf("the run took %v, want what its plan says", r.took)
			}
		})
	}
}

func TestAHoldOfASetupBeginsWithTheLoad(t *testing.T) {
	plan := holdPlan()
	plan.Setup = func(context.Context) error { <-time.After(3 * time.Second); return nil }
	r := runLocal(t, plan, Options{}, after(time.Second, func(_ context.CancelFunc, c *Control) { _ = c.Hold(0, 9) }))
	r.wantLevels(t, 0, 9, 9)
}

func TestHoldsOfARunThatEndsDoNothing(t *testing.T) {
	r := runLocal(t, longPlan(5*time.Second), Options{}, func(_ context.CancelFunc, c *Control) {
		<-time.After(1500 * time.Millisecond)
		c.Stop("")
		_ = c.Hold(0, 500)
	})
	if r.Summary.PeakUsers != 20 {
		t.Errorf("%d users lived, want 20", r.Summary.PeakUsers)
	}
}

func TestImpossibleHoldsAreRefused(t *testing.T) {
	c := &Control{}
	for _, level := range []float64{-1, math.NaN(), math.Inf(1), maxLevel + 1} {
		if c.Hold(0, level) == nil {
			t.Errorf("a level of %v was accepted", level)
		}
	}
	r := runLocal(t, holdPlan(), Options{}, after(1500*time.Millisecond, func(_ context.CancelFunc, c *Control) {
		_ = errors.Join(c.Hold(2, 100), c.Hold(-1, 100)) // no such load
	}))
	r.wantLevels(t, 0, 5, 5, 5, 5)
}

// Holds that get lost come again, and workers that hear of them late still do
// their part of the same schedule.
func TestHoldsArriveWhateverTheNetworkDoes(t *testing.T) {
	held := func(fate func(string, Message) []time.Duration) (r result) {
		control := &Control{}
		n := &network{workers: 3, plan: holdPlan(), options: Options{Lease: 3 * time.Second, Control: control}}
		virtual.Test(t, func(t *testing.T) {
			n.Memory = NewMemory()
			n.Fate = fate
			time.AfterFunc(2*time.Millisecond+DefaultLead+900*time.Millisecond, func() {
				_ = errors.Join(control.Hold(0, 30), control.Hold(1, 60))
				control.Release(1)
				_ = control.Hold(1, 60)
			})
			r = n.run(t)
		})
		return r
	}
	// They begin 1.65 s into the run.
	want := held(func(string, Message) []time.Duration { return atOnce })
	want.wantLevels(t, 0, 5, 30, 30)
	var lost atomic.Int64
	for says, fate := range map[string]func(string, Message) []time.Duration{
		"everything twice": func(string, Message) []time.Duration { return []time.Duration{0, 0} },
		"the first are lost": func(_ string, m Message) []time.Duration {
			if m.Hold != nil && lost.Add(1) <= 7 {
				return nil
			}
			return atOnce
		},
		"out of order": func(_ string, m Message) []time.Duration {
			if m.Hold == nil {
				return atOnce
			}
			return []time.Duration{time.Duration(5-m.Hold.Number) * 100 * time.Millisecond}
		},
	} {
		t.Run(says, func(t *testing.T) {
			got := held(fate)
			if got.err != nil || got.Verdict.State != metrics.Valid {
				t.Errorf("error %v, verdict %v", got.err, got.Verdict)
			}
			if g, w := got.Summary.Scheduled, want.Summary.Scheduled; g != w {
				t.Errorf("%d arrivals and users were due, want %d", g, w)
			}
			if _, real := got.levels(0); real[8] != 30 {
				t.Errorf("users are %v, want 30 in the end", real)
			}
		})
	}
}
