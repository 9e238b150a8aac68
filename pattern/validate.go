package pattern

import (
	"errors"
	"fmt"
	"math"
	"time"
)

const (
	deepest    = 100       // how deep composites may be nested
	mostNested = 100_000   // how many patterns may be in one, at all depths
	probes     = 1000      // moments at which a function is tried
	mostTurns  = 1_000_000 // how many steps, periods or repetitions one pattern may have
)

// Validate checks every parameter of the pattern and of all patterns inside it:
// NaN, infinities, negative and too high levels, missing, negative and
// overflowing durations, nil and empty composites, and functions that return
// anything but levels. The error joins all problems, each with the path of the
// field, as in
//
//	sequence[1].ramp: For must be positive, is -3s
//
// Validate doesn't panic, whatever the values.
func Validate(p Pattern) error {
	v := &validator{left: mostNested}
	v.visit(kindOf(p), p)
	return errors.Join(v.problems...)
}

// A validator collects problems while it walks down a pattern.
type validator struct {
	path     string
	depth    int
	left     int // patterns that may still be visited
	problems []error
}

// visit checks p, which is reached by path.
func (v *validator) visit(path string, p Pattern) {
	outer := v.path
	v.path = path
	v.depth++
	defer func() { v.path = outer; v.depth-- }()

	before := len(v.problems)
	switch b, ok := own(p); {
	case ok && v.room():
		b.check(v)
		if len(v.problems) == before { // else the totals mean nothing
			v.totals(b)
		}
	case ok:
	case missing(p):
		v.add("must not be nil")
	default:
		v.foreign(p)
	}
}

// room reports whether the walk may go on. A composite can contain itself, and
// few composites can contain each other very many times.
func (v *validator) room() bool {
	v.left--
	switch {
	case v.left < 0 && v.left > -2:
		v.add("has more than %d patterns inside", mostNested)
	case v.depth > deepest && v.left > 0:
		v.add("is nested more than %d deep; does it contain itself?", deepest)
		v.left = -1
	}
	return v.left >= 0
}

// element checks a pattern inside the current one.
func (v *validator) element(index string, p Pattern) {
	switch {
	case v.left < 0:
	case !missing(p):
		v.visit(v.path+index+"."+kindOf(p), p)
	case index == "":
		v.add("Of must not be nil")
	default:
		v.problems = append(v.problems, fmt.Errorf("%s%s: must not be nil", v.path, index))
	}
}

// totals checks what follows from fields that are fine one by one.
func (v *validator) totals(b builtin) {
	if b.Duration() == forever {
		v.add("must not last longer than 292 years")
	}
	if top := b.bound(); top > MaxLevel {
		v.add("reaches a level of %s, the limit is %s", number(top), number(MaxLevel))
	}
}

// foreign checks a pattern of another package by trying it.
func (v *validator) foreign(p Pattern) {
	defer v.recover("it")
	length := p.Duration()
	v.positive("Duration", length)
	v.probe("At", p.At, length)
}

// probe calls a function at moments spread over the length and reports the
// first answer that is no level.
func (v *validator) probe(name string, f func(time.Duration) float64, length time.Duration) {
	if length <= 0 {
		return
	}
	defer v.recover(name)
	for i := range time.Duration(probes + 1) {
		t, _ := ratio(length-1, i, probes)
		if level := f(t); !isLevel(level) {
			v.add("%s must return a level from 0 to %s, returns %s at %s", name, number(MaxLevel), number(level), brief(t))
			return
		}
	}
}

// recover turns a panic of foreign code into a problem.
func (v *validator) recover(name string) {
	if cause := recover(); cause != nil {
		v.add("%s panics: %v", name, cause)
	}
}

// add records a problem of the current pattern.
func (v *validator) add(format string, args ...any) {
	v.problems = append(v.problems, fmt.Errorf("%s: %s", v.path, fmt.Sprintf(format, args...)))
}

// level checks that a field is a level.
func (v *validator) level(field string, level float64) {
	if !isLevel(level) {
		v.add("%s must be from 0 to %s, is %s", field, number(MaxLevel), number(level))
	}
}

// isLevel reports whether a number can be a level.
func isLevel(level float64) bool { return level >= 0 && level <= MaxLevel }

// positive checks that a duration is above zero.
func (v *validator) positive(field string, d time.Duration) {
	if d <= 0 {
		v.add("%s must be positive, is %s", field, brief(d))
	}
}

// notNegative checks that a duration is at least zero.
func (v *validator) notNegative(field string, d time.Duration) {
	if d < 0 {
		v.add("%s must not be negative, is %s", field, brief(d))
	}
}

// kindOf names the type of p in messages.
func kindOf(p Pattern) string {
	if b, ok := own(p); ok {
		return b.kind()
	}
	if missing(p) {
		return "pattern"
	}
	return fmt.Sprintf("%T", p)
}

// boundOf returns a level p never exceeds, for a foreign pattern the highest of
// some levels.
func boundOf(p Pattern) float64 {
	if b, ok := own(p); ok {
		return b.bound()
	}
	return probeTop(p)
}

// probeTop returns the highest level found by trying p.
func probeTop(p Pattern) float64 {
	top, length := 0.0, lengthOf(p)
	if length == 0 {
		return 0
	}
	for i := range time.Duration(probes + 1) {
		t, _ := ratio(length-1, i, probes)
		top = math.Max(top, clean(p.At(t)))
	}
	return top
}
