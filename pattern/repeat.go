package pattern

import (
	"fmt"
	"math"
	"time"
)

// Repeat is a pattern several times in a row.
type Repeat struct {
	Of    Pattern
	Times int
}

// At returns the level of the repetition that t falls into.
func (r Repeat) At(t time.Duration) float64 {
	length := lengthOf(r.Of)
	if length <= 0 || !inside(t, r.Duration()) {
		return 0
	}
	return r.Of.At(t % length)
}

// Duration returns Times times the duration of the pattern.
func (r Repeat) Duration() time.Duration { return times(lengthOf(r.Of), r.Times) }

// String describes the pattern, as in "3 times (hold 200 for 10m)".
func (r Repeat) String() string { return fmt.Sprintf("%d times (%s)", r.Times, Describe(r.Of)) }

func (r Repeat) kind() string   { return "repeat" }
func (r Repeat) bound() float64 { return boundOf(r.Of) }

func (r Repeat) phases() []span {
	once, length := phasesOf(r.Of), lengthOf(r.Of)
	if r.Times > maxPhases || len(once)*max(0, r.Times) > maxPhases {
		return []span{{name: "repeat", end: r.Duration()}}
	}
	var spans []span
	for i := range max(0, r.Times) {
		for _, s := range once {
			s = s.shift(times(length, i))
			s.name = fmt.Sprintf("%s (%d of %d)", s.name, i+1, r.Times)
			spans = append(spans, s)
		}
	}
	return spans
}

func (r Repeat) check(v *validator) {
	if r.Times < 1 {
		v.add("Times must be at least 1, is %d", r.Times)
	}
	if r.Times > mostTurns {
		v.add("Times must be at most %d, is %d", mostTurns, r.Times)
	}
	v.element("", r.Of)
}

// A round is the curve of a Repeat.
type round struct {
	of    curve
	once  time.Duration
	times int
	whole float64 // integral of one repetition
}

func (r Repeat) curve() curve {
	of := curveOf(r.Of)
	once := of.length()
	if once <= 0 || r.Times < 1 {
		return line{}
	}
	return round{of: of, once: once, times: r.Times, whole: of.area(once.Seconds())}
}

func (c round) length() time.Duration { return times(c.once, c.times) }
func (c round) peak() float64         { return c.of.peak() }

func (c round) area(x float64) float64 {
	once := c.once.Seconds()
	n := min(math.Floor(x/once), float64(c.times))
	return n*c.whole + c.of.area(min(max(0, x-n*once), once))
}

func (c round) expand(t time.Duration, fr frame, into *terms) (start, end time.Duration) {
	began := t - t%c.once
	start, end = c.of.expand(t-began, fr, into)
	return plus(began, start), plus(began, end)
}
