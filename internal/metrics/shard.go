package metrics

import (
	"slices"
	"sync"
	"time"
)

// A Shard is the part of a [Recorder] that some of the virtual users record
// into. Its methods are safe for concurrent use and don't allocate on the
// steady path: once a name was seen on the shard, until it has been silent for
// half a minute.
//
// Every method takes the time of what it counts, in nanoseconds since the start
// of the run, and that time alone decides the second it counts in. What comes
// after its second was collected counts in the next one: nothing is lost.
//
// A lock that nobody else holds costs 7 ns here, a third of a record. Users are
// goroutines that move between processors, so a shard has no single writer; a
// spin lock costs the same 7 ns and burns a processor when its holder is
// preempted; counting atomically instead costs 40 ns for the dozen counters of
// one record. With several shards a processor two users hardly ever meet in
// one, and the collector holds the lock only to take pages away, not while it
// reads them.
type Shard struct {
	mu        sync.Mutex
	recent    [2]*page // the pages in use lately, by parity of their second
	open      []*page  // all pages not yet collected, in no order
	spare     []*page
	collected int64 // the last second collected
	recorder  *Recorder
	_         [40]byte // keeps the locks of two shards off one cache line
}

const (
	numStages = uint(Teardown) + 1
	second    = int64(time.Second)
	// maxOpen bounds the pages of a shard that nobody collects.
	maxOpen = 16
)

// Record counts a sample in the second of its End. It keeps nothing of s.
func (s *Shard) Record(sample *Sample) {
	slot := slotOf(sample.Name, sample.Stage)
	s.mu.Lock()
	p := s.page(sample.End)
	var c *cell
	if slot < uint(len(p.cells)) {
		c = p.cells[slot]
	}
	if c == nil || c.count == 0 {
		c = s.firstOf(p, slot)
	}
	c.add(sample)
	s.mu.Unlock()
}

// firstOf returns the cell for the first sample of a slot in the page's second.
// A number that is no name's counts as the one for all others.
func (s *Shard) firstOf(p *page, slot uint) *cell {
	if slot/numStages >= uint(s.recorder.names.count()) {
		slot %= numStages
	}
	c := p.cell(slot)
	if c.count == 0 {
		p.seen = append(p.seen, uint32(slot))
	}
	return c
}

// Check counts the outcome of a check.
func (s *Shard) Check(id CheckID, ok bool, at int64) {
	s.mu.Lock()
	p := s.page(at)
	if int(id) >= len(p.checks) {
		id = s.firstCheck(p, id)
	}
	p.checks[id].count(ok)
	s.mu.Unlock()
}

// firstCheck makes room for a check that is new to the page and returns its
// number, or that for all others if it is no check's.
func (s *Shard) firstCheck(p *page, id CheckID) CheckID {
	known := s.recorder.checks.count()
	if int(id) >= known {
		id = 0
	}
	p.checks = append(p.checks, make([]checkCell, known-len(p.checks))...)
	return id
}

// Error keeps the message of an error, grouped with equal ones: class, the name
// of the request or task, and message. The caller has taken out of message what
// differs from one occurrence to the next, like addresses and ports. Detail is
// kept once a group, of the earliest occurrence. It counts no sample.
func (s *Shard) Error(class Class, name, message, detail string, at int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.recorder
	s.page(at).errors.add(class, r.redact(name), r.redact(message), r.redact(detail), time.Duration(at))
}

// Count counts an event of a load, given by its index in RecorderConfig.Loads.
func (s *Shard) Count(load int, event Event, at int64) { s.CountN(load, event, 1, at) }

// CountN counts n equal events of one second.
func (s *Shard) CountN(load int, event Event, n int, at int64) {
	_ = s.recorder.config.Loads[load] // a wrong index panics here, not with the lock held
	s.mu.Lock()
	p := s.page(at)
	p.loads[load].add(event, uint32(n))
	switch event {
	case UserStarted:
		p.loads[load].alive(s.recorder.alive[load].Add(int64(n)))
		p.peak = max(p.peak, s.recorder.everyone.Add(int64(n)))
	case UserStopped:
		s.recorder.alive[load].Add(-int64(n))
		s.recorder.everyone.Add(-int64(n))
	}
	s.mu.Unlock()
}

// Start counts an iteration that started at a time: Started, its start lag, and
// Late if it was more than LateAfter behind its schedule. Lag is what this
// machine is to blame for. An arrival that had to wait for a free user lags from
// the moment there was one; the wait itself is part of the response time, and
// makes the start late all the same.
func (s *Shard) Start(load int, at, lag int64, late bool) {
	_ = s.recorder.config.Loads[load]
	s.mu.Lock()
	p := s.page(at)
	p.lag.Record(lag)
	p.loads[load].add(Started, 1)
	if late {
		p.loads[load].add(Late, 1)
	}
	s.mu.Unlock()
}

// Finish counts an iteration that came to an end: Finished, and Failed if so.
func (s *Shard) Finish(load int, at int64, failed bool) {
	_ = s.recorder.config.Loads[load]
	s.mu.Lock()
	p := s.page(at)
	p.loads[load].add(Finished, 1)
	if failed {
		p.loads[load].add(Failed, 1)
	}
	s.mu.Unlock()
}

// Lag counts a start lag alone, of a user's start for example.
func (s *Shard) Lag(at, lag int64) {
	s.mu.Lock()
	s.page(at).lag.Record(lag)
	s.mu.Unlock()
}

// page returns the page for a time. The caller holds the lock.
func (s *Shard) page(at int64) *page {
	sec := at / second
	if p := s.recent[sec&1]; p != nil && p.second == sec {
		return p
	}
	return s.turn(sec)
}

// turn opens the page of a second that is not among the recent ones.
func (s *Shard) turn(sec int64) *page {
	sec = max(sec, s.collected+1)
	for _, p := range s.open {
		if p.second == sec {
			return p
		}
	}
	// Nobody collects. Better a count in the wrong second than none.
	if len(s.open) >= maxOpen {
		return s.open[0]
	}
	p := s.take()
	p.second = sec
	s.open = append(s.open, p)
	s.recent[sec&1] = p
	return p
}

// take returns an empty page.
func (s *Shard) take() *page {
	if n := len(s.spare); n > 0 {
		p := s.spare[n-1]
		s.spare = s.spare[:n-1]
		return p
	}
	return &page{loads: make([]events, len(s.recorder.config.Loads))}
}

// detach takes away the pages of all seconds up to and including sec, or all
// there are.
func (s *Shard) detach(sec int64, all bool) []*page {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.collected = max(s.collected, sec)
	var detached []*page
	s.open = slices.DeleteFunc(s.open, func(p *page) bool {
		if p.second > sec && !all {
			return false
		}
		detached = append(detached, p)
		if s.recent[p.second&1] == p {
			s.recent[p.second&1] = nil
		}
		return true
	})
	return detached
}

// release takes pages back. They must be empty.
func (s *Shard) release(pages []*page) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range pages {
		if len(s.spare) < 2 {
			s.spare = append(s.spare, p)
		}
	}
}
