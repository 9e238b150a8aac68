package report

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/threshold"
)

// maxHovers is how many places of a chart tell their numbers.
const maxHovers = 120

// charts are those of the page. A result that was not read from a store has none.
func (r *Run) charts() []*chart {
	if r.series == nil || len(r.series.points) == 0 {
		return nil
	}
	list := []*chart{r.throughputChart(), r.latencyChart(), r.usersChart(), r.errorsChart()}
	for _, c := range list {
		r.annotate(c)
	}
	return list
}

// seconds is the length of the time axis.
func (r *Run) seconds() float64 {
	return max(r.summary().Duration.Seconds(), 1)
}

// each is what a point of a chart is, in words.
func (r *Run) each(what string) string {
	if r.series.width == 1 {
		return what
	}
	return what + " · points of " + span(time.Duration(r.series.width)*time.Second)
}

// dots are values of the points that were measured.
func (s *series) dots(value func(*point) float64) []dot {
	dots := make([]dot, len(s.points))
	for i := range s.points {
		p := &s.points[i]
		dots[i] = dot{at: s.at(i), value: value(p), known: p.seconds > 0}
	}
	return dots
}

func highest(lines ...[]dot) float64 {
	high := 0.0
	for _, dots := range lines {
		for _, d := range dots {
			if d.known {
				high = max(high, d.value)
			}
		}
	}
	return high
}

func (r *Run) throughputChart() *chart {
	c := newChart("Throughput", r.each("requests per second"), r.seconds())
	requests := r.series.dots(func(p *point) float64 { return p.perSecond(p.requests) })
	target := r.series.dots(func(p *point) float64 { return p.mean(p.rate) })
	iterations := r.series.dots(func(p *point) float64 { return p.perSecond(p.started) })
	c.Legend = []legendItem{{"requests", "thr", "line"}}
	lines := [][]dot{requests}
	open := highest(target) > 0
	if open {
		lines = append(lines, target, iterations)
	}
	c.linear(highest(lines...), amount)
	c.area("thr", requests)
	c.line("thr", requests)
	if open {
		c.line("iter", iterations)
		c.line("target", target)
		c.Legend = append(c.Legend, legendItem{"iterations", "iter", "line"}, legendItem{"target iterations", "target", "dash"})
	}
	c.hovers(r.series, func(p *point) string {
		text := amount(p.perSecond(p.requests)) + " requests/s"
		if open {
			text += fmt.Sprintf("\n%s iterations/s of %s", amount(p.perSecond(p.started)), amount(p.mean(p.rate)))
		}
		if p.dropped > 0 {
			text += fmt.Sprintf("\n%s dropped", count(p.dropped))
		}
		return text
	})
	return c
}

func (r *Run) usersChart() *chart {
	c := newChart("Users", r.each("alive"), r.seconds())
	active := r.series.dots(func(p *point) float64 { return p.mean(float64(p.active)) })
	target := r.series.dots(func(p *point) float64 { return p.mean(p.users) })
	c.Legend = []legendItem{{"running", "usr", "line"}}
	c.linear(highest(active, target), amount)
	c.area("usr", active)
	c.line("usr", active)
	closed := highest(target) > 0
	if closed {
		c.line("target", target)
		c.Legend = append(c.Legend, legendItem{"target", "target", "dash"})
	}
	c.hovers(r.series, func(p *point) string {
		text := amount(p.mean(float64(p.active))) + " users"
		if closed {
			text += " of " + amount(p.mean(p.users))
		}
		return text
	})
	return c
}

// The percentiles of the latency chart.
var charted = []struct {
	q    float64
	name string
}{{0.5, "p50"}, {0.95, "p95"}, {0.99, "p99"}}

