package terminal

import (
	"cmp"
	"slices"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
)

// A tracker remembers as much of a run as a board needs.
type tracker struct {
	plan
	hint    string
	newest  *metrics.Snapshot // the last one taken in
	history []past            // the last ten seconds, ascending
	series  []point           // the last minute, ascending
	busy    bool              // the last second alone has had enough requests
}

// A past is a second with the response times of all its requests.
type past struct {
	*metrics.Snapshot
	all *metrics.NameStats
}

// A point is one second of the small charts.
type point struct {
	second            int
	rate, p95, errors float64
}

// first is the board before the first second.
func (t *tracker) first() *board {
	return &board{plan: t.plan, hint: t.hint, state: "starting"}
}

// second takes in a second and returns the board that shows it.
func (t *tracker) second(s *metrics.Snapshot, p metrics.Progress) *board {
	b := t.first()
	b.state, b.elapsed, b.counted, b.message = p.State, p.Elapsed, p.Elapsed, p.Message
	b.crew = slices.Clone(p.Workers)
	b.verdict = metrics.Verdict{State: p.Verdict.State, Reasons: slices.Clone(p.Verdict.Reasons)}
	b.thresholds = slices.Clone(p.Thresholds)
	if s == nil {
		s = p.Now
	}
	if s != nil && s != t.newest {
		t.newest = s
		t.remember(s)
	}
	if n := len(t.history); n > 0 {
		t.fillNow(b, t.history[n-1].Snapshot)
	}
	if p.Total != nil {
		t.fillTotal(b, p.Total)
	}
	return b
}

// remember takes in a second, or a part of one that came late: a worker was cut
// off for a while. Of what is older than the history the charts get the counts
// alone.
func (t *tracker) remember(s *metrics.Snapshot) {
	at, known := slices.BinarySearchFunc(t.history, s.Second, func(p past, second int) int { return cmp.Compare(p.Second, second) })
	switch {
	case known:
		s = joined(t.history[at].Snapshot, s)
		t.history[at] = past{s, responses(s)}
	case at == 0 && len(t.history) == recentSeconds:
		t.amend(s)
		return
	default:
		t.history = latest(slices.Insert(t.history, at, past{s, responses(s)}), recentSeconds)
	}
	t.plot(s)
}

// plot puts a second into the small charts.
func (t *tracker) plot(s *metrics.Snapshot) {
	p := point{
		second: s.Second,
		rate:   perSecond(requestsOf(s), s.Length),
		errors: perSecond(errorsOf(s), s.Length),
		p95:    msOf(latencyOf(responses(s)), 0.95),
	}
	at, known := t.charted(s.Second)
	if known {
		t.series[at] = p
		return
	}
	t.series = latest(slices.Insert(t.series, at, p), historySeconds)
}

// amend adds the counts of a part to a second whose latencies are forgotten.
func (t *tracker) amend(s *metrics.Snapshot) {
	if at, known := t.charted(s.Second); known {
		t.series[at].rate += perSecond(requestsOf(s), s.Length)
		t.series[at].errors += perSecond(errorsOf(s), s.Length)
	}
}

// charted finds a second of the small charts.
func (t *tracker) charted(second int) (at int, known bool) {
	return slices.BinarySearchFunc(t.series, second, func(p point, second int) int { return cmp.Compare(p.second, second) })
}

// joined is two parts of a second together. It leaves both as they are: others
// look at them as well.
func joined(a, b *metrics.Snapshot) *metrics.Snapshot {
	whole := new(metrics.Snapshot)
	whole.Merge(a)
	whole.Merge(b)
	return whole
}

// latest returns the last n elements at most, without the memory of the others.
func latest[T any](list []T, n int) []T {
	if len(list) > n {
		list = slices.Clone(list[len(list)-n:])
	}
	return list
}

func (t *tracker) fillNow(b *board, s *metrics.Snapshot) {
	b.seen = true
	b.speed = perSecond(requestsOf(s), s.Length)
	b.errorsNow = errorsOf(s)
	b.speeds = t.chart(func(p *point) float64 { return p.rate })
	b.p95s = t.chart(func(p *point) float64 { return p.p95 })
	b.errorRates = t.chart(func(p *point) float64 { return p.errors })
	b.recent = t.recent()
	b.health = s.Health
	b.lag = lagOf(s)
	b.workers, b.covered = s.Workers, s.Covered
	for i := range s.Loads {
		l := &s.Loads[i]
		b.levels = append(b.levels, loadNow{
			target: l.Target, active: l.Active, busy: l.Busy,
			started: perSecond(l.Started, s.Length),
		})
		b.iterationsRate += perSecond(l.Finished, s.Length)
	}
	var in uint64
	for i := range s.Names {
		in += s.Names[i].BytesIn
	}
	b.bytesIn = perSecond(in, s.Length)
}

// chart lays the last minute out second by second; a second that is missing is
// negative.
func (t *tracker) chart(value func(*point) float64) []float64 {
	if len(t.series) == 0 {
		return nil
	}
	last := t.series[len(t.series)-1].second
	values := make([]float64, min(historySeconds, last+1))
	for i := range values {
		values[i] = -1
	}
	for i := range t.series {
		if at := len(values) - 1 - (last - t.series[i].second); at >= 0 {
			values[at] = value(&t.series[i])
		}
	}
	return values
}

