package metrics

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/loadforge/loadforge/internal/hdr"
)

// A Total adds up the snapshots of a run. The zero value is empty and ready. It
// belongs to one goroutine at a time.
type Total struct {
	// Warmup leaves out the seconds that begin before it: of requests, errors,
	// checks, iterations, start lag and health alike, but not of connections:
	// most are opened while users come. Set it before Add.
	Warmup time.Duration

	sum      Snapshot // of everything counted
	response hdr.Histogram
	service  hdr.Histogram
	peaks    []LoadStats
	users    int // peak of all loads together
	health   healthTotal
	begun    bool
	end      time.Duration   // of the last second, warm-up or not
	warm     time.Duration   // end of the last second left out
	stop     time.Duration   // see StopAt
	loaded   time.Duration   // end of the last second that ended by then
	tail     map[name]uint64 // requests of the main stage finished after that
}

// StopAt tells when the load ends, by plan or on request, since the start of the
// run. Requests per second are those of the whole seconds up to then, if there
// is any: while users finish they say nothing of the load. Call it before that
// time; zero means there is no such time.
func (t *Total) StopAt(at time.Duration) { t.stop = at }

// Add adds a snapshot of one worker or of several merged. Seconds may come in
// any order, and a second in several parts; peaks of users are then those of
// the largest part. It keeps nothing of s.
func (t *Total) Add(s *Snapshot) {
	t.end = max(t.end, s.End())
	if s.start() < t.Warmup {
		t.warm = max(t.warm, s.End())
		t.sum.Addresses = addressTable().merge(t.sum.Addresses, s.Addresses)
		return
	}
	if !t.begun {
		first := int((t.Warmup + time.Second - 1) / time.Second)
		t.health.start, t.health.next = first, first
		t.begun = true
	}
	t.sum.Follow(s)
	t.addLoad(s)
	var response hdr.Histogram
	for i := range s.Names {
		if n := &s.Names[i]; n.counts() {
			response.Merge(&n.Response)
			t.service.Merge(&n.Service)
		}
	}
	t.response.Merge(&response)
	t.addPeaks(s)
	t.health.add(s, &response)
}

// addLoad tells the seconds with load from those after it.
func (t *Total) addLoad(s *Snapshot) {
	if t.stop <= 0 || s.End() <= t.stop {
		t.loaded = max(t.loaded, s.End())
		return
	}
	if t.tail == nil {
		t.tail = make(map[name]uint64)
	}
	for i := range s.Names {
		if n := &s.Names[i]; n.Stage == Main {
			t.tail[name{n.Name, n.Kind}] += n.Count
		}
	}
}

// counts reports whether what happened under the name counts into the totals.
func (n *NameStats) counts() bool { return n.Stage == Main && n.Kind == Request }

// addPeaks keeps the highest levels. The first version kept no peaks within the
// seconds, only the levels at their ends.
func (t *Total) addPeaks(s *Snapshot) {
	for i := range s.Loads {
		if i == len(t.peaks) {
			t.peaks = append(t.peaks, LoadStats{})
		}
		p, l := &t.peaks[i], &s.Loads[i]
		p.Target = max(p.Target, l.Target)
		p.Active = max(p.Active, l.Active, l.Peak)
		p.Busy = max(p.Busy, l.Busy)
	}
	t.users = max(t.users, s.Peak, activeOf(s.Loads))
}

// Names returns what was counted by name, sorted as in a snapshot. It is valid
// until the next Add and must not be changed.
func (t *Total) Names() []NameStats { return t.sum.Names }

// Response returns the response times of all requests of the main stage. It is
// valid until the next Add and must not be changed.
func (t *Total) Response() *hdr.Histogram { return &t.response }

// Service is like Response, for the service times.
func (t *Total) Service() *hdr.Histogram { return &t.service }

// Lag is like Response, for the start lag.
func (t *Total) Lag() *hdr.Histogram { return &t.sum.Lag }

