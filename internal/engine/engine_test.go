package engine

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/internal/virtual"
	"github.com/loadforge/loadforge/pattern"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A deed is something a fake user was told to do.
type deed struct {
	what string // "new", "setup", "run", "teardown"
	at   time.Duration
	Identity
	Iteration
}

// A diary is what all fake users of a run did.
type diary struct {
	mu    sync.Mutex
	start time.Time
	deeds []deed
}

func (d *diary) note(what string, id Identity, it Iteration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.deeds = append(d.deeds, deed{what, time.Since(d.start), id, it})
}

// all returns the deeds of a kind.
func (d *diary) all(what string) (found []deed) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, deed := range d.deeds {
		if deed.what == what {
			found = append(found, deed)
		}
	}
	return found
}

// A fake is a user whose behaviour a test decides; nil functions do nothing.
type fake struct {
	*script
	ctx  context.Context
	id   Identity
	wait func(context.Context) error // for a token, where a test sets it
}

type script struct {
	diary    diary
	quiet    bool // keeps no diary
	make     func(f *fake)
	setup    func(f *fake) error
	run      func(f *fake, it Iteration) error
	teardown func(f *fake) error
}

func (s *script) user(ctx context.Context, id Identity, _ Env) User {
	f := &fake{script: s, ctx: ctx, id: id}
	f.note("new", Iteration{})
	if s.make != nil {
		s.make(f)
	}
	return f
}

func (f *fake) note(what string, it Iteration) {
	if !f.quiet {
		f.diary.note(what, f.id, it)
	}
}

func (f *fake) Setup() error {
	f.note("setup", Iteration{})
	if f.setup != nil {
		return f.setup(f)
	}
	return nil
}

func (f *fake) Run(it Iteration) error {
	f.note("run", it)
	if f.run != nil {
		return f.run(f, it)
	}
	return nil
}

func (f *fake) Teardown() error {
	f.note("teardown", Iteration{})
	if f.teardown != nil {
		return f.teardown(f)
	}
	return nil
}

// pause sleeps like a request that takes d.
func (f *fake) pause(d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-f.ctx.Done():
		return f.ctx.Err()
	}
}

// taking is a script whose iterations take d.
func taking(d time.Duration) *script {
	return &script{run: func(f *fake, _ Iteration) error { return f.pause(d) }}
}

// users and rate make loads of one task.
func users(p pattern.Pattern, s *script) Load {
	return Load{Scenario: "closed", Model: Users, Pattern: p, Tasks: []Task{{Name: "task"}}, New: s.user}
}

func rate(p pattern.Pattern, s *script) Load {
	return Load{Scenario: "open", Model: Rate, Pattern: p, Tasks: []Task{{Name: "task"}}, New: s.user}
}

// A trial is a run in a test.
type trial struct {
	*Engine
	recorder *metrics.Recorder
	scripts  []*script
	report   Report
	loads    []metrics.LoadStats // totals
	snapshot *metrics.Snapshot
}

func newTrial(t *testing.T, plan Plan, options Options, scripts ...*script) *trial {
	t.Helper()
	if err := plan.Validate(); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, l := range plan.Loads {
		names = append(names, l.Scenario)
	}
	recorder := metrics.NewRecorder(metrics.RecorderConfig{Loads: names, Shards: 8})
	options.Recorder = recorder
	return &trial{Engine: New(plan, options), recorder: recorder, scripts: scripts}
}

// run runs the trial from now, to the end.
func (r *trial) run(ctx context.Context) *trial {
	start := time.Now()
	for _, s := range r.scripts {
		s.diary.start = start
	}
	r.report = r.Run(ctx, start)
	r.snapshot = r.recorder.Finish(max(r.report.Elapsed, 1))
	if r.snapshot != nil {
		r.loads = r.snapshot.Loads
	}
	return r
}

// play runs loads of one script to the end in virtual time.
func play(t *testing.T, s *script, loads ...Load) *trial {
	t.Helper()
	return newTrial(t, Plan{Seed: 1, Loads: loads}, Options{}, s).run(t.Context())
}

// virtually runs f in virtual time.
func virtually(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	virtual.Test(t, f)
}

// later calls f after d, in virtual time.
func later(d time.Duration, f func()) { time.AfterFunc(d, f) }

func times(deeds []deed) (at []time.Duration) {
	for _, d := range deeds {
		at = append(at, d.at)
	}
	slices.Sort(at)
	return at
}

func wantTimes(t *testing.T, what string, got []deed, want ...time.Duration) {
	t.Helper()
	if at := times(got); !slices.Equal(at, want) {
		t.Errorf("%s at %v, want %v", what, at, want)
	}
}

func wantElapsed(t *testing.T, r *trial, want time.Duration) {
	t.Helper()
	if r.report.Elapsed != want {
		t.Errorf("the run took %v, want %v", r.report.Elapsed, want)
	}
}

// wantStats compares the counts of a load; Scenario, Target and Peak don't matter.
func wantStats(t *testing.T, got, want metrics.LoadStats) {
	t.Helper()
	got.Scenario, got.Target, got.Peak = "", 0, 0
	if got != want {
		t.Errorf("counts are\n%+v, want\n%+v", got, want)
	}
}

