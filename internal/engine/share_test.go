package engine

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/loadforge/loadforge/pattern"
)

func mod(n, r int64) func(int64) bool { return func(i int64) bool { return i%n == r } }

func all(int64) bool  { return true }
func none(int64) bool { return false }

// A handover is a plan on workers whose shares change while it runs.
type handover struct {
	plan    func(*script) Load
	options []Options       // of the workers
	starts  []time.Duration // when they begin to follow the plan
	change  func([]*Engine) // called at the start
}

func (h handover) run(t *testing.T) []*trial {
	t.Helper()
	start := time.Now()
	trials := make([]*trial, len(h.options))
	engines := make([]*Engine, len(h.options))
	for i, o := range h.options {
		s := taking(10 * time.Millisecond)
		s.diary.start = start
		trials[i] = newTrial(t, Plan{Seed: 1, Loads: []Load{h.plan(s)}}, o, s)
		engines[i] = trials[i].Engine
	}
	h.change(engines)
	var running sync.WaitGroup
	for i, trial := range trials {
		running.Go(func() {
			if len(h.starts) > 0 {
				time.Sleep(h.starts[i])
			}
			trial.report = trial.Run(t.Context(), start)
			trial.snapshot = trial.recorder.Finish(trial.report.Elapsed)
		})
	}
	running.Wait()
	return trials
}

// ran returns the numbers of the iterations that a worker ran.
func ran(r *trial) (numbers []int64) {
	for _, d := range r.scripts[0].diary.all("run") {
		numbers = append(numbers, d.Number)
	}
	slices.Sort(numbers)
	return numbers
}

func openPlan(s *script) Load {
	return rate(pattern.Ramp{From: 3.5, To: 40, For: 6 * time.Second}, s)
}

func TestArrivalsThatChangeHandsRunOnceAndOnTime(t *testing.T) {
	for _, told := range []time.Duration{0, 1300 * time.Millisecond, 1499 * time.Millisecond} {
		t.Run(fmt.Sprint("told at ", told), func(t *testing.T) {
			virtually(t, func(t *testing.T) {
				const from = 2 * time.Second
				trials := handover{
					plan: openPlan, options: []Options{{Owns: mod(2, 0), Weight: 0.5}, {Owns: mod(2, 1), Weight: 0.5}},
					change: func(e []*Engine) {
						later(told, func() {
							e[0].Reassign(Share{From: from, Owns: all, Weight: 1})
							e[1].Reassign(Share{From: from, Owns: none})
						})
					},
				}.run(t)
				want := taking(10 * time.Millisecond)
				whole := play(t, want, openPlan(want))
				numbers := append(ran(trials[0]), ran(trials[1])...)
				slices.Sort(numbers)
				if !slices.Equal(numbers, ran(whole)) {
					t.Errorf("arrivals %v ran, want each once: %v", numbers, ran(whole))
				}
				for _, d := range trials[1].scripts[0].diary.all("run") {
					if d.Intended >= from {
						t.Errorf("arrival %d, due at %v, ran on the worker that had gone", d.Number, d.Intended)
					}
				}
				for _, d := range trials[0].scripts[0].diary.all("run") {
					if d.at != d.Intended {
						t.Errorf("arrival %d ran at %v, was due at %v", d.Number, d.at, d.Intended)
					}
				}
			})
		})
	}
}

func TestUsersChangeHandsAtTheMoment(t *testing.T) {
	virtually(t, func(t *testing.T) {
		plan := func(s *script) Load { return users(pattern.Constant{Level: 10, For: 6 * time.Second}, s) }
		trials := handover{
			plan: plan, options: []Options{{Owns: mod(2, 0), Weight: 0.5}, {Owns: mod(2, 1), Weight: 0.5}},
			change: func(e []*Engine) {
				e[0].Reassign(Share{From: 2 * time.Second, Owns: all, Weight: 1})
				e[1].Reassign(Share{From: 2 * time.Second, Owns: none})
				e[1].Reassign(Share{From: 4 * time.Second, Owns: mod(5, 0), Weight: 0.2})
				e[0].Reassign(Share{From: 4 * time.Second, Owns: func(i int64) bool { return i%5 != 0 }, Weight: 0.8})
			},
		}.run(t)
		for i, want := range [][3]int{{5, 10, 8}, {5, 0, 2}} {
			var got [3]int
			for j, at := range []time.Duration{time.Second, 3 * time.Second, 5 * time.Second} {
				got[j] = aliveAt(trials[i].scripts[0], at)
			}
			if got != want {
				t.Errorf("worker %d has %v users before, between and after, want %v", i, got, want)
			}
			if target := trials[i].Target(0, 3*time.Second); target != float64(want[1]) {
				t.Errorf("worker %d is asked for %v users between, want %d", i, target, want[1])
			}
		}
	})
}

