package engine

import (
	"cmp"
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/pattern"
)

// holding is a trial of one load of which holds are asked at their time.
func holding(t *testing.T, s *script, l Load, asked ...Hold) *trial {
	t.Helper()
	r := newTrial(t, Plan{Seed: 1, Graceful: 5 * s1, Loads: []Load{l}}, Options{}, s)
	for _, h := range asked {
		later(h.From, func() { r.Hold(h) })
	}
	return r.run(t.Context())
}

// alive is how many users live at times.
func alive(s *script, at ...time.Duration) (counts []int) {
	for _, t := range at {
		n := 0
		for _, d := range s.diary.all("new") {
			if d.at <= t {
				n++
			}
		}
		for _, d := range s.diary.all("teardown") {
			if d.at <= t {
				n--
			}
		}
		counts = append(counts, n)
	}
	return counts
}

func TestAHoldFixesTheNumberOfUsers(t *testing.T) {
	for _, c := range []struct {
		says string
		hold []Hold
		want []int // alive after 4.5, 10.5, 15.5 and 19.5 s
	}{
		{"nobody asks", nil, []int{4, 10, 15, 19}},
		{"more, to the end", []Hold{{From: 3 * s1, Level: 30}}, []int{30, 30, 30, 30}},
		{"fewer, to the end", []Hold{{From: 10 * s1, Level: 2}}, []int{4, 2, 2, 2}},
		{"none", []Hold{{From: 10 * s1}}, []int{4, 0, 0, 0}},
		{"a part of a user is nobody", []Hold{{From: 10 * s1, Level: 2.9}}, []int{4, 2, 2, 2}},
		{"as many as there are", []Hold{{From: 10 * s1, Level: 10}}, []int{4, 10, 10, 10}},
		{"up and down", []Hold{{From: 4 * s1, Level: 9}, {From: 10 * s1, Level: 3}, {From: 15 * s1, Level: 5}}, []int{9, 3, 5, 5}},
		{"given back", []Hold{{From: 4 * s1, Level: 9}, {From: 12 * s1, Release: true}}, []int{9, 9, 15, 19}},
		{"given back, and nobody had it", []Hold{{From: 4 * s1, Release: true}}, []int{4, 10, 15, 19}},
		{"two in a row", []Hold{{From: 4 * s1, Level: 9}, {From: 4*s1 + 1, Level: 7}}, []int{7, 7, 7, 7}},
	} {
		t.Run(c.says, func(t *testing.T) {
			virtually(t, func(t *testing.T) {
				s := taking(0)
				l := users(pattern.Ramp{To: 20, For: 20 * s1}, s)
				l.Think = fixed(time.Hour)
				r := holding(t, s, l, c.hold...)
				if got := alive(s, 4500*ms, 10500*ms, 15500*ms, 19500*ms); !slices.Equal(got, c.want) {
					t.Errorf("users alive are %v, want %v", got, c.want)
				}
				wantElapsed(t, r, 20*s1)
				if started, ended := len(s.diary.all("new")), len(s.diary.all("teardown")); started != ended {
					t.Errorf("%d users started, %d ended", started, ended)
				}
			})
		})
	}
}

func TestAHoldThatBeginsLaterWaits(t *testing.T) {
	virtually(t, func(t *testing.T) {
		s := taking(0)
		l := users(pattern.Constant{Level: 1, For: 10 * s1}, s)
		l.Think = fixed(time.Hour)
		r := newTrial(t, Plan{Loads: []Load{l}}, Options{}, s)
		r.Hold(Hold{From: 6 * s1, Level: 2})
		later(2*s1, func() { r.Hold(Hold{From: 3 * s1, Level: 3}) }) // not before the one that was asked first
		r.run(t.Context())
		wantTimes(t, "users start", s.diary.all("new"), 0, 6*s1, 6*s1)
		wantTimes(t, "users stop", s.diary.all("teardown"), 10*s1, 10*s1, 10*s1)
	})
}

func TestUsersThatAHoldSendsHomeHaveTheirGrace(t *testing.T) {
	virtually(t, func(t *testing.T) {
		s := taking(8 * s1)
		l := users(pattern.Constant{Level: 3, For: time.Minute}, s)
		holding(t, s, l, Hold{From: 10 * s1, Level: 1}, Hold{From: 11 * s1, Level: 2}, Hold{From: 50 * s1})
		var got []int
		for _, d := range s.diary.all("teardown") {
			got = append(got, d.User, int(d.at/s1))
		}
		// The iterations that began at 8 s would end at 16 s, the grace ends at
		// 15 s. Another user of number 1 has come meanwhile, whose second
		// iteration began at 43 s; that of user 0, at 48 s, is cut at 55 s.
		slices.Sort(got[:4])
		if want := []int{1, 2, 15, 15, 1, 51, 0, 55}; !slices.Equal(got, want) {
			t.Errorf("users and when they went are %v, want %v", got, want)
		}
	})
}

