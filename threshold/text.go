package threshold

import (
	"strconv"
	"strings"
	"time"
)

// String returns the canonical text of the rule, which Parse reads back:
//
//	p95<300ms
//	service p99<1s on "POST /x/{id}" over 30s abort after 30s
//	error_rate<1%
//	request_rate>=500/s
func (r Rule) String() string {
	var b strings.Builder
	if r.Service {
		b.WriteString("service ")
	}
	b.WriteString(r.metricText())
	b.WriteString(r.Op.String())
	b.WriteString(r.limitText())
	if r.Name != "" {
		b.WriteString(" on " + strconv.Quote(r.Name))
	}
	if r.Window != 0 {
		b.WriteString(" over " + durationText(r.Window))
	}
	if r.Abort {
		b.WriteString(" abort")
	}
	if r.Grace != 0 {
		b.WriteString(" after " + durationText(r.Grace))
	}
	return b.String()
}

// MarshalText returns the canonical text of a valid rule.
func (r Rule) MarshalText() ([]byte, error) {
	if err := r.Validate(); err != nil {
		return nil, err
	}
	return []byte(r.String()), nil
}

// UnmarshalText parses the text of a rule, so that rules can stand in
// configuration files and JSON as strings.
func (r *Rule) UnmarshalText(text []byte) error {
	rule, err := Parse(string(text))
	if err != nil {
		return err
	}
	*r = rule
	return nil
}

func (r Rule) metricText() string {
	if r.Metric == LatencyQuantile {
		return "p" + percentText(r.Quantile)
	}
	return r.Metric.String()
}

func (r Rule) limitText() string {
	switch {
	case r.Metric.Latency():
		return durationText(time.Duration(r.Limit))
	case r.Metric.Share():
		return percentText(r.Limit) + "%"
	case r.Metric == RequestRate:
		return decimalText(r.Limit) + "/s"
	}
	return decimalText(r.Limit)
}

// durationText is Duration.String in ASCII and without the zeros at its end:
// 2m, not 2m0s.
func durationText(d time.Duration) string {
	s := strings.Replace(d.String(), "µs", "us", 1)
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// decimalText is the shortest decimal that parses to x, without an exponent.
func decimalText(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

// percentText is a share as a percentage. It moves the decimal point in the
// text and does not multiply: x*100 rounds, so that its digits need not lead
// back to x.
func percentText(x float64) string {
	whole, fraction, _ := strings.Cut(decimalText(x), ".")
	if whole == "NaN" || strings.HasSuffix(whole, "Inf") {
		return whole
	}
	for len(fraction) < 2 {
		fraction += "0"
	}
	sign := ""
	if strings.HasPrefix(whole, "-") {
		sign, whole = "-", whole[1:]
	}
	whole = strings.TrimLeft(whole+fraction[:2], "0")
	if whole == "" {
		whole = "0"
	}
	if rest := fraction[2:]; rest != "" {
		return sign + whole + "." + rest
	}
	return sign + whole
}

// parsePercent is the inverse of percentText.
func parsePercent(s string) (float64, error) {
	if strings.ContainsAny(s, "eE") {
		x, err := strconv.ParseFloat(s, 64)
		return x / 100, err
	}
	return strconv.ParseFloat(s+"e-2", 64)
}
