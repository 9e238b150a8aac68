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
	epoch   uint32
	ready   bool
	heard   time.Duration // when it last gave a sign of life; see coordinator.awake
	done    *Done
	lost    string // what became of it, empty unless it is lost
	tally   tally
}

// active reports whether something is still to come from the member.
func (m *member) active() bool { return m.done == nil && m.lost == "" }

// leaseMargin is how much longer than a worker's lease the coordinator waits,
// so that the worker has stopped before anybody counts on that.
const leaseMargin = 300 * time.Millisecond

// join answers a Hello.
func (c *coordinator) join(address string, h *Hello) {
	if m := c.byAddress[address]; m != nil {
		c.welcome(m) // its Welcome was lost
		return
	}
	if reason := c.objection(h); reason != "" {
		c.log.Warn("worker refused", "worker", h.Name, "reason", reason)
		_ = c.options.Transport.Send(address, Message{V: Protocol, Refuse: &Refuse{Reason: reason}})
		return
	}
	m := &member{
		index: len(c.members), address: address, name: h.Name, weight: h.Weight, epoch: 1, heard: c.awake,
	}
	c.members = append(c.members, m)
	c.byAddress[address] = m
	c.log.Debug("worker joined", "worker", m.index, "name", m.name, "binary", h.Binary, "system", h.System)
	c.welcome(m)
}

// objection says why a worker can't take part, or nothing.
func (c *coordinator) objection(h *Hello) string {
	switch {
	case h.Min > Protocol || h.Max < Protocol:
		return fmt.Sprintf("it speaks protocol %d to %d, this run %d: use the same version of LoadForge on all machines", h.Min, h.Max, Protocol)
	case h.Plan != c.plan.Name:
		return fmt.Sprintf("it has the test %q, this run is of %q", h.Plan, c.plan.Name)
	case !(h.Weight > 0) || math.IsInf(h.Weight, 1):
		return fmt.Sprintf("its weight must be a positive number, is %v", h.Weight)
	case len(c.members) == c.options.Workers:
		return fmt.Sprintf("the run has its %d workers", c.options.Workers)
	}
	return ""
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
			m.title(), 100*c.table.Share(m.index), time.Since(c.start).Seconds(), why)
		c.timeline.lose(m.index)
	}
	c.notice(m.lost)
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
	for _, m := range c.members {
		if silent := c.awake - m.heard; silent > c.options.Lease+leaseMargin {
			c.lose(m, fmt.Sprintf("no sign of life for %.1f s", silent.Seconds()))
		}
	}
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
		if m.lost != "" {
			lost = append(lost, m.lost)
		}
	}
	return lost
}