func (r *Run) latencyChart() *chart {
	c := newChart("Response time", "", r.seconds())
	var lines [][]dot
	low, high := 0.0, 0.0
	widths := []string{}
	for _, p := range charted {
		line := r.series.percentile(p.q)
		dots := line.dots(r.seconds())
		lines = append(lines, dots)
		if line == nil {
			widths = append(widths, p.name+": too few requests")
			continue
		}
		switch {
		case len(line.values) == 1:
			widths = append(widths, p.name+" of the whole run")
		case line.width > 1:
			widths = append(widths, p.name+" in steps of "+span(time.Duration(line.width)*time.Second))
		}
		c.Legend = append(c.Legend, legendItem{p.name, p.name, "line"})
		for _, d := range dots {
			if d.known {
				high = max(high, d.value)
				low = cmp.Or(min(low, d.value), d.value)
			}
		}
	}
	c.Sub = cmp.Or(strings.Join(widths, ", "), "percentiles of each second")
	if high == 0 {
		c.Empty = "Too few requests for percentiles over time."
		return c
	}
	c.latencyAxis(low, high, r.limits())
	for i, p := range charted {
		c.line(p.name, lines[i])
	}
	c.hovers(r.series, latencyHover)
	return c
}

// latencyAxis makes room for the limits that are not far off.
func (c *chart) latencyAxis(low, high float64, limits []limitOf) {
	for _, l := range limits {
		if l.value < 2.5*high {
			high = max(high, l.value)
		}
		if l.value > low/10 {
			low = min(low, l.value)
		}
	}
	label := func(v float64) string {
		if v == 0 {
			return "0"
		}
		return latency(time.Duration(v))
	}
	if high/low > 12 {
		c.logarithmic(low, high, label)
	} else {
		c.linear(high, label)
	}
	for _, l := range limits {
		c.limit(l.value, l.label)
	}
}

// dots are the values in nanoseconds, a single one from the beginning to the end.
func (l *percentileLine) dots(end float64) []dot {
	if l == nil {
		return nil
	}
	if len(l.values) == 1 {
		value := float64(max(l.values[0], 1))
		return []dot{{0, value, l.known[0]}, {end, value, l.known[0]}}
	}
	dots := make([]dot, len(l.values))
	for i, v := range l.values {
		from := float64(i * l.width)
		to := min(from+float64(l.width), end)
		if i == len(l.values)-1 {
			to = max(from, end) // with the rest of the run
		}
		dots[i] = dot{at: (from + to) / 2, value: float64(max(v, 1)), known: l.known[i]}
	}
	return dots
}

func latencyHover(p *point) string {
	n := p.response.Count()
	text := plural(int(n), "request")
	for _, l := range charted {
		if enough(&p.response, l.q) {
			text += "\n" + l.name + " " + latency(time.Duration(p.response.Quantile(l.q)))
		}
	}
	if n > 0 {
		text += "\nmax " + latency(time.Duration(p.response.Max()))
	}
	return text
}

type limitOf struct {
	value float64
	label string
}

// limits are the thresholds on percentiles of all requests.
func (r *Run) limits() []limitOf {
	var list []limitOf
	for _, rule := range r.Run.Thresholds {
		if rule.Metric == threshold.LatencyQuantile && rule.Name == "" && !rule.Service {
			list = append(list, limitOf{rule.Limit, rule.String()})
		}
	}
	return list
}

func (r *Run) errorsChart() *chart {
	c := newChart("Errors", r.each("per second, by class"), r.seconds())
	classes := r.series.classes()
	rate := r.series.dots(func(p *point) float64 { return p.perSecond(p.errors) })
	if len(classes) == 0 {
		c.Empty = "No errors."
		return c
	}
	c.linear(highest(rate), amount)
	tops := make([]float64, len(r.series.points))
	for _, class := range classes {
		kind := "c-" + strings.ReplaceAll(class.String(), "_", "-")
		c.Legend = append(c.Legend, legendItem{className(class), kind, "box"})
		c.bars(kind, r.series.stack(class, tops, r.seconds()))
	}
	c.hovers(r.series, func(p *point) string {
		text := amount(p.perSecond(p.errors)) + " errors/s"
		for _, class := range classes {
			if n := p.byClass[class]; n > 0 {
				text += "\n" + className(class) + " " + amount(p.perSecond(n)) + "/s"
			}
		}
		return text
	})
	return c
}

