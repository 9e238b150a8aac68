package report

import (
	"math"
	"strings"
)

// The size of a sparkline, in units that are stretched to its card.
const (
	sparkWidth  = 120
	sparkHeight = 30
)

// spark draws a small curve into each card.
func (r *Run) spark(cards []card) {
	if r.series == nil || len(r.series.points) < 3 {
		return
	}
	requests := func(p *point) float64 { return p.perSecond(p.requests) }
	errors := func(p *point) float64 {
		if p.requests == 0 {
			return 0
		}
		return float64(p.errors) / float64(p.requests)
	}
	for i := range cards {
		c := &cards[i]
		var dots []dot
		switch c.Kind {
		case "thr":
			dots = r.series.dots(requests)
		case "err":
			dots = r.series.dots(errors)
		default:
			dots = r.series.percentile(map[string]float64{"p50": 0.5, "p95": 0.95, "p99": 0.99}[c.Kind]).dots(r.seconds())
		}
		c.Spark, c.SparkArea = sparkPaths(dots, r.seconds())
	}
}

// sparkPaths returns a line and the area under it. Gaps are drawn over.
func sparkPaths(dots []dot, end float64) (line, area string) {
	const points = 60
	high := highest(dots)
	var b strings.Builder
	first, last := "", ""
	step := max(1, (len(dots)+points-1)/points)
	for i := 0; i < len(dots); i += step {
		at, value, n := 0.0, 0.0, 0.0
		for _, d := range dots[i:min(i+step, len(dots))] {
			if d.known { // of the dots of a piece the highest: a spike is to be seen
				at, value, n = at+d.at, max(value, d.value), n+1
			}
		}
		if n == 0 {
			continue
		}
		x := coordinate(sparkWidth * min(1, at/n/max(end, 1e-9)))
		y := coordinate(sparkHeight - (sparkHeight-3)*value/max(high, math.SmallestNonzeroFloat64))
		command := "L"
		if first == "" {
			command, first = "M", x
		}
		last = x
		b.WriteString(command + x + " " + y)
	}
	if first == last {
		return "", ""
	}
	return b.String(), b.String() + "V30H" + first + "Z"
}
