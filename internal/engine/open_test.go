package engine

import (
	"errors"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/pattern"
)

// arrivals returns the whole timetable of a load for one worker.
func arrivals(l Load, seed uint64, owns func(int64) bool) (all []arrival) {
	table := newTimetable(&l, Key(seed, 0), newShares(Share{Owns: owns}, nil))
	for a, ok := table.take(); ok; a, ok = table.take() {
		all = append(all, a)
	}
	return all
}

func TestEvenArrivalsAreSpacedByTheIntegral(t *testing.T) {
	for _, c := range []struct {
		name    string
		pattern pattern.Pattern
		want    []time.Duration
	}{
		{"constant", pattern.Constant{Level: 4, For: s1}, []time.Duration{125 * ms, 375 * ms, 625 * ms, 875 * ms}},
		{"fractional rate", pattern.Constant{Level: 0.3, For: 10 * s1}, []time.Duration{1666666667, 5 * s1, 8333333333}},
		{"ramp", pattern.Ramp{To: 2, For: 3 * s1}, []time.Duration{1224744871, 2121320344, 2738612788}},
		{"less than half an arrival", pattern.Constant{Level: 0.4, For: s1}, nil},
		{"a pause in between", pattern.Sequence{
			pattern.Constant{Level: 1, For: s1}, pattern.Constant{Level: 0, For: s1}, pattern.Constant{Level: 1, For: s1},
		}, []time.Duration{500 * ms, 2500 * ms}},
	} {
		t.Run(c.name, func(t *testing.T) {
			virtually(t, func(t *testing.T) {
				s := taking(0)
				r := play(t, s, rate(c.pattern, s))
				wantTimes(t, "iterations", s.diary.all("run"), c.want...)
				for _, d := range s.diary.all("run") {
					if d.Intended != d.at || !d.Scheduled {
						t.Errorf("iteration %d at %v is intended for %v, scheduled %v", d.Number, d.at, d.Intended, d.Scheduled)
					}
				}
				wantElapsed(t, r, c.pattern.Duration())
			})
		})
	}
}

func TestADayOfArrivalsIsExact(t *testing.T) {
	if testing.Short() {
		t.Skip("a million arrivals take seconds")
	}
	day := pattern.Diurnal{Low: 2, High: 20, Period: 24 * time.Hour, PeakAt: 14 * time.Hour}
	if slow {
		day.Low, day.High = 0.2, 2
	}
	virtually(t, func(t *testing.T) {
		cursor := pattern.NewCursor(day)
		next := int64(0)
		s := &script{quiet: true}
		s.run = func(f *fake, it Iteration) error {
			want, _ := cursor.Next(float64(it.Number) + 0.5)
			if at := time.Since(s.diary.start); it.Number != next || it.Intended != want || at != want {
				t.Errorf("iteration %d at %v, intended for %v; want %d at %v", it.Number, at, it.Intended, next, want)
			}
			next++
			return nil
		}
		r := play(t, s, rate(day, s))
		want := uint64(math.Floor(pattern.Integral(day, 24*time.Hour) + 0.5))
		wantStats(t, r.loads[0], metrics.LoadStats{Scheduled: want, Started: want, Finished: want})
		if got := r.snapshot.Lag.Max(); got != 0 {
			t.Errorf("the longest lag is %v, want 0", got)
		}
		wantElapsed(t, r, 24*time.Hour)
	})
}

func TestPoissonArrivalsAreExponentiallySpaced(t *testing.T) {
	l := Load{Pattern: pattern.Constant{Level: 100, For: 200 * s1}, Arrivals: Poisson}
	for seed := range uint64(5) {
		all := arrivals(l, seed, nil)
		if n := float64(len(all)); math.Abs(n-20_000) > 4*math.Sqrt(20_000) {
			t.Errorf("seed %d: %v arrivals, want about 20,000", seed, n)
		}
		// Spacings in units of their mean are exponential: 1-exp(-x) of them is
		// uniform.
		u := make([]float64, len(all))
		last := time.Duration(0)
		for i, a := range all {
			u[i] = -math.Expm1(-(a.due - last).Seconds() * 100)
			last = a.due
		}
		if a := andersonDarling(u); a > 3.9 { // p = 0.01
			t.Errorf("seed %d: Anderson-Darling A² = %.2f, want below 3.9", seed, a)
		}
	}
}

