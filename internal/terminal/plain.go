package terminal

import (
	"fmt"
	"strings"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
)

// plainEvery is the time between plain lines.
const plainEvery = 5 * time.Second

// A plain writes lines: one at the start, one every few seconds about the time
// since the line before, and one when something happens. They are ASCII but for
// names from outside, and have no control codes.
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
	said   announced
}

// An interval adds up the seconds since the last line.
type interval struct {
	from     int          // parts of seconds before it have missed their line
	seen     map[int]bool // seconds that length has
	length   time.Duration
	requests uint64
	errors   uint64
	dropped  uint64
	started  []uint64 // by load
	all      metrics.NameStats
}

// announced is what has been said and is not said again.
type announced struct {
	state, message string
	verdict        metrics.State
	aborted        bool
}

func newPlain(c Config) *plain {
	return &plain{look: newLook(false, true), out: newOutlet(c.Out), every: c.Every, verbose: c.Verbose, next: c.Every}
}

func (p *plain) say(at time.Duration, text string) {
	p.out.writeString(fmt.Sprintf("%6s  %s\n", span(at), text))
}

func (p *plain) log(line string) { p.out.writeString(line + "\n") }

func (p *plain) begin(run metrics.Run) {
	p.plan = planOf(run)
	p.said.verdict = metrics.Valid
	line := clean(p.test, false)
	if p.target != "" {
		line += " -> " + clean(p.target, false)
	}
	if p.length > 0 {
		line += ", " + span(p.length)
	}
	var b strings.Builder
	b.WriteString(line + "\n")
	for i := range p.loads {
		l := &p.loads[i]
		fmt.Fprintf(&b, "%6s  %s: %s\n", l.Model, clean(l.Scenario, false), clean(l.Pattern, false))
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
	if p.at < p.next {
		return
	}
	p.next = p.at - p.at%p.every + p.every
	p.line()
}

func (p *plain) end(metrics.Outcome) {
	if p.since.length > 0 {
		p.line()
	}
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
	if now.Verdict.State != "" && now.Verdict.State != p.said.verdict {
		p.said.verdict = now.Verdict.State
		p.say(p.at, because("verdict "+string(now.Verdict.State), now.Verdict.Reasons))
	}
	for i := range now.Thresholds {
		if t := &now.Thresholds[i]; t.Aborted && !p.said.aborted {
			p.said.aborted = true
			p.say(p.at, "threshold "+clean(t.Rule, false)+" failed ("+p.value(t)+") and ends the run")
		}
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
		text += ": " + clean(now.Message, false)
	}
	p.say(p.at, text)
}

func because(what string, reasons []string) string {
	if len(reasons) == 0 {
		return what
	}
	return what + ": " + clean(strings.Join(reasons, "; "), false)
}

// line writes what has happened since the last line.
func (p *plain) line() {
	i := &p.since
	words := append(p.levels(), p.rate(perSecond(i.requests, i.length))+" req/s")
	words = append(words, p.percentiles(latencyOf(&i.all))...)
	words = append(words, "errors "+percent(i.errors, i.requests))
	if i.dropped > 0 {
		words = append(words, "dropped "+count(i.dropped))
	}
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
}

// levels are the users, or rates, of every load against their targets.
func (p *plain) levels() []string {
	if p.latest == nil {
		return nil
	}
	var words []string
	for i := range p.latest.Loads {
		now := &p.latest.Loads[i]
		open := i < len(p.loads) && isRate(&p.loads[i])
		name := ""
		if len(p.latest.Loads) > 1 {
			name = clean(now.Scenario, false) + " "
		}
		if open {
			started := perSecond(p.since.startedOf(i), p.since.length)
			words = append(words, fmt.Sprintf("%srate %s/%s  users %s", name,
				p.rate(started), p.number(now.Target), count(uint64(max(0, now.Active)))))
			continue
		}
		words = append(words, fmt.Sprintf("%susers %s/%s", name, count(uint64(max(0, now.Active))), p.whole(now.Target)))
	}
	return words
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
			return clean(at.Name, false)
		}
	}
	return ""
}

func (i *interval) add(s *metrics.Snapshot) {
	if i.seen == nil {
		i.seen = map[int]bool{}
	}
	if !i.seen[s.Second] {
		i.seen[s.Second] = true
		i.length += s.Length
	}
	i.requests += requestsOf(s)
	i.errors += errorsOf(s)
	i.all.Response.Merge(&responses(s).Response)
	for len(i.started) < len(s.Loads) {
		i.started = append(i.started, 0)
	}
	for at := range s.Loads {
		i.started[at] += s.Loads[at].Started
		i.dropped += s.Loads[at].Dropped
	}
}

func (i *interval) startedOf(load int) uint64 {
	if load < len(i.started) {
		return i.started[load]
	}
	return 0
}