// Summary returns the totals after elapsed of the run, or, if that is zero, at
// the end of the last second. The summary shares nothing with t.
func (t *Total) Summary(elapsed time.Duration) *Summary {
	if elapsed <= 0 {
		elapsed = t.end
	}
	s := &Summary{
		Duration:  elapsed,
		Warmup:    min(t.warm, elapsed),
		Loaded:    t.load(elapsed),
		PeakUsers: t.users,
		Response:  latencyOf(&t.response, true),
		Service:   latencyOf(&t.service, true),
		Lag:       latencyOf(&t.sum.Lag, false),
		Checks:    slices.Clone(t.sum.Checks),
		Errs:      slices.Clone(t.sum.Errors),
		Addresses: ranked(t.sum.Addresses),
	}
	t.sumNames(s)
	t.sumLoads(s)
	for _, c := range s.Checks {
		s.Checked += c.Passed + c.Failed
		s.CheckFailed += c.Failed
	}
	slices.SortStableFunc(s.Errs, func(a, b ErrorStats) int { return cmp.Compare(b.Count, a.Count) })
	s.Health = t.health.summary()
	s.Health.LagP99 = s.Lag.P99
	return s
}

// load is how long there was load, warm-up left out: all the time up to elapsed
// if it goes on, or was over within a second.
func (t *Total) load(elapsed time.Duration) time.Duration {
	if t.stop <= 0 || t.end <= t.stop || t.loaded == 0 {
		return elapsed - min(t.warm, elapsed)
	}
	return t.loaded - t.warm
}

// whileLoaded counts the requests of a name of the main stage in that time.
func (t *Total) whileLoaded(n *NameStats) uint64 {
	if t.loaded == 0 {
		return n.Count
	}
	return n.Count - t.tail[name{n.Name, n.Kind}]
}

func (t *Total) sumNames(s *Summary) {
	loaded := uint64(0)
	for i := range t.sum.Names {
		n := &t.sum.Names[i]
		if n.Stage == Main {
			s.Names = append(s.Names, n.summary(t.whileLoaded(n), s.Loaded))
		} else {
			s.Stages = append(s.Stages, n.summary(n.Count, s.Duration-s.Warmup))
		}
		if !n.counts() {
			continue
		}
		s.Requests += n.Count
		loaded += t.whileLoaded(n)
		s.Errors += n.Errors()
		s.Cancelled += n.ByClass[Cancelled]
		s.BytesOut += n.BytesOut
		s.BytesIn += n.BytesIn
	}
	s.ErrorRate = ratio(float64(s.Errors), float64(s.Requests))
	s.PerSecond = ratio(float64(loaded), s.Loaded.Seconds())
	for _, names := range [][]NameSummary{s.Names, s.Stages} {
		slices.SortStableFunc(names, func(a, b NameSummary) int {
			return cmp.Or(cmp.Compare(a.Stage, b.Stage), cmp.Compare(b.Count, a.Count), strings.Compare(a.Name, b.Name))
		})
	}
}

func (t *Total) sumLoads(s *Summary) {
	s.Loads = slices.Clone(t.sum.Loads)
	for i := range s.Loads {
		l := &s.Loads[i]
		l.Target, l.Active, l.Busy = t.peaks[i].Target, t.peaks[i].Active, t.peaks[i].Busy
		l.Peak = l.Active
		s.Iterations += l.Finished
		s.Failed += l.Failed
		s.Interrupted += l.Interrupted
		s.Scheduled += l.Scheduled
		s.Started += l.Started
		s.Late += l.Late
		s.Dropped += l.Dropped
		s.SetupFailed += l.SetupFailed
		s.Panics += l.Panics
	}
}

// summary is the name in numbers, of which that many were finished in a time
// that makes requests per second.
func (n *NameStats) summary(finished uint64, in time.Duration) NameSummary {
	return NameSummary{
		Name:      n.Name,
		Kind:      n.Kind,
		Stage:     n.Stage,
		Count:     n.Count,
		Errors:    n.Errors(),
		ErrorRate: ratio(float64(n.Errors()), float64(n.Count)),
		PerSecond: ratio(float64(finished), in.Seconds()),
		ByClass:   n.ByClass,
		Codes:     slices.Clone(n.Codes),
		BytesOut:  n.BytesOut,
		BytesIn:   n.BytesIn,
		Response:  latencyOf(&n.Response, true),
		Service:   latencyOf(&n.Service, false),
		DNS:       latencyOf(&n.DNS, false),
		Connect:   latencyOf(&n.Connect, false),
		TLS:       latencyOf(&n.TLS, false),
		TTFB:      latencyOf(&n.TTFB, false),
	}
}

// ratio is a/b, and 0 where there is nothing to divide by.
func ratio(a, b float64) float64 {
	if b <= 0 {
		return 0
	}
	return a / b
}