func TestHeldUsersWithABoundOfTheirOwnAreCounted(t *testing.T) {
	virtually(t, func(t *testing.T) {
		s := taking(s1)
		l := users(pattern.Constant{Level: 2, For: time.Hour}, s)
		l.PerUser = 10
		r := holding(t, s, l, Hold{From: 5 * s1, Level: 4})
		wantElapsed(t, r, 15*s1)
		wantStats(t, r.loads[0], metrics.LoadStats{Scheduled: 4, Started: 40, Finished: 40})
	})
}

func TestAHoldFixesTheRate(t *testing.T) {
	for _, c := range []struct {
		says   string
		bound  int64
		hold   []Hold
		counts []int // arrivals of 0-10, 10-20 and 20-30 s
	}{
		{"nobody asks", 0, nil, []int{20, 20, 20}},
		{"more", 0, []Hold{{From: 10 * s1, Level: 50}}, []int{20, 500, 500}},
		{"fewer", 0, []Hold{{From: 10 * s1, Level: 0.5}}, []int{20, 5, 5}},
		{"none", 0, []Hold{{From: 10 * s1}}, []int{20, 0, 0}},
		{"none for a while", 0, []Hold{{From: 10 * s1}, {From: 20 * s1, Level: 3}}, []int{20, 0, 30}},
		{"given back", 0, []Hold{{From: 10 * s1, Level: 50}, {From: 20 * s1, Release: true}}, []int{20, 500, 20}},
		{"no more than there may be", 100, []Hold{{From: 10 * s1, Level: 50}}, []int{20, 80, 0}},
		{"none of those that are left", 100, []Hold{{From: 10 * s1}}, []int{20, 0, 0}},
	} {
		t.Run(c.says, func(t *testing.T) {
			virtually(t, func(t *testing.T) {
				s := taking(0)
				l := rate(pattern.Constant{Level: 2, For: 30 * s1}, s)
				l.Iterations = c.bound
				r := holding(t, s, l, c.hold...)
				got := []int{0, 0, 0}
				for i, d := range s.diary.all("run") {
					if d.Number != int64(i) || d.at != d.Intended {
						t.Fatalf("arrival %d at %v has number %d and was due at %v", i, d.at, d.Number, d.Intended)
					}
					got[d.at/(10*s1)]++
				}
				if !slices.Equal(got, c.counts) {
					t.Errorf("arrivals in each 10 s are %v, want %v", got, c.counts)
				}
				if c.bound == 0 {
					wantElapsed(t, r, 30*s1)
				}
			})
		})
	}
}

// What is left of the area when a hold begins goes on at its rate: no arrival
// is lost or comes twice.
func TestAHoldKeepsTheArea(t *testing.T) {
	virtually(t, func(t *testing.T) {
		s := taking(0)
		holding(t, s, rate(pattern.Constant{Level: 1, For: 4 * s1}, s), Hold{From: s1, Level: 2}, Hold{From: 2250 * ms, Release: true})
		// At 1 s the area is 1, at 2.25 s it is 3.5, which was an arrival.
		wantTimes(t, "arrivals", s.diary.all("run"), 500*ms, 1250*ms, 1750*ms, 2250*ms, 3250*ms)
	})
}

func TestAHoldBeforeTheOffsetStartsTheLoad(t *testing.T) {
	virtually(t, func(t *testing.T) {
		s := taking(0)
		l := rate(pattern.Constant{Level: 1, For: 2 * s1}, s)
		l.Offset = 10 * s1
		holding(t, s, l, Hold{From: 5 * s1, Level: 1}, Hold{From: 7 * s1, Release: true})
		wantTimes(t, "arrivals", s.diary.all("run"), 5500*ms, 6500*ms, 10500*ms, 11500*ms)
	})
}

func TestAHoldAfterTheEndDoesNothing(t *testing.T) {
	virtually(t, func(t *testing.T) {
		s := taking(3 * s1)
		r := holding(t, s, users(pattern.Constant{Level: 1, For: 4 * s1}, s), Hold{From: 5 * s1, Level: 10})
		wantElapsed(t, r, 6*s1)
		if n := len(s.diary.all("new")); n != 1 {
			t.Errorf("%d users lived, want 1", n)
		}
	})
}

func TestTheTargetIsWhatIsHeld(t *testing.T) {
	s := taking(0)
	r := newTrial(t, Plan{Loads: []Load{
		users(pattern.Ramp{To: 10, For: 10 * s1}, s), rate(pattern.Constant{Level: 8, For: 10 * s1}, s),
	}}, Options{Owns: func(i int64) bool { return i%4 == 1 }, Weight: 0.25}, s)
	r.Hold(Hold{Load: 0, From: 4 * s1, Level: 40})
	r.Hold(Hold{Load: 1, From: 4 * s1, Level: 100})
	r.Hold(Hold{Load: 1, From: 6 * s1, Release: true})
	for _, c := range []struct {
		load int
		at   time.Duration
		want float64
	}{
		{0, 4*s1 - 1, 1},
		{0, 4 * s1, 10},
		{0, 10*s1 - 1, 10},
		{0, 10 * s1, 0},
		{1, 4*s1 - 1, 2},
		{1, 4 * s1, 25},
		{1, 6 * s1, 2},
		{1, 10 * s1, 0},
	} {
		if got := r.Target(c.load, c.at); got != c.want {
			t.Errorf("the target of load %d at %v is %v, want %v", c.load, c.at, got, c.want)
		}
	}
}

