package engine

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/pattern"
)

func fixed(d time.Duration) func(*rand.Rand) time.Duration {
	return func(*rand.Rand) time.Duration { return d }
}

func TestUsersStartAndStopWhenTheCurveCrossesWholeNumbers(t *testing.T) {
	virtually(t, func(t *testing.T) {
		s := taking(0)
		l := users(pattern.Sequence{
			pattern.Ramp{To: 3, For: 3 * s1},
			pattern.Constant{Level: 3, For: s1},
			pattern.Ramp{From: 3, For: 6 * s1},
		}, s)
		l.Think = fixed(time.Hour)
		r := play(t, s, l)
		wantTimes(t, "users start", s.diary.all("new"), 1*s1, 2*s1, 3*s1)
		// A level that falls leaves a whole number just after it has reached it.
		wantTimes(t, "users stop", s.diary.all("teardown"), 4*s1+1, 6*s1+1, 8*s1+1)
		wantElapsed(t, r, 10*s1)
	})
}

func TestTheYoungestUserStopsFirst(t *testing.T) {
	virtually(t, func(t *testing.T) {
		s := taking(0)
		l := users(pattern.Sequence{
			pattern.Constant{Level: 3, For: s1},
			pattern.Constant{Level: 1, For: s1},
			pattern.Constant{Level: 2, For: s1},
		}, s)
		l.Think = fixed(time.Hour)
		play(t, s, l)
		var got []string
		for _, d := range s.diary.deeds {
			if d.what == "new" || d.what == "teardown" {
				got = append(got, fmt.Sprint(d.what, d.User, ".", d.Life, "@", d.at.Seconds()))
			}
		}
		slices.Sort(got[:3]) // those of one moment come in any order
		slices.Sort(got[3:5])
		slices.Sort(got[6:])
		want := []string{
			"new0.0@0", "new1.0@0", "new2.0@0", "teardown1.0@1", "teardown2.0@1",
			"new1.1@2", "teardown0.0@3", "teardown1.1@3",
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	})
}

func TestAStoppingUserFinishesItsIterationWithinTheGrace(t *testing.T) {
	for _, c := range []struct {
		name     string
		takes    time.Duration
		graceful time.Duration
		ends     time.Duration
		cut      uint64
	}{
		{"an iteration that ends in time", 8 * s1, 5 * s1, 8 * s1, 0},
		{"an iteration that does not", 20 * s1, 5 * s1, 9 * s1, 1},
		{"the default grace", time.Hour, 0, 34 * s1, 1},
		{"no grace", 8 * s1, -1, 4 * s1, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			virtually(t, func(t *testing.T) {
				s := taking(c.takes)
				plan := Plan{Graceful: c.graceful, Loads: []Load{users(pattern.Constant{Level: 1, For: 4 * s1}, s)}}
				r := newTrial(t, plan, Options{}, s).run(t.Context())
				wantTimes(t, "teardown", s.diary.all("teardown"), c.ends)
				wantElapsed(t, r, c.ends)
				wantStats(t, r.loads[0], metrics.LoadStats{Scheduled: 1, Started: 1, Finished: 1 - c.cut, Interrupted: c.cut})
			})
		})
	}
}

func TestThinkingIsCutAtOnce(t *testing.T) {
	virtually(t, func(t *testing.T) {
		s := taking(s1)
		l := users(pattern.Sequence{pattern.Constant{Level: 2, For: 10 * s1}, pattern.Constant{Level: 1, For: 10 * s1}}, s)
		l.Think = fixed(time.Hour)
		l.Together = true
		r := play(t, s, l)
		wantTimes(t, "teardowns", s.diary.all("teardown"), 10*s1, 20*s1)
		wantElapsed(t, r, 20*s1)
	})
}

func TestAnOldLifeMayEndAfterTheNextBegan(t *testing.T) {
	virtually(t, func(t *testing.T) {
		s := taking(6 * s1)
		l := users(pattern.Sequence{
			pattern.Constant{Level: 1, For: s1},
			pattern.Constant{Level: 0, For: s1},
			pattern.Constant{Level: 1, For: 5 * s1},
		}, s)
		r := play(t, s, l)
		wantTimes(t, "users start", s.diary.all("new"), 0, 2*s1)
		wantTimes(t, "users stop", s.diary.all("teardown"), 6*s1, 8*s1)
		if got := s.diary.all("new")[1].Life; got != 1 {
			t.Errorf("the second life is number %d, want 1", got)
		}
		wantElapsed(t, r, 8*s1)
	})
}

