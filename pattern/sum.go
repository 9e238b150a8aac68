package pattern

import (
	"fmt"
	"strings"
	"time"
)

// Sum is several patterns at once, their levels added. All elements start
// together; one that has ended adds nothing. The sum lasts as long as the
// longest of them.
type Sum []Pattern

// At returns the sum of the levels at t.
func (s Sum) At(t time.Duration) float64 {
	level := 0.0
	for _, p := range s {
		if inside(t, lengthOf(p)) {
			level += p.At(t)
		}
	}
	return level
}

// Duration returns the duration of the longest element.
func (s Sum) Duration() time.Duration {
	longest := time.Duration(0)
	for _, p := range s {
		longest = max(longest, lengthOf(p))
	}
	return longest
}

// String describes the elements, separated by plus signs.
func (s Sum) String() string { return strings.Join(describeAll(s, operand), " + ") }

func (s Sum) kind() string { return "sum" }

func (s Sum) bound() float64 {
	total := 0.0
	for _, p := range s {
		total += boundOf(p)
	}
	return total
}

func (s Sum) check(v *validator) {
	if len(s) == 0 {
		v.add("must have at least one element")
	}
	for i, p := range s {
		v.element(fmt.Sprintf("[%d]", i), p)
	}
}

// phases cuts the time wherever an element enters a phase. A stretch is named
// after all elements that have load in it.
func (s Sum) phases() []span {
	parts := make([][]Phase, len(s))
	for i, p := range s {
		parts[i] = Phases(p)
	}
	var spans []span
	for start := time.Duration(0); start < s.Duration(); {
		next := s.together(parts, start)
		start = next.end
		if n := len(spans); n > 0 && spans[n-1].name == next.name {
			spans[n-1].end = next.end
			continue
		}
		if spans = append(spans, next); len(spans) > maxPhases {
			return []span{{name: "sum", end: s.Duration()}}
		}
	}
	return spans
}

// together returns the stretch from start to where the next of the elements'
// phases begins or ends, and takes the phases that have ended off parts.
func (s Sum) together(parts [][]Phase, start time.Duration) span {
	var busy, idle []string
	end := s.Duration()
	for i := range parts {
		for len(parts[i]) > 0 && parts[i][0].End <= start {
			parts[i] = parts[i][1:]
		}
		if len(parts[i]) == 0 {
			continue
		}
		now := parts[i][0]
		end = min(end, now.End)
		if now.From == 0 && now.To == 0 {
			idle = append(idle, now.Name)
		} else {
			busy = append(busy, now.Name)
		}
	}
	if len(busy) == 0 {
		busy = idle
	}
	return span{name: strings.Join(busy, " + "), start: start, end: end}
}

// A stack is the curve of a Sum.
type stack struct {
	layers []curve
	lasts  time.Duration
}

func (s Sum) curve() curve {
	c := stack{lasts: s.Duration()}
	for _, p := range s {
		if layer := curveOf(p); layer.length() > 0 {
			c.layers = append(c.layers, layer)
		}
	}
	return c
}

func (c stack) length() time.Duration { return c.lasts }

func (c stack) area(x float64) float64 {
	area := 0.0
	for _, layer := range c.layers {
		area += layer.area(min(x, layer.length().Seconds()))
	}
	return area
}

// expand adds the terms of all layers and holds where all of them hold.
func (c stack) expand(t time.Duration, fr frame, into *terms) (start, end time.Duration) {
	end = c.lasts
	for _, layer := range c.layers {
		if length := layer.length(); t >= length {
			start = max(start, length)
			continue
		}
		from, to := layer.expand(t, fr, into)
		start, end = max(start, from), min(end, to)
	}
	return start, end
}

func (c stack) peak() float64 {
	ceiling := 0.0
	for _, layer := range c.layers {
		ceiling += layer.peak()
	}
	return highest(c, ceiling)
}
