package cluster

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/loadforge/loadforge/internal/engine"
	"github.com/loadforge/loadforge/internal/metrics"
)

const (
	// collectAfter is how long after the end of a second its snapshot is made:
	// samples that were in the making get in.
	collectAfter = 50 * time.Millisecond
	// heartbeatEvery is how often a worker with a lease says that it is alive.
	heartbeatEvery = time.Second
	// farewell is how long a worker that was cancelled tries to send the rest.
	farewell = time.Second
)

// A shift is the time of a worker in a run. It belongs to one goroutine, which
// never waits for user code: that runs on the engine's.
type shift struct {
	Worker
	welcome  *Welcome // nil before the worker was taken in
	lease    *lease
	graceful time.Duration // of the plan
	recorder *metrics.Recorder
	sampler  *metrics.Sampler // nil in virtual time
	engine   *engine.Engine   // nil before the share was assigned
	start    time.Time        // zero before the time was given
	second   int              // the next to collect; the one before the start for a start
	sent     uint64           // snapshots
	fenced   bool             // the lease ran out
	leaving  bool             // it was asked to

	due     *time.Timer  // of the next collection
	beats   *time.Ticker // of the heartbeats
	ended   chan engine.Report
	stop    context.CancelFunc // ends what runs beside
	running sync.WaitGroup     // what runs beside
}

func newShift(w Worker) *shift {
	s := &shift{
		Worker: w, second: -1, lease: newLease(0, time.Time{}), due: time.NewTimer(time.Hour),
		beats: time.NewTicker(heartbeatEvery), ended: make(chan engine.Report, 1),
	}
	s.due.Stop()
	s.beats.Stop()
	return s
}

// close waits for what runs beside.
func (s *shift) close() {
	s.due.Stop()
	s.beats.Stop()
	if s.stop != nil {
		s.stop()
	}
	s.running.Wait()
}

func (s *shift) run(ctx context.Context) error {
	for {
		select {
		case m := <-s.Link.Messages():
			if over, err := s.handle(ctx, m); over || err != nil {
				return err
			}
		case <-s.beats.C:
			if err := s.beat(ctx); err != nil {
				return err
			}
		case <-s.due.C:
			s.collect(ctx)
		case report := <-s.ended:
			return s.finish(ctx, report)
		case <-s.Leave:
			if over, err := s.leave(ctx); over {
				return err
			}
		case <-ctx.Done():
			return s.cancel(ctx)
		}
	}
}

// handle takes in a message and reports whether the shift is over. Messages
// that come twice, or where they have no meaning, are passed over.
func (s *shift) handle(ctx context.Context, m Message) (over bool, err error) {
	switch {
	case m.Refuse != nil:
		return true, &RefusedError{Reason: m.Refuse.Reason}
	case m.Welcome != nil && s.welcome == nil:
		s.enter(m.Welcome)
	case m.Assign != nil && s.welcome != nil && s.engine == nil:
		return false, s.prepare(ctx, m.Assign)
	case m.Start != nil && s.engine != nil && s.start.IsZero():
		s.begin(ctx, m.Start.At)
	case m.Lease != nil:
		s.lease.renew(m.Lease.Beat)
	case m.Stop != nil && s.start.IsZero():
		return true, s.send(ctx, Message{Done: &Done{}})
	case m.Stop != nil:
		s.engine.Stop(m.Stop.Grace)
	}
	return false, nil
}

func (s *shift) enter(w *Welcome) {
	s.welcome = w
	s.lease = newLease(w.Lease, time.Now())
	if w.Lease > 0 {
		s.beats.Reset(heartbeatEvery)
	}
}

// prepare makes the engine for the worker's share.
func (s *shift) prepare(ctx context.Context, a *Assign) error {
	plan := s.Plan
	plan.Seed, plan.MaxRate, plan.Graceful = a.Seed, a.MaxRate, a.Graceful
	table := shares(a.Epochs)
	if err := s.check(&plan, table); err != nil {
		return errors.Join(err, s.send(ctx, Message{Ready: &Ready{Error: err.Error()}}))
	}
	s.graceful = plan.Graceful
	s.equip(plan, table)
	return s.send(ctx, Message{Ready: &Ready{}})
}

// shares is the division of the load to start with.
func shares(epochs []Epoch) Table {
	tables := Tables(epochs)
	if len(tables) == 0 {
		return Table{}
	}
	return tables[len(tables)-1]
}

func (s *shift) check(plan *engine.Plan, table Table) error {
	if err := plan.Validate(); err != nil {
		return &PlanError{Err: err}
	}
	if table.Slots(s.welcome.Worker) == 0 {
		return fmt.Errorf("worker %d of %d has no share of the load: give it more weight", s.welcome.Worker, table.Workers())
	}
	return nil
}

// equip makes the engine and the recorder. Each needs the other: the engine
// records, and the recorder asks it for targets.
func (s *shift) equip(plan engine.Plan, table Table) {
	worker := s.welcome.Worker
	config := metrics.RecorderConfig{
		Worker: worker,
		Epoch:  s.welcome.Epoch,
		Target: s.target,
		Health: s.watch(),
	}
	for i := range plan.Loads {
		config.Loads = append(config.Loads, plan.Loads[i].Scenario)
	}
	s.recorder = metrics.NewRecorder(config)
	s.engine = engine.New(plan, engine.Options{
		Recorder: s.recorder,
		Owns:     func(i int64) bool { return table.Owner(i) == worker },
		Weight:   table.Share(worker),
		Precise:  !s.Virtual,
	})
}

