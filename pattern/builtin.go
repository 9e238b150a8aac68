package pattern

// A builtin is a pattern of this package. It knows its own curve, so that
// nothing about it has to be found by probing At.
type builtin interface {
	Pattern
	String() string
	curve() curve       // the pattern taken apart
	phases() []span     // its named stretches of time, in order
	check(v *validator) // reports what is wrong with its fields
	kind() string       // its name in messages
	bound() float64     // a level it never exceeds
}

// own returns p as a builtin, or false for a foreign pattern.
//
// The types are listed, where asserting the interface would be shorter, because
// a foreign struct that embeds a Constant and overrides At has the Constant's
// unexported methods too, and they describe the wrong curve.
func own(p Pattern) (builtin, bool) {
	switch p := p.(type) {
	case Constant, Ramp, Step, Spike, Diurnal, Func, Sequence, Sum, Scale, Stretch, Repeat:
		return p.(builtin), true
	case *Constant:
		return pointed(p)
	case *Ramp:
		return pointed(p)
	case *Step:
		return pointed(p)
	case *Spike:
		return pointed(p)
	case *Diurnal:
		return pointed(p)
	case *Func:
		return pointed(p)
	case *Sequence:
		return pointed(p)
	case *Sum:
		return pointed(p)
	case *Scale:
		return pointed(p)
	case *Stretch:
		return pointed(p)
	case *Repeat:
		return pointed(p)
	}
	return nil, false
}

// pointed returns the pattern p points at.
func pointed[T builtin](p *T) (builtin, bool) {
	if p == nil {
		return nil, false
	}
	return *p, true
}