// aliveAt counts the users that were born and not torn down.
func aliveAt(s *script, at time.Duration) (alive int) {
	for _, d := range s.diary.all("new") {
		if d.at <= at {
			alive++
		}
	}
	for _, d := range s.diary.all("teardown") {
		if d.at <= at {
			alive--
		}
	}
	return alive
}

func TestLateWorkerTakesOnlyWhatIsToCome(t *testing.T) {
	for _, plan := range map[string]func(*script) Load{
		"open":   openPlan,
		"closed": func(s *script) Load { return users(pattern.Constant{Level: 10, For: 6 * time.Second}, s) },
	} {
		virtually(t, func(t *testing.T) {
			const from = 4 * time.Second
			trials := handover{
				plan: plan, starts: []time.Duration{0, 3 * time.Second},
				options: []Options{
					{Owns: all, Shares: []Share{{From: from, Owns: mod(2, 0), Weight: 0.5}}},
					{Owns: none, Shares: []Share{{From: from, Owns: mod(2, 1), Weight: 0.5}}},
				},
				change: func([]*Engine) {},
			}.run(t)
			deeds := trials[1].scripts[0].diary.all("run")
			if len(deeds) == 0 || deeds[0].at < from || deeds[0].at > from+100*time.Millisecond {
				t.Errorf("late worker ran %d iterations, the first at %v, want the first at %v", len(deeds), deeds[0].at, from)
			}
		})
	}
}

func TestBoundedUsersStayWhereTheyAre(t *testing.T) {
	virtually(t, func(t *testing.T) {
		plan := func(s *script) Load {
			l := users(pattern.Constant{Level: 4, For: time.Minute}, s)
			l.Pace, l.PerUser = 500*time.Millisecond, 10
			return l
		}
		trials := handover{
			plan: plan, options: []Options{{Owns: mod(2, 0), Weight: 0.5}, {Owns: mod(2, 1), Weight: 0.5}},
			change: func(e []*Engine) {
				e[0].Reassign(Share{From: 2 * time.Second, Owns: all, Weight: 1})
				e[1].Reassign(Share{From: 2 * time.Second, Owns: none})
			},
		}.run(t)
		if a, b := len(ran(trials[0])), len(ran(trials[1])); a != 20 || b != 20 {
			t.Errorf("workers ran %d and %d iterations, want 20 each", a, b)
		}
	})
}

func TestNothingStartsWithoutPermission(t *testing.T) {
	virtually(t, func(t *testing.T) {
		s := taking(0)
		r := newTrial(t, Plan{Seed: 1, Loads: []Load{rate(pattern.Constant{Level: 10, For: 4 * time.Second}, s)}}, Options{}, s)
		r.Until(time.Now().Add(time.Second))
		later(3*time.Second, func() { r.Until(time.Now().Add(time.Hour)) })
		r.run(t.Context())
		stats := r.loads[0]
		if stats.Scheduled != 40 || stats.Started != 20 || stats.Dropped != 20 {
			t.Errorf("%d scheduled, %d started, %d dropped, want 40, 20 and 20", stats.Scheduled, stats.Started, stats.Dropped)
		}
		for _, d := range s.diary.all("run") {
			if d.at > time.Second && d.at < 3*time.Second {
				t.Errorf("an arrival ran at %v", d.at)
			}
		}
	})
}

func TestLimitFollowsTheShare(t *testing.T) {
	virtually(t, func(t *testing.T) {
		s := new(script)
		plan := Plan{Seed: 1, MaxRate: 100, Loads: []Load{rate(pattern.Constant{Level: 1, For: 4 * time.Second}, s)}}
		r := newTrial(t, plan, Options{Owns: none, Shares: []Share{{From: 2 * time.Second, Owns: all, Weight: 0.5}}}, s)
		limit := func() float64 {
			r.mu.Lock()
			defer r.mu.Unlock()
			return r.limiter.bucket.Load().rate * 1e9
		}
		later(time.Second, func() {
			if got := limit(); got < 49 || got > 51 {
				t.Errorf("limit before the share begins is %v, want what it will be, 50", got)
			}
			r.Reassign(Share{From: 3 * time.Second, Owns: all, Weight: 1})
		})
		later(3500*time.Millisecond, func() {
			if got := limit(); got < 99 || got > 101 {
				t.Errorf("limit is %v, want 100", got)
			}
		})
		r.run(t.Context())
	})
}
