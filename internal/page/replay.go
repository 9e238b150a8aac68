package page

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/internal/store"
)

// A Replay finds out what a stored run came to. Of one that ended the store has
// that, but for the totals if the disk was full; for one that was cut, or that
// still goes on, the seconds are added up and judged again: show it all of them.
type Replay struct {
	reader     *store.Reader
	total      metrics.Total
	judge      *metrics.Judge // nil if there is nothing to add up
	unreadable int
}

// NewReplay returns the replay of a run.
func NewReplay(r *store.Reader) *Replay {
	p := &Replay{reader: r}
	if p.known() {
		return p
	}
	run := r.Run()
	p.judge = metrics.NewJudge(run.Thresholds)
	p.judge.StopAt(run.Duration)
	p.total.StopAt(run.Duration)
	warmup := Warmup(r)
	p.total.Warmup, p.judge.Warmup = warmup, warmup
	return p
}

// Warmup is the warm-up of a run. The first version kept no plan of it, only
// its end.
func Warmup(r *store.Reader) time.Duration {
	warmup := r.Run().Warmup
	for _, e := range r.Events() {
		if warmup == 0 && e.Kind == store.WarmedUp {
			warmup = e.At
		}
	}
	return warmup
}

// known reports whether the store has the outcome, with the totals.
func (p *Replay) known() bool {
	o := p.reader.Outcome()
	return o != nil && o.Summary != nil
}

// Add shows the replay a second.
func (p *Replay) Add(s *metrics.Snapshot) {
	if p.judge != nil {
		p.total.Add(s)
		p.judge.Add(s)
	}
}

// Unreadable tells the replay of a second that can't be read.
func (p *Replay) Unreadable() { p.unreadable++ }

// Outcome is what the run came to. A run without an end is interrupted, and its
// verdict says why there is none.
func (p *Replay) Outcome() metrics.Outcome {
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
func (p *Replay) summed() metrics.Outcome {
	o := *p.reader.Outcome()
	o.Verdict.Reasons = slices.Clone(o.Verdict.Reasons)
	o.Summary = p.total.Summary(0)
	because(&o.Verdict, fmt.Sprintf("the log of the run ends without totals, as when the disk is full: they are those of the first %s",
		clock(o.Summary.Duration)))
	return o
}

// judged is the outcome of what is there.
func (p *Replay) judged() metrics.Outcome {
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
func (p *Replay) damage() string {
	switch lost := p.reader.Lost(); {
	case p.unreadable == 1:
		return "1 second of the run log could not be read: missing in charts and time series"
	case p.unreadable > 1:
		return fmt.Sprintf("%d seconds of the run log could not be read: missing in charts and time series", p.unreadable)
	case lost > 0 && p.known():
		return fmt.Sprintf("%d bytes of the run log are damaged: charts and time series may have gaps", lost)
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

// clock writes a time of the run: 4:05, 1:04:05.
func clock(d time.Duration) string {
	s := int64(d.Round(time.Second) / time.Second)
	if s < 3600 {
		return strconv.FormatInt(s/60, 10) + ":" + two(s%60)
	}
	return strconv.FormatInt(s/3600, 10) + ":" + two(s/60%60) + ":" + two(s%60)
}

func two(n int64) string {
	if n < 10 {
		return "0" + strconv.FormatInt(n, 10)
	}
	return strconv.FormatInt(n, 10)
}
