package engine

import (
	"fmt"
	"slices"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"github.com/loadforge/loadforge/pattern"
)

func tasksOf(weights ...int) (tasks []Task) {
	for i, w := range weights {
		tasks = append(tasks, Task{Name: fmt.Sprint("task ", i), Weight: w})
	}
	return tasks
}

func TestEachCycleHasEachTaskAsOftenAsItsWeight(t *testing.T) {
	for _, c := range []struct {
		weights []int
		want    []int // by task, in a cycle
	}{
		{[]int{1}, []int{1}},
		{[]int{0, 0}, []int{1, 1}},
		{[]int{6, 2, 1}, []int{6, 2, 1}},
		{[]int{60, 20, 10}, []int{6, 2, 1}},
		{[]int{0, 4}, []int{1, 4}},
		{[]int{1000, 1}, []int{1000, 1}},
		{slices.Repeat([]int{3}, 40), slices.Repeat([]int{1}, 40)},
	} {
		d := newDeck(tasksOf(c.weights...))
		if got := sum(c.want); int(d.size) != got && len(c.want) > 1 {
			t.Errorf("weights %v make %d cards, want %d", c.weights, d.size, got)
		}
		for cycle := range int64(20) {
			got := make([]int, len(c.want))
			for n := range int64(d.size) {
				got[d.deal(99, cycle*int64(d.size)+n)]++
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("cycle %d of weights %v has %v, want %v", cycle, c.weights, got, c.want)
			}
		}
	}
}

func sum(list []int) (total int) {
	for _, n := range list {
		total += n
	}
	return total
}

func TestCyclesAndKeysDealDifferently(t *testing.T) {
	d := newDeck(tasksOf(6, 2, 1))
	orders := map[string]bool{}
	for key := range uint64(10) {
		for cycle := range int64(10) {
			var order []int
			for n := range int64(9) {
				order = append(order, d.deal(Key(key), cycle*9+n))
			}
			orders[fmt.Sprint(order)] = true
		}
	}
	// There are 252 orders; 100 of them drawn at random have about 82 different.
	if len(orders) < 70 {
		t.Errorf("100 cycles have %d different orders", len(orders))
	}
}

func TestEveryUserKeepsTheProportions(t *testing.T) {
	virtually(t, func(t *testing.T) {
		s := taking(ms)
		l := users(pattern.Constant{Level: 3, For: s1}, s)
		l.Tasks = tasksOf(5, 3, 2)
		l.PerUser = 100
		play(t, s, l)
		counts := map[[2]int]int{}
		for _, d := range s.diary.all("run") {
			counts[[2]int{d.User, d.Task}]++
		}
		for user := range 3 {
			for task, want := range []int{50, 30, 20} {
				if got := counts[[2]int{user, task}]; got != want {
					t.Errorf("user %d ran task %d %d times, want %d", user, task, got, want)
				}
			}
		}
	})
}

// A fate is what the seed decides about an iteration.
type fate struct {
	load, user, life int // user and life in the closed model only
	Iteration
}

func fates(s *script) (all []fate) {
	for _, d := range s.diary.all("run") {
		f := fate{load: d.Load, Iteration: d.Iteration}
		if d.Load == 0 {
			f.user, f.life = d.User, d.Life
		}
		all = append(all, f)
	}
	slices.SortFunc(all, func(a, b fate) int { return slices.Compare(a.order(), b.order()) })
	return all
}

func (f fate) order() []int64 {
	return []int64{int64(f.load), int64(f.user), int64(f.life), f.Number}
}