func TestPoissonArrivalsFollowARateThatVaries(t *testing.T) {
	p := pattern.Diurnal{Low: 10, High: 200, Period: 5 * time.Minute, PeakAt: 2 * time.Minute}
	all := arrivals(Load{Pattern: p, Arrivals: Poisson}, 3, nil)
	// Given their number, the arrivals are a sample of the curve's shape: where
	// the integral is at each of them, as part of the whole, is uniform.
	total := pattern.Integral(p, p.Duration())
	u := make([]float64, len(all))
	for i, a := range all {
		u[i] = pattern.Integral(p, a.due) / total
	}
	if a := andersonDarling(u); a > 3.9 {
		t.Errorf("Anderson-Darling A² = %.2f, want below 3.9", a)
	}
	if n, want := float64(len(all)), total; math.Abs(n-want) > 4*math.Sqrt(want) {
		t.Errorf("%v arrivals, want about %.0f", n, want)
	}
}

// andersonDarling is the statistic of the test that a sample is uniform on
// (0, 1).
func andersonDarling(u []float64) float64 {
	slices.Sort(u)
	n := len(u)
	sum := 0.0
	for i, x := range u {
		lo, hi := max(x, 1e-12), max(1-u[n-1-i], 1e-12)
		sum += float64(2*i+1) * (math.Log(lo) + math.Log(hi))
	}
	return -float64(n) - sum/float64(n)
}

func TestWorkersShareATimetableExactly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := Load{
			Pattern:    pattern.Ramp{From: rapid.Float64Range(0, 50).Draw(t, "from"), To: rapid.Float64Range(1, 50).Draw(t, "to"), For: 20 * s1},
			Arrivals:   Arrivals(rapid.IntRange(0, 1).Draw(t, "arrivals")),
			Iterations: rapid.SampledFrom([]int64{0, 0, 1, 100}).Draw(t, "iterations"),
			Offset:     time.Duration(rapid.IntRange(0, 5).Draw(t, "offset")) * s1,
		}
		seed := rapid.Uint64().Draw(t, "seed")
		want := arrivals(l, seed, nil)
		var got []arrival
		workers := rapid.Int64Range(1, 9).Draw(t, "workers")
		for w := range workers {
			got = append(got, arrivals(l, seed, func(i int64) bool { return i%workers == w })...)
		}
		slices.SortFunc(got, func(a, b arrival) int { return int(a.number - b.number) })
		if !slices.Equal(got, want) {
			t.Fatalf("%d workers have other arrivals than one", workers)
		}
		if l.Iterations > 0 && int64(len(want)) > l.Iterations {
			t.Fatalf("%d arrivals, want at most %d", len(want), l.Iterations)
		}
		if !slices.IsSortedFunc(want, func(a, b arrival) int { return int(a.due - b.due) }) {
			t.Fatal("arrivals are not in order")
		}
	})
}

func TestTheLastFreedUserGetsTheNextArrival(t *testing.T) {
	virtually(t, func(t *testing.T) {
		// Three arrivals within 0.3 s need three users; afterwards one will do.
		s := taking(400 * ms)
		p := pattern.Sequence{pattern.Constant{Level: 10, For: 300 * ms}, pattern.Constant{Level: 1, For: 10 * s1}}
		r := play(t, s, rate(p, s))
		if got, want := len(s.diary.all("new")), 3; got != want {
			t.Errorf("%d users, want %d", got, want)
		}
		for _, d := range s.diary.all("run")[3:] {
			if d.User != 2 {
				t.Errorf("arrival %d went to user %d, want the last to become free, 2", d.Number, d.User)
			}
		}
		wantStats(t, r.loads[0], metrics.LoadStats{Scheduled: 13, Started: 13, Finished: 13})
	})
}

