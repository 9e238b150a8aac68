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
	// heartbeatEvery is how often a worker with a lease says that it is alive, at
	// least.
	heartbeatEvery = time.Second
	// leaseBeats is how many heartbeats there are in a lease, at least: one that
	// is lost, or late, costs nothing.
	leaseBeats = 3
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
	holds    int              // that it knows
	leaving  bool             // it was asked to
	parting  *time.Timer      // ends the work of a worker that leaves
	stopping bool             // the coordinator wants an end
	deserted bool             // the coordinator was lost
	hello    *Hello
	begun    time.Time     // when it first said hello
	patience time.Duration // for the answer; zero means for ever
	epochs   []Epoch       // of the load, as far as it knows
	tables   []Table

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
	return s
}

// work joins the run and does what there is to do in it.
func (s *shift) work(ctx context.Context) error {
	s.hello, s.begun = s.Worker.hello(), time.Now()
	if err := s.send(ctx, Message{Hello: s.hello}); err != nil {
		return fmt.Errorf("join the run: %w", err)
	}
	return s.run(ctx)
}

// close waits for what runs beside.
func (s *shift) close() {
	s.due.Stop()
	s.beats.Stop()
	if s.parting != nil {
		s.parting.Stop()
	}
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
	case m.Assign != nil && s.welcome != nil:
		return false, s.follow(ctx, m.Assign)
	case m.Start != nil && s.engine != nil && s.start.IsZero():
		s.begin(ctx, m.Start.At)
	case m.Lease != nil:
		s.lease.renew(m.Lease.Beat)
		s.permit()
	case m.Hold != nil && s.engine != nil:
		s.hold(m.Hold)
	case m.Stop != nil && s.start.IsZero():
		return true, s.send(ctx, Message{Done: s.done()})
	case m.Stop != nil:
		s.stopping = true
		s.engine.Stop(m.Stop.Grace)
	}
	return false, nil
}

func (s *shift) enter(w *Welcome) {
	s.welcome = w
	s.lease = newLease(w.Lease, time.Now())
	if w.Lease <= 0 {
		s.beats.Stop()
		return
	}
	s.beats.Reset(max(1, min(heartbeatEvery, w.Lease/leaseBeats)))
}

// prepare makes the engine for the worker's share.
func (s *shift) prepare(ctx context.Context, a *Assign) error {
	plan := s.Plan
	plan.Seed, plan.MaxRate, plan.Graceful = a.Seed, a.MaxRate, a.Graceful
	s.learn(a.Epochs)
	if err := s.check(&plan, a.Since); err != nil {
		return errors.Join(err, s.send(ctx, Message{Ready: &Ready{Epoch: s.welcome.Epoch, Error: err.Error()}}))
	}
	s.graceful = plan.Graceful
	s.equip(plan, a.Since)
	s.permit()
	return s.ready(ctx)
}

// follow takes in what is new of the division of the load.
func (s *shift) follow(ctx context.Context, a *Assign) error {
	known := len(s.epochs)
	s.learn(a.Epochs)
	for i := max(known, a.Since); i < len(s.epochs); i++ {
		share := s.share(i)
		if !s.start.IsZero() {
			// News that comes too late holds from now on: what was due before
			// is missed, not made up for.
			share.From = max(share.From, time.Since(s.start)+engine.Settled)
		}
		s.engine.Reassign(share)
	}
	s.handOver()
	return s.ready(ctx)
}

func (s *shift) ready(ctx context.Context) error {
	return s.send(ctx, Message{Ready: &Ready{Epoch: s.welcome.Epoch, Have: len(s.epochs)}})
}

// learn works out the tables of epochs that are new.
func (s *shift) learn(epochs []Epoch) {
	for i := len(s.epochs); i < len(epochs); i++ {
		table := Shares(epochs[i].Weights)
		if i > 0 {
			table = s.tables[i-1].Reweigh(epochs[i].Weights)
		}
		s.epochs, s.tables = append(s.epochs, epochs[i]), append(s.tables, table)
	}
}

// share is the worker's in an epoch.
func (s *shift) share(epoch int) engine.Share {
	table, worker := s.tables[epoch], s.welcome.Worker
	return engine.Share{
		From: s.epochs[epoch].From, Weight: table.Share(worker),
		Owns: func(i int64) bool { return table.Owner(i) == worker },
	}
}

// shares are all that count for the worker. It has no part in the epochs before.
func (s *shift) shares(since int) []engine.Share {
	if since == 0 && len(s.epochs) == 0 {
		return []engine.Share{{Weight: 1}}
	}
	var shares []engine.Share
	if since > 0 {
		nothing := engine.Share{Owns: func(int64) bool { return false }}
		shares = append(shares, nothing, nothing)
	}
	for i := since; i < len(s.epochs); i++ {
		shares = append(shares, s.share(i))
	}
	return shares
}

