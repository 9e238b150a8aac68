package pattern

import "time"

// Integral returns the area under the pattern from zero to t, in level-seconds:
// the number of arrivals if the level is a rate per second, the user-seconds if
// it is a number of users. Before zero the area is zero, after the end it is
// that of the whole pattern.
//
// It is a closed formula for every pattern of this package and their
// combinations, and adaptive quadrature for [Func] and foreign patterns.
func Integral(p Pattern, t time.Duration) float64 {
	c := curveOf(p)
	return c.area(min(max(t, 0), c.length()).Seconds())
}

// Inverse returns the moment at which the area under the pattern reaches area,
// the first one if the level is zero for a while, rounded to the nearest
// nanosecond. It returns the pattern's duration and false if the pattern ends
// before. A caller with many areas to ask for uses a [Cursor], which gives the
// same answers.
func Inverse(p Pattern, area float64) (time.Duration, bool) {
	return NewCursor(p).Next(area)
}
