package pattern

import (
	"math"
	"time"
)

// terms is a curve around one moment, written as a sum of a line, waves and
// panels of sampled curves. All are functions of x, the seconds since that
// moment. The form survives adding, scaling, shifting and stretching, which is
// why every combination of built-in patterns has a closed integral.
type terms struct {
	level, slope float64 // the line: level + slope*x
	waves        []wave
	views        []view
}

// A wave is cos*cos(omega*x) - sin*sin(omega*x), that is a cosine of any
// amplitude and phase. Written like this, shifting is a rotation and waves of
// one frequency add up component by component.
type wave struct{ omega, cos, sin float64 }

// A view is a panel seen through a frame: by times its level at origin + rate*x.
type view struct {
	panel        *panel
	by           float64
	origin, rate float64 // seconds from the panel's start, and seconds per second
}

// A frame is how an outer pattern sees an inner one: the outer level is by
// times the inner level at shift + rate*x seconds.
type frame struct{ by, rate, shift float64 }

// plain is the frame that changes nothing.
func plain() frame { return frame{by: 1, rate: 1} }

// reset forgets all terms and keeps the memory.
func (f *terms) reset() {
	f.level, f.slope = 0, 0
	f.waves, f.views = f.waves[:0], f.views[:0]
}

// addLine adds the inner line level + slope*x as seen through the frame.
func (f *terms) addLine(fr frame, level, slope float64) {
	f.level += fr.by * (level + slope*fr.shift)
	f.slope += fr.by * fr.rate * slope
}

// addWave adds an inner wave as seen through the frame.
func (f *terms) addWave(fr frame, w wave) {
	w.turn(fr.shift)
	w = wave{omega: w.omega * fr.rate, cos: w.cos * fr.by, sin: w.sin * fr.by}
	for i := range f.waves {
		if f.waves[i].omega == w.omega {
			f.waves[i].cos += w.cos
			f.waves[i].sin += w.sin
			return
		}
	}
	f.waves = append(f.waves, w)
}

// addPanel adds the panel p around the moment t after its start.
func (f *terms) addPanel(fr frame, p *panel, t time.Duration) {
	f.views = append(f.views, view{panel: p, by: fr.by, origin: t.Seconds() + fr.shift, rate: fr.rate})
}

// copyFrom makes f equal to g without sharing memory.
func (f *terms) copyFrom(g *terms) {
	f.level, f.slope = g.level, g.slope
	f.waves = append(f.waves[:0], g.waves...)
	f.views = append(f.views[:0], g.views...)
}

// move makes the terms functions of the seconds since the moment x.
func (f *terms) move(x float64) {
	f.level += f.slope * x
	for i := range f.waves {
		f.waves[i].turn(x)
	}
	for i := range f.views {
		f.views[i].origin += f.views[i].rate * x
	}
}

// turn shifts the wave by x seconds.
func (w *wave) turn(x float64) {
	if x == 0 {
		return
	}
	sin, cos := math.Sincos(w.omega * x)
	w.cos, w.sin = w.cos*cos-w.sin*sin, w.sin*cos+w.cos*sin
}

// linear reports whether the terms are a line and nothing else.
func (f *terms) linear() bool { return len(f.waves) == 0 && len(f.views) == 0 }

// at returns the level at x.
func (f *terms) at(x float64) float64 {
	level := f.level + f.slope*x
	for _, w := range f.waves {
		sin, cos := math.Sincos(w.omega * x)
		level += w.cos*cos - w.sin*sin
	}
	for _, v := range f.views {
		level += v.by * v.panel.at(v.origin+v.rate*x)
	}
	return level
}

// area returns the integral from 0 to x.
func (f *terms) area(x float64) float64 {
	area, _ := f.areaAndLevel(x)
	return area
}

// areaAndLevel returns the integral from 0 to x and the level at x. The
// integral of a wave is written with the half angle, because 1-cos(a) loses
// all digits for a small a.
func (f *terms) areaAndLevel(x float64) (area, level float64) {
	area = x * (f.level + f.slope*x/2)
	level = f.level + f.slope*x
	for _, w := range f.waves {
		sin, cos := math.Sincos(w.omega * x / 2)
		area += 2 * sin * (w.cos*cos - w.sin*sin) / w.omega
		level += w.cos*(1-2*sin*sin) - w.sin*(2*sin*cos)
	}
	for _, v := range f.views {
		to := v.origin + v.rate*x
		area += v.by / v.rate * (v.panel.upTo(to) - v.panel.upTo(v.origin))
		level += v.by * v.panel.at(to)
	}
	return area, level
}

// rise returns the derivative at x.
func (f *terms) rise(x float64) float64 {
	rise := f.slope
	for _, w := range f.waves {
		sin, cos := math.Sincos(w.omega * x)
		rise -= w.omega * (w.cos*sin + w.sin*cos)
	}
	for _, v := range f.views {
		rise += v.by * v.rate * v.panel.rise(v.origin+v.rate*x)
	}
	return rise
}

// bend returns a bound on the second derivative.
func (f *terms) bend() float64 {
	bend := 0.0
	for _, w := range f.waves {
		bend += w.omega * w.omega * math.Hypot(w.cos, w.sin)
	}
	for _, v := range f.views {
		bend += math.Abs(v.by) * v.rate * v.rate * v.panel.bend()
	}
	return bend
}

// pace returns the highest angular frequency, in radians per second.
func (f *terms) pace() float64 {
	pace := 0.0
	for _, w := range f.waves {
		pace = max(pace, w.omega)
	}
	return pace
}

// clean makes a level of what a foreign pattern returned: NaN, infinities and
// negative numbers count as zero.
func clean(level float64) float64 {
	if level > 0 && level <= math.MaxFloat64 {
		return level
	}
	return 0
}
