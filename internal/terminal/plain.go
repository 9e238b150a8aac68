package terminal

import (
	"cmp"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
)

// plainEvery is the time between plain lines.
const plainEvery = 5 * time.Second

// A plain writes lines: one at the start, one every few seconds about the time
// since the line before, and one when something happens. They have no control
// codes.
type plain struct {
	plan
	look
	out     *outlet
	every   time.Duration
	verbose bool

	since  interval
	next   time.Duration     // when the next line is due
	newest *metrics.Snapshot // the last one taken in
	latest *metrics.Snapshot // the latest second, with the parts of it that came late
	at     time.Duration
	lines  int // about the time since the line before
	said   announced
}

// An interval adds up the seconds since the last line.
type interval struct {
	from        int          // parts of seconds before it have missed their line
	seen        map[int]bool // seconds that length has
	length      time.Duration
	end         time.Duration // since the start of the run
	requests    uint64
	errors      uint64
	failed      uint64 // iterations
	setupFailed uint64
	dropped     uint64
	started     []uint64 // by load
	all         metrics.NameStats
}

// announced is what has been said and is not said again.
type announced struct {
	state, message string
	verdict        metrics.State
	aborted        bool
	finishing      bool
	outage         bool
	failures       map[string]bool // by class, and setup
}

func newPlain(c Config) *plain {
	return &plain{look: newLook(false, c.ASCII), out: newOutlet(c.Out), every: c.Every, verbose: c.Verbose, next: c.Every}
}

func (p *plain) say(at time.Duration, text string) {
	p.out.writeString(fmt.Sprintf("%6s  %s\n", span(at), text))
}

func (p *plain) log(line string) { p.out.writeString(line + "\n") }

func (p *plain) begin(run metrics.Run) {
	p.plan = planOf(run)
	p.said.verdict = metrics.Valid
	line := p.clean(p.test)
	if p.target != "" {
		line += " -> " + p.clean(p.target)
	}
	if p.length > 0 {
		line += ", " + span(p.length)
	}
	var b strings.Builder
	b.WriteString(line + "\n")
	for i := range p.loads {
		l := &p.loads[i]
		fmt.Fprintf(&b, "%6s  %s: %s\n", l.Model, p.clean(l.Scenario), p.clean(inWords(l)))
	}
	p.out.writeString(b.String())
}

func (p *plain) second(s *metrics.Snapshot, progress metrics.Progress) {
	if s == nil {
		s = progress.Now
	}
	p.at = progress.Elapsed
	if s != nil && s != p.newest {
		p.newest = s
		p.take(s)
	}
	p.announce(progress)
	if p.at >= p.next {
		p.next = p.at - p.at%p.every + p.every
		p.sayInterval(p.levels(true)...)
	}
	p.announceEnd()
}

// end tells of the time since the last line. What is left of the load at that
// moment means nothing; if nothing was finished either, there is nothing to tell.
func (p *plain) end(metrics.Outcome) {
	if p.since.length <= 0 || p.lines > 0 && p.since.isIdle() {
		return
	}
	p.sayInterval(append([]string{"end"}, p.levels(false)...)...)
}

// take takes in a second, or a part of one that came late: a worker was cut off
// for a while.
func (p *plain) take(s *metrics.Snapshot) {
	switch {
	case p.latest == nil || s.Second > p.latest.Second:
		p.latest = s
	case s.Second == p.latest.Second:
		p.latest = joined(p.latest, s)
	}
	if s.Second >= p.since.from {
		p.since.add(s)
	}
}

func (p *plain) close() { p.out.close(patience) }

// announce says what has changed.
func (p *plain) announce(now metrics.Progress) {
	p.announceState(now)
	p.announceFailures(now.Total)
	if now.Verdict.State != "" && now.Verdict.State != p.said.verdict {
		p.said.verdict = now.Verdict.State
		text := "verdict " + string(now.Verdict.State)
		if reasons := p.reasons(now.Verdict); len(reasons) > 0 {
			text += ": " + p.clean(strings.Join(reasons, "; "))
		}
		p.say(p.at, text)
	}
	for i := range now.Thresholds {
		if t := &now.Thresholds[i]; t.Aborted && !p.said.aborted {
			p.said.aborted = true
			p.say(p.at, "threshold "+p.clean(t.Rule)+" failed ("+p.value(t)+") and ends the run")
		}
	}
}

// announceFailures tells of the first failure of each kind that no rate of errors
// counts: panics, errors of tasks and setups. And of a target that isn't there.
func (p *plain) announceFailures(total *metrics.Summary) {
	if total == nil {
		return
	}
	if hint := outage(total, p.target); hint != "" && !p.said.outage {
		p.said.outage = true
		p.say(p.at, p.clean(hint))
	}
	for i := range total.Errs {
		e := &total.Errs[i]
		stage := stageOf(total, e)
		kind := cmp.Or(stage, e.Class.String())
		if stage == "" && e.Class != metrics.Panic && e.Class != metrics.Check || p.said.failures[kind] {
			continue
		}
		if p.said.failures == nil {
			p.said.failures = map[string]bool{}
		}
		p.said.failures[kind] = true
		g := groupOf(total, e)
		p.say(p.at, g.class+" in "+p.called(g.name)+": "+p.clean(g.message))
	}
}

