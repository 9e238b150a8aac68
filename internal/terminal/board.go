package terminal

import (
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
)

// A board is all that a live screen shows, as values: what is drawn depends on
// nothing else. A board is never changed once it has been handed over.
type board struct {
	plan
	state   string
	elapsed time.Duration
	counted time.Duration // of elapsed, the part that the numbers are of
	message string
	hint    string

	levels []loadNow // by load

	seen    bool      // a second has passed
	speed   float64   // requests a second
	speeds  []float64 // of the last seconds, the latest last; negative where unknown
	bytesIn float64   // a second
	recent  latencies
	total   latencies
	p95s    []float64 // ms, like rates

	requests   uint64
	errors     uint64
	errorsNow  uint64
	errorRates []float64    // errors a second, like rates
	groups     []errorGroup // the most frequent kinds
	outage     string       // what may be wrong when nothing works, empty if something does

	names     []nameRow
	nameCount int

	thresholds []metrics.ThresholdStatus

	checked     uint64
	checkFailed uint64
	worstCheck  string
	worstFailed uint64

	iterations     uint64
	failed         uint64
	iterationsRate float64
	dropped        uint64
	setupFailed    uint64
	panics         uint64

	health  metrics.Health
	lag     metrics.Latency
	faults  uint64 // requests that failed by this machine's own limits
	workers int
	covered float64
	crew    []metrics.WorkerStatus // each of several workers
	verdict metrics.Verdict
}

// A plan is what is known before the first request.
type plan struct {
	test, target string
	graceful     time.Duration // that users have at the end; zero if it is not known
	length       time.Duration // zero when only bounded by iterations
	loads        []metrics.Load
	fleet        int // workers
}

// A loadNow is a load in the last second.
type loadNow struct {
	target  float64
	active  int
	busy    int
	started float64 // iterations a second
	dropped uint64  // since the start of the run
}

// latencies are the percentiles of some part of the run.
type latencies struct {
	over time.Duration // of the last part of the run; zero means all of it
	metrics.Latency
}

// An errorGroup is one kind of error in the whole run.
type errorGroup struct {
	class, message string
	name           string // marked if it is of the setup or teardown
	count          uint64
}

// A nameRow is one request name: since the start, but for its rate.
type nameRow struct {
	name      string
	rate      float64
	count     uint64
	errors    uint64
	errorRate float64
	metrics.Latency
}

const (
	historySeconds = 60 // of the small charts
	recentSeconds  = 10 // at most, that percentiles and rates of names look back
	boardNames     = 20
	boardGroups    = 5
)

// planOf takes from a run what a screen needs.
func planOf(run metrics.Run) plan {
	p := plan{test: run.Test, target: run.Target, length: run.Duration, loads: run.Loads, fleet: run.Workers}
	if graceful, err := time.ParseDuration(run.Settings["graceful-stop"]); err == nil {
		p.graceful = max(0, graceful)
	}
	for _, l := range run.Loads {
		if run.Duration > 0 {
			p.length = max(p.length, l.Offset+l.Duration)
		}
	}
	return p
}

// share is how far the run has come, 0 to 1, or negative if nobody can know.
func (b *board) share() float64 {
	if b.length <= 0 {
		return -1
	}
	return min(1, max(0, float64(b.elapsed)/float64(b.length)))
}

// finishing reports whether the pattern is over and users finish their tasks.
func (b *board) finishing() bool {
	return b.state == "running" && b.length > 0 && b.elapsed >= b.length
}

// inWords is the pattern of a load, and when it starts.
func inWords(l *metrics.Load) string {
	if l.Offset <= 0 {
		return l.Pattern
	}
	return l.Pattern + ", after " + exactly(l.Offset)
}

// phase is the phase a load is in at t, nil outside of its phases.
func phase(l *metrics.Load, t time.Duration) *metrics.Phase {
	for i := range l.Phases {
		if p := &l.Phases[i]; t >= p.Start && t < p.End {
			return p
		}
	}
	return nil
}

// isRate reports whether a load is in the open model.
func isRate(l *metrics.Load) bool { return l.Model == "rate" }
