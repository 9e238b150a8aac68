package pattern

import (
	"math/bits"
	"time"
)

// Stretch compresses or extends the time axis of a pattern so that it lasts To.
// Levels stay as they are; the area changes with the time.
type Stretch struct {
	Of Pattern
	To time.Duration
}

// At returns the level of the pattern at the corresponding moment, rounded down
// to a nanosecond of the pattern's own time.
func (s Stretch) At(t time.Duration) float64 {
	length := lengthOf(s.Of)
	if length <= 0 || !inside(t, s.To) {
		return 0
	}
	inner, _ := ratio(t, length, s.To)
	return s.Of.At(inner)
}

// Duration returns To.
func (s Stretch) Duration() time.Duration { return max(0, s.To) }

// ratio returns t * num / den, rounded down, and the rest as a fraction of a
// nanosecond. It computes in 128 bits; the result must fit into 63, which it
// does where t <= den.
func ratio(t, num, den time.Duration) (whole time.Duration, rest float64) {
	hi, lo := bits.Mul64(uint64(t), uint64(num))
	quo, rem := bits.Div64(hi, lo, uint64(den))
	return time.Duration(quo), float64(rem) / float64(den)
}

// ratioUp is ratio rounded up.
func ratioUp(t, num, den time.Duration) time.Duration {
	whole, rest := ratio(t, num, den)
	if rest > 0 {
		whole++
	}
	return whole
}

// String describes the pattern, as in "(hold 200 for 10m) compressed to 1m".
func (s Stretch) String() string {
	verb := ") stretched to "
	if s.To < lengthOf(s.Of) {
		verb = ") compressed to "
	}
	return "(" + Describe(s.Of) + verb + brief(s.To)
}

func (s Stretch) kind() string   { return "stretch" }
func (s Stretch) bound() float64 { return boundOf(s.Of) }

func (s Stretch) phases() []span {
	spans, length := phasesOf(s.Of), lengthOf(s.Of)
	if length <= 0 || s.To <= 0 {
		return nil
	}
	for i := range spans {
		spans[i].start = ratioUp(spans[i].start, s.To, length)
		spans[i].end = ratioUp(spans[i].end, s.To, length)
	}
	return spans
}

func (s Stretch) check(v *validator) {
	v.positive("To", s.To)
	v.element("", s.Of)
}

// A stretched is the curve of a Stretch. One second of it is rate seconds of
// the curve inside.
type stretched struct {
	of    curve
	inner time.Duration // length of the curve inside
	lasts time.Duration
	rate  float64
}

func (s Stretch) curve() curve {
	of := curveOf(s.Of)
	if s.To <= 0 || of.length() <= 0 {
		return newLine(0, 0, s.To)
	}
	return stretched{
		of: of, inner: of.length(), lasts: s.To,
		rate: float64(of.length()) / float64(s.To),
	}
}

func (c stretched) length() time.Duration { return c.lasts }
func (c stretched) peak() float64         { return c.of.peak() }

func (c stretched) area(x float64) float64 {
	return c.of.area(min(x*c.rate, c.inner.Seconds())) / c.rate
}

func (c stretched) expand(t time.Duration, fr frame, into *terms) (start, end time.Duration) {
	inner, rest := ratio(t, c.inner, c.lasts)
	fr = frame{by: fr.by, rate: fr.rate * c.rate, shift: fr.shift*c.rate + rest*1e-9}
	start, end = c.of.expand(inner, fr, into)
	return ratioUp(start, c.lasts, c.inner), ratioUp(end, c.lasts, c.inner)
}
