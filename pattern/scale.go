package pattern

import "time"

// Scale multiplies the levels of a pattern. By must be positive.
type Scale struct {
	Of Pattern
	By float64
}

// At returns By times the level of the pattern.
func (s Scale) At(t time.Duration) float64 {
	if !inside(t, lengthOf(s.Of)) {
		return 0
	}
	return s.By * s.Of.At(t)
}

// Duration returns the duration of the pattern.
func (s Scale) Duration() time.Duration { return lengthOf(s.Of) }

// String describes the pattern, as in "1.5 x hold 200 for 10m".
func (s Scale) String() string { return number(s.By) + " x " + operand(s.Of) }

func (s Scale) kind() string   { return "scale" }
func (s Scale) bound() float64 { return s.By * boundOf(s.Of) }
func (s Scale) phases() []span { return phasesOf(s.Of) }

func (s Scale) check(v *validator) {
	if !(s.By > 0 && s.By <= MaxLevel) {
		v.add("By must be positive, at most %s, is %s", number(MaxLevel), number(s.By))
	}
	v.element("", s.Of)
}

// A scaled is the curve of a Scale.
type scaled struct {
	curve
	by float64
}

func (s Scale) curve() curve { return scaled{curve: curveOf(s.Of), by: s.By} }

func (c scaled) area(x float64) float64 { return c.by * c.curve.area(x) }
func (c scaled) peak() float64          { return c.by * c.curve.peak() }

func (c scaled) expand(t time.Duration, fr frame, into *terms) (start, end time.Duration) {
	fr.by *= c.by
	return c.curve.expand(t, fr, into)
}
