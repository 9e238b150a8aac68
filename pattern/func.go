package pattern

import "time"

// Func is a curve given by a Go function. It must be quick, must not change its
// answer, and must be safe for concurrent use.
//
// NaN, infinities and negative numbers count as zero; Validate reports those it
// finds. For areas and crossings the function is approximated, adaptively, with
// a relative error of 1e-11, jumps located to the nanosecond. A feature narrower
// than a thousandth of the duration can be missed, and of many thousands of
// jumps some are blurred: compose such curves from the other patterns, which are
// exact. Preparing it takes some ten thousand calls for every question asked.
type Func struct {
	F    func(t time.Duration) float64
	For  time.Duration
	Name string // used in descriptions
}

// At returns F(t).
func (f Func) At(t time.Duration) float64 {
	if f.F == nil || !inside(t, f.For) {
		return 0
	}
	return clean(f.F(t))
}

// Duration returns how long the pattern lasts.
func (f Func) Duration() time.Duration { return max(0, f.For) }

// String describes the pattern, as in "lunch rush for 2h".
func (f Func) String() string { return f.name() + " for " + brief(f.For) }

func (f Func) name() string {
	if f.Name == "" {
		return "custom curve"
	}
	return f.Name
}

func (f Func) kind() string   { return "func" }
func (f Func) bound() float64 { return probeTop(f) }
func (f Func) phases() []span { return []span{{name: f.name(), end: f.Duration()}} }

func (f Func) curve() curve {
	if f.F == nil {
		return newLine(0, 0, f.For)
	}
	return newSampled(f)
}

func (f Func) check(v *validator) {
	v.positive("For", f.For)
	if f.F == nil {
		v.add("F must not be nil")
		return
	}
	v.probe("F", f.F, f.For)
}
