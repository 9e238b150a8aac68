package engine

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/pattern"
)

// both makes a closed load of one user and an open one of an arrival a second.
func both(s *script, d time.Duration) map[string]Load {
	return map[string]Load{
		"closed": users(pattern.Constant{Level: 1, For: d}, s),
		"open":   rate(pattern.Constant{Level: 1, For: d}, s),
	}
}

func TestAPanicFailsItsIterationAndTheUserStartsAnew(t *testing.T) {
	for name, l := range both(nil, 5*s1) {
		t.Run(name, func(t *testing.T) {
			virtually(t, func(t *testing.T) {
				s := &script{}
				s.run = func(f *fake, it Iteration) error {
					if it.Number == 2 && f.id.Life == 0 {
						explode()
					}
					return f.pause(s1)
				}
				l.New = s.user
				r := play(t, s, l)
				stats := r.loads[0]
				if stats.Failed != 1 || stats.Panics != 1 || stats.Active != 0 || stats.Busy != 0 || stats.Started != stats.Finished {
					t.Errorf("counts are %+v", stats)
				}
				if got, want := stats.Started, uint64(6); name == "closed" && got != want {
					t.Errorf("%d iterations, want %d: a first panic costs no pause", got, want)
				}
				if got, want := len(s.diary.all("teardown")), len(s.diary.all("new")); got != want {
					t.Errorf("%d teardowns of %d lives", got, want)
				}
				wantPanic(t, r, "task", "the scenario exploded", "explode")
			})
		})
	}
}

func explode() { panic("the scenario exploded") }

// wantPanic looks for one group of panics.
func wantPanic(t *testing.T, r *trial, name, message, inStack string) {
	t.Helper()
	if len(r.snapshot.Errors) != 1 {
		t.Fatalf("errors are %+v, want one", r.snapshot.Errors)
	}
	e := r.snapshot.Errors[0]
	if e.Class != metrics.Panic || e.Name != name || !strings.Contains(e.Message, message) {
		t.Errorf("the error is %v %q %q, want panic %q %q", e.Class, e.Name, e.Message, name, message)
	}
	if !strings.Contains(e.Detail, inStack) {
		t.Errorf("the stack does not show %s:\n%s", inStack, e.Detail)
	}
	for _, frame := range []string{"runtime/debug.Stack", "engine.attempt", "engine.(*user)"} {
		if strings.Contains(e.Detail, frame) {
			t.Errorf("the stack shows %s, which is not the scenario's:\n%s", frame, e.Detail)
		}
	}
}

func TestRepeatedPanicsAreNoBusyLoop(t *testing.T) {
	for name, l := range both(nil, time.Hour) {
		t.Run(name, func(t *testing.T) {
			virtually(t, func(t *testing.T) {
				s := &script{run: func(*fake, Iteration) error { panic("always") }}
				l.New = s.user
				l.MaxUsers = 1
				r := play(t, s, l)
				// Ten seconds at most, five at least, after a few quicker tries.
				if got := r.loads[0].Panics; got < 360 || got > 735 {
					t.Errorf("%d panics in an hour, want from 360 to 735", got)
				}
				if r.loads[0].Active != 0 || r.loads[0].Busy != 0 {
					t.Errorf("counts are %+v", r.loads[0])
				}
			})
		})
	}
}

func TestAFailedSetupIsTriedAgainWithLongerPauses(t *testing.T) {
	for name, l := range both(nil, time.Hour) {
		t.Run(name, func(t *testing.T) {
			virtually(t, func(t *testing.T) {
				s := &script{setup: func(*fake) error { return errors.New("no such account") }}
				l.New = s.user
				l.MaxUsers = 1
				r := play(t, s, l)
				tries := times(s.diary.all("setup"))
				for i := 1; i < len(tries); i++ {
					full := min(100*ms<<min(i, 8), 10*s1)
					if pause := tries[i] - tries[i-1]; pause < full/2 || pause > full {
						t.Errorf("pause %d is %v, want from %v to %v", i, pause, full/2, full)
					}
				}
				if got, want := r.loads[0].SetupFailed, uint64(len(tries)); got != want || got < 360 {
					t.Errorf("%d failed setups counted of %d", got, want)
				}
				if got, want := len(s.diary.all("teardown")), len(tries); got != want {
					t.Errorf("%d teardowns of %d lives", got, want)
				}
				if n := len(s.diary.all("run")); n != 0 {
					t.Errorf("%d iterations without setup", n)
				}
				if lives := s.diary.all("new"); lives[len(lives)-1].Life != len(lives)-1 {
					t.Errorf("the last of %d lives is number %d", len(lives), lives[len(lives)-1].Life)
				}
				wantElapsed(t, r, time.Hour)
			})
		})
	}
}

