package clustertest

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/virtual"
)

// calm is how long nothing happens before a chaotic run ends, so that whoever
// was killed or cut off is back and has sent what was kept.
const calm = 20 * time.Second

// Chaos runs a case of some length in which workers and coordinators are killed
// and started again, cut off and connected, and acknowledgements lost, at random.
// A seed gives the same order of events. Whatever happens, each snapshot must
// count once and no arrival be executed twice.
func Chaos(t *testing.T, make Maker, bubbled bool, length time.Duration, seed uint64) {
	tr := trial{fault: fmt.Sprintf("chaos of %v, seed %d", length, seed), workers: 4, length: length, missTo: length}
	tr.harm = func(st *stage) { newChaos(st, seed).rage(length - calm) }
	if bubbled {
		virtual.Test(t, func(t *testing.T) { tr.run(t, make(t), true) })
		return
	}
	tr.run(t, make(t), false)
}

// A chaos knows what is broken at the moment.
type chaos struct {
	*stage
	random *rand.Rand
	names  []string
	away   map[string]func() // how to bring those back that were harmed
	events int
}

func newChaos(st *stage, seed uint64) *chaos {
	return &chaos{
		stage: st, random: rand.New(rand.NewPCG(seed, 1)), names: []string{"a", "b", "c", "d"}, away: map[string]func(){},
	}
}

// rage does harm until a time since the start of the case, and repairs it.
func (c *chaos) rage(until time.Duration) {
	c.after(4 * time.Second)
	for time.Since(c.begun) < until {
		c.strike()
		c.events++
		time.Sleep(c.between(500*time.Millisecond, 5*time.Second))
	}
	c.bed.LoseAcks(0)
	for _, name := range slices.Sorted(maps.Keys(c.away)) {
		c.repair(name)
	}
	c.t.Logf("%d events", c.events)
}

func (c *chaos) between(least, most time.Duration) time.Duration {
	return least + time.Duration(c.random.Int64N(int64(most-least)))
}

// strike does one thing: harm or its repair.
func (c *chaos) strike() {
	name := c.names[c.random.IntN(len(c.names))]
	if c.away[name] != nil {
		c.repair(name)
		return
	}
	switch c.random.IntN(5) {
	case 0:
		c.note("kill", name)
		c.kill(name)
		c.away[name] = func() { c.hire(name) }
	case 1, 2:
		c.note("cut", name)
		c.bed.Cut(name, true)
		c.away[name] = func() { c.bed.Cut(name, false) }
	case 3:
		share := 0.4 * float64(c.random.IntN(2))
		c.note("acknowledgements lost", share)
		c.bed.LoseAcks(share)
	case 4:
		c.note("kill", "the coordinator")
		c.crash()
		time.Sleep(c.between(100*time.Millisecond, 2*lease))
		c.conduct(len(c.names), c.keeper.resume())
	}
}

// note tells what happened when, for whoever looks into a seed that fails.
func (c *chaos) note(what string, whom any) { c.t.Logf("%v: %s: %v", time.Since(c.begun), what, whom) }

func (c *chaos) repair(name string) {
	c.note("repair", name)
	c.away[name]()
	delete(c.away, name)
}
