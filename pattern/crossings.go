package pattern

import (
	"iter"
	"math"
	"time"
)

// Crossings returns every moment at which the whole number of the level, as
// [Whole] counts it, changes, with the new number. It starts with the number at
// zero and ends with zero at the pattern's duration.
//
// Moments increase strictly. A jump, or several numbers passed within one
// nanosecond, is one change by more than one. Moments are exact: on lines by
// formula, on waves by bisection between bounds that no turning point can hide
// from. Only where a [Func] or a foreign pattern was approximated, as described
// there, is it the approximation that is exact.
//
// The sequence is lazy: it costs what is taken from it.
func Crossings(p Pattern) iter.Seq2[time.Duration, int] {
	return func(yield func(time.Duration, int) bool) {
		c := curveOf(p)
		x := crosser{yield: yield}
		for t := time.Duration(0); t < c.length(); t = x.end {
			x.load(c, t)
			if !x.enter() || !x.cross() {
				return
			}
		}
		yield(c.length(), 0)
	}
}

// A crosser walks over the pieces of a curve and yields changes of the count.
type crosser struct {
	piece
	curl  float64 // bound on the second derivative
	count int
	yield func(time.Duration, int) bool
}

// countAt returns the count at t.
func (x *crosser) countAt(t time.Duration) int { return Whole(x.levelAt(t)) }

// set yields the count if it is new, and reports whether to go on.
func (x *crosser) set(t time.Duration, count int) bool {
	if count == x.count {
		return true
	}
	x.count = count
	return x.yield(t, count)
}

// enter yields the count at the start of the piece.
func (x *crosser) enter() bool {
	x.curl = x.bend()
	count := x.countAt(x.start)
	if x.start > 0 {
		return x.set(x.start, count)
	}
	x.count = count
	return x.yield(0, count)
}

// cross yields the changes after the start of the piece.
func (x *crosser) cross() bool {
	last := x.end - 1
	switch {
	case x.linear() && x.slope > 0:
		return x.climb(last)
	case x.linear():
		return x.descend(last)
	case !(x.curl <= math.MaxFloat64): // an invalid pattern; no bound would ever hold
		return x.monotone(x.start, last)
	default:
		return x.scan(x.start, last)
	}
}

// climb yields the changes on a rising line.
func (x *crosser) climb(last time.Duration) bool {
	for after := 1.0; x.count < MaxLevel; after++ {
		ns, slack := x.passing(x.count + 1)
		ns = max(after, math.Ceil(ns-slack))
		if !(ns <= float64(last-x.start)) {
			return true
		}
		after = ns
		t := x.start + time.Duration(ns)
		if !x.set(t, max(x.count+1, x.countAt(t))) {
			return false
		}
	}
	return true
}

// descend yields the changes on a falling line. The count drops just after the
// line passes a whole number.
func (x *crosser) descend(last time.Duration) bool {
	for after := 1.0; x.count > 0 && x.slope < 0; after++ {
		ns, slack := x.passing(x.count)
		ns = max(after, math.Floor(ns+slack)+1)
		if !(ns <= float64(last-x.start)) {
			return true
		}
		after = ns
		t := x.start + time.Duration(ns)
		if !x.set(t, min(x.count-1, x.countAt(t))) {
			return false
		}
	}
	return true
}

// passing returns the nanoseconds after which the line is at the level, and
// what rounding may have changed them by.
func (x *crosser) passing(level int) (ns, slack float64) {
	ns = (float64(level) - x.level) / x.slope * 1e9
	return ns, 1e-6 + 2e-15*math.Abs(ns)
}

// scan yields the changes after low, up to high, of a curve that isn't a line. It
// halves the time until the count can't change or the curve can't turn.
func (x *crosser) scan(low, high time.Duration) bool {
	if high <= low {
		return true
	}
	half := (high - low).Seconds() / 2
	middle := (low - x.start).Seconds() + half
	level, rise := x.terms.at(middle), math.Abs(x.rise(middle))
	stray := rise*half + x.curl*half*half/2
	if Whole(level-stray) == x.count && Whole(level+stray) == x.count {
		return true
	}
	if rise > x.curl*half || high-low == 1 {
		return x.monotone(low, high)
	}
	centre := low + (high-low)/2
	return x.scan(low, centre) && x.scan(centre, high)
}

// monotone yields the changes after low, up to high, on a curve that only rises
// or only falls between them.
func (x *crosser) monotone(low, high time.Duration) bool {
	for x.countAt(high) != x.count {
		left, right := low, high
		for right-left > 1 {
			middle := left + (right-left)/2
			if x.countAt(middle) == x.count {
				left = middle
			} else {
				right = middle
			}
		}
		if !x.set(right, x.countAt(right)) {
			return false
		}
		low = right
	}
	return true
}