// className is a class in words.
func className(c metrics.Class) string { return strings.ReplaceAll(c.String(), "status_", "") }

// classes are the classes of errors there were, the most frequent first.
func (s *series) classes() []metrics.Class {
	var total [metrics.NumClasses]uint64
	for i := range s.points {
		for class, n := range s.points[i].byClass {
			total[class] += n
		}
	}
	var list []metrics.Class
	for class, n := range total {
		if c := metrics.Class(class); n > 0 && c.IsError() {
			list = append(list, c)
		}
	}
	slices.SortStableFunc(list, func(a, b metrics.Class) int { return cmp.Compare(total[b], total[a]) })
	return list
}

// stack puts the bars of a class on top of what is there.
func (s *series) stack(class metrics.Class, tops []float64, end float64) []bar {
	var bars []bar
	for i := range s.points {
		p := &s.points[i]
		if n := p.byClass[class]; n > 0 {
			from := float64(i * s.width)
			low := tops[i]
			tops[i] += p.perSecond(n)
			bars = append(bars, bar{from, min(from+float64(s.width), end), low, tops[i]})
		}
	}
	return bars
}

// hovers adds what a chart tells under the pointer.
func (c *chart) hovers(s *series, text func(*point) string) {
	step := (len(s.points) + maxHovers - 1) / maxHovers
	for i := 0; i < len(s.points); i += step {
		var sum point
		last := min(i+step, len(s.points))
		for j := i; j < last; j++ {
			sum.add(&s.points[j])
		}
		from, to := float64(i*s.width), float64(last*s.width)
		x0, x1 := c.x.at(from), c.x.at(to)
		said := "no data"
		if sum.seconds > 0 {
			said = text(&sum)
		}
		when := clock(time.Duration(from) * time.Second)
		c.Hovers = append(c.Hovers, hover{coordinate(x0), coordinate(max(x1-x0, 0.1)), when + "\n" + said})
	}
}

// add adds the seconds of another point.
func (p *point) add(o *point) {
	p.measured += o.measured
	p.seconds += o.seconds
	p.users += o.users
	p.rate += o.rate
	p.active += o.active
	p.started += o.started
	p.scheduled += o.scheduled
	p.dropped += o.dropped
	p.requests += o.requests
	p.errors += o.errors
	for class, n := range o.byClass {
		p.byClass[class] += n
	}
	p.response.Merge(&o.response)
}

// annotate adds phases of the pattern and events.
func (r *Run) annotate(c *chart) {
	if c.Empty != "" {
		return
	}
	if len(r.Loads) == 1 && len(r.Loads[0].Phases) > 1 {
		c.phases(r.Loads[0].Phases)
	}
	const most = 40
	for _, m := range r.Events[:min(len(r.Events), most)] {
		c.Marks = append(c.Marks, markLine{coordinate(c.x.at(m.At.Seconds())), m.Kind, clock(m.At) + " " + clean(m.Text)})
	}
}

func (c *chart) phases(phases []metrics.Phase) {
	for i, p := range phases {
		if p.Start.Seconds() >= c.x.end {
			break
		}
		x0, x1 := c.x.at(p.Start.Seconds()), c.x.at(p.End.Seconds())
		b := band{X: coordinate(x0), W: coordinate(x1 - x0), Mid: coordinate((x0 + x1) / 2), Kind: "b" + strconv.Itoa(i%2)}
		if name := clean(p.Name); x1-x0 > 6.5*float64(len(name)) {
			b.Name = name
		}
		c.Bands = append(c.Bands, b)
	}
}