const (
	ms = time.Millisecond
	s1 = time.Second
)

func TestLoadsRunSideBySideFromTheirOffsets(t *testing.T) {
	virtually(t, func(t *testing.T) {
		s := taking(0)
		a := rate(pattern.Constant{Level: 1, For: 3 * s1}, s)
		b := rate(pattern.Constant{Level: 2, For: 2 * s1}, s)
		b.Scenario, b.Offset = "later", 10*s1
		c := users(pattern.Constant{Level: 1, For: s1}, s)
		c.Offset = 20 * s1
		c.Think = fixed(400 * ms)
		r := play(t, s, a, b, c)
		var got [3][]time.Duration
		for _, d := range s.diary.all("run") {
			got[d.Load] = append(got[d.Load], d.at)
		}
		if want := []time.Duration{500 * ms, 1500 * ms, 2500 * ms}; !slices.Equal(got[0], want) {
			t.Errorf("the first load ran at %v, want %v", got[0], want)
		}
		if want := []time.Duration{10250 * ms, 10750 * ms, 11250 * ms, 11750 * ms}; !slices.Equal(got[1], want) {
			t.Errorf("the second load ran at %v, want %v", got[1], want)
		}
		if len(got[2]) < 3 || got[2][0] != 20*s1 {
			t.Errorf("the third load ran at %v, want from 20s on", got[2])
		}
		wantElapsed(t, r, 21*s1)
		if got, want := r.Duration(), 21*s1; got != want {
			t.Errorf("Duration is %v, want %v", got, want)
		}
	})
}

func TestStopLetsIterationsFinishAndStartsNone(t *testing.T) {
	virtually(t, func(t *testing.T) {
		s := taking(3 * s1)
		r := newTrial(t, Plan{Loads: []Load{
			users(pattern.Constant{Level: 2, For: time.Hour}, s),
			rate(pattern.Constant{Level: 1, For: time.Hour}, s),
		}}, Options{}, s)
		later(10*s1, func() { r.Stop(30 * s1) })
		r.run(t.Context())
		// Closed: iterations from 9 s to 12 s. Open: the arrival at 9.5 s ends at 12.5 s.
		wantElapsed(t, r, 12500*ms)
		if !r.report.Stopped {
			t.Error("the report does not say that the run was stopped")
		}
		wantStats(t, r.loads[0], metrics.LoadStats{Scheduled: 2, Started: 8, Finished: 8})
		wantStats(t, r.loads[1], metrics.LoadStats{Scheduled: 10, Started: 10, Finished: 10})
		if got, want := len(s.diary.all("teardown")), len(s.diary.all("new")); got != want {
			t.Errorf("%d teardowns of %d users", got, want)
		}
	})
}

func TestStopTwiceCutsNow(t *testing.T) {
	virtually(t, func(t *testing.T) {
		s := taking(time.Hour)
		r := newTrial(t, Plan{Loads: []Load{users(pattern.Constant{Level: 3, For: time.Hour}, s)}}, Options{}, s)
		later(10*s1, func() { r.Stop(30 * s1) })
		later(15*s1, func() { r.Stop(time.Minute) }) // a longer grace changes nothing
		later(20*s1, func() { r.Stop(0) })
		later(20*s1, func() { r.Stop(0) })
		r.run(t.Context())
		wantElapsed(t, r, 20*s1)
		wantStats(t, r.loads[0], metrics.LoadStats{Scheduled: 3, Started: 3, Interrupted: 3})
		wantTimes(t, "teardowns", s.diary.all("teardown"), 20*s1, 20*s1, 20*s1)
	})
}

func TestAShorterGraceReplacesALongerOne(t *testing.T) {
	virtually(t, func(t *testing.T) {
		s := taking(time.Hour)
		r := newTrial(t, Plan{Loads: []Load{users(pattern.Constant{Level: 1, For: time.Hour}, s)}}, Options{}, s)
		later(10*s1, func() { r.Stop(30 * s1) })
		later(15*s1, func() { r.Stop(2 * s1) })
		wantElapsed(t, r.run(t.Context()), 17*s1)
	})
}

func TestTheContextStopsAtOnce(t *testing.T) {
	virtually(t, func(t *testing.T) {
		s := taking(time.Hour)
		ctx, cancel := context.WithCancel(t.Context())
		r := newTrial(t, Plan{Loads: []Load{
			users(pattern.Constant{Level: 2, For: time.Hour}, s),
			rate(pattern.Constant{Level: 1, For: time.Hour}, s),
		}}, Options{}, s)
		later(10*s1, cancel)
		r.run(ctx)
		wantElapsed(t, r, 10*s1)
		wantStats(t, r.loads[0], metrics.LoadStats{Scheduled: 2, Started: 2, Interrupted: 2})
		wantStats(t, r.loads[1], metrics.LoadStats{Scheduled: 10, Started: 10, Interrupted: 10})
	})
}

