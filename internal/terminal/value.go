package terminal

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
)

// percentile writes one, or a dash when too few values stand behind it.
func (l look) percentile(of *metrics.Latency, p float64) string {
	if !of.Reliable(p) {
		return l.dash
	}
	return l.duration(quantile(of, p))
}

// worst writes the p99, or the maximum when too few values stand behind it.
func (l look) worst(of *metrics.Latency) string {
	switch {
	case of.Count == 0:
		return l.dash
	case of.Reliable(0.99):
		return "p99 " + l.duration(of.P99)
	}
	return "max " + l.duration(of.Max)
}

// extreme writes a mean, minimum or maximum, or a dash without values.
func (l look) extreme(of *metrics.Latency, d time.Duration) string {
	if of.Count == 0 {
		return l.dash
	}
	return l.duration(d)
}

// whole writes a target of users, which come in whole numbers.
func (l look) whole(v float64) string { return l.number(math.Floor(v + 1e-9)) }

// percentShare writes a share between 0 and 1 in whole percent.
func percentShare(v float64) string {
	if math.IsNaN(v) {
		v = 0
	}
	return count(uint64(math.Round(100*min(1e6, max(0, v))))) + "%"
}

// value writes what a threshold has measured.
func (l look) value(t *metrics.ThresholdStatus) string {
	if !t.Known {
		return "no data"
	}
	return l.inUnit(t.Value, t.Unit)
}

func (l look) inUnit(v float64, unit string) string {
	switch unit {
	case "ms":
		if math.IsNaN(v) || math.Abs(v) > 1e12 {
			return l.dash
		}
		return l.duration(time.Duration(v * float64(time.Millisecond)))
	case "%":
		if v > 0 && v < 100 {
			return percentage(v)
		}
		return l.number(v) + "%"
	case "":
		return l.number(v)
	}
	return l.rate(v) + unit
}

// isCeiling reports whether the limit of a rule is one from above.
func isCeiling(rule string) bool {
	i := strings.IndexAny(rule, "<>")
	return i < 0 || rule[i] == '<'
}

// distance says in words how far a threshold is from its limit.
func (l look) distance(t *metrics.ThresholdStatus) string {
	switch {
	case !t.Known:
		return ""
	case isCeiling(t.Rule) && t.Limit > 0:
		return ceilingDistance(t)
	case t.Unit == "%":
		return l.points(t.Distance)
	case t.Limit > 0:
		return floorDistance(t)
	case t.Distance < 0:
		return "none allowed"
	}
	return ""
}

func ceilingDistance(t *metrics.ThresholdStatus) string {
	used := t.Value / t.Limit
	switch {
	case t.Passed && used > 0.995:
		return "at the limit"
	case t.Passed:
		return percentShare(used) + " of limit"
	case used >= 2:
		return multiple(used) + " the limit"
	case used < 1.005:
		return "at the limit"
	}
	return percentShare(used-1) + " over"
}

// multiple writes a factor: 2.3x, 43x.
func multiple(factor float64) string {
	if factor >= 9.95 {
		return count(uint64(min(factor+0.5, 1e9))) + "x"
	}
	return strconv.FormatFloat(factor, 'f', 1, 64) + "x"
}

func floorDistance(t *metrics.ThresholdStatus) string {
	times := t.Value / t.Limit
	above := times - 1
	switch {
	case math.Abs(above) < 0.005:
		return "at the limit"
	case times >= 2:
		return multiple(times) + " the minimum"
	case above > 0:
		return percentShare(above) + " above"
	}
	return percentShare(-above) + " short"
}

// points is the distance between percentages.
func (l look) points(d float64) string {
	if d == 0 {
		return "at the limit"
	}
	text := l.number(math.Abs(d))
	if text == "1" {
		text = "1 point"
	} else {
		text += " points"
	}
	if d < 0 {
		return text + " short"
	}
	return text + " above"
}

// closeness is how much of a limit from above is used up, 0 to 1 and beyond.
func closeness(t *metrics.ThresholdStatus) float64 {
	used := t.Value / t.Limit
	if math.IsNaN(used) || math.IsInf(used, 0) || used < 0 {
		return 0
	}
	return used
}
