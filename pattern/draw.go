package pattern

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// A Chart draws patterns as text.
type Chart struct {
	Width, Height int  // of the whole drawing, in characters; zero means 72 and 12
	ASCII         bool // use only ASCII characters
}

// Draw draws the pattern with block characters, width columns wide and height
// lines high, axes and labels included.
func Draw(p Pattern, width, height int) []string {
	return Chart{Width: width, Height: height}.Draw(p)
}

// Draw returns the lines of the drawing: the area under the curve, the level on
// the left, the time below. A column shows the highest level within its time,
// so that no spike is too short to be seen. The drawing is at least 16 columns
// wide and 4 lines high.
func (c Chart) Draw(p Pattern) []string {
	d := c.lay(p)
	lines := make([]string, 0, d.rows+2)
	for row := d.rows - 1; row >= 0; row-- {
		lines = append(lines, d.line(row))
	}
	return append(lines, d.axis(), d.times())
}

// A drawing is a chart with the curve laid out on it.
type drawing struct {
	brush
	rows   int // of the area, without axis and time labels
	margin int // width of the level labels
	top    float64
	levels []float64 // highest level of each column
	length time.Duration
}

// lay finds the scale and the level of every column.
func (c Chart) lay(p Pattern) *drawing {
	curve := curveOf(p)
	d := &drawing{brush: blocks(), length: curve.length()}
	if c.ASCII {
		d.brush = ascii()
	}
	d.rows = max(4, orElse(c.Height, 12)) - 2
	d.top = roundUp(curve.peak())
	for row := range d.rows {
		d.margin = max(d.margin, len(d.label(row)))
	}
	columns := max(1, max(16, orElse(c.Width, 72))-d.margin-2)
	d.levels = make([]float64, columns)
	for i := range d.levels {
		from, _ := ratio(d.length, time.Duration(i), time.Duration(columns))
		to, _ := ratio(d.length, time.Duration(i+1), time.Duration(columns))
		d.levels[i] = topBetween(curve, from, to)
	}
	return d
}

// orElse returns n, or def if n is zero.
func orElse(n, def int) int {
	if n == 0 {
		return def
	}
	return n
}

// roundUp returns the next number that looks good at the top of an axis.
func roundUp(v float64) float64 {
	if !(v > 0) {
		return 1
	}
	unit := math.Pow(10, math.Floor(math.Log10(v)))
	for _, n := range []float64{1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8} {
		if v <= n*unit*(1+1e-9) {
			return n * unit
		}
	}
	return 10 * unit
}

// line returns one line of the area, counted from below.
func (d *drawing) line(row int) string {
	var b strings.Builder
	label := d.label(row)
	edge := d.edge
	if label != "" {
		edge = d.tick
	}
	fmt.Fprintf(&b, "%*s %s", d.margin, label, edge)
	for _, level := range d.levels {
		b.WriteString(d.cell(level/d.top*float64(d.rows) - float64(row)))
	}
	return strings.TrimRight(b.String(), " ")
}

// label returns the level at the upper edge of a row, if it gets one.
func (d *drawing) label(row int) string {
	n := d.labels()
	if (row+1)%(d.rows/n) != 0 {
		return ""
	}
	return number(d.top * float64(row+1) / float64(d.rows))
}

// labels returns how many levels are labelled: as many as divide the height and
// the scale into whole rows and short numbers.
func (d *drawing) labels() int {
	for _, n := range []int{5, 4, 3, 2} {
		part := d.top / float64(n)
		short, _ := strconv.ParseFloat(number(part), 64)
		if d.rows%n == 0 && d.rows/n >= 2 && math.Abs(short-part) < 1e-9*part {
			return n
		}
	}
	return 1
}

// axis returns the line below the area.
func (d *drawing) axis() string {
	return fmt.Sprintf("%*s %s%s", d.margin, "0", d.corner, strings.Repeat(d.floor, len(d.levels)))
}

// times returns the labels of the time axis, the last one flush right.
func (d *drawing) times() string {
	width, n := len(d.levels), 1
	switch {
	case d.length == 0:
		n = 0
	case width >= 48:
		n = 4
	case width >= 24:
		n = 2
	}
	line := strings.Repeat(" ", d.margin+2) + "0s"
	for i := 1; i <= n; i++ {
		t, _ := ratio(d.length, time.Duration(i), time.Duration(n))
		label := brief(t.Round(grain(d.length)))
		column := d.margin + 2 + width*i/n
		if i == n {
			column -= len(label)
		}
		if gap := column - len(line); gap > 0 {
			line += strings.Repeat(" ", gap) + label
		}
	}
	return line
}

// grain returns to what a time label is rounded: three to four digits are left.
func grain(length time.Duration) time.Duration {
	unit := time.Duration(1)
	for unit <= length/10_000 {
		unit *= 10
	}
	return unit
}

// A brush is a set of characters to draw with.
type brush struct {
	fill          []string // parts of a cell, from a little to all of it
	edge, tick    string   // the level axis, and where it has a label
	corner, floor string   // where the axes meet, and the time axis
}

func blocks() brush {
	return brush{fill: strings.Split("▁▂▃▄▅▆▇█", ""), edge: "│", tick: "┤", corner: "└", floor: "─"}
}

func ascii() brush {
	return brush{fill: []string{".", ":", "#"}, edge: "|", tick: "+", corner: "+", floor: "-"}
}

// cell returns the character for a cell filled by that part.
func (b brush) cell(part float64) string {
	if !(part > 0) {
		return " "
	}
	n := len(b.fill)
	return b.fill[min(n-1, max(0, int(math.Round(part*float64(n)))-1))]
}