// announceState leaves out the first "running", which everybody expects.
func (p *plain) announceState(now metrics.Progress) {
	expected := p.said.state == "" && now.State == "running"
	changed := now.State != p.said.state && !expected || now.Message != p.said.message
	p.said.state, p.said.message = now.State, now.Message
	if !changed {
		return
	}
	text := now.State
	if now.Message != "" {
		text += ": " + p.clean(now.Message)
	}
	p.say(p.at, text)
}

// announceEnd says that the pattern is over and whom the run waits for.
func (p *plain) announceEnd() {
	if p.said.finishing || p.latest == nil || p.said.state != "running" || p.length <= 0 || p.at <= p.length {
		return
	}
	busy := 0
	for i := range p.latest.Loads {
		busy += max(0, p.latest.Loads[i].Busy)
	}
	if busy > 0 {
		p.said.finishing = true
		p.say(p.at, "finishing: "+plural(uint64(busy), "user"))
	}
}

// sayInterval writes what has happened since the last line.
func (p *plain) sayInterval(words ...string) {
	i := &p.since
	words = append(words, p.rate(perSecond(i.requests, i.length))+" req/s")
	words = append(words, p.percentiles(latencyOf(&i.all))...)
	words = append(words, "errors "+percent(i.errors, i.requests))
	words = append(words, i.troubles()...)
	if p.verbose && p.latest != nil {
		lag := lagOf(p.latest)
		words = append(words, "cpu "+percentShare(p.latest.Health.CPU)+" start lag "+p.worst(&lag))
	}
	if name := p.phaseName(); name != "" {
		words = append(words, "["+name+"]")
	}
	p.say(p.at, strings.Join(words, "  "))
	p.since = interval{}
	if p.latest != nil {
		p.since.from = p.latest.Second + 1
	}
	p.lines++
}

// levels are the rates of every load and, if asked for, the users that there are
// at this moment, against their targets.
func (p *plain) levels(users bool) []string {
	if p.latest == nil {
		return nil
	}
	var words []string
	for i := range p.latest.Loads {
		now := &p.latest.Loads[i]
		open := i < len(p.loads) && isRate(&p.loads[i])
		name := ""
		if len(p.latest.Loads) > 1 {
			name = p.clean(now.Scenario) + " "
		}
		active := count(uint64(max(0, now.Active)))
		if open {
			started := perSecond(p.since.startedOf(i), p.since.length)
			words = append(words, name+"rate "+p.rate(started)+"/"+p.meanTarget(i))
		}
		switch {
		case open && users:
			words = append(words, "users "+active)
		case users && p.length > 0 && p.at > p.length:
			words = append(words, name+"users "+active+" left")
		case users:
			words = append(words, name+"users "+active+"/"+p.whole(now.Target))
		}
	}
	return words
}

// meanTarget is the planned rate of a load over the time since the last line, as
// is the rate beside it.
func (p *plain) meanTarget(load int) string {
	mean := meanLevel(&p.loads[load], p.since.end-p.since.length, p.since.end)
	return p.number(math.Round(mean*1e6) / 1e6) // sums of tenths are no tenths
}

// percentiles are those that enough requests stand behind, and the maximum in
// place of the others.
func (p *plain) percentiles(l metrics.Latency) []string {
	var words []string
	for _, q := range []struct {
		name string
		p    float64
	}{{"p50", 0.5}, {"p95", 0.95}, {"p99", 0.99}} {
		if l.Reliable(q.p) {
			words = append(words, q.name+" "+p.percentile(&l, q.p))
		}
	}
	if l.Count > 0 && len(words) < 3 {
		words = append(words, "max "+p.duration(l.Max))
	}
	if len(words) == 0 {
		return nil
	}
	return []string{strings.Join(words, " ")}
}

// phaseName names the phase of the first load that is in one.
func (p *plain) phaseName() string {
	for i := range p.loads {
		if at := phase(&p.loads[i], max(0, p.at-1)); at != nil {
			return p.clean(at.Name)
		}
	}
	return ""
}

// troubles count what went wrong beside requests.
func (i *interval) troubles() []string {
	var words []string
	for _, t := range []struct {
		n    uint64
		what string
	}{{i.failed, "iterations failed"}, {i.setupFailed, "setups failed"}, {i.dropped, "dropped"}} {
		if t.n > 0 {
			words = append(words, t.what+" "+count(t.n))
		}
	}
	return words
}

// isIdle reports whether nothing has come to an end.
func (i *interval) isIdle() bool { return i.requests == 0 && len(i.troubles()) == 0 }

func (i *interval) add(s *metrics.Snapshot) {
	if i.seen == nil {
		i.seen = map[int]bool{}
	}
	if !i.seen[s.Second] {
		i.seen[s.Second] = true
		i.length += s.Length
	}
	i.end = max(i.end, s.End())
	i.requests += requestsOf(s)
	i.errors += errorsOf(s)
	i.all.Response.Merge(&responses(s).Response)
	for len(i.started) < len(s.Loads) {
		i.started = append(i.started, 0)
	}
	for at := range s.Loads {
		i.started[at] += s.Loads[at].Started
		i.dropped += s.Loads[at].Dropped
		i.failed += s.Loads[at].Failed
		i.setupFailed += s.Loads[at].SetupFailed
	}
}

func (i *interval) startedOf(load int) uint64 {
	if load < len(i.started) {
		return i.started[load]
	}
	return 0
}
