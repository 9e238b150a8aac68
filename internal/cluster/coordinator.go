package cluster

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/loadforge/loadforge/internal/engine"
	"github.com/loadforge/loadforge/internal/metrics"
)

const (
	// tickEvery is how often the coordinator looks at its clocks.
	tickEvery = 250 * time.Millisecond
	// overdueAfter is how long after its end a second waits for the reports of
	// all workers.
	overdueAfter = 3 * time.Second
	// stopPatience is how long after the grace of a stop workers may take to be
	// done. Then a graceful stop becomes one at once, and workers that do not
	// answer that are lost.
	stopPatience = 5 * time.Second
	// keptPatience is how long the end of a run waits for snapshots that its
	// transport keeps.
	keptPatience = 30 * time.Second
)

// A coordinator conducts one run. Everything it knows belongs to the goroutine
// of Run, which never waits for anything but the next event.
type coordinator struct {
	ctx     context.Context
	plan    *Plan
	options Options
	log     *slog.Logger

	members   []*member
	byAddress map[string]*member
	absent    []string      // what became of workers that never joined
	epochs    []Epoch       // of the load; none before it was divided
	tables    []Table       // of the epochs
	free      int           // so many of them may be told to everybody; see spread
	position  uint64        // of the last message, see Settler
	changed   time.Duration // awake when a worker was last lost

	start    time.Time // of the load; zero before it is known
	timeline *timeline
	total    metrics.Total
	judge    *metrics.Judge
	latest   *metrics.Snapshot
	couriers []*courier
	given    int         // seconds and parts that were given out
	keeper   *courier    // of the sink that keeps checkpoints; nil without one
	keeping  atomic.Bool // it is at it
	safe     promise

	level       stopLevel
	stopBy      time.Time     // when patience with the level ends
	stoppedAt   time.Duration // when the load ends, since the start
	interrupted bool
	aborted     string   // the threshold that ended the run
	message     string   // the last thing worth showing
	reasons     []string // for the verdict, beyond what snapshots tell
	setUpDone   bool
	holds       []Hold
	over        bool // the load has ended

	cancelled <-chan struct{} // nil once noticed
	nudges    chan struct{}
	ticker    *time.Ticker
	ticked    time.Time
	// awake is how long the coordinator has run, without the time its process
	// or machine stood still. Silence of workers is measured by it: who sleeps
	// hears nothing, and must not blame others for that.
	awake time.Duration
	ends  []secondEnd   // of seconds that are not overdue yet
	ended int           // seconds of the run that have ended
	late  int           // seconds before this one are overdue
	kept  time.Duration // awake at the last checkpoint
}

// A secondEnd is when a second was found to have ended.
type secondEnd struct {
	second int
	awake  time.Duration
}

func newCoordinator(ctx context.Context, plan *Plan, options Options) *coordinator {
	c := &coordinator{
		ctx: ctx, plan: plan, options: options, log: options.Logger,
		byAddress: map[string]*member{},
		total:     metrics.Total{Warmup: plan.Warmup},
		judge:     metrics.NewJudge(plan.Thresholds),
		cancelled: ctx.Done(),
		nudges:    make(chan struct{}, 1),
		ticker:    time.NewTicker(tickEvery),
		ticked:    time.Now(),
	}
	c.judge.Warmup = plan.Warmup
	return c
}

// wait handles events until done reports true, which it is asked after each.
func (c *coordinator) wait(done func() bool) {
	for !done() {
		select {
		case m := <-c.options.Transport.Messages():
			c.receive(m)
		case <-c.ticker.C:
			c.tick()
		case <-c.options.Control.changes():
			c.obey()
			c.hold()
		case <-c.cancelled:
			c.cancelled = nil
			c.interrupt(stopNow, context.Cause(c.ctx).Error())
		case <-c.nudges:
			c.passOn()
		}
	}
}

// obey ends the run as far as was asked for.
func (c *coordinator) obey() {
	if level, reason := c.options.Control.state(); level > goOn {
		c.interrupt(level, reason)
	}
}

// nudge makes wait ask again whether it is done. Any goroutine may call it.
func (c *coordinator) nudge() {
	select {
	case c.nudges <- struct{}{}:
	default:
	}
}

func (c *coordinator) receive(m Message) {
	if m.Hello != nil {
		c.join(m.From, m.Hello)
		return
	}
	sender := c.byAddress[m.From]
	if sender == nil && m.Gone != nil {
		c.absent = append(c.absent, m.From+": "+m.Gone.Reason)
		return
	}
	if sender == nil {
		c.log.Warn("message of an unknown worker", "address", m.From)
		return
	}
	c.position = max(c.position, m.Position)
	switch {
	case m.Ready != nil && sender.is(m.Ready.Epoch):
		c.takeReady(sender, m.Ready)
	case m.Heartbeat != nil && sender.is(m.Heartbeat.Epoch):
		c.renew(sender, m.Heartbeat)
	case m.Snapshot != nil:
		c.takeSnapshot(sender, m.Snapshot)
	case m.Done != nil:
		c.takeDone(sender, m.Done)
	case m.Leave != nil && sender.is(m.Leave.Epoch):
		c.letGo(sender)
	case m.Gone != nil:
		c.lose(sender, m.Gone.Reason)
	}
}

// takeReady notes what a member knows. One that came late gets its share now.
func (c *coordinator) takeReady(m *member, ready *Ready) {
	if ready.Error != "" {
		c.lose(m, ready.Error)
		return
	}
	late := !m.ready && c.started()
	m.heard, m.ready, m.have = c.awake, true, max(m.have, ready.Have)
	if late {
		c.tell(m, Message{Start: &Start{At: c.start}})
		c.rebalance()
	}
	c.spread()
}