func TestUsersThatStartTogetherAreSpreadOverTheirThinkTime(t *testing.T) {
	virtually(t, func(t *testing.T) {
		const n = 1000
		s := taking(0)
		l := users(pattern.Constant{Level: n, For: 10 * s1}, s)
		l.Think = fixed(s1)
		play(t, s, l)
		if setups := times(s.diary.all("setup")); setups[n-1] != 0 {
			t.Errorf("the last setup is at %v, want 0", setups[n-1])
		}
		// Each tenth of a second has a tenth of the users, from the first on.
		var bins [100]int
		for _, d := range s.diary.all("run") {
			bins[d.at/(100*ms)]++
		}
		for i, got := range bins {
			if got < 60 || got > 140 {
				t.Errorf("%d iterations in tenth of a second %d, want about 100", got, i)
			}
		}
	})
}

func TestAUserThatStartsAloneBeginsAtOnceAndLeavesTheStep(t *testing.T) {
	virtually(t, func(t *testing.T) {
		s := taking(0)
		l := users(pattern.Ramp{To: 101, For: 101 * s1}, s)
		l.Think = fixed(s1)
		play(t, s, l)
		first, phases := map[int]time.Duration{}, map[time.Duration]bool{}
		for _, d := range s.diary.all("run") {
			switch d.Number {
			case 0:
				first[d.User] = d.at
				if want := time.Duration(d.User+1) * s1; d.at != want {
					t.Errorf("user %d begins at %v, want %v", d.User, d.at, want)
				}
			case 1:
				phases[d.at-first[d.User]] = true
			case 3:
				if pause := d.at - first[d.User]; pause <= 2*s1 || pause >= 3*s1 {
					t.Errorf("user %d's pauses sum up to %v, want one of them cut", d.User, pause)
				}
			}
		}
		if len(phases) < 95 {
			t.Errorf("100 users have %d different phases", len(phases))
		}
	})
}

func TestTogetherUsersKeepStep(t *testing.T) {
	virtually(t, func(t *testing.T) {
		s := taking(0)
		l := users(pattern.Constant{Level: 50, For: 2500 * ms}, s)
		l.Think = fixed(s1)
		l.Together = true
		play(t, s, l)
		runs := s.diary.all("run")
		if got, want := len(runs), 150; got != want {
			t.Fatalf("%d iterations, want %d", got, want)
		}
		for _, d := range runs {
			if d.at%s1 != 0 {
				t.Fatalf("an iteration at %v, want whole seconds", d.at)
			}
		}
	})
}

func TestThinkTimesDependOnTheSeedAlone(t *testing.T) {
	virtually(t, func(t *testing.T) {
		record := func() []time.Duration {
			s := taking(0)
			l := users(pattern.Constant{Level: 5, For: time.Minute}, s)
			l.Think = func(r *rand.Rand) time.Duration { return time.Duration(r.Int64N(int64(s1))) }
			play(t, s, l)
			return times(s.diary.all("run"))
		}
		if first, second := record(), record(); !slices.Equal(first, second) {
			t.Error("two runs with one seed differ")
		}
	})
}

func TestPacedIterationsStartAtExactMultiples(t *testing.T) {
	virtually(t, func(t *testing.T) {
		s := taking(300 * ms)
		l := users(pattern.Constant{Level: 20, For: 20 * s1}, s)
		l.Pace = s1
		r := play(t, s, l)
		phases := map[int]time.Duration{}
		for _, d := range s.diary.all("run") {
			if d.Number == 0 {
				phases[d.User] = d.at
			}
			if want := phases[d.User] + time.Duration(d.Number)*s1; d.at != want || d.Intended != want || !d.Scheduled {
				t.Errorf("user %d's iteration %d at %v, intended %v, scheduled %v, want %v", d.User, d.Number, d.at, d.Intended, d.Scheduled, want)
			}
		}
		distinct := map[time.Duration]bool{}
		for _, phase := range phases {
			distinct[phase] = true
			if phase < 0 || phase >= s1 {
				t.Errorf("a phase of %v, want within one pace", phase)
			}
		}
		if len(distinct) != 20 {
			t.Errorf("20 users have %d different phases", len(distinct))
		}
		if got := r.snapshot.Lag.Max(); got != 0 {
			t.Errorf("the longest lag is %v, want 0", got)
		}
	})
}

