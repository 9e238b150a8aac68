package page

import (
	"strconv"

	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/threshold"
)

func (b *Builder) thresholds(list []metrics.ThresholdStatus) []Threshold {
	out := make([]Threshold, len(list))
	for i := range list {
		out[i] = thresholdOf(b.rule(i, list[i].Rule), &list[i])
	}
	return out
}

// rule is the rule that a status is about: that of the plan, or, of one that the
// plan does not have, what its text says.
func (b *Builder) rule(i int, text string) threshold.Rule {
	if i < len(b.run.Thresholds) && b.run.Thresholds[i].String() == text {
		return b.run.Thresholds[i]
	}
	rule, err := threshold.Parse(text)
	if err != nil {
		return threshold.Rule{}
	}
	return rule
}

func thresholdOf(r threshold.Rule, s *metrics.ThresholdStatus) Threshold {
	t := Threshold{
		Rule:    Clean(s.Rule),
		Metric:  metricOf(&r),
		Name:    Clean(r.Name),
		Op:      r.Op.String(),
		Limit:   decimals(s.Limit, 6),
		Unit:    s.Unit,
		Window:  seconds(r.Window),
		At:      seconds(s.At),
		Passed:  s.Passed,
		Aborted: s.Aborted,
	}
	if s.Known {
		t.Value = number(decimals(s.Value, 6))
		t.Latest = number(decimals(s.Latest, 6))
		t.Distance = number(decimals(s.Distance, 6))
	}
	return t
}

// metricOf is the word for what a rule limits.
func metricOf(r *threshold.Rule) string {
	word := r.Metric.String()
	switch r.Metric {
	case 0:
		return ""
	case threshold.LatencyQuantile:
		word = "p" + strconv.FormatFloat(decimals(100*r.Quantile, 6), 'f', -1, 64)
	case threshold.RequestRate:
		word = "rate"
	}
	if r.Service {
		word = "service_" + word
	}
	return word
}
