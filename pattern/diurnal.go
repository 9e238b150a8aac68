package pattern

import (
	"fmt"
	"math"
	"time"
)

// Diurnal swings between Low and High like the traffic of a day: a cosine that
// is highest at PeakAt and lowest half a Period from it.
//
// PeakAt is between zero and Period. Zero For means one Period.
type Diurnal struct {
	Low, High float64
	Period    time.Duration
	PeakAt    time.Duration
	For       time.Duration
}

// At returns (High+Low)/2 + (High-Low)/2 * cos(2*pi*(t-PeakAt)/Period).
func (d Diurnal) At(t time.Duration) float64 {
	if d.Period <= 0 || !inside(t, d.Duration()) {
		return 0
	}
	level := d.middle() + d.swing()*math.Cos(d.angle(t))
	return max(level, d.Low) // the lowest point must not fall below zero by rounding
}

// Duration returns For, or Period if For is zero.
func (d Diurnal) Duration() time.Duration {
	if d.For == 0 {
		return max(0, d.Period)
	}
	return max(0, d.For)
}

func (d Diurnal) middle() float64 { return d.Low + (d.High-d.Low)/2 }
func (d Diurnal) swing() float64  { return (d.High - d.Low) / 2 }

// angle returns the phase at t in radians. Whole periods are taken off in
// nanoseconds, where nothing is rounded.
func (d Diurnal) angle(t time.Duration) float64 {
	since := t%d.Period - d.PeakAt%d.Period
	return 2 * math.Pi * (float64(since) / float64(d.Period))
}

// String describes the pattern, as in "diurnal 40 .. 400 over 24h (peak at 14h)".
func (d Diurnal) String() string {
	length := brief(d.Duration())
	if d.Duration() != d.Period {
		length += " (every " + brief(d.Period) + ", peak at " + brief(d.PeakAt) + ")"
	} else {
		length += " (peak at " + brief(d.PeakAt) + ")"
	}
	return fmt.Sprintf("diurnal %s .. %s over %s", number(d.Low), number(d.High), length)
}

func (d Diurnal) kind() string   { return "diurnal" }
func (d Diurnal) bound() float64 { return d.High }
func (d Diurnal) phases() []span { return []span{{name: "diurnal", end: d.Duration()}} }

func (d Diurnal) check(v *validator) {
	v.level("Low", d.Low)
	v.level("High", d.High)
	v.positive("Period", d.Period)
	v.notNegative("PeakAt", d.PeakAt)
	v.notNegative("For", d.For)
	if d.Low > d.High {
		v.add("Low must not be above High, is %s and High is %s", number(d.Low), number(d.High))
	}
	if d.Period > 0 && d.For/d.Period > mostTurns {
		v.add("For must be at most %d times Period (%s), is %s", mostTurns, brief(d.Period), brief(d.For))
	}
	if d.Period > 0 && d.PeakAt > d.Period {
		v.add("PeakAt must be within Period (%s), is %s", brief(d.Period), brief(d.PeakAt))
	}
}

// A tide is the curve of a Diurnal.
type tide struct {
	Diurnal
	lasts time.Duration
	omega float64 // radians per second
	first float64 // sine of the phase at zero
}

func (d Diurnal) curve() curve {
	length := d.Duration()
	if length <= 0 || d.Period <= 0 {
		return newLine(0, 0, length)
	}
	return tide{Diurnal: d, lasts: length, omega: 2 * math.Pi / d.Period.Seconds(), first: math.Sin(d.angle(0))}
}

func (c tide) length() time.Duration { return c.lasts }

// area takes off whole periods, over which the wave adds nothing, and
// integrates the rest of the cosine to a difference of sines.
func (c tide) area(x float64) float64 {
	angle := c.angle(0) + c.omega*math.Mod(x, c.Period.Seconds())
	return c.middle()*x + c.swing()*(math.Sin(angle)-c.first)/c.omega
}

// expand returns one period at a time, so that the angle stays small and exact.
func (c tide) expand(t time.Duration, fr frame, into *terms) (start, end time.Duration) {
	sin, cos := math.Sincos(c.angle(t))
	into.addLine(fr, c.middle(), 0)
	into.addWave(fr, wave{omega: c.omega, cos: c.swing() * cos, sin: c.swing() * sin})
	start = t - t%c.Period
	return start, min(plus(start, c.Period), c.lasts)
}

// peak is High if the pattern lasts until a peak, else the higher end.
func (c tide) peak() float64 {
	if c.PeakAt%c.Period <= c.lasts {
		return c.High
	}
	end := c.middle() + c.swing()*math.Cos(c.angle(c.lasts))
	return max(c.At(0), end)
}
