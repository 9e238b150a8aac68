package pattern

import (
	"fmt"
	"strings"
	"time"
)

// Spike is a burst: Base for Start, up to Peak within Rise, Peak for Hold, and
// within Fall down to Settle, which lasts for SettleFor.
//
// Peak is the level at the top of the burst, not a height above Base. In a
// [Sum] the other elements come on top of it, so Base is usually zero there.
// Zero Rise or Fall is a jump. Zero Settle means the level returns to Base.
// A Peak below Base is a dip.
//
// The pattern ends after SettleFor. As an element of a Sum it adds nothing
// from then on.
type Spike struct {
	Base, Peak       float64
	Start            time.Duration
	Rise, Hold, Fall time.Duration
	Settle           float64
	SettleFor        time.Duration
}

// At returns the level at t.
func (s Spike) At(t time.Duration) float64 {
	if t < 0 {
		return 0
	}
	for _, part := range s.parts() {
		if t < part.For {
			return part.At(t)
		}
		t -= part.Duration()
	}
	return 0
}

// Duration returns Start + Rise + Hold + Fall + SettleFor.
func (s Spike) Duration() time.Duration {
	total := time.Duration(0)
	for _, part := range s.parts() {
		total = plus(total, part.Duration())
	}
	return total
}

// settle returns the level after the burst.
func (s Spike) settle() float64 {
	if s.Settle == 0 {
		return s.Base
	}
	return s.Settle
}

// parts returns the five lines a spike is drawn with; some may be empty.
func (s Spike) parts() [5]Ramp {
	return [5]Ramp{
		{From: s.Base, To: s.Base, For: s.Start},
		{From: s.Base, To: s.Peak, For: s.Rise},
		{From: s.Peak, To: s.Peak, For: s.Hold},
		{From: s.Peak, To: s.settle(), For: s.Fall},
		{From: s.settle(), To: s.settle(), For: s.SettleFor},
	}
}

// String describes the pattern, as in "spike 0 -> 600 at 10h (rise 5m, hold 1h, fall 30m)".
func (s Spike) String() string {
	var how []string
	add := func(word string, d time.Duration) {
		if d != 0 {
			how = append(how, word+" "+brief(d))
		}
	}
	add("rise", s.Rise)
	add("hold", s.Hold)
	add("fall", s.Fall)
	if s.SettleFor != 0 {
		add("settle at "+number(s.settle())+" for", s.SettleFor)
	}
	return fmt.Sprintf("spike %s -> %s at %s (%s)",
		number(s.Base), number(s.Peak), brief(s.Start), strings.Join(how, ", "))
}

func (s Spike) kind() string { return "spike" }

// bound leaves out the parts that last no time, as the curve does.
func (s Spike) bound() float64 {
	top := 0.0
	for _, part := range s.parts() {
		if part.For > 0 {
			top = max(top, part.bound())
		}
	}
	return top
}

func (s Spike) phases() []span {
	names := [...]string{"before spike", "spike rise", "spike hold", "spike fall", "spike settle"}
	var spans []span
	start := time.Duration(0)
	for i, part := range s.parts() {
		if part.For > 0 {
			end := plus(start, part.For)
			spans = append(spans, span{name: names[i], start: start, end: end})
			start = end
		}
	}
	return spans
}

func (s Spike) curve() curve {
	parts := s.parts()
	lines := make([]curve, len(parts))
	for i, part := range parts {
		lines[i] = part.curve()
	}
	return newChain(lines)
}

func (s Spike) check(v *validator) {
	v.level("Base", s.Base)
	v.level("Peak", s.Peak)
	v.level("Settle", s.Settle)
	v.notNegative("Start", s.Start)
	v.notNegative("Rise", s.Rise)
	v.notNegative("Hold", s.Hold)
	v.notNegative("Fall", s.Fall)
	v.notNegative("SettleFor", s.SettleFor)
	if s.Peak == s.Base {
		v.add("Peak must differ from Base, both are %s", number(s.Base))
	}
	if s.Rise == 0 && s.Hold == 0 && s.Fall == 0 {
		v.add("Rise, Hold or Fall must be positive, all are 0s")
	}
}
