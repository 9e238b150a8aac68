package pattern

import "time"

// A curve is a pattern prepared for calculation. It is made once per question,
// holds sums and lengths that the pattern would add up again and again, and is
// not safe for concurrent use.
type curve interface {
	// length is the pattern's duration.
	length() time.Duration

	// area is the integral from 0 to x seconds, for x from 0 to length.
	area(x float64) float64

	// expand adds the terms in force at t, for 0 <= t < length, as seen through
	// the frame, and returns the bounds between which they hold.
	expand(t time.Duration, fr frame, into *terms) (start, end time.Duration)

	// peak is the highest level, limits from the left included.
	peak() float64
}

// curveOf prepares p. A missing pattern is an empty curve.
func curveOf(p Pattern) curve {
	if b, ok := own(p); ok {
		return b.curve()
	}
	if missing(p) {
		return line{}
	}
	return newSampled(p)
}

// A line is the curve of a constant or a ramp.
type line struct {
	from, slope float64 // level at zero, level per second
	lasts       time.Duration
}

// newLine returns the line between two levels; it is empty unless lasts > 0.
func newLine(from, to float64, lasts time.Duration) line {
	if lasts <= 0 {
		return line{}
	}
	return line{from: from, slope: (to - from) / lasts.Seconds(), lasts: lasts}
}

func (l line) length() time.Duration { return l.lasts }

func (l line) area(x float64) float64 { return x * (l.from + l.slope*x/2) }

func (l line) expand(t time.Duration, fr frame, into *terms) (start, end time.Duration) {
	into.addLine(fr, l.from+l.slope*t.Seconds(), l.slope)
	return 0, l.lasts
}

func (l line) peak() float64 {
	if l.lasts <= 0 {
		return 0
	}
	return max(l.from, l.from+l.slope*l.lasts.Seconds())
}

// A piece is a stretch of a curve on which one set of terms holds, as
// functions of the seconds since its start.
type piece struct {
	start, end time.Duration
	terms
}

// load makes pc the piece of c that holds t, for 0 <= t < length. The result
// depends on the piece alone and not on which of its moments was asked for, so
// that two ways to arrive at it give the same bits.
func (pc *piece) load(c curve, t time.Duration) {
	pc.reset()
	pc.start, pc.end = c.expand(t, plain(), &pc.terms)
	if pc.start != t {
		pc.reset()
		pc.start, pc.end = c.expand(pc.start, plain(), &pc.terms)
	}
}

// seconds is the length of the piece.
func (pc *piece) seconds() float64 { return (pc.end - pc.start).Seconds() }

// levelAt is the level at a moment of the piece, or the limit at its end.
func (pc *piece) levelAt(t time.Duration) float64 { return pc.at((t - pc.start).Seconds()) }
