package metrics

import (
	"time"

	"github.com/loadforge/loadforge/threshold"
)

// A Judge evaluates thresholds on the merged seconds of a run.
//
// A rule without a window is judged on all that was added so far. A rule with
// one is judged whenever a second is added, on the window that ends with it,
// once there are as many seconds: it has failed when any such window failed,
// and its value is that of the worst. A window in which nothing happened of what
// the rule is about (no request, for a latency) is passed over; for requests
// per second and counts nothing is 0, once there was something. A run shorter
// than the window is judged at the end, on what there is. Having had no data at
// all fails.
//
// A rule with a name is about that request or group in every stage (a login is
// often in the setup), for check_rate about that check, for iteration_error_rate
// about that scenario; one without a name about all requests of the main stage,
// all checks, all scenarios.
//
// A Judge belongs to one goroutine at a time.
type Judge struct {
	// Warmup leaves out the seconds that begin before it. Set it before Add.
	Warmup time.Duration

	rules   []*ruling
	scopes  map[string]*scope // by name, and "" for all
	first   int               // second judged, -1 before
	last    int
	end     time.Duration // of the last second
	stop    time.Duration // see StopAt
	loaded  time.Duration // end of the last second that ended by then
	covered float64       // of the last second
}

// minCovered is the share of workers that must have reported a second before it
// may abort the run: the rest could turn it.
const minCovered = 0.9

// NewJudge returns a judge of rules, which it does not validate.
func NewJudge(rules []threshold.Rule) *Judge {
	j := &Judge{scopes: make(map[string]*scope), first: -1}
	for _, rule := range rules {
		name := clean(rule.Name, MaxName)
		if j.scopes[name] == nil {
			j.scopes[name] = &scope{name: name}
		}
		s := j.scopes[name]
		s.keep = max(s.keep, int(rule.Window/time.Second))
		j.rules = append(j.rules, &ruling{rule: rule, scope: s})
	}
	return j
}

// StopAt tells when the load ends, by plan or on request, since the start of the
// run. Requests per second of the whole run are those of the whole seconds up
// to then, if there is any: while users finish they say nothing of the load. Windows that end later are not judged by rules that ask for a least
// request rate or count: users that finish send fewer requests.
func (j *Judge) StopAt(at time.Duration) { j.stop = at }

// Add takes a second, merged from all workers, and judges. Add seconds in order.
// One that comes late, or in parts, still counts, but windows that ended before
// are not judged again. It keeps nothing of s.
func (j *Judge) Add(s *Snapshot) {
	if s.start() < j.Warmup {
		return
	}
	fresh := j.first < 0 || s.Second > j.last
	if j.first < 0 {
		j.first = s.Second
	}
	loaded := j.stop <= 0 || s.End() <= j.stop
	for _, scope := range j.scopes {
		scope.add(s, loaded)
	}
	if loaded {
		j.loaded = max(j.loaded, s.End())
	}
	j.end = max(j.end, s.End())
	j.last = max(j.last, s.Second)
	if !fresh {
		return
	}
	j.covered = s.Covered
	for _, r := range j.rules {
		r.judge(j)
	}
}

// Status returns where each rule stands, in the order of the rules.
func (j *Judge) Status() []ThresholdStatus {
	status := make([]ThresholdStatus, len(j.rules))
	for i, r := range j.rules {
		status[i] = r.status(j, r.outcome(j))
	}
	return status
}

// ShouldAbort returns the first rule that ends the run now, elapsed after its
// start, and remembers that it did.
func (j *Judge) ShouldAbort(elapsed time.Duration) (threshold.Rule, bool) {
	if j.first < 0 || j.covered > 0 && j.covered < minCovered {
		return threshold.Rule{}, false
	}
	for _, r := range j.rules {
		if r.rule.Aborts(r.current(j), elapsed) {
			r.aborted = true
			return r.rule, true
		}
	}
	return threshold.Rule{}, false
}

