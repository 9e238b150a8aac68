// Package engine decides when each virtual user lives and what it runs. It
// knows patterns, tasks and clocks, and nothing of HTTP, networks, disks or
// screens.
//
// A [Plan] says what to run; [New] and [Engine.Run] run one worker's part of
// it:
//
//	e := engine.New(plan, engine.Options{Recorder: recorder, Precise: true})
//	report := e.Run(ctx, start)
//
// # Closed model
//
// The pattern is the number of users alive. User j lives while the whole number
// of the level is above j: it starts and stops at the exact moment the curve
// crosses that number, and the youngest goes first. A user leads a life of New,
// Setup, iterations with pauses between them, and Teardown. One that is to stop
// pauses no longer, may finish its iteration within Plan.Graceful, and then
// runs its Teardown. When the curve comes back, a user with the same number and
// a new Life starts.
//
// Users with equal pauses that start in step stay in step, and the target sees
// a convoy instead of the load that was asked for. So the first pause of a user
// is cut to a random part. A user that starts alone, as on a ramp, begins its
// first iteration at once and makes the short pause after it. Users that start
// together, as when the pattern begins at 50, are all alive and set up at that
// moment, as the schedule says, but make the short pause before their first
// iteration: their iterations then have the steady rate from the beginning.
// Paced iterations begin at a random point of the first pace, and follow at
// exact multiples of it. Load.Together turns all of this off.
//
// # Open model
//
// The pattern is the number of iterations started per second. Arrival k is due
// when the area under the pattern reaches k + 1/2, or the sum of k + 1
// exponential deviates. It goes to the user that became free last; if none is
// free, a user is added to the pool, up to MaxUsers; then arrivals wait, first
// in, first out, up to Backlog of them; then they are dropped. Every arrival is
// counted as scheduled, and then as either started or dropped. Arrivals that
// wait when the pattern ends are still run within Plan.Graceful; those that
// wait when the run is stopped are dropped.
//
// # Several workers
//
// Options.Owns says which users and arrivals belong to this worker. All workers
// follow the whole schedule and run their own part of it, so the parts fit
// together exactly. Arrivals, task choices and keys of random numbers depend on
// the seed alone: they are the same for any number of workers.
//
// # Holds
//
// [Engine.Hold] takes a load from its pattern while it runs: its level is fixed
// from a time on, or again what the pattern says. What bounds a load stays: the
// end of its pattern, its iterations, MaxUsers.
//
// # Faults of user code
//
// A panic fails its iteration, or setup; the user is torn down and made anew. A
// failed setup is tried again, and so is a panic that repeats, with pauses from
// 100 ms that double up to 10 s. User code that does not return is given until
// its deadline; then its context ends, and a second later the user is given up
// and named in the [Report], with the stack of its goroutine. Run returns in
// any case.
//
// # Cost
//
// Around an iteration the engine spends about 100 ns, 100 ns more to choose
// among several tasks, and 1 us for a pause, without allocation. A user takes 2
// KiB of stack, as any goroutine, and less than 1 KiB besides.
package engine

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/pattern"
)

// Options say which part of a plan an engine runs, and how.
type Options struct {
	// Recorder counts what happens. It must not be nil; its Loads are those of
	// the plan.
	Recorder *metrics.Recorder
	// Owns says whether user, arrival or iteration i of a load belongs to this
	// worker. Of all workers exactly one must own it. Nil means this one does.
	// It is called from several goroutines, for each arrival: it must be quick.
	Owns func(i int64) bool
	// Weight is this worker's part of the plan, from 0 to 1, which decides its
	// part of MaxRate. Zero means 1 unless there are Shares.
	Weight float64
	// Shares are those that follow, in rising order of time; see
	// [Engine.Reassign].
	Shares []Share
	// Precise keeps to the schedule within microseconds where the platform's
	// timers don't. It does not work in the virtual time of testing/synctest.
	Precise bool
}

// An Engine runs one worker's part of a plan, once. Its methods are safe for
// concurrent use.
type Engine struct {
	plan    Plan
	options Options
	loads   []*load
	start   time.Time
	ctx     context.Context // parent of all users' contexts
	cancel  context.CancelFunc
	aborted atomic.Bool // no time for teardowns any more
	shares  *shares
	limiter *Limiter
	born    time.Time
	until   atomic.Int64 // see Until: nanoseconds since born; zero means for ever
	mu      sync.Mutex   // orders Stop against the beginning of Run
	running bool
}

