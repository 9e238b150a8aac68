package metrics

import (
	"time"

	"github.com/loadforge/loadforge/internal/hdr"
	"github.com/loadforge/loadforge/threshold"
)

// A tally is what thresholds are judged on: some seconds of what a scope counts.
type tally struct {
	second   int
	length   time.Duration
	requests uint64
	errors   uint64
	passed   uint64 // checks
	failed   uint64
	dropped  uint64
	finished uint64 // iterations
	broken   uint64 // of those, with an error
	response hdr.Histogram
	service  hdr.Histogram
}

func (t *tally) add(o *tally) {
	t.length += o.length
	t.requests += o.requests
	t.errors += o.errors
	t.passed += o.passed
	t.failed += o.failed
	t.dropped += o.dropped
	t.finished += o.finished
	t.broken += o.broken
	t.response.Merge(&o.response)
	t.service.Merge(&o.service)
}

// value returns the number a rule compares, in the unit of its metric, over that
// many seconds. Ok is false if there is none; met says that the scope has had
// requests before, so that having none now is a number.
func (t *tally) value(r *threshold.Rule, seconds float64, met bool) (value float64, ok bool) {
	latency := &t.response
	if r.Service {
		latency = &t.service
	}
	switch r.Metric {
	case threshold.LatencyQuantile:
		return float64(latency.Quantile(r.Quantile)), latency.Count() > 0
	case threshold.LatencyMean:
		return latency.Mean(), latency.Count() > 0
	case threshold.LatencyMin:
		return float64(latency.Min()), latency.Count() > 0
	case threshold.LatencyMax:
		return float64(latency.Max()), latency.Count() > 0
	case threshold.ErrorShare:
		return ratio(float64(t.errors), float64(t.requests)), t.requests > 0
	case threshold.CheckShare:
		return ratio(float64(t.passed), float64(t.passed+t.failed)), t.passed+t.failed > 0
	case threshold.RequestRate:
		return ratio(float64(t.requests), seconds), met
	case threshold.RequestCount:
		return float64(t.requests), met
	case threshold.DroppedCount:
		return float64(t.dropped), t.length > 0
	case threshold.IterationErrorShare:
		return ratio(float64(t.broken), float64(t.finished)), t.finished > 0
	}
	return 0, false
}

// A scope is the part of a run that rules with one name are about.
type scope struct {
	name  string // empty means all
	met   bool   // it has had requests
	total tally
	// loaded is how many requests of the total were in seconds that ended
	// before the load did.
	loaded uint64
	keep   int      // seconds that the longest window of its rules needs
	ring   []*tally // the last of them, by second modulo keep
}

// add adds a snapshot to the total and to its second. Loaded says whether there
// was load until its end.
func (s *scope) add(snapshot *Snapshot, loaded bool) {
	t := &tally{second: snapshot.Second, length: snapshot.Length}
	s.tallyNames(t, snapshot.Names)
	for i := range snapshot.Checks {
		if c := &snapshot.Checks[i]; s.name == "" || c.Name == s.name {
			t.passed += c.Passed
			t.failed += c.Failed
		}
	}
	for i := range snapshot.Loads {
		l := &snapshot.Loads[i]
		t.dropped += l.Dropped
		if s.name == "" || l.Scenario == s.name {
			t.finished += l.Finished
			t.broken += l.Failed
		}
	}
	s.met = s.met || t.requests > 0
	s.total.add(t)
	if loaded {
		s.loaded += t.requests
	}
	s.store(t)
}

func (s *scope) tallyNames(t *tally, names []NameStats) {
	for i := range names {
		n := &names[i]
		if s.name == "" && !n.counts() || s.name != "" && n.Name != s.name {
			continue
		}
		t.requests += n.Count
		t.errors += n.Errors()
		t.response.Merge(&n.Response)
		t.service.Merge(&n.Service)
	}
}

// store keeps the tally of a second as long as a window may need it.
func (s *scope) store(t *tally) {
	if s.keep == 0 {
		return
	}
	if s.ring == nil {
		s.ring = make([]*tally, s.keep)
	}
	place := &s.ring[t.second%s.keep]
	switch {
	case *place == nil || (*place).second < t.second:
		*place = t
	case (*place).second == t.second: // another part of that second
		length := (*place).length
		(*place).add(t)
		(*place).length = length
	}
}

// window adds up the seconds that are at most length before the end of last.
func (s *scope) window(last, length int, sum *tally) {
	for _, t := range s.ring {
		if t != nil && t.second > last-length && t.second <= last {
			sum.add(t)
		}
	}
}
