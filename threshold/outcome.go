package threshold

import (
	"math"
	"time"
)

// An Outcome is what became of a rule.
type Outcome struct {
	// Passed reports whether the rule held.
	Passed bool
	// NoData reports that there was nothing to judge; Passed is false then.
	NoData bool
	// Value is what was measured, in the unit of the rule's metric.
	Value float64
	// Distance is how far Value is from the limit in that unit: positive on
	// the passing side, negative on the failing side.
	Distance float64
}

// Judge compares a measured value, in the unit of the rule's metric, with the
// limit. With ok false, or a value that is no finite number, there is no data,
// which fails.
func (r Rule) Judge(value float64, ok bool) Outcome {
	if !ok || math.IsNaN(value) || math.IsInf(value, 0) {
		return Outcome{NoData: true}
	}
	distance := value - r.Limit
	if r.Op.upper() {
		distance = r.Limit - value
	}
	return Outcome{Passed: r.Op.holds(value, r.Limit), Value: value, Distance: distance}
}

// Aborts reports whether an outcome that was judged elapsed after the start of
// the run ends it: the rule asks for that, its grace has passed, and it failed
// on data.
func (r Rule) Aborts(o Outcome, elapsed time.Duration) bool {
	return r.Abort && elapsed >= r.Grace && !o.Passed && !o.NoData
}
