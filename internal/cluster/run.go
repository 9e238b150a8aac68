package cluster

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
)

// Run conducts a run: it waits for the workers of the transport, and returns
// when all are done and every sink has its end. The outcome is meaningful also
// with an error, except for a [*PlanError]: then nothing happened, and no sink
// was told.
func Run(ctx context.Context, plan Plan, options Options) (metrics.Outcome, error) {
	if plan.Close != nil {
		defer plan.Close()
	}
	if err := validate(&plan, options.Workers); err != nil {
		return metrics.Outcome{Error: err.Error()}, err
	}
	c := newCoordinator(ctx, &plan, options.withDefaults())
	defer c.ticker.Stop()
	if options.Resume != nil {
		err := c.resume()
		if c.timeline == nil {
			return metrics.Outcome{Error: err.Error()}, err
		}
		return c.conclude(err), err
	}
	err := c.conduct()
	return c.conclude(err), err
}

// validate reports all problems of a plan at once.
func validate(plan *Plan, workers int) error {
	problems := []error{plan.Validate()}
	for _, rule := range plan.Thresholds {
		problems = append(problems, rule.Validate())
	}
	if plan.Warmup < 0 {
		problems = append(problems, fmt.Errorf("warm-up must not be negative, is %v", plan.Warmup))
	}
	if workers > Slots {
		problems = append(problems, fmt.Errorf("a run has at most %d workers, not %d", Slots, workers))
	}
	err := errors.Join(problems...)
	if err == nil { // one that is wrong may have no length
		err = checkWarmup(plan)
	}
	if err != nil {
		return &PlanError{Err: err}
	}
	return nil
}

func checkWarmup(plan *Plan) error {
	if length := plan.Duration(); plan.Warmup > 0 && length > 0 && plan.Warmup >= length {
		return fmt.Errorf("a warm-up of %v leaves nothing to measure of a run of %v: shorten the warm-up or lengthen the run", plan.Warmup, length)
	}
	return nil
}

// conduct takes the run through its phases. A stop makes each of them short.
func (c *coordinator) conduct() error {
	defer c.dismiss()
	c.obey() // before anything happens: what wait chooses among is left to chance
	if err := c.gather(); err != nil {
		return err
	}
	if err := c.setUp(); err != nil {
		return err
	}
	err := c.load()
	if teardown := c.tearDown(); err == nil {
		err = teardown
	}
	return err
}

// gather waits for the workers to join.
func (c *coordinator) gather() error {
	deadline := time.Now().Add(c.options.Join)
	c.wait(func() bool {
		return len(c.members) >= c.options.Workers || len(c.absent) > 0 || c.level > goOn || !time.Now().Before(deadline)
	})
	if len(c.absent) > 0 && c.level == goOn {
		return c.want(c.absent...)
	}
	if len(c.members) < c.options.Workers && c.level == goOn {
		return c.want("the others did not join within " + c.options.Join.String())
	}
	return nil
}

// want is the error of a run that lacks workers.
func (c *coordinator) want(why ...string) error {
	have := 0
	for _, m := range c.members {
		if m.lost == "" {
			have++
		}
	}
	return &WorkersError{Want: c.options.Workers, Have: have, Lost: append(c.gone(), why...)}
}

// setUp runs the test's setup. When a stop cuts it, that is no error.
func (c *coordinator) setUp() error {
	if c.level > goOn {
		return nil
	}
	if c.plan.Setup != nil {
		if err := c.hook(c.plan.Setup, c.options.Hook, stopGracefully); err != nil {
			if c.level > goOn {
				c.notice("setup was cut: " + err.Error())
				return nil
			}
			return &SetupError{Err: err}
		}
	}
	c.setUpDone = true
	return nil
}

// tearDown runs the test's teardown if there is anything to tear down.
func (c *coordinator) tearDown() error {
	if c.plan.Teardown == nil || !c.setUpDone {
		return nil
	}
	limit, cutAt := c.options.Hook, stopNow
	if c.level == stopNow {
		limit, cutAt = hurry, stopNow+1
	}
	if err := c.hook(c.plan.Teardown, limit, cutAt); err != nil {
		return &TeardownError{Err: err}
	}
	return nil
}

// load runs the load: it deals it to the workers, starts them together and
// waits until all are done.
func (c *coordinator) load() error {
	if c.level > goOn {
		return nil
	}
	if err := c.assign(); err != nil || c.level > goOn {
		return err
	}
	c.begin()
	return c.carry()
}

// carry waits until the load has been run, and for what is still to come of it.
func (c *coordinator) carry() error {
	c.wait(c.finished)
	c.over = true
	c.settle()
	if c.every(func(m *member) bool { return m.lost != "" }) {
		return c.want()
	}
	return nil
}

