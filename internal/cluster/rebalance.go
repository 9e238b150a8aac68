package cluster

import (
	"math"
	"time"
)

const (
	// rebalanceLead is the least time between the decision to divide the load
	// anew and the moment from which that holds: time for the news to arrive,
	// be said again if it was lost, and be settled (see [engine.Settled]).
	rebalanceLead = 1500 * time.Millisecond
	// gentle is the most of the load that comes to other workers in a second:
	// those that take over shall not be a spike.
	gentle = 0.1
)

// catchUp takes a member into a run that goes on: it has no part in the load so
// far, and gets one when it is ready.
func (c *coordinator) catchUp(m *member) {
	if !c.started() {
		return
	}
	c.timeline.admit(m.index + 1)
	c.timeline.lose(m.index) // nobody waits for it yet
	m.since = len(c.epochs)
	m.told = min(max(c.free, 1), len(c.epochs))
	c.assignTo(m)
}

// letGo gives the share of a member to others that wants to go.
func (c *coordinator) letGo(m *member) {
	if m.leaving || !m.active() || !c.started() {
		return
	}
	m.leaving = true
	c.notice(m.title() + " wants to leave")
	if c.options.OnLoss == Rebalance && c.level == goOn {
		c.rebalance()
	}
}

// part lets a member go that has finished what it did.
func (c *coordinator) part(m *member) {
	c.changed = c.awake
	c.notice(m.title() + " has left")
	if c.share(m) > 0 {
		c.miss()
	}
}

// miss does what the policy says when a member is no longer there.
func (c *coordinator) miss() {
	switch {
	case !c.started() || c.level > goOn || c.over:
	case c.options.OnLoss == Abort:
		c.stop(stopGracefully, "a worker is missing: the run ends")
	case c.options.OnLoss == Rebalance:
		c.rebalance()
	}
	c.spread() // nobody waits for an answer of the one that is missing
}

// rebalance divides the load among those that are there. What the others had
// comes gently, so that there may be several epochs, a second apart.
func (c *coordinator) rebalance() {
	if len(c.epochs) == 0 || c.cutOff() {
		return
	}
	from := c.nextEpoch()
	if length := c.plan.Duration(); length > 0 && from >= length {
		return
	}
	goal, before := c.weights(), c.inEffect(from)
	now := c.epochs[before].Weights
	if sum(goal) == 0 {
		return
	}
	steps := max(1, int(math.Ceil(c.orphaned(goal, c.tables[before])/gentle-1e-9)))
	for step := 1; step <= steps; step++ {
		weights := append([]float64(nil), goal...)
		for i := range now {
			if goal[i] == 0 {
				weights[i] = now[i] * float64(steps-step) / float64(steps)
			}
		}
		c.divide(Epoch{From: from + time.Duration(step-1)*time.Second, Weights: weights})
	}
	c.awaitNew(goal, from)
	c.passOn()
}

// nextEpoch is when the next division of the load may begin: at a full second,
// so that a second belongs to one division. It takes the place of those that
// were to begin then or later.
func (c *coordinator) nextEpoch() time.Duration {
	from := max(0, time.Since(c.start)) + rebalanceLead
	return (from + time.Second - 1).Truncate(time.Second)
}

// inEffect is the index of the epoch that holds at a moment.
func (c *coordinator) inEffect(at time.Duration) int {
	i := len(c.epochs) - 1
	for i > 0 && c.epochs[i].From > at {
		i--
	}
	return i
}

// weights are those of the members that can carry load, by index.
func (c *coordinator) weights() []float64 {
	weights := make([]float64, len(c.members))
	for i, m := range c.members {
		if m.active() && m.ready && !m.leaving {
			weights[i] = m.weight
		}
	}
	return weights
}

// orphaned is the part of a table that belongs to nobody any more.
func (c *coordinator) orphaned(goal []float64, table Table) (part float64) {
	for i, weight := range goal {
		if weight == 0 {
			part += table.Share(i)
		}
	}
	return part
}

// cutOff says that nothing is heard of more than half of the load: then it is
// rather the coordinator that is cut off, and those it hears must not carry
// everything.
func (c *coordinator) cutOff() bool {
	lost := 0.0
	for _, m := range c.members {
		if m.lost != "" && m.unproven {
			lost += c.share(m)
		}
	}
	if lost > 0.5 {
		c.notice("more than half of the load is out of reach: the others do not take it over")
	}
	return lost > 0.5
}

// awaitNew makes the timeline wait for those that get their first share.
func (c *coordinator) awaitNew(goal []float64, from time.Duration) {
	for i, m := range c.members {
		if goal[i] > 0 && c.timeline.workers[i].lost {
			c.timeline.await(m.index, int(from/time.Second))
		}
	}
}

// divide adds an epoch.
func (c *coordinator) divide(e Epoch) {
	table := Shares(e.Weights)
	if n := len(c.tables); n > 0 {
		table = c.tables[n-1].Reweigh(e.Weights)
	}
	c.epochs, c.tables = append(c.epochs, e), append(c.tables, table)
	if c.timeline != nil {
		c.timeline.divide(e, table)
	}
}

// spread tells the members of new epochs. Those who lose load by an epoch are
// told first, and the others when all of them have said that they know: no
// part of the load is ever run by two. None is told before a checkpoint has it.
func (c *coordinator) spread() {
	safe := c.safeEpochs()
	for c.free < safe && !c.pending(c.free) {
		c.free++
	}
	for _, m := range c.members {
		n := c.free
		if n < safe && c.loses(m, n) {
			n++
		}
		if m.active() && m.ready && n > m.told {
			m.told = n
			c.assignTo(m)
		}
	}
}

// pending says whether a member that loses load by an epoch does not know yet.
func (c *coordinator) pending(epoch int) bool {
	for _, m := range c.members {
		if m.active() && m.have <= epoch && c.loses(m, epoch) {
			return true
		}
	}
	return false
}

func (c *coordinator) loses(m *member, epoch int) bool {
	return epoch > 0 && m.since < epoch && c.tables[epoch].Slots(m.index) < c.tables[epoch-1].Slots(m.index)
}

// assignTo tells a member all it may know of the division of the load.
func (c *coordinator) assignTo(m *member) {
	c.tell(m, Message{Assign: &Assign{
		Epochs: c.epochs[:m.told], Since: m.since,
		Seed: c.plan.Seed, MaxRate: c.plan.MaxRate, Graceful: c.plan.Graceful,
	}})
}

// share is the part of the load that a member has now, or had when it was lost.
func (c *coordinator) share(m *member) float64 {
	if len(c.tables) == 0 {
		return 0
	}
	return c.tables[c.inEffect(max(0, time.Since(c.start)))].Share(m.index)
}

func sum(weights []float64) (sum float64) {
	for _, w := range weights {
		sum += w
	}
	return sum
}
