package report

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/internal/store"
)

// A Run is all that reports say about one run.
type Run struct {
	metrics.Run
	metrics.Outcome        // of a run that was cut: as far as it got
	Cut             bool   // the run has no end
	Events          []mark // sorted by time
	series          *series
}

// A mark is a moment on the time axis.
type mark struct {
	At   time.Duration
	Kind string // "annotation", "message", "warmed_up", "failed", "passed"
	Text string
}

// read takes a stored run in. Each second is shown to each, which may be nil.
func read(r *store.Reader, each func(*moment)) *Run {
	run := &Run{Run: r.Run(), Cut: r.Outcome() == nil, series: newSeries(r.Last() + 1)}
	replay := newReplay(r)
	m := moment{models: models(run.Loads)}
	for s, err := range r.Snapshots() {
		if err != nil {
			replay.unreadable++
			continue
		}
		m.take(s)
		run.series.add(&m)
		replay.add(s)
		if each != nil {
			each(&m)
		}
	}
	run.Outcome = replay.outcome()
	run.Events = marks(r)
	return run
}

// models are the models of loads, in plan order.
func models(loads []metrics.Load) []string {
	list := make([]string, len(loads))
	for i := range loads {
		list[i] = loads[i].Model
	}
	return list
}

// A replay finds out what a run came to. Of one that ended the store has that,
// but for the totals if the disk was full; for one that was cut, the seconds are
// added up and judged again.
type replay struct {
	reader     *store.Reader
	total      metrics.Total
	judge      *metrics.Judge
	unreadable int
}

func newReplay(r *store.Reader) *replay {
	p := &replay{reader: r}
	if p.known() {
		return p
	}
	run := r.Run()
	p.judge = metrics.NewJudge(run.Thresholds)
	p.judge.StopAt(run.Duration)
	p.total.StopAt(run.Duration)
	warmup := warmupOf(r)
	p.total.Warmup, p.judge.Warmup = warmup, warmup
	return p
}

// warmupOf is the warm-up of a run. The first version kept no plan of it, only
// its end.
func warmupOf(r *store.Reader) time.Duration {
	warmup := r.Run().Warmup
	for _, e := range r.Events() {
		if warmup == 0 && e.Kind == store.WarmedUp {
			warmup = e.At
		}
	}
	return warmup
}

// known reports whether the store has the outcome, with the totals.
func (p *replay) known() bool {
	o := p.reader.Outcome()
	return o != nil && o.Summary != nil
}

func (p *replay) add(s *metrics.Snapshot) {
	if p.judge != nil {
		p.total.Add(s)
		p.judge.Add(s)
	}
}

func (p *replay) outcome() metrics.Outcome {
	var o metrics.Outcome
	switch {
	case p.known():
		o = *p.reader.Outcome()
		o.Verdict.Reasons = slices.Clone(o.Verdict.Reasons)
	case p.reader.Outcome() != nil:
		o = p.summed()
	default:
		o = p.judged()
	}
	if lost := p.damage(); lost != "" {
		because(&o.Verdict, lost)
	}
	return o
}

// summed is an outcome whose totals had no room left on the disk.
func (p *replay) summed() metrics.Outcome {
	o := *p.reader.Outcome()
	o.Verdict.Reasons = slices.Clone(o.Verdict.Reasons)
	o.Summary = p.total.Summary(0)
	because(&o.Verdict, fmt.Sprintf("the log of the run ends without totals, as when the disk is full: they are those of the first %s",
		clock(o.Summary.Duration)))
	return o
}

// judged is the outcome of what is there.
func (p *replay) judged() metrics.Outcome {
	run := p.reader.Run()
	summary := p.total.Summary(0)
	o := metrics.Outcome{Interrupted: true, Summary: summary, End: run.Start.Add(summary.Duration)}
	o.Thresholds, o.Passed = p.judge.Final()
	o.Verdict = metrics.Assess(summary, metrics.Facts{
		Running: p.reader.Live(), MaxUsers: maxUsers(run.Loads), Workers: run.Workers,
	})
	reason := "the log of the run has no end: its process was killed, the machine stopped or the disk was full"
	if p.reader.Live() {
		reason = "the run is still going on"
	}
	because(&o.Verdict, fmt.Sprintf("%s; this is what was measured in the first %s", reason, clock(summary.Duration)))
	return o
}

// maxUsers are the limits of loads, in plan order.
func maxUsers(loads []metrics.Load) []int {
	limits := make([]int, len(loads))
	for i := range loads {
		limits[i] = loads[i].MaxUsers
	}
	return limits
}

// damage says what of the log could not be read. The torn end of a run that was
// cut is nothing to speak of.
func (p *replay) damage() string {
	switch lost := p.reader.Lost(); {
	case p.unreadable > 0:
		return fmt.Sprintf("%s of the run log could not be read: missing in charts and time series", plural(p.unreadable, "second"))
	case lost > 0 && p.known():
		return fmt.Sprintf("%s of the run log are damaged: charts and time series may have gaps", bytesText(uint64(lost)))
	}
	return ""
}

// because adds a reason to a verdict, which then is not valid.
func because(v *metrics.Verdict, reason string) {
	if v.State == metrics.Valid || v.State == "" {
		v.State = metrics.Degraded
	}
	v.Reasons = append(v.Reasons, reason)
}

// marks are the events and crossings of a run, by time.
func marks(r *store.Reader) []mark {
	var list []mark
	for _, e := range r.Events() {
		list = append(list, mark{At: e.At, Kind: string(e.Kind), Text: e.Text})
	}
	for _, c := range r.Crossings() {
		kind, verb := "passed", "passes again"
		if !c.Status.Passed {
			kind, verb = "failed", "fails"
		}
		text := fmt.Sprintf("%s %s: %s", c.Status.Rule, verb, valueText(c.Status.Latest, c.Status.Unit))
		list = append(list, mark{At: c.At, Kind: kind, Text: text})
	}
	slices.SortStableFunc(list, func(a, b mark) int { return cmp.Compare(a.At, b.At) })
	return list
}
