package cluster

import (
	"fmt"
	"math"
	"time"

	"github.com/loadforge/loadforge/internal/engine"
)

// holdLead is the time between asking for a level and the moment from which it
// holds, where workers may come and go: what an engine has settled before stays
// as it is (see [engine.Settled]).
const holdLead = 750 * time.Millisecond

// maxLevel bounds what a load can be held at: the limit of the users of a plan.
const maxLevel = 10_000_000

// An asking is a level that somebody asked for.
type asking struct {
	load    int
	level   float64
	release bool
}

// Hold takes a load of the plan from its pattern: from now on its level is
// fixed, until the pattern's end. All workers change at one moment, a little
// later: at once in one process, within a second where news takes time. A run
// that has not begun begins with it; one that ends takes no notice.
func (c *Control) Hold(load int, level float64) error {
	if !(level >= 0 && level <= maxLevel) {
		return fmt.Errorf("a level must be a number from 0 to %d, is %v", maxLevel, level)
	}
	c.ask(asking{load: load, level: level})
	return nil
}

// Release gives a load back to its pattern.
func (c *Control) Release(load int) { c.ask(asking{load: load, release: true}) }

func (c *Control) ask(a asking) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked = append(c.asked, a)
	select {
	case c.ring() <- struct{}{}:
	default: // it rings already
	}
}

// askings returns what was asked for since it was last called.
func (c *Control) askings() []asking {
	c.mu.Lock()
	defer c.mu.Unlock()
	asked := c.asked
	c.asked = nil
	return asked
}

// hold decides when what was asked for begins, and passes it on.
func (c *coordinator) hold() {
	if !c.started() || c.level > goOn {
		return // begin asks again
	}
	lead := holdLead
	if c.options.Lease == 0 {
		lead = c.options.Lead // nobody gets lost
	}
	from := max(0, time.Since(c.start)+lead)
	for _, a := range c.options.Control.askings() {
		if a.load < 0 || a.load >= len(c.plan.Loads) {
			c.log.Warn("no such load to hold", "load", a.load)
			continue
		}
		c.holds = append(c.holds, Hold{Number: len(c.holds), Load: a.load, From: from, Level: a.level, Release: a.release})
	}
	c.passOn()
}

// tellHolds brings the members all holds that are safe and that they have not
// got. Who does not read its messages gets them with one of the next ticks.
func (c *coordinator) tellHolds() {
	safe := c.safeHolds()
	for _, m := range c.members {
		for m.active() && m.holds < safe {
			h := c.holds[m.holds]
			if c.options.Transport.Send(m.address, Message{V: Protocol, Hold: &h}) != nil {
				break
			}
			m.holds++
		}
	}
}

// hold takes in a hold, unless it is there already or one before it is missing:
// then the next heartbeat tells the coordinator.
func (s *shift) hold(h *Hold) {
	if h.Number != s.holds || h.Load < 0 || h.Load >= len(s.Plan.Loads) {
		return
	}
	s.holds++
	s.engine.Hold(engine.Hold{Load: h.Load, From: h.From, Level: finite(h.Level), Release: h.Release})
}

func finite(level float64) float64 {
	if !(level >= 0) || math.IsInf(level, 1) {
		return 0
	}
	return level
}
