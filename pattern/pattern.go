// Package pattern describes load as a pure function of time.
//
// A [Pattern] is a curve: a level for every moment of a test. It has no unit,
// no clock and no state. The workload model that uses it says whether a level
// is a number of concurrent users or a rate of iterations per second.
//
// Patterns are values, written as struct literals and nested freely:
//
//	day := pattern.Diurnal{Low: 40, High: 400, Period: 24 * time.Hour, PeakAt: 14 * time.Hour}
//	sale := pattern.Spike{Peak: 600, Start: 10 * time.Hour, Hold: time.Hour, Fall: 30 * time.Minute}
//	p := pattern.Sequence{
//		pattern.Ramp{To: 50, For: time.Minute},
//		pattern.Stretch{Of: pattern.Sum{day, sale}, To: 30 * time.Minute},
//	}
//
// The shapes are [Constant], [Ramp], [Step], [Spike], [Diurnal] and [Func];
// [Sequence], [Sum], [Scale], [Stretch] and [Repeat] combine them. Any other
// type with the two methods of Pattern works in every place these do.
//
// Call [Validate] once on a pattern that came from outside. It names every
// mistake; the rest of the package then promises finite levels of at least
// zero. Without it nothing panics, but the numbers mean little.
//
// # What can be asked of a pattern
//
// [Integral] is the area under the curve: arrivals, if the level is a rate, or
// user-seconds. Integral(p, p.Duration()) is the forecast for the whole test.
// [Inverse] and [Cursor] turn it round and say when the area reaches a value,
// which is when an arrival is due. [Crossings] lists the moments at which the
// curve passes a whole number, which is when a user starts or stops. [Max],
// [Ticks], [Phases], [Describe] and [Draw] are for people.
//
// Between two kinks every curve made of the shapes above is a line plus cosine
// waves. The package keeps that form through every combination, so integrals
// are closed formulas, never sums of small steps. Func and foreign patterns are
// first approximated by polynomials, see [Func].
//
// Patterns are safe for concurrent use as long as nobody changes them.
package pattern

import (
	"math"
	"reflect"
	"time"
)

// A Pattern is a level for every moment from zero up to its duration.
type Pattern interface {
	// At returns the level at t, for 0 <= t < Duration, and zero outside.
	At(t time.Duration) float64

	// Duration returns how long the pattern lasts.
	Duration() time.Duration
}

// MaxLevel is the highest level Validate accepts.
const MaxLevel = 1e9

// forever is the longest duration there is, about 292 years. Durations that
// would be longer saturate here, and Validate reports them.
const forever = time.Duration(math.MaxInt64)

// Whole returns the whole number of users a level stands for: the level
// rounded down, with an allowance of a few units in the last place, so that
// 0.07 * 1000 counts as 70 although floating point falls just short of it.
// Levels below zero, and NaN, count as zero.
func Whole(level float64) int {
	if !(level > 0) {
		return 0
	}
	level = min(level, MaxLevel)
	return int(level + 1e-14*(1+level))
}

// inside reports whether t is a moment of a pattern that lasts length.
func inside(t, length time.Duration) bool { return 0 <= t && t < length }

// missing reports whether p is nil or a nil pointer, whose methods would panic.
func missing(p Pattern) bool {
	if p == nil {
		return true
	}
	v := reflect.ValueOf(p)
	return v.Kind() == reflect.Pointer && v.IsNil()
}

// lengthOf is the duration of p, zero if p is missing or its duration negative.
func lengthOf(p Pattern) time.Duration {
	if missing(p) {
		return 0
	}
	return max(0, p.Duration())
}

// plus adds durations that are not negative; it stops at forever.
func plus(a, b time.Duration) time.Duration {
	if a > forever-b {
		return forever
	}
	return a + b
}

// times multiplies a duration that is not negative; it stops at forever.
func times(d time.Duration, n int) time.Duration {
	if d <= 0 || n <= 0 {
		return 0
	}
	if int64(n) > int64(forever/d) {
		return forever
	}
	return d * time.Duration(n)
}
