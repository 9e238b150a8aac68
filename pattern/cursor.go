package pattern

import (
	"math"
	"sort"
	"time"
)

// cellsPerTurn is how many cells a cursor cuts a full turn of the fastest wave
// into. A line through a cell is then within a thousandth of its width of the
// right answer, and two Newton steps give the nanosecond.
const cellsPerTurn = 64

// lastBits is the relative difference between equal areas that counts as none.
const lastBits = 2e-15

// A Cursor answers when the area under a pattern reaches a value. Asked for
// increasing areas it takes some tens of nanoseconds an answer and allocates
// nothing; any other order works too and is slower.
//
// An answer depends on the area alone, to the last bit, not on the areas asked
// for before. So several cursors that share out the arrivals of one pattern
// produce together exactly the schedule of one.
//
// A Cursor is for one goroutine.
type Cursor struct {
	curve curve
	total float64
	piece piece
	base  float64 // integral up to the piece's start
	upto  float64 // integral up to its end
	cell  cell
}

// A cell is a part of a piece on which the level is nearly a straight line.
type cell struct {
	terms              // around the cell's start
	index      int     // in the piece
	start      float64 // seconds from the piece's start
	width      float64 // seconds
	from, to   float64 // integral up to both ends
	above      float64 // areas above this are reached here and not earlier
	head, tilt float64 // the line through the levels at both ends
	steep      float64 // a bound on the change of level per second
}

// NewCursor returns a cursor at the start of p.
func NewCursor(p Pattern) *Cursor {
	c := &Cursor{curve: curveOf(p)}
	if length := c.curve.length(); length > 0 {
		c.total = c.curve.area(length.Seconds())
		c.enter(0)
	}
	return c
}

// Total returns the area under the whole pattern.
func (c *Cursor) Total() float64 { return c.total }

// Next returns the moment at which the area reaches area, rounded to the
// nearest nanosecond, or the pattern's duration and false if it never does.
func (c *Cursor) Next(area float64) (t time.Duration, ok bool) {
	if !(area <= c.total*(1+1e-12)) { // the whole area counts as reached however it was added up
		return c.curve.length(), false
	}
	area = min(area, c.total)
	if area <= 0 {
		return 0, true
	}
	if !(c.cell.above < area && area <= c.cell.to) {
		c.seek(area)
	}
	x := c.cell.start + c.cell.solve(area-c.cell.from)
	t = c.piece.start + time.Duration(math.Round(x*1e9))
	return min(t, c.piece.end), true
}

// seek moves to the cell in which the area is reached. A few pieces ahead are
// looked at in turn; anything else is found by bisection.
func (c *Cursor) seek(area float64) {
	c.ahead(area)
	if c.before(area) || c.past(area) {
		c.enter(c.find(area))
		for tries := 0; c.before(area) && tries < 8; tries++ {
			c.enter(c.piece.start - 1)
		}
		c.ahead(area)
	}
	c.seekCell(area)
}

// ahead moves on by a few pieces, as long as the area is past the current one.
func (c *Cursor) ahead(area float64) {
	for tries := 0; c.past(area) && tries < 8 && c.piece.end < c.curve.length(); tries++ {
		c.enter(c.piece.end)
	}
}

// past reports whether the area is reached only after the current piece, before
// whether it is reached by the end of an earlier one. Areas added up in
// different ways differ in the last bits; that must not lead over a pause that
// follows a piece.
func (c *Cursor) past(area float64) bool { return area > c.upto*(1+lastBits) }

func (c *Cursor) before(area float64) bool { return area <= c.base*(1+lastBits) && c.piece.start > 0 }

// find returns the last nanosecond before the area is reached.
func (c *Cursor) find(area float64) time.Duration {
	low, high := time.Duration(0), c.curve.length()
	for high-low > 1 {
		middle := low + (high-low)/2
		if c.curve.area(middle.Seconds()) < area {
			low = middle
		} else {
			high = middle
		}
	}
	return low
}

// enter makes the piece at t the current one and goes to its first cell.
func (c *Cursor) enter(t time.Duration) {
	c.piece.load(c.curve, t)
	c.base = c.curve.area(c.piece.start.Seconds())
	c.upto = c.curve.area(c.piece.end.Seconds())
	c.enterCell(0)
}

// seekCell moves to the cell of the current piece in which the area is reached.
func (c *Cursor) seekCell(area float64) {
	if c.cell.to < area {
		c.enterCell(c.cell.index + 1)
	}
	if c.cell.from < area && area <= c.cell.to {
		return
	}
	width, n := c.cells()
	c.enterCell(sort.Search(n-1, func(i int) bool { return c.base+c.piece.area(float64(i+1)*width) >= area }))
}

// cells returns the width of the piece's cells and their number.
func (c *Cursor) cells() (width float64, n int) {
	length, pace := c.piece.seconds(), c.piece.pace()
	if pace*length*cellsPerTurn <= 2*math.Pi {
		return length, 1
	}
	width = 2 * math.Pi / cellsPerTurn / pace
	return width, int(min(math.Ceil(length/width), math.MaxInt32))
}

// enterCell makes cell i the current one, or the last if there is no such cell.
func (c *Cursor) enterCell(i int) {
	width, n := c.cells()
	k := &c.cell
	k.index = min(i, n-1)
	k.start = float64(k.index) * width
	k.from, k.to = c.base+c.piece.area(k.start), c.base+c.piece.area(k.start+width)
	k.above = k.from
	if k.index == 0 {
		k.above = c.base * (1 + lastBits)
	}
	k.width = width
	if k.index == n-1 {
		k.width, k.to = c.piece.seconds()-k.start, c.upto
	}
	k.copyFrom(&c.piece.terms)
	k.move(k.start)
	k.head, k.tilt = k.level, k.slope
	if !k.linear() {
		k.head = k.at(0)
		k.tilt = (k.at(k.width) - k.head) / k.width
	}
	k.steep = math.Abs(k.tilt) + k.bend()*k.width
}

// solve returns the seconds from the cell's start after which its area reaches
// area: by the quadratic formula for a line, else by Newton's method from
// there, kept inside a bracket that shrinks with every step.
func (k *cell) solve(area float64) float64 {
	x := min(max(k.guess(area), 0), k.width)
	if k.linear() {
		return x
	}
	low, high := 0.0, k.width
	for range 100 {
		got, level := k.areaAndLevel(x)
		if got > area {
			high = x
		} else {
			low = x
		}
		next := x - (got-area)/level
		if !(low <= next && next <= high) {
			next = low + (high-low)/2
		}
		step := next - x
		x = next
		if k.settled(step, level) {
			break
		}
	}
	return x
}

// settled reports whether after a Newton step of this size the error, which is
// about step*step * slope/(2*level), is far below a nanosecond.
func (k *cell) settled(step, level float64) bool {
	return step*step*k.steep <= 1e-11*level || step == 0
}

// guess solves head*x + tilt*x*x/2 = area for x. The usual formula for the
// root, divided through, has no cancellation and no division by a small tilt.
func (k *cell) guess(area float64) float64 {
	root := math.Sqrt(max(0, k.head*k.head+2*k.tilt*area))
	return 2 * area / (k.head + root)
}