func TestWorkersTogetherDoWhatOneWouldDo(t *testing.T) {
	for _, arrivals := range []Arrivals{Even, Poisson} {
		t.Run(fmt.Sprint(arrivals), func(t *testing.T) {
			virtually(t, func(t *testing.T) {
				run := func(workers int64) []fate {
					s := taking(7 * ms)
					closed := users(pattern.Sequence{
						pattern.Ramp{To: 9.5, For: 3 * s1}, pattern.Constant{Level: 2, For: s1}, pattern.Constant{Level: 20, For: 2 * s1},
					}, s)
					closed.Tasks, closed.Pace = tasksOf(6, 2, 1), 110*ms
					open := rate(pattern.Ramp{From: 5, To: 60, For: 5 * s1}, s)
					open.Tasks, open.Arrivals = tasksOf(1, 2, 3, 4), arrivals
					for w := range workers {
						owns := func(i int64) bool { return i*i%11%workers == w }
						newTrial(t, Plan{Seed: 77, Loads: []Load{closed, open}}, Options{Owns: owns}, s).run(t.Context())
					}
					return fates(s)
				}
				want := run(1)
				if len(want) < 300 {
					t.Fatalf("%d iterations, want some hundred", len(want))
				}
				for _, workers := range []int64{2, 7} {
					if got := run(workers); !slices.Equal(got, want) {
						t.Errorf("%d workers do other things than one: %d iterations, want %d", workers, len(got), len(want))
					}
				}
			})
		})
	}
}

func TestKeysAreWhatTheContractSays(t *testing.T) {
	virtually(t, func(t *testing.T) {
		s := taking(10 * ms)
		r := newTrial(t, Plan{Seed: 42, Loads: []Load{
			users(pattern.Constant{Level: 2, For: 100 * ms}, s), rate(pattern.Constant{Level: 50, For: 100 * ms}, s),
		}}, Options{}, s)
		r.run(t.Context())
		for _, d := range s.diary.all("run") {
			want := Key(42, 1, uint64(d.Number))
			if d.Load == 0 {
				want = Key(42, 0, uint64(d.User), uint64(d.Life), uint64(d.Number))
			}
			if d.Key != want {
				t.Errorf("the key of %+v is %x, want %x", d, d.Key, want)
			}
		}
	})
}

func TestBudgetsOfAllWorkersSumUpToTheTotal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		total := rapid.OneOf(rapid.Int64Range(1, 100), rapid.Int64Range(1, 300_000)).Draw(t, "total")
		workers := rapid.Int64Range(1, 20).Draw(t, "workers")
		var sum int64
		for w := range workers {
			spent := 0
			b := newBudget(total, func(i int64) bool { return i/1000%workers == w }, func() { spent++ })
			for b.take() {
				sum++
			}
			if b.take() || spent != 1 {
				t.Fatalf("a budget that is used up was spent %d times", spent)
			}
		}
		if sum != total {
			t.Fatalf("%d workers took %d, want %d", workers, sum, total)
		}
	})
}

func TestABudgetIsSpentWhenItsLastIsTaken(t *testing.T) {
	spent := false
	b := newBudget(3, func(int64) bool { return true }, func() { spent = true })
	for i := range 3 {
		if spent {
			t.Errorf("spent after %d of 3", i)
		}
		if !b.take() {
			t.Errorf("take %d of 3 failed", i)
		}
	}
	if !spent {
		t.Error("not spent after the last was taken")
	}
}

func TestUsersShareABudgetWithoutLoss(t *testing.T) {
	var spent, taken atomic.Int64
	b := newBudget(200_000, func(i int64) bool { return i%2 == 0 }, func() { spent.Add(1) })
	done := make(chan struct{})
	for range 8 {
		go func() {
			defer func() { done <- struct{}{} }()
			for b.take() {
				taken.Add(1)
			}
		}()
	}
	for range 8 {
		<-done
	}
	if got := taken.Load(); got != 100_000 {
		t.Errorf("%d taken, want 100,000", got)
	}
	if got := spent.Load(); got != 1 {
		t.Errorf("spent %d times, want once", got)
	}
}

func TestWorkersShareTheIterationsOfAClosedLoad(t *testing.T) {
	for _, level := range []float64{4, 2} { // of more users than workers, and of fewer
		virtually(t, func(t *testing.T) {
			var total uint64
			for w := range int64(3) {
				s := taking(ms)
				l := users(pattern.Constant{Level: level, For: time100}, s)
				l.Iterations = 100
				r := newTrial(t, Plan{Loads: []Load{l}}, Options{Owns: func(i int64) bool { return i%3 == w }}, s).run(t.Context())
				total += r.loads[0].Finished
				if r.report.Elapsed >= time100 {
					t.Errorf("%v users: a worker waited for the end of the pattern", level)
				}
			}
			if total != 100 {
				t.Errorf("three workers of %v users ran %d iterations, want 100", level, total)
			}
		})
	}
}

const time100 = 100 * s1
