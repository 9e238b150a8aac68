package pattern

import "time"

// Constant holds one level. Level zero is a pause.
type Constant struct {
	Level float64
	For   time.Duration
}

// At returns the level.
func (c Constant) At(t time.Duration) float64 {
	if !inside(t, c.For) {
		return 0
	}
	return c.Level
}

// Duration returns how long the level is held.
func (c Constant) Duration() time.Duration { return max(0, c.For) }

// String describes the pattern, as in "hold 200 for 10m".
func (c Constant) String() string { return "hold " + number(c.Level) + " for " + brief(c.For) }

func (c Constant) kind() string   { return "constant" }
func (c Constant) bound() float64 { return c.Level }
func (c Constant) curve() curve   { return newLine(c.Level, c.Level, c.For) }
func (c Constant) phases() []span { return []span{{name: "hold", end: c.Duration()}} }

func (c Constant) check(v *validator) {
	v.level("Level", c.Level)
	v.positive("For", c.For)
}
