package cluster

import (
	"fmt"
	"math"
	"time"
)

// A member is a worker as the coordinator sees it.
type member struct {
	index   int
	address string
	name    string
	weight  float64
	tally   tally
	losses  []string         // what became of its earlier epochs
	owed    map[uint32]*Done // how an epoch ended

	// Of its present epoch, which rises when it comes back.
	epoch    uint32
	instance string
	ready    bool
	since    int           // see Assign
	told     int           // epochs of the load it was told of
	have     int           // of those, it said that it knows them
	holds    int           // how many of the run's it was sent
	heard    time.Duration // when it last gave a sign of life; see coordinator.awake
	done     *Done
	leaving  bool   // it wants to go
	lost     string // what became of it, empty unless it is lost
	unproven bool   // nothing was heard of it, and that is all that is known
}

// active reports whether something is still to come from the member.
func (m *member) active() bool { return m.done == nil && m.lost == "" }

// is reports whether a message that names an epoch is of the present one. Zero
// is any.
func (m *member) is(epoch uint32) bool { return epoch == 0 || epoch == m.epoch }

// owes notes how many snapshots there are of an epoch that has ended.
func (m *member) owes(done *Done) {
	if m.owed == nil {
		m.owed = map[uint32]*Done{}
	}
	epoch := done.Epoch
	if epoch == 0 {
		epoch = m.epoch
	}
	m.owed[epoch] = done
}

// leaseMargin is how much longer than a worker's lease the coordinator waits,
// so that the worker has stopped before anybody counts on that.
const leaseMargin = 300 * time.Millisecond

// join answers a Hello.
func (c *coordinator) join(address string, h *Hello) {
	m := c.byAddress[address]
	if m != nil && m.instance == h.Instance && m.active() {
		c.welcome(m) // its Welcome was lost
		return
	}
	if len(c.epochs) > 0 && !c.started() {
		return // in a moment it has begun; the worker asks again
	}
	if reason := c.objection(m, h); reason != "" {
		c.log.Warn("worker refused", "worker", h.Name, "reason", reason)
		_ = c.options.Transport.Send(address, Message{V: Protocol, Refuse: &Refuse{Reason: reason}})
		return
	}
	if m == nil {
		m = &member{index: len(c.members), address: address}
		c.members = append(c.members, m)
		c.byAddress[address] = m
	} else {
		c.takeBack(m)
	}
	m.name, m.weight, m.instance, m.heard = h.Name, h.Weight, h.Instance, c.awake
	m.epoch = c.nextLife(m)
	c.log.Debug("worker joined", "worker", m.index, "name", m.name, "binary", h.Binary, "system", h.System)
	c.welcome(m)
	c.catchUp(m)
}

// nextLife is the epoch of a member that begins. Once the run has begun it is of
// the time, so that a coordinator that has taken up the run gives none that the
// one before gave after its last checkpoint: snapshots of both would pass for the
// same.
func (c *coordinator) nextLife(m *member) uint32 {
	if !c.started() {
		return m.epoch + 1
	}
	return max(m.epoch+1, uint32(max(0, time.Since(c.start).Milliseconds())))
}

// takeBack forgets the epoch of a member that begins another one.
func (c *coordinator) takeBack(m *member) {
	c.lose(m, "it was started again")
	if m.lost != "" {
		m.losses = append(m.losses, m.lost)
		c.notice(m.title() + " came back")
	}
	m.lost, m.done, m.ready, m.leaving, m.have, m.told, m.unproven = "", nil, false, false, 0, 0, false
}

// objection says why a worker can't take part, or nothing.
func (c *coordinator) objection(known *member, h *Hello) string {
	switch {
	case h.Min > Protocol || h.Max < Protocol:
		return fmt.Sprintf("it speaks protocol %d to %d, this run %d: use the same version of LoadForge on all machines", h.Min, h.Max, Protocol)
	case !(h.Weight > 0) || math.IsInf(h.Weight, 1):
		return fmt.Sprintf("its weight must be a positive number, is %v", h.Weight)
	case c.options.Digest != "" && h.Digest != "" && h.Digest != c.options.Digest:
		return fmt.Sprintf("it runs another build of the test (%.12s) than this run (%.12s): start it anew, so that it fetches this one", h.Digest, c.options.Digest)
	case h.Plan != c.plan.Name && !c.proven(h):
		return fmt.Sprintf("it has the test %q, this run is of %q", h.Plan, c.plan.Name)
	case c.over:
		return "the run has ended"
	case c.started() && !c.options.Open:
		return "the run has begun"
	case known == nil && len(c.members) >= c.options.Workers && !c.options.Open:
		return fmt.Sprintf("the run has its %d workers", c.options.Workers)
	}
	return ""
}

// proven reports whether a worker is known to run this run's program and data.
// A test without a name of its own has that of the program's file, which is
// another one where a worker keeps it.
func (c *coordinator) proven(h *Hello) bool {
	return c.options.Digest != "" && h.Digest == c.options.Digest
}

func (c *coordinator) welcome(m *member) {
	c.tell(m, Message{Welcome: &Welcome{
		Protocol: Protocol, Worker: m.index, Epoch: m.epoch, Lease: c.options.Lease,
	}})
}

// tell sends a message that a member can't do without.
func (c *coordinator) tell(m *member, message Message) {
	message.V = Protocol
	if err := c.options.Transport.Send(m.address, message); err != nil {
		c.lose(m, err.Error())
	}
}

// tellActive sends a message to all members of whom something is still to come.
func (c *coordinator) tellActive(message Message) {
	for _, m := range c.members {
		if m.active() {
			c.tell(m, message)
		}
	}
}

// lose gives a member up. The run goes on with the others.
func (c *coordinator) lose(m *member, why string) {
	if !m.active() {
		return
	}
	m.lost = fmt.Sprintf("%s was lost before the start: %s", m.title(), why)
	if c.started() {
		m.lost = fmt.Sprintf("%s, %.0f %% of the load, was lost %.1f s into the run: %s",
			m.title(), 100*c.share(m), time.Since(c.start).Seconds(), why)
		c.timeline.lose(m.index)
	}
	c.changed = c.awake
	c.notice(m.lost)
	c.miss()
}

func (m *member) title() string {
	if m.name == "" {
		return fmt.Sprintf("worker %d", m.index)
	}
	return fmt.Sprintf("worker %d (%s)", m.index, m.name)
}

// checkLeases gives up members that have been silent for too long.
func (c *coordinator) checkLeases() {
	if c.options.Lease == 0 {
		return
	}
	patience := c.options.Lease + leaseMargin
	if c.keeps() && c.loadEnded() {
		// Nobody has a share to give away any more, and what the worker has to
		// say is kept until it gets through.
		patience = max(patience, keptPatience)
	}
	for _, m := range c.members {
		if silent := c.awake - m.heard; m.active() && silent > patience {
			m.unproven = true
			c.lose(m, fmt.Sprintf("no sign of life for %.1f s", silent.Seconds()))
		}
	}
}

// loadEnded reports whether the load's time is over.
func (c *coordinator) loadEnded() bool {
	return c.started() && c.stoppedAt > 0 && time.Since(c.start) > c.stoppedAt
}

// every reports whether all members are as they should be.
func (c *coordinator) every(ok func(*member) bool) bool {
	for _, m := range c.members {
		if !ok(m) {
			return false
		}
	}
	return true
}

// gone says what became of the lost members.
func (c *coordinator) gone() (lost []string) {
	for _, m := range c.members {
		lost = append(lost, m.losses...)
		if m.lost != "" {
			lost = append(lost, m.lost)
		}
	}
	return lost
}
