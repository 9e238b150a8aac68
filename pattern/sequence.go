package pattern

import (
	"fmt"
	"sort"
	"strings"
	"time"
)

// Sequence is one pattern after the other.
type Sequence []Pattern

// At returns the level of the element that t falls into.
func (s Sequence) At(t time.Duration) float64 {
	if t < 0 {
		return 0
	}
	for _, p := range s {
		length := lengthOf(p)
		if t < length {
			return p.At(t)
		}
		t -= length
	}
	return 0
}

// Duration returns the sum of the elements' durations.
func (s Sequence) Duration() time.Duration {
	total := time.Duration(0)
	for _, p := range s {
		total = plus(total, lengthOf(p))
	}
	return total
}

// String describes the elements in order, separated by commas.
func (s Sequence) String() string { return strings.Join(describeAll(s, Describe), ", ") }

func (s Sequence) kind() string { return "sequence" }

func (s Sequence) bound() float64 {
	top := 0.0
	for _, p := range s {
		top = max(top, boundOf(p))
	}
	return top
}

func (s Sequence) phases() []span {
	var spans []span
	start := time.Duration(0)
	for _, p := range s {
		for _, inner := range phasesOf(p) {
			spans = append(spans, inner.shift(start))
		}
		start = plus(start, lengthOf(p))
		if len(spans) > maxPhases {
			return []span{{name: "sequence", end: s.Duration()}}
		}
	}
	return spans
}

func (s Sequence) check(v *validator) {
	if len(s) == 0 {
		v.add("must have at least one element")
	}
	for i, p := range s {
		v.element(fmt.Sprintf("[%d]", i), p)
	}
}

// A chain is the curve of a Sequence.
type chain struct {
	links  []curve
	starts []time.Duration // of the links, and the end of the last
	areas  []float64       // integral at those moments
}

func (s Sequence) curve() curve {
	links := make([]curve, len(s))
	for i, p := range s {
		links[i] = curveOf(p)
	}
	return newChain(links)
}

// newChain puts curves one after the other; empty ones are left out.
func newChain(links []curve) chain {
	c := chain{starts: []time.Duration{0}, areas: []float64{0}}
	for _, link := range links {
		length, start, area := link.length(), c.length(), c.areas[len(c.areas)-1]
		if length <= 0 || start == forever {
			continue
		}
		c.links = append(c.links, link)
		c.starts = append(c.starts, plus(start, length))
		c.areas = append(c.areas, area+link.area(length.Seconds()))
	}
	return c
}

func (c chain) length() time.Duration { return c.starts[len(c.starts)-1] }

func (c chain) area(x float64) float64 {
	i := sort.Search(len(c.links), func(i int) bool { return c.starts[i+1].Seconds() > x })
	if i == len(c.links) {
		return c.areas[i]
	}
	return c.areas[i] + c.links[i].area(max(0, x-c.starts[i].Seconds()))
}

func (c chain) expand(t time.Duration, fr frame, into *terms) (start, end time.Duration) {
	i := sort.Search(len(c.links)-1, func(i int) bool { return c.starts[i+1] > t })
	start, end = c.links[i].expand(t-c.starts[i], fr, into)
	return plus(c.starts[i], start), plus(c.starts[i], end)
}

func (c chain) peak() float64 {
	top := 0.0
	for _, link := range c.links {
		top = max(top, link.peak())
	}
	return top
}