func TestAPacedIterationThatComesLateStartsAtOnceAndCountsItsWait(t *testing.T) {
	virtually(t, func(t *testing.T) {
		s := &script{run: func(f *fake, it Iteration) error {
			if it.Number == 1 {
				return f.pause(2500 * ms)
			}
			return f.pause(100 * ms)
		}}
		l := users(pattern.Constant{Level: 1, For: 6 * s1}, s)
		l.Pace, l.Together = s1, true
		r := play(t, s, l)
		wantTimes(t, "iterations", s.diary.all("run"), 0, s1, 3500*ms, 3600*ms, 4*s1, 5*s1)
		for n, d := range s.diary.all("run") {
			if want := time.Duration(n) * s1; d.Intended != want {
				t.Errorf("iteration %d is intended for %v, want %v", n, d.Intended, want)
			}
		}
		wantStats(t, r.loads[0], metrics.LoadStats{Scheduled: 1, Started: 6, Late: 2, Finished: 6})
	})
}

func TestIterationsWithoutScheduleAreDueWhenTheUserIsReady(t *testing.T) {
	virtually(t, func(t *testing.T) {
		s := taking(s1)
		l := users(pattern.Constant{Level: 1, For: 4 * s1}, s)
		l.Think, l.Together = fixed(500*ms), true
		play(t, s, l)
		wantTimes(t, "iterations", s.diary.all("run"), 0, 1500*ms, 3*s1)
		for _, d := range s.diary.all("run") {
			if d.Intended != d.at || d.Scheduled {
				t.Errorf("iteration %d at %v is intended for %v, scheduled %v", d.Number, d.at, d.Intended, d.Scheduled)
			}
		}
	})
}

func TestIterationsBoundAllUsers(t *testing.T) {
	virtually(t, func(t *testing.T) {
		s := taking(s1)
		l := users(pattern.Constant{Level: 4, For: time.Hour}, s)
		l.Iterations = 10
		r := play(t, s, l)
		wantStats(t, r.loads[0], metrics.LoadStats{Scheduled: 4, Started: 10, Finished: 10})
		wantElapsed(t, r, 3*s1)
		if r.report.Stopped {
			t.Error("a bound that is reached is not a stop")
		}
	})
}

func TestTheLastIterationEndsThePausesOfTheOthers(t *testing.T) {
	virtually(t, func(t *testing.T) {
		s := taking(s1)
		l := users(pattern.Constant{Level: 4, For: time.Hour}, s)
		l.Iterations, l.Think, l.Together = 4, fixed(20*time.Minute), true
		wantElapsed(t, play(t, s, l), s1)
	})
}

func TestTheLastIterationMayTakeUntilThePatternEnds(t *testing.T) {
	virtually(t, func(t *testing.T) {
		s := taking(10 * time.Minute)
		l := users(pattern.Constant{Level: 1, For: time.Hour}, s)
		l.Iterations = 1
		r := play(t, s, l)
		wantElapsed(t, r, 10*time.Minute)
		wantStats(t, r.loads[0], metrics.LoadStats{Scheduled: 1, Started: 1, Finished: 1})
	})
}

// What was asked for is not cut because nothing else is: only the end of the
// pattern is a deadline.
func TestTheLastIterationsMayTakeLongerThanTheGrace(t *testing.T) {
	for name, l := range both(nil, time.Hour) {
		t.Run(name, func(t *testing.T) {
			virtually(t, func(t *testing.T) {
				s := taking(time.Minute)
				l.New, l.Iterations = s.user, 1
				r := newTrial(t, Plan{Graceful: 5 * s1, Loads: []Load{l}}, Options{}, s).run(t.Context())
				if stats := r.loads[0]; stats.Started != 1 || stats.Finished != 1 || stats.Interrupted != 0 {
					t.Errorf("counts are %+v, want one iteration that finished", stats)
				}
				if r.report.Elapsed > 2*time.Minute {
					t.Errorf("the run took %v, want it to end with its iteration", r.report.Elapsed)
				}
			})
		})
	}
}