// target is what a load asks for in the second that ends, or that is cut short,
// at end: what its pattern had come to at the end of the second or, if that was
// earlier, at its own. That is the level just before, not the step it may take
// or the zero it falls to at that moment; it is rounded to hide the nanosecond.
// All workers take it at the same time, whenever they have done their part.
func (s *shift) target(load int, end time.Duration) float64 {
	l := &s.Plan.Loads[load]
	second := (end - 1).Truncate(time.Second)
	at := second + time.Second
	if over := l.Offset + l.Pattern.Duration(); over > second {
		at = min(at, over)
	}
	const grid = 1 << 20
	return math.Round(s.engine.Target(load, at-1)*grid) / grid
}

// watch starts to watch this process and returns what asks for its health.
func (s *shift) watch() func() metrics.Health {
	if s.Virtual {
		return nil
	}
	s.sampler = metrics.NewSampler()
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	s.running.Go(func() { s.sampler.Watch(ctx) })
	return func() metrics.Health {
		h := s.sampler.Sample()
		h.CPU = min(1, h.CPU*float64(max(1, s.Processes)))
		return h
	}
}

// begin starts the engine, which waits for the time by itself.
func (s *shift) begin(ctx context.Context, at time.Time) {
	s.start = at
	s.running.Go(func() { s.ended <- s.engine.Run(ctx, at) })
	s.schedule()
}

// schedule sets the timer for the next collection. Each is computed from the
// start of the run, so that lateness does not add up; after a stall they follow
// at once until they have caught up.
func (s *shift) schedule() {
	end := time.Duration(s.second+1) * time.Second
	s.due.Reset(time.Until(s.start.Add(end + collectAfter)))
}

// collect sends the snapshot of a second that has ended.
func (s *shift) collect(ctx context.Context) {
	if s.second < 0 {
		s.warmUp()
	} else {
		s.report(ctx, s.recorder.Collect(s.second))
	}
	s.second++
	s.schedule()
}

// warmUp lets the first second's health be that of the first second, and not of
// the wait for the start.
func (s *shift) warmUp() {
	if s.sampler != nil {
		s.sampler.Sample()
	}
}

// report sends a snapshot. One that can't be sent leaves a gap that the
// coordinator sees.
func (s *shift) report(ctx context.Context, snapshot *metrics.Snapshot) {
	s.sent++
	if err := s.send(ctx, Message{Snapshot: snapshot}); err != nil {
		s.Logger.Warn("snapshot lost", "second", snapshot.Second, "error", err)
	}
}

// finish sends what is left after the last user has gone.
func (s *shift) finish(ctx context.Context, r engine.Report) error {
	done := &Done{Fenced: s.fenced}
	cause := ctx.Err()
	if s.fenced {
		cause = fmt.Errorf("lost the coordinator: no answer for %v", s.lease.length)
	}
	if ctx.Err() != nil {
		done.Error = "it was cancelled"
		detached, cancel := context.WithTimeout(context.WithoutCancel(ctx), farewell)
		defer cancel()
		ctx = detached
	}
	if s.leaving {
		done.Error = left
	}
	for s.second = max(s.second, 0); s.second < int((r.Elapsed-1)/time.Second); s.second++ {
		s.report(ctx, s.recorder.Collect(s.second))
	}
	if last := s.recorder.Finish(r.Elapsed); last != nil {
		s.report(ctx, last)
		s.second = last.Second + 1
	}
	for _, group := range hangings(r.Hung) {
		s.Logger.Warn("user code hangs", "where", group.String(), "stack", group.stack)
		done.Hanging = append(done.Hanging, group.String())
	}
	done.Snapshots, done.Seconds = s.sent, s.second
	return errors.Join(cause, s.send(ctx, Message{Done: done}))
}

// leave lets the users finish. Asked again it cuts them.
func (s *shift) leave(ctx context.Context) (over bool, err error) {
	if s.start.IsZero() {
		return true, s.send(ctx, Message{Done: &Done{Error: left}})
	}
	grace := max(0, orElse(s.graceful, engine.DefaultGraceful))
	if s.leaving {
		grace = 0
	}
	s.leaving = true
	s.engine.Stop(grace)
	return false, nil
}

// left is what became of a worker that was asked to go.
const left = "it was asked to leave"

// cancel ends the shift at once.
func (s *shift) cancel(ctx context.Context) error {
	if !s.start.IsZero() {
		return s.finish(ctx, <-s.ended)
	}
	detached, stop := context.WithTimeout(context.WithoutCancel(ctx), farewell)
	defer stop()
	return errors.Join(ctx.Err(), s.send(detached, Message{Done: &Done{Error: "it was cancelled"}}))
}

// beat says that the worker is alive. When the coordinator has not answered for
// too long it may have given the share away, so the worker ends its load; what
// it measured still counts.
func (s *shift) beat(ctx context.Context) error {
	now := time.Now()
	if !s.lease.expired(now) {
		return s.send(ctx, Message{Heartbeat: &Heartbeat{Beat: s.lease.next(now)}})
	}
	s.Logger.Warn("lost the coordinator", "lease", s.lease.length)
	s.beats.Stop()
	if s.start.IsZero() {
		return fmt.Errorf("lost the coordinator before the start: no answer for %v", s.lease.length)
	}
	s.fenced = true
	s.engine.Stop(max(0, orElse(s.graceful, engine.DefaultGraceful)))
	return nil
}

func (s *shift) send(ctx context.Context, m Message) error {
	m.V = Protocol
	return s.Link.Send(ctx, m)
}