func TestStopBeforeRunStartsNothing(t *testing.T) {
	virtually(t, func(t *testing.T) {
		s := taking(s1)
		r := newTrial(t, Plan{Loads: []Load{
			users(pattern.Constant{Level: 2, For: time.Hour}, s),
			rate(pattern.Constant{Level: 1, For: time.Hour}, s),
		}}, Options{}, s)
		r.Stop(time.Minute)
		wantElapsed(t, r.run(t.Context()), 0)
		if n := len(s.diary.deeds); n != 0 {
			t.Errorf("users did %d things, want none", n)
		}
	})
}

func TestARunWaitsForItsStart(t *testing.T) {
	virtually(t, func(t *testing.T) {
		s := taking(0)
		r := newTrial(t, Plan{Loads: []Load{rate(pattern.Constant{Level: 1, For: 2 * s1}, s)}}, Options{}, s)
		s.diary.start = time.Now()
		report := r.Run(t.Context(), time.Now().Add(5*s1))
		wantTimes(t, "iterations", s.diary.all("run"), 5500*ms, 6500*ms)
		if report.Elapsed != 2*s1 || report.Stopped {
			t.Errorf("the report is %+v, want 2s, not stopped", report)
		}
	})
}

func TestUsersSeeTheRunTheyLiveIn(t *testing.T) {
	virtually(t, func(t *testing.T) {
		type key struct{}
		var env Env
		var value any
		s := taking(0)
		l := users(pattern.Constant{Level: 1, For: s1}, s)
		l.Pattern = pattern.Sequence{pattern.Constant{Level: 7, For: s1}, pattern.Constant{Level: 3, For: s1}}
		l.Think = fixed(s1)
		l.New = func(ctx context.Context, id Identity, e Env) User {
			if id.User == 0 {
				env, value = e, ctx.Value(key{})
			}
			return s.user(ctx, id, e)
		}
		r := newTrial(t, Plan{Seed: 5, MaxRate: 10, Loads: []Load{l}}, Options{}, s)
		start := time.Now()
		r.run(context.WithValue(t.Context(), key{}, "kept"))
		if env.Users != 7 || env.Seed != 5 || env.Recorder != r.recorder || env.Limiter == nil || env.Start != start {
			t.Errorf("the user's Env is %+v", env)
		}
		if value != "kept" {
			t.Error("values of the run's context are lost")
		}
	})
}

func TestRunTwicePanics(t *testing.T) {
	virtually(t, func(t *testing.T) {
		s := taking(0)
		r := play(t, s, rate(pattern.Constant{Level: 1, For: s1}, s))
		defer func() {
			if recover() == nil {
				t.Error("a second Run did not panic")
			}
		}()
		r.Run(t.Context(), time.Now())
	})
}

func TestTargetIsThisWorkersShare(t *testing.T) {
	virtually(t, func(t *testing.T) {
		s := taking(0)
		closed := users(pattern.Ramp{To: 10, For: 10 * s1}, s)
		closed.Offset = s1
		r := newTrial(t, Plan{Loads: []Load{closed, rate(pattern.Constant{Level: 8, For: s1}, s)}},
			Options{Owns: func(i int64) bool { return i%4 == 1 }, Weight: 0.25}, s)
		for _, c := range []struct {
			load int
			at   time.Duration
			want float64
		}{
			{0, 0, 0},
			{0, s1, 0},
			{0, 3 * s1, 1},
			{0, 6900 * ms, 1},
			{0, 7 * s1, 2},
			{0, 11 * s1, 0},
			{1, 0, 2},
			{1, s1, 0},
		} {
			if got := r.Target(c.load, c.at); got != c.want {
				t.Errorf("the target of load %d at %v is %v, want %v", c.load, c.at, got, c.want)
			}
		}
	})
}

func TestAllUsersOfAWorkerShareItsPartOfMaxRate(t *testing.T) {
	virtually(t, func(t *testing.T) {
		limited := func(s *script) func(context.Context, Identity, Env) User {
			return func(ctx context.Context, id Identity, env Env) User {
				f := s.user(ctx, id, env).(*fake)
				f.wait = env.Limiter.Wait
				return f
			}
		}
		s := &script{run: func(f *fake, _ Iteration) error { return f.wait(f.ctx) }}
		a, b := users(pattern.Constant{Level: 5, For: 10 * s1}, s), users(pattern.Constant{Level: 3, For: 10 * s1}, s)
		a.New, b.New, b.Scenario = limited(s), limited(s), "other"
		r := newTrial(t, Plan{MaxRate: 400, Loads: []Load{a, b}}, Options{Weight: 0.25}, s).run(t.Context())
		// Each user waits for one more when the pattern ends.
		if got := r.loads[0].Finished + r.loads[1].Finished; got < 1000 || got > 1010 {
			t.Errorf("%d requests in 10s at a quarter of 400/s, want 1,000", got)
		}
		if r.loads[0].Finished == 0 || r.loads[1].Finished == 0 {
			t.Errorf("the loads got %d and %d", r.loads[0].Finished, r.loads[1].Finished)
		}
	})
}