func TestPerUserBoundsEachUser(t *testing.T) {
	virtually(t, func(t *testing.T) {
		s := taking(s1)
		l := users(pattern.Ramp{To: 4, For: time.Minute}, s)
		l.PerUser, l.Think = 3, fixed(ms)
		r := play(t, s, l)
		// The ramp starts three users; its last level is that of its end.
		counts := map[int]int{}
		for _, d := range s.diary.all("run") {
			counts[d.User]++
		}
		if want := map[int]int{0: 3, 1: 3, 2: 3}; fmt.Sprint(counts) != fmt.Sprint(want) {
			t.Errorf("iterations by user: %v, want %v", counts, want)
		}
		if elapsed := r.report.Elapsed; elapsed < 48*s1 || elapsed > 48100*ms {
			t.Errorf("the run took %v, want 48s: the last user starts at 45s", elapsed)
		}
	})
}

func TestPerUserCountsAllLives(t *testing.T) {
	virtually(t, func(t *testing.T) {
		s := taking(s1)
		wave := pattern.Sequence{pattern.Constant{Level: 1, For: 3500 * ms}, pattern.Constant{Level: 0, For: 10 * s1}}
		l := users(pattern.Repeat{Of: wave, Times: 5}, s)
		l.PerUser = 6
		r := play(t, s, l)
		wantStats(t, r.loads[0], metrics.LoadStats{Scheduled: 2, Started: 6, Finished: 6})
		wantElapsed(t, r, 15500*ms)
	})
}

func TestADayOfUsersIsExact(t *testing.T) {
	virtually(t, func(t *testing.T) {
		day := pattern.Diurnal{Low: 5, High: 50, Period: 24 * time.Hour, PeakAt: 14 * time.Hour}
		s := taking(2 * s1)
		l := users(day, s)
		l.Think = fixed(58 * s1)
		r := play(t, s, l)

		var starts, stops []time.Duration
		level := 0
		for at, n := range pattern.Crossings(day) {
			for ; level < n; level++ {
				starts = append(starts, at)
			}
			for ; level > n; level-- {
				stops = append(stops, at)
			}
		}
		wantTimes(t, "users start", s.diary.all("new"), starts...)
		// A user stops at the crossing, or when the iteration it is in ends.
		got := times(s.diary.all("teardown"))
		if len(got) != len(stops) {
			t.Fatalf("%d users stop, want %d", len(got), len(stops))
		}
		for i := range got {
			if late := got[i] - stops[i]; late < 0 || late > 2*s1 {
				t.Errorf("user stop %d at %v, want within 2s of %v", i, got[i], stops[i])
			}
		}
		// A user makes an iteration a minute, and one more for the pause cut
		// short.
		var alive time.Duration
		for i := range starts {
			alive += stops[i] - starts[i]
		}
		if got, want := float64(r.loads[0].Started), alive.Minutes(); got < want || got > want+2*float64(len(starts)) {
			t.Errorf("%v iterations, want from %.0f to %.0f", got, want, want+2*float64(len(starts)))
		}
		if got := r.loads[0].Scheduled; got != uint64(len(starts)) {
			t.Errorf("%d users scheduled, want %d", got, len(starts))
		}
		if got := r.snapshot.Lag.Max(); got != 0 {
			t.Errorf("the longest lag is %v, want 0", got)
		}
	})
}

func TestEndlessPausesEndWithTheLoad(t *testing.T) {
	for _, c := range []struct {
		name string
		set  func(*Load)
	}{
		{"think time", func(l *Load) { l.Think = fixed(1<<63 - 1) }},
		{"pace", func(l *Load) { l.Pace = 1<<63 - 1 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			virtually(t, func(t *testing.T) {
				s := taking(s1)
				l := users(pattern.Constant{Level: 1, For: time.Minute}, s)
				l.Together = true
				c.set(&l)
				r := play(t, s, l)
				wantTimes(t, "iterations", s.diary.all("run"), 0)
				wantElapsed(t, r, time.Minute)
			})
		})
	}
}

func TestAThinkTimeBelowZeroIsNoPause(t *testing.T) {
	virtually(t, func(t *testing.T) {
		s := taking(s1)
		l := users(pattern.Constant{Level: 1, For: 3 * s1}, s)
		l.Think = fixed(-s1)
		play(t, s, l)
		wantTimes(t, "iterations", s.diary.all("run"), 0, s1, 2*s1)
	})
}