func TestArrivalsWaitInOrderForAFullPool(t *testing.T) {
	virtually(t, func(t *testing.T) {
		s := taking(s1)
		l := rate(pattern.Constant{Level: 4, For: 2 * s1}, s)
		l.MaxUsers = 2
		r := play(t, s, l)
		runs := s.diary.all("run")
		wantTimes(t, "iterations", runs, 125*ms, 375*ms, 1125*ms, 1375*ms, 2125*ms, 2375*ms, 3125*ms, 3375*ms)
		for i, d := range runs {
			if want := time.Duration(125+250*i) * ms; d.Number != int64(i) || d.Intended != want {
				t.Errorf("run %d is arrival %d intended for %v, want %d for %v", i, d.Number, d.Intended, i, want)
			}
		}
		wantStats(t, r.loads[0], metrics.LoadStats{Scheduled: 8, Started: 8, Late: 6, Finished: 8})
		if got := r.snapshot.Lag.Max(); got != 0 {
			t.Errorf("the longest lag is %v; waiting for a user is not the engine's lag", got)
		}
	})
}

func TestArrivalsPastTheBacklogAreDropped(t *testing.T) {
	virtually(t, func(t *testing.T) {
		s := taking(s1)
		l := rate(pattern.Constant{Level: 10, For: 2 * s1}, s)
		l.MaxUsers, l.Backlog = 2, 3
		r := play(t, s, l)
		// Two start at once, three wait; each second two of those start and two
		// more find room.
		wantStats(t, r.loads[0], metrics.LoadStats{Scheduled: 20, Started: 7, Late: 5, Dropped: 13, Finished: 7})
		wantElapsed(t, r, 4050*ms)
	})
}

func TestAStopDropsWhatWaits(t *testing.T) {
	virtually(t, func(t *testing.T) {
		s := taking(10 * s1)
		l := rate(pattern.Constant{Level: 1, For: time.Hour}, s)
		l.MaxUsers = 1
		r := newTrial(t, Plan{Loads: []Load{l}}, Options{}, s)
		later(25*s1, func() { r.Stop(time.Minute) })
		r.run(t.Context())
		wantStats(t, r.loads[0], metrics.LoadStats{Scheduled: 25, Started: 3, Late: 2, Dropped: 22, Finished: 3})
		wantElapsed(t, r, 30500*ms)
	})
}

func TestWhatStillWaitsAfterTheGraceIsDropped(t *testing.T) {
	virtually(t, func(t *testing.T) {
		s := taking(10 * s1)
		l := rate(pattern.Constant{Level: 1, For: 25 * s1}, s)
		l.MaxUsers = 1
		r := newTrial(t, Plan{Graceful: 7 * s1, Loads: []Load{l}}, Options{}, s).run(t.Context())
		// The fourth iteration starts at 30.5 s and is cut at 32 s.
		wantStats(t, r.loads[0], metrics.LoadStats{Scheduled: 25, Started: 4, Late: 3, Dropped: 21, Finished: 3, Interrupted: 1})
		wantElapsed(t, r, 32*s1)
	})
}

func TestAnArrivalWaitsForANewUsersSetup(t *testing.T) {
	virtually(t, func(t *testing.T) {
		s := &script{setup: func(f *fake) error { return f.pause(2 * s1) }}
		r := play(t, s, rate(pattern.Constant{Level: 1, For: 3 * s1}, s))
		// Arrivals at 0.5, 1.5 and 2.5 s find users that are ready at 2.5 s, 3.5 s
		// and 4.5 s; the first one is quick enough to serve two.
		wantTimes(t, "iterations", s.diary.all("run"), 2500*ms, 2500*ms, 2500*ms)
		wantStats(t, r.loads[0], metrics.LoadStats{Scheduled: 3, Started: 3, Late: 2, Finished: 3})
	})
}