// recent is the latency of the last second if that alone says enough, and of the
// last ten otherwise. Which of them is not decided anew at every little change.
func (t *tracker) recent() latencies {
	now := t.history[len(t.history)-1].all
	enough := uint64(1000) // for a p99
	if !t.busy {
		enough = 1500
	}
	if t.busy = now.Response.Count() >= enough; t.busy {
		return latencies{over: time.Second, Latency: latencyOf(now)}
	}
	sum := new(metrics.NameStats)
	for _, s := range t.window() {
		sum.Response.Merge(&s.all.Response)
	}
	return latencies{over: recentSeconds * time.Second, Latency: latencyOf(sum)}
}

// window is the last ten seconds of the run.
func (t *tracker) window() []past {
	last := t.history[len(t.history)-1].Second
	i := 0
	for t.history[i].Second <= last-recentSeconds {
		i++
	}
	return t.history[i:]
}

func (t *tracker) fillTotal(b *board, s *metrics.Summary) {
	b.requests, b.errors = s.Requests, s.Errors
	b.total = latencies{Latency: s.Response}
	b.checked, b.checkFailed = s.Checked, s.CheckFailed
	b.iterations, b.failed, b.dropped = s.Iterations, s.Failed, s.Dropped
	b.setupFailed, b.panics = s.SetupFailed, s.Panics
	b.faults = s.Health.Generator
	for i := range s.Loads {
		if i < len(b.levels) {
			b.levels[i].dropped = s.Loads[i].Dropped
		}
	}
	b.worstCheck, b.worstFailed = worstCheck(s.Checks)
	b.groups = groupsOf(s)
	b.outage = outage(s, t.target)
	t.fillNames(b, s.Names)
}

func (t *tracker) fillNames(b *board, names []metrics.NameSummary) {
	b.nameCount = len(names)
	for i := range names[:min(len(names), boardNames)] {
		n := &names[i]
		b.names = append(b.names, nameRow{
			name: nameOf(n), rate: t.rateOf(n), count: n.Count,
			errors: n.Errors, errorRate: n.ErrorRate, Latency: n.Response,
		})
	}
}

// nameOf marks a step that contains requests, as it counts in no total.
func nameOf(n *metrics.NameSummary) string {
	if n.Kind == metrics.Group {
		return n.Name + " (step)"
	}
	return n.Name
}

// rateOf is how often a name was requested in each of the last ten seconds.
func (t *tracker) rateOf(n *metrics.NameSummary) float64 {
	var requests uint64
	var length time.Duration
	if len(t.history) == 0 {
		return n.PerSecond
	}
	for _, s := range t.window() {
		length += s.Length
		i, _ := slices.BinarySearchFunc(s.Names, n, func(m metrics.NameStats, n *metrics.NameSummary) int {
			return cmp.Or(cmp.Compare(m.Stage, n.Stage), cmp.Compare(m.Name, n.Name), cmp.Compare(m.Kind, n.Kind))
		})
		if i < len(s.Names) && s.Names[i].Name == n.Name && s.Names[i].Kind == n.Kind {
			requests += s.Names[i].Count
		}
	}
	return perSecond(requests, length)
}

func worstCheck(checks []metrics.CheckStats) (name string, failed uint64) {
	for _, c := range checks {
		if c.Failed > failed {
			name, failed = c.Name, c.Failed
		}
	}
	return name, failed
}

// inTotals reports whether a name counts into the totals of a run.
func inTotals(n *metrics.NameStats) bool { return n.Stage == metrics.Main && n.Kind == metrics.Request }

func requestsOf(s *metrics.Snapshot) (sum uint64) {
	for i := range s.Names {
		if n := &s.Names[i]; inTotals(n) {
			sum += n.Count
		}
	}
	return sum
}

func errorsOf(s *metrics.Snapshot) (sum uint64) {
	for i := range s.Names {
		if n := &s.Names[i]; inTotals(n) {
			sum += n.Errors()
		}
	}
	return sum
}

// responses merges the response times of a second.
func responses(s *metrics.Snapshot) *metrics.NameStats {
	all := new(metrics.NameStats)
	for i := range s.Names {
		if n := &s.Names[i]; inTotals(n) {
			all.Response.Merge(&n.Response)
		}
	}
	return all
}

// lagOf puts the start lag of a second in numbers.
func lagOf(s *metrics.Snapshot) metrics.Latency {
	var n metrics.NameStats
	n.Response.Merge(&s.Lag)
	return latencyOf(&n)
}

// latencyOf puts response times in numbers.
func latencyOf(n *metrics.NameStats) metrics.Latency {
	h := &n.Response
	at := func(q float64) time.Duration { return time.Duration(h.Quantile(q)) }
	return metrics.Latency{
		Count: h.Count(), Min: time.Duration(h.Min()), Mean: time.Duration(h.Mean()), Max: time.Duration(h.Max()),
		P50: at(0.5), P75: at(0.75), P90: at(0.9), P95: at(0.95), P99: at(0.99), P999: at(0.999),
	}
}

// msOf is a percentile in milliseconds, negative without values.
func msOf(l metrics.Latency, p float64) float64 {
	if l.Count == 0 {
		return -1
	}
	return quantile(&l, p).Seconds() * 1e3
}

func quantile(l *metrics.Latency, p float64) time.Duration {
	switch p {
	case 0.5:
		return l.P50
	case 0.9:
		return l.P90
	case 0.95:
		return l.P95
	case 0.99:
		return l.P99
	case 0.999:
		return l.P999
	}
	return -1
}

func perSecond(n uint64, length time.Duration) float64 {
	if length <= 0 {
		return 0
	}
	return float64(n) / length.Seconds()
}
