package report

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// The geometry of charts, in units of their own.
const (
	chartWidth  = 620
	chartHeight = 236
	plotLeft    = 56
	plotRight   = chartWidth - 18
	plotTop     = 16
	plotBottom  = chartHeight - 24
)

// A chart is a drawing: everything in it has its place already.
type chart struct {
	Title, Sub    string
	Legend        []legendItem
	Width, Height int
	Left, Right   int
	Top, Bottom   int
	Tall          int // from top to bottom
	YTicks        []tick
	XTicks        []tick
	Bands         []band
	Areas         []stroke
	Lines         []stroke
	Limits        []limitLine
	Marks         []markLine
	Hovers        []hover
	Empty         string // what to say instead

	x xScale
	y yScale
}

type legendItem struct{ Label, Kind, Shape string }

type tick struct{ At, Label string }

type stroke struct{ Path, Kind string }

type band struct{ X, W, Mid, Name, Kind string }

type limitLine struct{ Y, LabelX, LabelY, Side, Label string }

type markLine struct{ X, Kind, Text string }

type hover struct{ X, W, Text string }

// xScale places times of a run.
type xScale struct{ end float64 } // in seconds

func (x xScale) at(seconds float64) float64 {
	return plotLeft + (plotRight-plotLeft)*max(0, min(1, seconds/max(x.end, 1e-9)))
}

// yScale places values: from zero on, or, for a log scale, from low on.
type yScale struct {
	low, high float64
	log       bool
}

func (y yScale) at(v float64) float64 {
	share := (v - y.low) / (y.high - y.low)
	if y.log {
		share = math.Log(max(v, y.low)/y.low) / math.Log(y.high/y.low)
	}
	return plotBottom - (plotBottom-plotTop)*max(0, min(1, share))
}

func newChart(title, sub string, seconds float64) *chart {
	c := &chart{
		Title: title, Sub: sub, Width: chartWidth, Height: chartHeight,
		Left: plotLeft, Right: plotRight, Top: plotTop, Bottom: plotBottom, Tall: plotBottom - plotTop,
		x: xScale{end: seconds},
	}
	step := timeStep(seconds)
	for at := 0.0; at <= seconds; at += step {
		c.XTicks = append(c.XTicks, tick{coordinate(c.x.at(at)), clock(time.Duration(at * float64(time.Second)))})
	}
	return c
}

// timeStep is how far ticks of a time axis are apart: what people count in, for
// at most eight of them.
func timeStep(seconds float64) float64 {
	for _, step := range []float64{1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400} {
		if seconds <= 8*step {
			return step
		}
	}
	return 86400 * math.Ceil(seconds/86400/8)
}

// linear gives the chart an axis from zero to high at least.
func (c *chart) linear(high float64, label func(float64) string) {
	step := niceStep(high / 4)
	top := step * math.Ceil(high/step-1e-9)
	if top <= 0 {
		top = step
	}
	c.y = yScale{high: top}
	for i := 0; float64(i)*step <= top*(1+1e-9); i++ {
		c.addYTick(float64(i)*step, label)
	}
}

// logarithmic gives the chart an axis for low to high, both positive.
func (c *chart) logarithmic(low, high float64, label func(float64) string) {
	c.y = yScale{low: below(low), high: above(high), log: true}
	steps := []float64{1, 2, 5}
	if c.y.high/c.y.low > 2000 {
		steps = []float64{1}
	}
	for decade := math.Floor(math.Log10(c.y.low)); decade <= math.Ceil(math.Log10(c.y.high)); decade++ {
		for _, step := range steps {
			v := step * math.Pow(10, decade)
			if v >= c.y.low*(1-1e-9) && v <= c.y.high*(1+1e-9) {
				c.addYTick(v, label)
			}
		}
	}
}

func (c *chart) addYTick(v float64, label func(float64) string) {
	c.YTicks = append(c.YTicks, tick{coordinate(c.y.at(v)), label(v)})
}

// niceStep is the smallest of 1, 2, 5, 10, ... that is not below x.
func niceStep(x float64) float64 {
	if !(x > 0) {
		return 1
	}
	unit := math.Pow(10, math.Floor(math.Log10(x)))
	for _, m := range []float64{1, 2, 5, 10} {
		if m*unit >= x*(1-1e-9) {
			return m * unit
		}
	}
	return 10 * unit
}

func above(x float64) float64 { return niceStep(x) }

func below(x float64) float64 {
	unit := math.Pow(10, math.Floor(math.Log10(x)))
	for _, m := range []float64{5, 2, 1} {
		if m*unit <= x*(1+1e-9) {
			return m * unit
		}
	}
	return unit
}

// A dot is a value at a time; without known there is a gap.
type dot struct {
	at, value float64
	known     bool
}

// line adds a line through dots.
func (c *chart) line(kind string, dots []dot) {
	var b strings.Builder
	for i, d := range dots {
		if !d.known {
			continue
		}
		first := i == 0 || !dots[i-1].known
		last := i == len(dots)-1 || !dots[i+1].known
		command := byte('L')
		if first {
			command = 'M'
		}
		c.to(&b, command, d)
		if first && last {
			b.WriteString("h0") // a round cap makes it a point
		}
	}
	c.Lines = append(c.Lines, stroke{b.String(), kind})
}

// area adds the area under dots.
func (c *chart) area(kind string, dots []dot) {
	var b strings.Builder
	begin := 0
	for i, d := range dots {
		if !d.known {
			continue
		}
		if i == 0 || !dots[i-1].known {
			begin = i
			b.WriteString("M" + coordinate(c.x.at(d.at)) + " " + strconv.Itoa(plotBottom))
		}
		c.to(&b, 'L', d)
		if i == len(dots)-1 || !dots[i+1].known {
			b.WriteString("V" + strconv.Itoa(plotBottom) + "H" + coordinate(c.x.at(dots[begin].at)) + "Z")
		}
	}
	c.Areas = append(c.Areas, stroke{b.String(), kind})
}

func (c *chart) to(b *strings.Builder, command byte, d dot) {
	b.WriteByte(command)
	b.WriteString(coordinate(c.x.at(d.at)))
	b.WriteByte(' ')
	b.WriteString(coordinate(c.y.at(d.value)))
}

// bar is a piece of a stack of bars.
type bar struct{ from, to, low, high float64 }

// bars adds bars as one shape.
func (c *chart) bars(kind string, bars []bar) {
	var b strings.Builder
	for _, r := range bars {
		x0, x1, y0, y1 := c.x.at(r.from), c.x.at(r.to), c.y.at(r.low), c.y.at(r.high)
		b.WriteString("M" + coordinate(x0) + " " + coordinate(y0) + "V" + coordinate(y1) +
			"H" + coordinate(x1) + "V" + coordinate(y0) + "Z")
	}
	c.Areas = append(c.Areas, stroke{b.String(), kind})
}

// limit adds a line that values should stay below. Labels of neighbours go to
// opposite ends.
func (c *chart) limit(v float64, label string) {
	if v < c.y.low || v > c.y.high {
		return
	}
	y := c.y.at(v)
	l := limitLine{Y: coordinate(y), LabelX: strconv.Itoa(plotLeft + 6), LabelY: coordinate(max(y-4, plotTop+8)), Side: "left", Label: label}
	if len(c.Limits)%2 == 1 {
		l.LabelX, l.Side = strconv.Itoa(plotRight-4), "right"
	}
	c.Limits = append(c.Limits, l)
}

// coordinate writes a coordinate with a decimal.
func coordinate(v float64) string {
	return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64)
}