func TestASetupThatWorksTheThirdTime(t *testing.T) {
	for name, l := range both(nil, 10*s1) {
		t.Run(name, func(t *testing.T) {
			virtually(t, func(t *testing.T) {
				s := taking(s1)
				s.setup = func(f *fake) error {
					if f.id.Life < 2 {
						return errors.New("busy")
					}
					return nil
				}
				l.New = s.user
				l.MaxUsers = 1
				r := play(t, s, l)
				if r.loads[0].SetupFailed != 2 || r.loads[0].Finished < 9 {
					t.Errorf("counts are %+v, want 2 failed setups and at least 9 iterations", r.loads[0])
				}
			})
		})
	}
}

func TestAStopEndsThePauseAfterAFailedSetup(t *testing.T) {
	for name, l := range both(nil, time.Hour) {
		t.Run(name, func(t *testing.T) {
			virtually(t, func(t *testing.T) {
				s := &script{setup: func(*fake) error { return errors.New("never") }}
				l.New = s.user
				r := newTrial(t, Plan{Loads: []Load{l}}, Options{}, s)
				later(10*time.Minute+1, func() { r.Stop(time.Minute) })
				wantElapsed(t, r.run(t.Context()), 10*time.Minute+1)
			})
		})
	}
}

func TestPanicsOutsideOfTasksAreSurvived(t *testing.T) {
	for _, c := range []struct {
		name  string
		plant func(*script, *Load)
	}{
		{"new user", func(s *script, _ *Load) {
			s.make = func(f *fake) {
				if f.id.Life == 0 {
					explode()
				}
			}
		}},
		{"setup", func(s *script, _ *Load) {
			s.setup = func(f *fake) error {
				if f.id.Life == 0 {
					explode()
				}
				return nil
			}
		}},
		{"teardown", func(s *script, _ *Load) {
			s.teardown = func(*fake) error { explode(); return nil }
		}},
		{"think time", func(s *script, l *Load) {
			var once atomic.Bool
			l.Think = func(*rand.Rand) time.Duration {
				if !once.Swap(true) {
					explode()
				}
				return s1
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			virtually(t, func(t *testing.T) {
				s := taking(s1)
				l := users(pattern.Constant{Level: 1, For: 10 * s1}, s)
				c.plant(s, &l)
				r := play(t, s, l)
				if r.loads[0].Panics != 1 || r.loads[0].Finished < 4 || r.loads[0].Active != 0 {
					t.Errorf("counts are %+v", r.loads[0])
				}
				wantPanic(t, r, c.name, "the scenario exploded", "explode")
			})
		})
	}
}

func TestANilUserIsAFailedSetup(t *testing.T) {
	virtually(t, func(t *testing.T) {
		s := taking(s1)
		l := users(pattern.Constant{Level: 1, For: s1}, s)
		l.New = func(context.Context, Identity, Env) User { return nil }
		r := play(t, s, l)
		if r.loads[0].SetupFailed == 0 || r.loads[0].Started != 0 {
			t.Errorf("counts are %+v", r.loads[0])
		}
	})
}

func TestUserCodeMayEndItsGoroutine(t *testing.T) {
	for _, c := range []struct {
		name  string
		plant func(*script)
		want  metrics.LoadStats
	}{
		{"task", func(s *script) {
			s.run = func(f *fake, it Iteration) error {
				if f.id.Life == 0 && it.Number == 1 {
					runtime.Goexit()
				}
				return f.pause(s1)
			}
		}, metrics.LoadStats{Scheduled: 1, Started: 5, Finished: 5, Failed: 1, Panics: 1}},
		{"setup", func(s *script) {
			s.setup = func(f *fake) error {
				if f.id.Life == 0 {
					runtime.Goexit()
				}
				return nil
			}
		}, metrics.LoadStats{Scheduled: 1, Started: 4, Finished: 4, SetupFailed: 1, Panics: 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			virtually(t, func(t *testing.T) {
				s := taking(s1)
				c.plant(s)
				r := play(t, s, users(pattern.Constant{Level: 1, For: 4 * s1}, s))
				wantStats(t, r.loads[0], c.want)
				if got, want := len(s.diary.all("teardown")), 2; got != want {
					t.Errorf("%d teardowns, want %d", got, want)
				}
				wantPanic(t, r, c.name, "Goexit", "")
			})
		})
	}
}

func TestAPoolUserThatEndsItsGoroutineGoesOn(t *testing.T) {
	virtually(t, func(t *testing.T) {
		s := &script{run: func(_ *fake, it Iteration) error {
			if it.Number%2 == 0 {
				runtime.Goexit()
			}
			return nil
		}}
		l := rate(pattern.Constant{Level: 1, For: 10 * s1}, s)
		l.MaxUsers = 1
		r := play(t, s, l)
		wantStats(t, r.loads[0], metrics.LoadStats{Scheduled: 10, Started: 10, Finished: 10, Failed: 5, Panics: 5})
	})
}

func TestATaskThatNeverReturnsIsNamed(t *testing.T) {
	for name, l := range both(nil, 10*s1) {
		t.Run(name, func(t *testing.T) {
			virtually(t, func(t *testing.T) {
				forever := make(chan struct{})
				defer close(forever)
				s := &script{run: func(f *fake, it Iteration) error {
					if it.Number >= 3 {
						hangHere(forever)
						return nil
					}
					return f.pause(s1)
				}}
				l.New = s.user
				l.MaxUsers = 1
				l.Tasks = []Task{{Name: "buy"}}
				r := newTrial(t, Plan{Graceful: 5 * s1, Loads: []Load{l}}, Options{}, s).run(t.Context())
				wantElapsed(t, r, 16*s1)
				if len(r.report.Hung) != 1 {
					t.Fatalf("hung users are %v, want one", r.report.Hung)
				}
				h := r.report.Hung[0]
				began := 3 * s1
				if name == "open" {
					began = 3500 * ms
				}
				if h.Scenario != name || h.Task != "buy" || h.User != 0 || h.For != 16*s1-began {
					t.Errorf("%+v, want user 0 in buy for %v", h, 16*s1-began)
				}
				if !strings.Contains(h.Stack, "hangHere") || strings.Contains(h.Stack, "engine.(*user)") {
					t.Errorf("the stack is\n%s", h.Stack)
				}
				if stats := r.loads[0]; stats.Started != 4 || stats.Finished != 3 || stats.Interrupted != 1 || stats.Busy != 0 || stats.Active != 0 {
					t.Errorf("counts are %+v", stats)
				}
				if n := len(s.diary.all("teardown")); n != 0 {
					t.Errorf("%d teardowns of a user that hangs", n)
				}
			})
		})
	}
}

// Thousands may hang, so nobody looks through all stacks for each of them.
func TestStacksOfUsersAreFoundInOnePass(t *testing.T) {
	const goroutine = "goroutine %d [chan receive]:\n" +
		"main.wait()\n\t/home/me/shop.go:7 +0x1c\n" +
		"github.com/loadforge/loadforge/internal/engine.(*user).run(0xc%06x?, {0x1, 0x2})\n\t/src/internal/engine/user.go:234 +0x1d\n" +
		"github.com/loadforge/loadforge/internal/engine.(*user).main(0xc%06x)\n\t/src/internal/engine/user.go:91 +0x1d"
	stacks := []string{"goroutine 1 [running]:\nmain.main()\n\t/home/me/shop.go:1 +0x1"}
	for user := range 5000 {
		stacks = append(stacks, fmt.Sprintf(goroutine, user+2, user, user))
	}
	found := stacksByUser(strings.Join(stacks, "\n\n"))
	if len(found) != 5000 {
		t.Fatalf("found %d stacks, want one of each user", len(found))
	}
	if got, want := relevant(found["0xc000f00"]), "main.wait()\n\t/home/me/shop.go:7 +0x1c"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := relevant(stacksByUser("")["0xc000000"]); got != "" {
		t.Errorf("of a user that has returned: got %q", got)
	}
}

func hangHere(forever chan struct{}) { <-forever }

func TestAUserThatReturnsAfterItWasGivenUpCountsNothing(t *testing.T) {
	virtually(t, func(t *testing.T) {
		release := make(chan struct{})
		s := &script{run: func(*fake, Iteration) error { <-release; return nil }}
		l := users(pattern.Constant{Level: 1, For: s1}, s)
		r := newTrial(t, Plan{Graceful: s1, Loads: []Load{l}}, Options{}, s).run(t.Context())
		close(release)
		time.Sleep(time.Minute)
		wantStats(t, r.loads[0], metrics.LoadStats{Scheduled: 1, Started: 1, Interrupted: 1})
		if left := r.recorder.Finish(time.Hour); left.Loads[0].Finished != 0 || left.Loads[0].Active != 0 {
			t.Errorf("counted afterwards: %+v", left.Loads[0])
		}
		if n := len(s.diary.all("teardown")); n != 0 {
			t.Errorf("%d teardowns, want none", n)
		}
	})
}

func TestBlockedStepsEndTheRunAllTheSame(t *testing.T) {
	forever := func(ch chan struct{}) { <-ch }
	for _, c := range []struct {
		task  string
		plant func(s *script, block func())
		ends  time.Duration
	}{
		{"new user", func(s *script, block func()) { s.make = func(*fake) { block() } }, 16 * s1},
		{"setup", func(s *script, block func()) { s.setup = func(*fake) error { block(); return nil } }, 16 * s1},
		{"teardown", func(s *script, block func()) { s.teardown = func(*fake) error { block(); return nil } }, 18 * s1},
	} {
		t.Run(c.task, func(t *testing.T) {
			virtually(t, func(t *testing.T) {
				release := make(chan struct{})
				defer close(release)
				s := taking(4 * s1)
				c.plant(s, func() { forever(release) })
				l := users(pattern.Constant{Level: 2, For: 10 * s1}, s)
				r := newTrial(t, Plan{Graceful: 5 * s1, Loads: []Load{l}}, Options{}, s).run(t.Context())
				wantElapsed(t, r, c.ends)
				if len(r.report.Hung) != 2 || r.report.Hung[0].Task != c.task {
					t.Errorf("hung users are %v, want two in %s", r.report.Hung, c.task)
				}
				if r.loads[0].Active != 0 || r.loads[0].SetupFailed != 0 {
					t.Errorf("counts are %+v", r.loads[0])
				}
			})
		})
	}
}

func TestASetupThatHeedsItsContextIsCutAndNotCountedAsFailed(t *testing.T) {
	virtually(t, func(t *testing.T) {
		s := &script{setup: func(f *fake) error { return f.pause(time.Hour) }}
		r := newTrial(t, Plan{Graceful: 5 * s1, Loads: []Load{users(pattern.Constant{Level: 1, For: 10 * s1}, s)}}, Options{}, s).run(t.Context())
		wantElapsed(t, r, 15*s1)
		wantStats(t, r.loads[0], metrics.LoadStats{Scheduled: 1})
		if len(r.report.Hung) != 0 {
			t.Errorf("hung users: %v", r.report.Hung)
		}
	})
}

// A rebound is a fake that takes a new context for its teardown.
type rebound struct{ *fake }

func (r rebound) Rebind(ctx context.Context) { r.ctx = ctx }

func TestATeardownAfterACutHasAContextOfItsOwn(t *testing.T) {
	for _, c := range []struct {
		name  string
		takes time.Duration
		stop  func(*trial)
		ends  time.Duration
		err   bool
	}{
		{"a teardown in time", 3 * s1, func(*trial) {}, 18 * s1, false},
		{"one that takes too long", time.Hour, func(*trial) {}, 20 * s1, true},
		{"a second stop during the teardown", 3 * s1, func(r *trial) { later(16*s1, func() { r.Stop(0) }) }, 16 * s1, true},
		{"a stop without grace", 3 * s1, func(r *trial) { later(12*s1, func() { r.Stop(0) }) }, 12 * s1, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			virtually(t, func(t *testing.T) {
				s := taking(time.Hour)
				var err error
				s.teardown = func(f *fake) error { err = f.pause(c.takes); return err }
				l := users(pattern.Constant{Level: 1, For: 10 * s1}, s)
				l.New = func(ctx context.Context, id Identity, e Env) User { return rebound{s.user(ctx, id, e).(*fake)} }
				r := newTrial(t, Plan{Graceful: 5 * s1, Loads: []Load{l}}, Options{}, s)
				c.stop(r)
				wantElapsed(t, r.run(t.Context()), c.ends)
				if (err != nil) != c.err {
					t.Errorf("the teardown's error is %v", err)
				}
				wantStats(t, r.loads[0], metrics.LoadStats{Scheduled: 1, Started: 1, Interrupted: 1})
			})
		})
	}
}

func TestAHangSaysWhatHangs(t *testing.T) {
	h := Hang{Scenario: "shop", Task: "buy", User: 7, For: 31*s1 + 1}
	if got, want := h.String(), "user 7 of shop has not returned from buy for 31s"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