// New returns an engine for a plan that is valid; see [Plan.Validate].
func New(p Plan, o Options) *Engine {
	if o.Weight <= 0 && len(o.Shares) == 0 {
		o.Weight = 1
	}
	e := &Engine{plan: p, options: o, born: time.Now(), shares: newShares(Share{Owns: o.Owns, Weight: o.Weight}, o.Shares)}
	for i := range p.Loads {
		e.loads = append(e.loads, newLoad(e, i))
	}
	return e
}

// Run runs the plan from start, which may lie in the future, and returns when
// the last user has ended or was given up. When ctx is done it stops at once,
// as Stop(0) does. Values of ctx are those of the users' contexts. Run may be
// called once.
func (e *Engine) Run(ctx context.Context, start time.Time) Report {
	e.begin(ctx, start)
	defer e.cancel()
	stopped := make(chan struct{})
	release := context.AfterFunc(ctx, func() {
		defer close(stopped)
		e.Stop(0)
	})
	var running sync.WaitGroup
	for _, l := range e.loads {
		running.Go(l.run)
	}
	running.Wait()
	if !release() {
		<-stopped
	}
	return e.report()
}

// begin sets what is known only when the run begins. It holds the lock, so that
// a Stop that comes earlier finds no users, and one that comes later finds all
// of this.
func (e *Engine) begin(ctx context.Context, start time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.running {
		panic("engine: Run called twice")
	}
	e.running = true
	// A start that came from elsewhere has no monotonic reading.
	now := time.Now()
	start = now.Add(start.Sub(now))
	e.start = start
	// The users' contexts end after the users were told to stop, so that none
	// begins an iteration under one that has ended.
	e.ctx, e.cancel = context.WithCancel(context.WithoutCancel(ctx))
	e.limiter = NewLimiter(e.limit(max(0, now.Sub(start))))
	for _, l := range e.loads {
		l.env.Start = start
		l.env.Seed = e.plan.Seed
		l.env.Recorder = e.options.Recorder
		l.env.Limiter = e.limiter
		l.env.Deals = e.shares.all()[0].Owns
	}
	for _, share := range e.shares.all()[1:] {
		if start.Add(share.From).After(now) {
			e.expect(share.From)
		}
	}
}

// Stop ends the run early: users start no new iterations, may finish those that
// run within grace, and then run their Teardown. With no grace, contexts end at
// once, and teardowns run under contexts that have ended. Stop does not wait.
// It may be called at any time and any number of times: the shortest grace
// counts. Stopped before Run, the run ends as it begins.
func (e *Engine) Stop(grace time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if grace <= 0 {
		grace = 0
		e.aborted.Store(true)
	}
	deadline := grace
	if e.running {
		deadline += e.now()
	}
	for _, l := range e.loads {
		l.stop(deadline)
	}
}

// Duration is how long the plan lasts, without graceful stop: the end of the
// last pattern. Bounds on iterations may end it earlier.
func (e *Engine) Duration() time.Duration { return e.plan.Duration() }

// Duration is how long the plan lasts; see [Engine.Duration].
func (p *Plan) Duration() (d time.Duration) {
	for i := range p.Loads {
		d = max(d, p.Loads[i].Offset+p.Loads[i].Pattern.Duration())
	}
	return d
}

// Target is what the schedule asks of this worker for a load at a time since
// the start of the run: users alive, or iterations per second.
func (e *Engine) Target(index int, at time.Duration) float64 {
	l := e.loads[index]
	level := l.level(at)
	if l.Model == Rate {
		return level * e.shares.at(at).Weight
	}
	users := 0
	for j := range pattern.Whole(level) {
		if l.owns(int64(j), at) {
			users++
		}
	}
	return float64(users)
}

func (e *Engine) now() time.Duration { return time.Since(e.start) }

// graceful is Graceful with its default.
func (p *Plan) graceful() time.Duration {
	if p.Graceful == 0 {
		return DefaultGraceful
	}
	return max(0, p.Graceful)
}
