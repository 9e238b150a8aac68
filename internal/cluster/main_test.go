package cluster

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/loadforge/loadforge/internal/engine"
	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/internal/virtual"
	"github.com/loadforge/loadforge/pattern"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A fakeUser sends nothing: each of its iterations takes a time that follows
// from the iteration's key, and is recorded as one request.
type fakeUser struct {
	ctx    context.Context
	env    engine.Env
	shard  *metrics.Shard
	name   metrics.NameID
	check  metrics.CheckID
	class  func() metrics.Class
	took   time.Duration   // zero: as the key of the iteration says
	blocks <-chan struct{} // each iteration waits for it
}

func (u *fakeUser) Setup() error    { return nil }
func (u *fakeUser) Teardown() error { return nil }

func (u *fakeUser) Run(it engine.Iteration) error {
	if u.blocks != nil {
		<-u.blocks
	}
	took := u.took
	if took == 0 {
		took = time.Millisecond + time.Duration(it.Key%uint64(80*time.Millisecond))
	}
	class := metrics.OK
	select {
	case <-time.After(took):
		if u.class != nil {
			class = u.class()
		}
	case <-u.ctx.Done():
		class = metrics.Cancelled
	}
	end := time.Since(u.env.Start).Nanoseconds()
	u.shard.Record(&metrics.Sample{
		Name: u.name, Class: class, Code: 200, End: end, Service: took.Nanoseconds(),
		Response: took.Nanoseconds() + 1000, BytesIn: 100, BytesOut: 10,
	})
	u.shard.Check(u.check, it.Key%10 > 0, end)
	return nil
}

// fake returns what makes the users of a load.
func fake(change func(*fakeUser)) func(context.Context, engine.Identity, engine.Env) engine.User {
	return func(ctx context.Context, id engine.Identity, env engine.Env) engine.User {
		u := &fakeUser{
			ctx: ctx, env: env, shard: env.Recorder.Shard(id.User),
			name: env.Recorder.Name("GET /", metrics.Request), check: env.Recorder.Check("ten"),
		}
		if change != nil {
			change(u)
		}
		return u
	}
}

func usersLoad(p pattern.Pattern) Load {
	return Load{
		Scenario: "visitor", Model: Users, Pattern: p, Pace: 400 * time.Millisecond,
		Tasks: []engine.Task{{Name: "visit"}}, New: fake(nil),
	}
}

func rateLoad(p pattern.Pattern) Load {
	return Load{
		Scenario: "hook", Model: Rate, Pattern: p, Tasks: []engine.Task{{Name: "call"}}, New: fake(nil),
	}
}

// testPlan is a little less than five seconds of 20 users and a ramp of
// iterations, 120 in all.
func testPlan() Plan {
	return Plan{Plan: engine.Plan{
		Name: "shop", Seed: 7,
		Loads: []Load{
			usersLoad(pattern.Constant{Level: 20, For: 4700 * time.Millisecond}),
			rateLoad(pattern.Ramp{From: 10, To: 40, For: 4800 * time.Millisecond}),
		},
	}}
}

// A listener is a sink that keeps all it is told.
type listener struct {
	mu       sync.Mutex
	calls    []string
	run      metrics.Run
	seconds  []*metrics.Snapshot
	progress []metrics.Progress
	outcome  metrics.Outcome

	onBegin  func() error
	onSecond func(second int) error
	onEnd    func() error
}

func (l *listener) String() string { return "listener" }

func (l *listener) Begin(run metrics.Run) error {
	l.note("begin", func() { l.run = run })
	return call(l.onBegin)
}

func (l *listener) Second(s *metrics.Snapshot, p metrics.Progress) error {
	l.note("second", func() {
		l.seconds = append(l.seconds, s)
		l.progress = append(l.progress, p)
	})
	if l.onSecond == nil {
		return nil
	}
	return l.onSecond(s.Second)
}

func (l *listener) End(o metrics.Outcome) error {
	l.note("end", func() { l.outcome = o })
	return call(l.onEnd)
}

func (l *listener) note(what string, change func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.calls) == 0 || l.calls[len(l.calls)-1] != what {
		l.calls = append(l.calls, what)
	}
	change()
}

func call(f func() error) error {
	if f == nil {
		return nil
	}
	return f()
}

// told returns what the listener was told, repeated calls as one.
func (l *listener) told() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.calls)
}

func (l *listener) indices() (indices []int) {
	for _, s := range l.seconds {
		indices = append(indices, s.Second)
	}
	return indices
}

// total adds up what the sink got, as a report made of a stored run does.
func (l *listener) total() *metrics.Summary {
	var total metrics.Total
	total.StopAt(l.run.Duration)
	for _, s := range l.seconds {
		total.Add(s)
	}
	return total.Summary(0)
}

// result is how a run under test ended.
type result struct {
	*listener
	metrics.Outcome
	err  error
	took time.Duration
}

// runLocal runs a plan in virtual time. During is called when it has begun.
func runLocal(t *testing.T, plan Plan, options Options, during func(context.CancelFunc, *Control)) result {
	t.Helper()
	var r result
	virtual.Test(t, func(t *testing.T) { r = local(t, plan, options, during) })
	return r
}

// local is runLocal inside a bubble that exists already.
func local(t *testing.T, plan Plan, options Options, during func(context.CancelFunc, *Control)) result {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithValue(t.Context(), testKey{}, "value"))
	defer cancel()
	r := result{listener: &listener{}}
	options.Virtual = true
	options.Sinks = append(options.Sinks, r.listener)
	options.Control = &Control{}
	var beside sync.WaitGroup
	if during != nil {
		beside.Go(func() { during(cancel, options.Control) })
	}
	begun := time.Now()
	r.Outcome, r.err = Local(ctx, plan, options)
	r.took = time.Since(begun)
	beside.Wait()
	return r
}

type testKey struct{}

// after waits in virtual time and then does something.
func after(d time.Duration, do func(context.CancelFunc, *Control)) func(context.CancelFunc, *Control) {
	return func(cancel context.CancelFunc, control *Control) {
		<-time.After(d)
		do(cancel, control)
	}
}

func stopOnce(_ context.CancelFunc, c *Control) { c.Stop("interrupted") }

var errFake = errors.New("out of order")
