package cluster

import (
	"context"
	"log/slog"
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
	absent    []string // what became of workers that never joined
	table     Table

	start    time.Time // of the load; zero before it is known
	timeline *timeline
	total    metrics.Total
	judge    *metrics.Judge
	latest   *metrics.Snapshot
	couriers []*courier

	level       stopLevel
	stopBy      time.Time // when patience with the level ends
	interrupted bool
	aborted     string   // the threshold that ended the run
	message     string   // the last thing worth showing
	reasons     []string // for the verdict, beyond what snapshots tell
	setUpDone   bool

	cancelled <-chan struct{} // nil once noticed
	nudges    chan struct{}
	ticker    *time.Ticker
	ticked    time.Time
	// awake is how long the coordinator has run, without the time its process
	// or machine stood still. Silence of workers is measured by it: who sleeps
	// hears nothing, and must not blame others for that.
	awake time.Duration
	ends  []secondEnd // of seconds that are not overdue yet
	ended int         // seconds of the run that have ended
	late  int         // seconds before this one are overdue
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
			level, reason := c.options.Control.state()
			c.interrupt(level, reason)
		case <-c.cancelled:
			c.cancelled = nil
			c.interrupt(stopNow, context.Cause(c.ctx).Error())
		case <-c.nudges:
		}
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
	sender.heard = c.awake
	switch {
	case m.Ready != nil:
		c.takeReady(sender, m.Ready)
	case m.Heartbeat != nil:
		c.renew(sender, m.Heartbeat)
	case m.Snapshot != nil:
		c.takeSnapshot(sender, m.Snapshot)
	case m.Done != nil:
		c.takeDone(sender, m.Done)
	case m.Gone != nil:
		c.lose(sender, m.Gone.Reason)
	}
}

func (c *coordinator) takeReady(m *member, ready *Ready) {
	m.ready = ready.Error == ""
	if !m.ready {
		c.lose(m, ready.Error)
	}
}

// renew answers a heartbeat. A member that was given up gets no answer: its
// lease runs out and it stops.
func (c *coordinator) renew(m *member, h *Heartbeat) {
	if m.lost == "" {
		// A lease that does not arrive is as good as one that was not sent.
		_ = c.options.Transport.Send(m.address, Message{V: Protocol, Lease: &Lease{Beat: h.Beat}})
	}
}

func (c *coordinator) takeSnapshot(m *member, s *metrics.Snapshot) {
	if !c.started() || s.Worker != m.index || s.Epoch != m.epoch || s.Second < 0 || s.Second > c.soon() {
		c.log.Warn("snapshot out of place", "worker", m.index, "epoch", s.Epoch, "second", s.Second)
		return
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
	if !m.active() {
		return
	}
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