// Three workers, of which one hears of everything a second late, run together
// what one alone would.
func TestWorkersHoldTogether(t *testing.T) {
	asked := []Hold{{From: 3 * s1, Level: 33}, {From: 7 * s1, Level: 6.5}, {From: 11 * s1, Release: true}}
	for _, spacing := range []Arrivals{Even, Poisson} {
		run := func(t *testing.T, workers int) (runs []deed) {
			var mu sync.Mutex
			var all sync.WaitGroup
			for w := range workers {
				s := taking(0)
				l := rate(pattern.Ramp{From: 10, To: 20, For: 15 * s1}, s)
				l.Arrivals = spacing
				r := newTrial(t, Plan{Seed: 3, Loads: []Load{l}}, Options{
					Owns: func(i int64) bool { return i%int64(workers) == int64(w) }, Weight: 1 / float64(workers),
				}, s)
				for _, h := range asked {
					later(h.From+time.Duration(w/2)*s1, func() { r.Hold(h) })
				}
				all.Go(func() {
					r.run(t.Context())
					mu.Lock()
					defer mu.Unlock()
					runs = append(runs, s.diary.all("run")...)
				})
			}
			all.Wait()
			slices.SortFunc(runs, func(a, b deed) int { return cmp.Compare(a.Number, b.Number) })
			return runs
		}
		virtually(t, func(t *testing.T) {
			one, three := run(t, 1), run(t, 3)
			if len(one) != len(three) {
				t.Fatalf("three workers run %d arrivals, one %d", len(three), len(one))
			}
			late := 0
			for i := range one {
				if one[i].Number != int64(i) || three[i].Number != int64(i) {
					t.Fatalf("arrival %d is %d of one worker and %d of three", i, one[i].Number, three[i].Number)
				}
				if one[i].Intended != three[i].Intended {
					late++ // it was started before the worker knew better
				}
			}
			if late > 30 {
				t.Errorf("%d of %d arrivals are at another time", late, len(one))
			}
		})
	}
}

func TestRhythmTurnsAreWithoutGaps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := &Load{
			Pattern: pattern.Diurnal{Low: 1, High: 50, Period: 20 * s1, For: 60 * s1},
			Offset:  time.Duration(rapid.Int64Range(0, int64(20*s1)).Draw(t, "offset")),
		}
		r := newRhythm(l)
		at := time.Duration(0)
		for range rapid.IntRange(1, 6).Draw(t, "turns") {
			at += time.Duration(rapid.Int64Range(0, int64(20*s1)).Draw(t, "after"))
			before := r.area(at)
			r.turn(&Hold{From: at, Level: rapid.Float64Range(0, 1000).Draw(t, "level"), Release: rapid.Bool().Draw(t, "release")})
			if after := r.area(at); math.Abs(after-before) > 1e-9*(1+before) {
				t.Fatalf("the area at %v was %v and is %v", at, before, after)
			}
			area := before + rapid.Float64Range(0.1, 100).Draw(t, "area")
			if !r.reaches(area) {
				continue
			}
			if got := r.area(r.when(area)); math.Abs(got-area) > 1e-6 {
				t.Fatalf("at %v the area is %v, want %v", r.when(area), got, area)
			}
		}
	})
}

// Shares that change hands and levels that are held, at about the same moment,
// lose no arrival and run none twice.
func TestHoldsAndSharesChangeTogether(t *testing.T) {
	for _, spacing := range []Arrivals{Even, Poisson} {
		virtually(t, func(t *testing.T) {
			h := handover{
				plan: func(s *script) Load {
					l := rate(pattern.Constant{Level: 40, For: 20 * s1}, s)
					l.Arrivals = spacing
					return l
				},
				options: []Options{{Owns: mod(2, 0), Weight: 0.5}, {Owns: mod(2, 1), Weight: 0.5}},
				change: func(engines []*Engine) {
					for step := range 12 {
						from := time.Duration(step+1) * 1500 * ms
						later(from-900*ms, func() {
							n := int64(step%3 + 2)
							engines[0].Reassign(Share{From: from, Owns: mod(n, 0), Weight: 1 / float64(n)})
							engines[1].Reassign(Share{From: from, Owns: func(i int64) bool { return i%n != 0 }, Weight: 1 - 1/float64(n)})
						})
						held := from + time.Duration(step-6)*50*ms // before, at and after the change
						later(held-750*ms, func() {
							for _, e := range engines {
								e.Hold(Hold{From: held, Level: float64(step * 37 % 200), Release: step%4 == 3})
							}
						})
					}
				},
			}
			trials := h.run(t)
			numbers := slices.Concat(ran(trials[0]), ran(trials[1]))
			slices.Sort(numbers)
			for i, n := range numbers {
				if n != int64(i) {
					t.Fatalf("arrival %d is %d: one is missing, or was run twice", i, n)
				}
			}
			if len(numbers) < 1000 {
				t.Errorf("%d arrivals, want many more", len(numbers))
			}
		})
	}
}
