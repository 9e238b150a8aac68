package pattern

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// A composite with more than longList elements is described by the first and
// the last of them.
const longList, listHead, listTail = 12, 6, 3

// Describe says in words what the pattern is, on one line of ASCII, as in
// "ramp 0 -> 200 over 2m, hold 200 for 10m, ramp 200 -> 0 over 1m". A foreign
// pattern describes itself if it is a fmt.Stringer.
func Describe(p Pattern) string {
	if b, ok := own(p); ok {
		return b.String()
	}
	if missing(p) {
		return "nothing"
	}
	if s, ok := p.(fmt.Stringer); ok {
		return s.String()
	}
	return fmt.Sprintf("%T for %s", p, brief(lengthOf(p)))
}

// describeAll describes the elements of a composite.
func describeAll(ps []Pattern, describe func(Pattern) string) []string {
	var words []string
	for i, p := range ps {
		switch {
		case len(ps) <= longList || i < listHead || i >= len(ps)-listTail:
			words = append(words, describe(p))
		case i == listHead:
			words = append(words, fmt.Sprintf("... %d more ...", len(ps)-listHead-listTail))
		}
	}
	if len(words) == 0 {
		return []string{"nothing"}
	}
	return words
}

// operand describes p, in parentheses if it has several parts.
func operand(p Pattern) string {
	parts := 0
	switch b, _ := own(p); b := b.(type) {
	case Sequence:
		parts = len(b)
	case Sum:
		parts = len(b)
	}
	if parts > 1 {
		return "(" + Describe(p) + ")"
	}
	return Describe(p)
}

// number writes a level with at most two decimals, small ones with three digits.
func number(v float64) string {
	switch abs := math.Abs(v); {
	case v == math.Trunc(v) && abs < 1e15:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case abs >= 0.01 && abs < 1e15:
		s := strconv.FormatFloat(v, 'f', 2, 64)
		return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
	}
	return strconv.FormatFloat(v, 'g', 3, 64)
}

// brief writes a duration without parts that are zero: 2m, 1h30m, 1h5s. Of one
// of seconds nobody wants more than the milliseconds.
func brief(d time.Duration) string {
	if d >= time.Second {
		d = d.Round(time.Millisecond)
	}
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	return strings.Replace(s, "h0m", "h", 1)
}
