package metrics

import "github.com/loadforge/loadforge/internal/hdr"

// A page is what one shard has counted in one second. A page outlives its
// second: it is emptied and used for another one, with the cells of the names
// that this shard saw lately.
type page struct {
	second int64
	turn   uint32   // how often it was emptied
	cells  []*cell  // by slot
	seen   []uint32 // the slots with samples
	loads  []events
	peak   int64 // most users of all loads alive at once, as those who came found it
	checks []checkCell
	errors errorSet
	lag    hdr.Window
	opened []uint32 // connections by address
}

type checkCell struct{ passed, failed uint32 }

// coldTurns is after how many turns without a sample a cell is dropped: at two
// pages a shard that is half a minute.
const coldTurns = 16

// A slot is the place of a name in a stage.
func slotOf(id NameID, stage Stage) uint {
	return uint(id)*numStages + uint(min(stage, Teardown))
}

func (p *page) cell(slot uint) *cell {
	if slot >= uint(len(p.cells)) {
		p.cells = append(p.cells, make([]*cell, slot+1-uint(len(p.cells)))...)
	}
	if p.cells[slot] == nil {
		p.cells[slot] = new(cell)
	}
	return p.cells[slot]
}

func (c *checkCell) count(ok bool) {
	if ok {
		c.passed++
	} else {
		c.failed++
	}
}

// reset empties the page for another second.
func (p *page) reset() {
	for _, slot := range p.seen {
		p.cells[slot].used = p.turn
		p.cells[slot].reset()
	}
	p.seen = p.seen[:0]
	p.turn++
	if p.turn%coldTurns == 0 {
		p.dropCold()
	}
	clear(p.loads)
	p.peak = 0
	clear(p.checks)
	p.errors.reset()
	p.lag.Reset()
	clear(p.opened)
}

func (p *page) dropCold() {
	for slot, c := range p.cells {
		if c != nil && p.turn-c.used > coldTurns {
			p.cells[slot] = nil
		}
	}
}