// finished reports whether nobody works any more. When all are lost, those that
// may come back have a lease's time for that.
func (c *coordinator) finished() bool {
	if !c.every(func(m *member) bool { return !m.active() }) {
		return false
	}
	hopeful := c.options.Open && c.level == goOn && c.every(func(m *member) bool { return m.lost != "" })
	return !hopeful || c.awake-c.changed > c.options.Lease
}

// assign tells each worker its share and waits until all are ready.
func (c *coordinator) assign() error {
	weights := make([]float64, len(c.members))
	for i, m := range c.members {
		weights[i] = m.weight
	}
	c.divide(Epoch{Weights: weights})
	c.free = 1
	c.timeline = newTimeline(c.tables[0])
	for _, m := range c.members {
		if m.active() {
			m.told = 1
			c.assignTo(m)
		}
	}
	deadline := time.Now().Add(c.options.Join)
	c.wait(func() bool {
		settled := c.every(func(m *member) bool { return m.ready || !m.active() })
		return settled || c.level > goOn || !time.Now().Before(deadline)
	})
	if c.level > goOn || c.every(func(m *member) bool { return m.ready && m.active() }) {
		return nil
	}
	for _, m := range c.members {
		if !m.ready {
			c.lose(m, "it was not ready within "+c.options.Join.String())
		}
	}
	return c.want()
}

// begin sets the start time and tells everybody.
func (c *coordinator) begin() {
	c.start = time.Now().Add(c.options.Lead)
	c.announce(c.start)
	c.stopAt(c.plan.Duration())
	c.tellActive(Message{Start: &Start{At: c.start}})
	c.hold()
}

// announce tells the sinks of the run.
func (c *coordinator) announce(start time.Time) {
	run := Describe(c.plan, start, max(c.options.Workers, len(c.members)))
	for _, sink := range c.options.Sinks {
		courier := newCourier(sink)
		courier.begin(run)
		c.couriers = append(c.couriers, courier)
		if _, keeps := sink.(Keeper); keeps && c.keeper == nil {
			c.keeper = courier
		}
	}
}

// settle waits for snapshots that are still on their way, and gives out what is
// left.
func (c *coordinator) settle() {
	deadline := c.awake + c.settlePatience()
	c.wait(func() bool { return c.awake >= deadline || c.every(c.whole) })
	for _, m := range c.members {
		c.timeline.lose(m.index)
	}
	c.giveFinal()
}

// settlePatience is how long the end of a run waits for snapshots that are
// known to exist. A transport that keeps them brings them in the end.
func (c *coordinator) settlePatience() time.Duration {
	if c.keeps() {
		return keptPatience
	}
	return overdueAfter
}

// keeps says that the transport keeps what workers send until it is settled.
func (c *coordinator) keeps() bool {
	_, keeps := c.options.Transport.(Settler)
	return keeps
}

// whole reports whether all snapshots of a member are in, as far as it said how
// many there are.
func (c *coordinator) whole(m *member) bool {
	for epoch, done := range m.owed {
		if !c.timeline.whole(m.index, epoch, done.Snapshots) {
			return false
		}
	}
	return true
}

// dismiss sends the workers home that still wait for something.
func (c *coordinator) dismiss() {
	for _, m := range c.members {
		if m.done == nil {
			_ = c.options.Transport.Send(m.address, Message{V: Protocol, Stop: &Stop{}})
		}
	}
}

// conclude makes the outcome and brings it to the sinks. A run that did not
// begin has an outcome too, and sinks keep it.
func (c *coordinator) conclude(err error) metrics.Outcome {
	if !c.started() {
		c.announce(time.Now())
	}
	c.eachCourier(func(ctx context.Context, courier *courier) { courier.drain(ctx) })
	c.hearSinks()
	outcome := c.outcome(err)
	c.eachCourier(func(ctx context.Context, courier *courier) { courier.end(ctx, outcome) })
	c.hearSinks()
	outcome.Verdict = c.verdict(outcome.Summary, false)
	return outcome
}

// eachCourier does something for all couriers, with patience for all of them
// together.
func (c *coordinator) eachCourier(do func(context.Context, *courier)) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.ctx), sinkPatience)
	defer cancel()
	for _, courier := range c.couriers {
		do(ctx, courier)
	}
}

func (c *coordinator) outcome(err error) metrics.Outcome {
	thresholds, passed := c.judge.Final()
	summary := c.total.Summary(0)
	outcome := metrics.Outcome{
		Passed:      passed && err == nil && c.started(),
		Interrupted: c.interrupted,
		Aborted:     c.aborted,
		Verdict:     c.verdict(summary, false),
		Thresholds:  thresholds,
		Summary:     summary,
		End:         time.Now(),
		Workers:     c.statuses(),
	}
	if err != nil {
		outcome.Error = err.Error()
	}
	return outcome
}
