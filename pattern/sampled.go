package pattern

import (
	"math"
	"sort"
	"time"
)

const (
	firstPanels = 512     // panels a sampled curve starts with
	mostPanels  = 1 << 15 // panels after which it is cut no further
	nodes       = 8       // points a polynomial is laid through
)

// A sampled is the curve of a pattern that can only be asked for its level. Its
// duration is cut into panels, halved until on each a polynomial meets the
// levels between the points it was laid through. A jump ends up between two
// panels of one nanosecond.
type sampled struct {
	of     Pattern
	lasts  time.Duration
	panels []panel // in order, and an empty one at the end
	top    float64 // highest level seen
}

// A panel reaches from its start to the start of the next one.
type panel struct {
	start  time.Duration
	area   float64        // integral up to the start
	half   float64        // seconds, half of its width
	coef   [nodes]float64 // the level as a polynomial of u, which goes from -1 to 1
	smooth bool           // or else the polynomial is the mean level
}

// newSampled cuts p into panels.
func newSampled(p Pattern) curve {
	length := lengthOf(p)
	if length == 0 {
		return line{}
	}
	c := &sampled{of: p, lasts: length}
	n := time.Duration(firstPanels)
	n = min(n, length)
	for i := range n {
		start, _ := ratio(length, i, n)
		c.panels = append(c.panels, panel{start: start})
		c.level(start) // the highest level sets the tolerance
	}
	for i := range c.panels {
		c.fit(&c.panels[i], c.endOf(i))
	}
	for len(c.panels) < mostPanels && c.refine() {
		continue
	}
	c.addUp()
	return c
}

// endOf returns where panel i ends.
func (c *sampled) endOf(i int) time.Duration {
	if i+1 < len(c.panels) {
		return c.panels[i+1].start
	}
	return c.lasts
}

// refine halves all panels that aren't smooth and reports whether there were
// any. A curve too rough for the number of panels is so cut evenly.
func (c *sampled) refine() bool {
	next := make([]panel, 0, len(c.panels)+16)
	for i, p := range c.panels {
		end := c.endOf(i)
		if p.smooth {
			next = append(next, p)
			continue
		}
		right := panel{start: p.start + (end-p.start)/2}
		c.fit(&p, right.start)
		c.fit(&right, end)
		next = append(next, p, right)
	}
	again := len(next) > len(c.panels)
	c.panels = next
	return again
}

// fit lays a polynomial through levels of the panel: a constant on a
// nanosecond, a line on a few of them, else one of degree 7. If it isn't what
// the levels in between are, the panel gets their mean and isn't smooth.
func (c *sampled) fit(p *panel, end time.Duration) {
	width := end - p.start
	p.half = width.Seconds() / 2
	p.coef = [nodes]float64{c.level(p.start)}
	p.smooth = width == 1
	if width <= 2 {
		return
	}
	n, rounding := 2, 0.0
	if width >= 8*nodes { // else nodes would fall onto one nanosecond
		n, rounding = nodes, 8/float64(width)
	}
	var at, level [nodes]float64
	low, high, way := math.Inf(1), 0.0, 0.0
	for i := range n {
		at[i], level[i] = c.probe(p, width, float64(i)/float64(n-1))
		low, high = min(low, level[i]), max(high, level[i])
		way += math.Abs(level[i] - level[max(0, i-1)])
	}
	p.coef = interpolate(at[:n], level[:n])

	// A pattern may round its own time to a few nanoseconds; that isn't roughness.
	p.smooth = c.meets(p, width, n, 1e-11*c.top+way*rounding)
	if !p.smooth {
		mean := p.upTo(2*p.half) / (2 * p.half)
		p.coef = [nodes]float64{min(max(mean, low), high)}
	}
}

// meets reports whether the panel's polynomial through n points is right between
// them.
func (c *sampled) meets(p *panel, width time.Duration, n int, tolerance float64) bool {
	for i := range n - 1 {
		u, want := c.probe(p, width, (float64(i)+0.5)/float64(n-1))
		if !(math.Abs(p.poly(u)-want) <= tolerance) {
			return false
		}
	}
	return true
}