// renew answers a heartbeat. A member that was given up gets no answer: its
// lease runs out and it stops.
func (c *coordinator) renew(m *member, h *Heartbeat) {
	if m.lost != "" {
		return
	}
	m.heard = c.awake
	m.holds = min(m.holds, h.Holds)
	// A lease that does not arrive is as good as one that was not sent.
	_ = c.options.Transport.Send(m.address, Message{V: Protocol, Lease: &Lease{Beat: h.Beat}})
	c.remind(m, h)
}

// remind says again what a member has missed.
func (c *coordinator) remind(m *member, h *Heartbeat) {
	if !m.active() || len(c.epochs) == 0 {
		return
	}
	if h.Leaving {
		c.letGo(m)
	}
	if h.Have > m.have {
		m.have = h.Have
		c.spread()
	}
	if h.Have < m.told {
		c.assignTo(m)
	}
	if c.started() && h.Have > 0 && !h.Started {
		c.tell(m, Message{Start: &Start{At: c.start}})
	}
	if c.started() && c.level > goOn && !h.Stopping {
		c.tell(m, Message{Stop: &Stop{Grace: max(0, time.Until(c.stopBy)-stopPatience)}})
	}
}

func (c *coordinator) takeSnapshot(m *member, s *metrics.Snapshot) {
	if !c.started() || s.Worker != m.index || s.Epoch == 0 || s.Epoch > m.epoch || s.Second < 0 || s.Second > c.soon() {
		c.log.Warn("snapshot out of place", "worker", m.index, "epoch", s.Epoch, "second", s.Second)
		return
	}
	if s.Epoch == m.epoch {
		m.heard = c.awake
	}
	if c.timeline.met(s) {
		return
	}
	m.tally.follow(tallyOf(s))
	if late := c.timeline.add(s); late != nil {
		c.give(late)
	}
	c.giveFinal()
}

// takeDone notes that a member has sent all it had. One that did not come to
// the end of its work is as good as lost, but its snapshots count.
func (c *coordinator) takeDone(m *member, done *Done) {
	m.owes(done)
	if !m.active() || !m.is(done.Epoch) {
		return
	}
	m.heard = c.awake
	for _, task := range done.Hanging {
		c.reasons = append(c.reasons, m.title()+": "+task)
		c.notice(m.title() + ": " + task)
	}
	switch {
	case done.Error != "":
		c.lose(m, done.Error)
	case done.Fenced:
		c.lose(m, "its lease ran out")
	case c.started():
		c.timeline.finish(m.index, min(done.Seconds, c.soon()))
	}
	m.done = done
	if done.Left {
		c.part(m)
	}
	if c.started() {
		c.giveFinal()
	}
}

// soon is the first second that can't have been reported yet, with an allowance
// for clocks of other machines.
func (c *coordinator) soon() int {
	return max(0, int(time.Since(c.start)/time.Second)) + 2
}

func (c *coordinator) started() bool { return !c.start.IsZero() }

// tick does what is due with time.
func (c *coordinator) tick() {
	now := time.Now()
	c.awake += min(now.Sub(c.ticked), 2*tickEvery)
	c.ticked = now
	c.checkLeases()
	if c.level > goOn && now.After(c.stopBy) {
		c.hurryUp()
	}
	if c.started() {
		c.advance(now)
		c.giveFinal()
		c.passOn()
		c.checkpointEach(time.Second)
	}
}

// checkpointEach makes a checkpoint when the last one is that long ago.
func (c *coordinator) checkpointEach(every time.Duration) {
	if c.awake-c.kept >= every {
		c.kept = c.awake
		c.checkpoint()
	}
}

// advance finds the seconds that are overdue.
func (c *coordinator) advance(now time.Time) {
	for ; c.start.Add(time.Duration(c.ended+1) * time.Second).Before(now); c.ended++ {
		c.ends = append(c.ends, secondEnd{c.ended, c.awake})
	}
	for len(c.ends) > 0 && c.awake-c.ends[0].awake >= overdueAfter {
		c.late = c.ends[0].second + 1
		c.ends = c.ends[1:]
	}
}

// hurryUp ends the patience with workers that should be done: a graceful stop
// becomes one at once, and after that the run ends without them.
func (c *coordinator) hurryUp() {
	if !c.started() || c.every(func(m *member) bool { return !m.active() }) {
		return
	}
	if c.level < stopNow {
		c.stop(stopNow, "workers did not stop in time")
		return
	}
	for _, m := range c.members {
		c.lose(m, "it did not stop")
	}
}

// interrupt is a stop asked for from outside.
func (c *coordinator) interrupt(level stopLevel, reason string) {
	c.interrupted = true
	if reason == "" {
		reason = "stop requested"
	}
	c.stop(level, reason)
}

// stop ends the load, or makes an end that was under way more urgent.
func (c *coordinator) stop(level stopLevel, reason string) {
	if level <= c.level {
		return
	}
	if c.started() && c.level == goOn {
		c.stopAt(time.Since(c.start))
	}
	c.level = level
	c.notice(reason)
	grace := c.grace()
	c.stopBy = time.Now().Add(grace + stopPatience)
	if c.started() {
		c.tellActive(Message{Stop: &Stop{Grace: grace}})
	}
}

// stopAt notes when the load ends.
func (c *coordinator) stopAt(at time.Duration) {
	c.stoppedAt = at
	c.judge.StopAt(at)
	c.total.StopAt(at)
}

// grace is how long running iterations have with the present urgency.
func (c *coordinator) grace() time.Duration {
	if c.level == stopNow {
		return 0
	}
	return max(0, orElse(c.plan.Graceful, engine.DefaultGraceful))
}

// notice notes a line worth showing. Sinks show it, so the log need not insist.
func (c *coordinator) notice(text string) {
	c.message = text
	c.log.Info(text)
}