// Final returns the verdict on each rule, and whether all passed, when the last
// second was added.
func (j *Judge) Final() (status []ThresholdStatus, passed bool) {
	passed = true
	status = make([]ThresholdStatus, len(j.rules))
	for i, r := range j.rules {
		status[i] = r.status(j, r.final(j))
		passed = passed && status[i].Passed
	}
	return status, passed
}

// seconds is how much of the run was judged, up to a time of it.
func (j *Judge) seconds(end time.Duration) float64 {
	return (end - time.Duration(max(j.first, 0))*time.Second).Seconds()
}

// A ruling is what became of a rule so far.
type ruling struct {
	rule    threshold.Rule
	scope   *scope
	judged  bool              // a window was
	worst   threshold.Outcome // of all windows that had data
	at      time.Duration     // when the worst one ended
	latest  threshold.Outcome // of the latest window
	aborted bool
}

func (r *ruling) windowed() bool { return r.rule.Window > 0 }

// judge judges the window that ends with the last second.
func (r *ruling) judge(j *Judge) {
	window := int(r.rule.Window / time.Second)
	if !r.windowed() || j.last-j.first+1 < window || r.windingDown(j) {
		return
	}
	var sum tally
	r.scope.window(j.last, window, &sum)
	r.latest = r.outcomeOf(&sum, sum.length.Seconds())
	if r.latest.NoData {
		return
	}
	if !r.judged || r.latest.Distance < r.worst.Distance {
		r.worst, r.at = r.latest, j.end
	}
	r.judged = true
}

// windingDown reports whether the rule asks for a least load and the load has
// ended.
func (r *ruling) windingDown(j *Judge) bool {
	m := r.rule.Metric
	least := r.rule.Op == threshold.AtLeast || r.rule.Op == threshold.Above
	return least && (m == threshold.RequestRate || m == threshold.RequestCount) &&
		j.stop > 0 && j.end > j.stop
}

// outcome is how the rule stands.
func (r *ruling) outcome(j *Judge) threshold.Outcome {
	switch {
	case !r.windowed():
		return r.whole(j)
	case r.judged:
		return r.worst
	}
	return threshold.Outcome{NoData: true}
}

// current is the outcome that may end the run: of a window the latest, so that
// one that failed in the rule's grace is over.
func (r *ruling) current(j *Judge) threshold.Outcome {
	if !r.windowed() {
		return r.outcome(j)
	}
	if !r.judged {
		return threshold.Outcome{NoData: true}
	}
	return r.latest
}

func (r *ruling) final(j *Judge) threshold.Outcome {
	if r.windowed() && !r.judged {
		return r.whole(j)
	}
	return r.outcome(j)
}

// whole judges all of the run; for requests per second, all of the load.
func (r *ruling) whole(j *Judge) threshold.Outcome {
	if r.rule.Metric == threshold.RequestRate && j.loaded > 0 {
		return r.outcomeOf(&tally{requests: r.scope.loaded}, j.seconds(j.loaded))
	}
	return r.outcomeOf(&r.scope.total, j.seconds(j.end))
}

func (r *ruling) outcomeOf(t *tally, seconds float64) threshold.Outcome {
	value, ok := t.value(&r.rule, seconds, r.scope.met)
	return r.rule.Judge(value, ok)
}

func (r *ruling) status(j *Judge, o threshold.Outcome) ThresholdStatus {
	m := r.rule.Metric
	s := ThresholdStatus{
		Rule:    r.rule.String(),
		Known:   !o.NoData,
		Passed:  o.Passed,
		Aborted: r.aborted,
		At:      r.at,
	}
	s.Value, s.Unit = m.Display(o.Value)
	s.Limit, _ = m.Display(r.rule.Limit)
	s.Distance, _ = m.Display(o.Distance)
	s.Latest = s.Value
	if r.windowed() && !r.latest.NoData {
		s.Latest, _ = m.Display(r.latest.Value)
	}
	return s
}