func TestASmallBacklogDoesNotKeepThePoolFromGrowing(t *testing.T) {
	virtually(t, func(t *testing.T) {
		s := &script{
			setup: func(f *fake) error { return f.pause(s1) },
			run:   func(f *fake, _ Iteration) error { return f.pause(time.Minute) },
		}
		l := rate(pattern.Constant{Level: 100, For: s1}, s)
		l.MaxUsers, l.Backlog = 50, 1
		r := play(t, s, l)
		if got, want := len(s.diary.all("new")), 50; got != want {
			t.Errorf("%d users, want %d", got, want)
		}
		// One waits, without anybody to come for it before the grace is over.
		if got, want := r.loads[0].Dropped, uint64(50); got != want {
			t.Errorf("%d arrivals dropped, want %d", got, want)
		}
	})
}

func TestIterationsBoundTheOpenModel(t *testing.T) {
	virtually(t, func(t *testing.T) {
		s := taking(s1)
		l := rate(pattern.Constant{Level: 2, For: time.Hour}, s)
		l.Iterations = 5
		r := play(t, s, l)
		wantStats(t, r.loads[0], metrics.LoadStats{Scheduled: 5, Started: 5, Finished: 5})
		wantElapsed(t, r, 3250*ms)
	})
}

func TestPoolUsersHaveTheNumbersOfTheirWorker(t *testing.T) {
	virtually(t, func(t *testing.T) {
		s := taking(time.Minute)
		l := rate(pattern.Constant{Level: 9, For: s1}, s)
		l.MaxUsers = 100
		newTrial(t, Plan{Loads: []Load{l}}, Options{Owns: func(i int64) bool { return i%3 == 1 }}, s).run(t.Context())
		var numbers []int
		for _, d := range s.diary.all("new") {
			numbers = append(numbers, d.User)
		}
		slices.Sort(numbers)
		if want := []int{1, 4, 7}; !slices.Equal(numbers, want) {
			t.Errorf("users %v, want %v", numbers, want)
		}
	})
}

func TestAWorkerWithoutUserNumbersStillRunsItsArrivals(t *testing.T) {
	virtually(t, func(t *testing.T) {
		s := taking(s1)
		l := rate(pattern.Constant{Level: 1, For: 4 * s1}, s)
		l.MaxUsers, l.Backlog = 1, 1
		r := newTrial(t, Plan{Loads: []Load{l}}, Options{Owns: func(i int64) bool { return i >= 2 }}, s).run(t.Context())
		wantStats(t, r.loads[0], metrics.LoadStats{Scheduled: 2, Started: 2, Finished: 2})
	})
}

func TestFailedIterationsAreCounted(t *testing.T) {
	virtually(t, func(t *testing.T) {
		s := &script{run: func(_ *fake, it Iteration) error {
			if it.Number%3 == 0 {
				return errors.New("no luck")
			}
			return nil
		}}
		r := play(t, s, rate(pattern.Constant{Level: 9, For: s1}, s))
		wantStats(t, r.loads[0], metrics.LoadStats{Scheduled: 9, Started: 9, Finished: 9, Failed: 3})
	})
}

func TestAQueueIsFirstInFirstOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var q queue
		var model []int64
		next := int64(0)
		t.Repeat(map[string]func(*rapid.T){
			"push": func(*rapid.T) {
				q.push(arrival{number: next})
				model = append(model, next)
				next++
			},
			"pop": func(t *rapid.T) {
				if len(model) == 0 {
					t.Skip("empty")
				}
				if got := q.pop().number; got != model[0] {
					t.Fatalf("pop is %d, want %d", got, model[0])
				}
				model = model[1:]
			},
			"": func(t *rapid.T) {
				if q.length != len(model) {
					t.Fatalf("length is %d, want %d", q.length, len(model))
				}
			},
		})
	})
}