// probe returns the level at a share of the panel, counted in angles of a half
// circle, which crowds points at the ends as interpolation needs it. It returns
// the exact place too, since moments are whole nanoseconds.
func (c *sampled) probe(p *panel, width time.Duration, share float64) (u, level float64) {
	ns := math.Round((1 - math.Cos(math.Pi*share)) / 2 * float64(width-1))
	return 2*ns/float64(width) - 1, c.level(p.start + time.Duration(ns))
}

// level asks the pattern and remembers the highest answer.
func (c *sampled) level(t time.Duration) float64 {
	level := clean(c.of.At(t))
	c.top = max(c.top, level)
	return level
}

// interpolate returns the coefficients of the polynomial through the points, by
// Newton's divided differences, multiplied out.
func interpolate(x, y []float64) (coef [nodes]float64) {
	var diff [nodes]float64
	copy(diff[:], y)
	for order := 1; order < len(x); order++ {
		for i := len(x) - 1; i >= order; i-- {
			diff[i] = (diff[i] - diff[i-1]) / (x[i] - x[i-order])
		}
	}
	for i := len(x) - 1; i >= 0; i-- { // coef = coef*(u-x[i]) + diff[i]
		for k := nodes - 1; k > 0; k-- {
			coef[k] = coef[k-1] - x[i]*coef[k]
		}
		coef[0] = diff[i] - x[i]*coef[0]
	}
	return coef
}

// addUp sets the area of all panels and closes the list.
func (c *sampled) addUp() {
	c.panels = append(c.panels, panel{start: c.lasts})
	for i := range c.panels[1:] {
		p := &c.panels[i]
		c.panels[i+1].area = p.area + p.upTo(2*p.half)
	}
}

// poly returns the polynomial at u.
func (p *panel) poly(u float64) float64 {
	level := 0.0
	for k := nodes - 1; k >= 0; k-- {
		level = level*u + p.coef[k]
	}
	return level
}

// at returns the level x seconds after the panel's start.
func (p *panel) at(x float64) float64 { return p.poly(x/p.half - 1) }

// upTo returns the integral over the first x seconds.
func (p *panel) upTo(x float64) float64 {
	return p.half * (p.primitive(x/p.half-1) - p.primitive(-1))
}

// primitive returns the integral of the polynomial from 0 to u.
func (p *panel) primitive(u float64) float64 {
	area := 0.0
	for k := nodes - 1; k >= 0; k-- {
		area = area*u + p.coef[k]/float64(k+1)
	}
	return area * u
}

// rise returns the derivative x seconds after the start.
func (p *panel) rise(x float64) float64 {
	u, rise := x/p.half-1, 0.0
	for k := nodes - 1; k >= 1; k-- {
		rise = rise*u + float64(k)*p.coef[k]
	}
	return rise / p.half
}

// bend returns a bound on the second derivative.
func (p *panel) bend() float64 {
	bend := 0.0
	for k := 2; k < nodes; k++ {
		bend += float64(k*(k-1)) * math.Abs(p.coef[k])
	}
	return bend / p.half / p.half
}

func (c *sampled) length() time.Duration { return c.lasts }
func (c *sampled) peak() float64         { return c.top }

func (c *sampled) area(x float64) float64 {
	i := sort.Search(len(c.panels)-1, func(i int) bool { return c.panels[i+1].start.Seconds() > x })
	p := &c.panels[i]
	if i == len(c.panels)-1 {
		return p.area
	}
	return p.area + p.upTo(max(0, x-p.start.Seconds()))
}

func (c *sampled) expand(t time.Duration, fr frame, into *terms) (start, end time.Duration) {
	i := sort.Search(len(c.panels)-2, func(i int) bool { return c.panels[i+1].start > t })
	p := &c.panels[i]
	into.addPanel(fr, p, t-p.start)
	return p.start, c.panels[i+1].start
}
