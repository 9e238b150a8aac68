package pattern

import "time"

// Ramp goes from one level to another in a straight line.
type Ramp struct {
	From, To float64
	For      time.Duration
}

// At returns From + (To-From) * t/For.
func (r Ramp) At(t time.Duration) float64 {
	if !inside(t, r.For) {
		return 0
	}
	return r.From + (r.To-r.From)*(float64(t)/float64(r.For))
}

// Duration returns how long the ramp takes.
func (r Ramp) Duration() time.Duration { return max(0, r.For) }

// String describes the pattern, as in "ramp 0 -> 200 over 2m".
func (r Ramp) String() string {
	return "ramp " + number(r.From) + " -> " + number(r.To) + " over " + brief(r.For)
}

func (r Ramp) kind() string   { return "ramp" }
func (r Ramp) bound() float64 { return max(r.From, r.To) }
func (r Ramp) curve() curve   { return newLine(r.From, r.To, r.For) }

func (r Ramp) phases() []span {
	name := "ramp up"
	if r.To < r.From {
		name = "ramp down"
	}
	return []span{{name: name, end: r.Duration()}}
}

func (r Ramp) check(v *validator) {
	v.level("From", r.From)
	v.level("To", r.To)
	v.positive("For", r.For)
}