// permit lets the engine start work as long as the lease lasts.
func (s *shift) permit() {
	if s.engine != nil && s.lease.length > 0 {
		s.engine.Until(s.lease.until)
	}
}

func (s *shift) check(plan *engine.Plan, since int) error {
	if err := plan.Validate(); err != nil {
		return &PlanError{Err: err}
	}
	worker := s.welcome.Worker
	if since == 0 && len(s.tables) > 0 && s.tables[0].Slots(worker) == 0 {
		return fmt.Errorf("worker %d of %d has no share of the load: give it more weight", worker, s.tables[0].Workers())
	}
	return nil
}

// equip makes the engine and the recorder. Each needs the other: the engine
// records, and the recorder asks it for targets.
func (s *shift) equip(plan engine.Plan, since int) {
	config := metrics.RecorderConfig{
		Worker: s.welcome.Worker,
		Epoch:  s.welcome.Epoch,
		Target: s.target,
		Health: s.watch(),
		Redact: plan.Redact,
	}
	for i := range plan.Loads {
		config.Loads = append(config.Loads, plan.Loads[i].Scenario)
	}
	s.recorder = metrics.NewRecorder(config)
	shares := s.shares(since)
	s.engine = engine.New(plan, engine.Options{
		Recorder: s.recorder,
		Owns:     shares[0].Owns,
		Weight:   shares[0].Weight,
		Shares:   shares[1:],
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
	// Of the seconds before it came a late worker has nothing to tell.
	s.second = max(s.second, int(time.Since(at)/time.Second)-1)
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
	done := s.done()
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

// leavePatience is how long a worker that wants to leave waits for others to
// take over its share.
const leavePatience = 15 * time.Second

// leave asks for somebody else to take over, and ends when that has happened.
// Asked again the worker ends without.
func (s *shift) leave(ctx context.Context) (over bool, err error) {
	again := s.leaving
	s.leaving = true
	if s.start.IsZero() {
		return true, s.send(ctx, Message{Done: s.done()})
	}
	if again || s.lease.length == 0 {
		s.depart()
		return false, nil
	}
	s.parting = time.AfterFunc(leavePatience, s.depart)
	return false, s.send(ctx, Message{Leave: &Leave{Epoch: s.welcome.Epoch}})
}

// handOver ends the work of a worker that leaves, at the time from which its
// whole share belongs to others.
func (s *shift) handOver() {
	if last := s.share(len(s.epochs) - 1); s.parting != nil && last.Weight == 0 {
		s.parting.Reset(time.Until(s.start.Add(last.From)))
	}
}

// depart lets the users finish what they do, and starts nothing new.
func (s *shift) depart() { s.engine.Stop(max(0, orElse(s.graceful, engine.DefaultGraceful))) }

func (s *shift) done() *Done {
	done := &Done{Fenced: s.fenced, Left: s.leaving}
	if s.welcome != nil {
		done.Epoch = s.welcome.Epoch
	}
	return done
}

// cancel ends the shift at once.
func (s *shift) cancel(ctx context.Context) error {
	if !s.start.IsZero() {
		return s.finish(ctx, <-s.ended)
	}
	detached, stop := context.WithTimeout(context.WithoutCancel(ctx), farewell)
	defer stop()
	done := s.done()
	done.Error = "it was cancelled"
	return errors.Join(ctx.Err(), s.send(detached, Message{Done: done}))
}

// beat says that the worker is alive. When the coordinator has not answered for
// too long it may have given the share away, so the worker ends its load; what
// it measured still counts.
func (s *shift) beat(ctx context.Context) error {
	now := time.Now()
	if s.welcome == nil {
		return s.knock(ctx, now)
	}
	if !s.lease.expired(now) {
		return s.send(ctx, Message{Heartbeat: &Heartbeat{
			Beat: s.lease.next(now), Epoch: s.welcome.Epoch, Have: len(s.epochs), Holds: s.holds,
			Started: !s.start.IsZero(), Stopping: s.stopping, Leaving: s.leaving,
		}})
	}
	s.Logger.Warn("lost the coordinator", "lease", s.lease.length)
	s.beats.Stop()
	s.deserted = true
	if s.start.IsZero() {
		return fmt.Errorf("lost the coordinator before the start: no answer for %v", s.lease.length)
	}
	s.fenced = true
	s.depart()
	return nil
}

// knock says hello again: the first one may have been lost, or the coordinator
// is not yet, or not again, there.
func (s *shift) knock(ctx context.Context, now time.Time) error {
	if s.patience > 0 && now.Sub(s.begun) > s.patience {
		return fmt.Errorf("lost the coordinator: it did not answer for %v", s.patience)
	}
	if err := s.send(ctx, Message{Hello: s.hello}); err != nil {
		return fmt.Errorf("join the run: %w", err)
	}
	return nil
}

func (s *shift) send(ctx context.Context, m Message) error {
	m.V = Protocol
	return s.Link.Send(ctx, m)
}
