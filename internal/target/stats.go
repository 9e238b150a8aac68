package target

import (
	"net/http"
	"time"
)

// history is how many seconds of arrivals are kept.
const history = 3600

// statusGone counts clients that left before they had an answer.
const statusGone = 499

// Stats is what a Target counted since New or the last reset, at one moment:
// its parts agree with each other.
type Stats struct {
	// Since is when counting began, the start of second 0 of PerSecond.
	Since time.Time `json:"since"`
	// Seconds is how long ago that was.
	Seconds float64 `json:"seconds"`
	// Total is the number of requests received, whether answered or not.
	Total uint64 `json:"total"`
	// InFlight is how many of them are being worked on.
	InFlight int64 `json:"in_flight"`
	// PeakInFlight is the most there were at a time.
	PeakInFlight int64 `json:"peak_in_flight"`
	// Abandoned is how many clients left before the answer. They are in Status
	// as 499.
	Abandoned uint64 `json:"abandoned"`
	// Status is the number of answers by status code. An answer is counted
	// just before its first byte is written.
	Status map[int]uint64 `json:"status"`
	// Routes is the same by method and route, such as "GET /orders/{id}".
	// What no route serves is "GET (unknown)".
	Routes map[string]RouteStats `json:"routes"`
	// FirstSecond is the second that PerSecond begins with: 0 until seconds
	// have to be forgotten.
	FirstSecond int `json:"first_second"`
	// PerSecond is the number of requests that arrived in each second up to
	// now, an hour at most.
	PerSecond []uint64 `json:"per_second"`
	// ConnectionsOpened and ConnectionsOpen count connections to the servers
	// made by Start, Serve and ListenAndServe. A reset keeps them.
	ConnectionsOpened int64 `json:"connections_opened"`
	ConnectionsOpen   int64 `json:"connections_open"`
}

// RouteStats is what a Target counted for one method and route.
type RouteStats struct {
	Count  uint64         `json:"count"`
	Status map[int]uint64 `json:"status"`
}

// Stats returns what was counted so far.
func (t *Target) Stats() Stats {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.tally.stats(t.router, t.now())
	s.Since = t.epoch.Add(t.tally.since)
	s.ConnectionsOpened = t.conns.opened.Load()
	s.ConnectionsOpen = t.conns.open.Load()
	return s
}

// Arrivals returns when the first Config.Trace requests arrived, since New or
// the last reset.
func (t *Target) Arrivals() []time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]time.Duration(nil), t.tally.trace...)
}

// Reset starts over: the counts, the stalls, the queue and the random numbers.
// Requests that are being worked on are not counted any more.
func (t *Target) Reset() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.tally.reset(t.now(), t.config.Trace)
	t.queue = queue{}
}

// A tally is the counts of a Target.
type tally struct {
	era    uint64        // number of resets
	since  time.Duration // time of the last one
	total  uint64
	busy   int64
	peak   int64
	routes [maxRoutes][methods]uint64
	status map[answer]uint64
	second [history]uint64 // a ring of arrivals by second
	latest int             // second of the newest entry of the ring
	trace  []time.Duration
}

type answer struct {
	route  int
	method method
	status int
}

func (c *tally) reset(now time.Duration, trace int) {
	*c = tally{era: c.era + 1, since: now, status: map[answer]uint64{}, trace: make([]time.Duration, 0, max(trace, 0))}
}

// arrive counts a request that arrived at a time since the reset. It returns
// how many requests that route had before.
func (c *tally) arrive(route int, m method, since time.Duration) (k, era uint64) {
	c.total++
	c.busy++
	c.peak = max(c.peak, c.busy)
	for _, n := range c.routes[route] {
		k += n
	}
	c.routes[route][m]++
	c.advance(int(since / time.Second))
	c.second[c.latest%history]++
	if len(c.trace) < cap(c.trace) {
		c.trace = append(c.trace, since)
	}
	return k, c.era
}

// advance clears the seconds of the ring up to and with the given one.
func (c *tally) advance(second int) {
	for steps := 0; c.latest < second && steps < history; steps++ {
		c.latest++
		c.second[c.latest%history] = 0
	}
	c.latest = max(c.latest, second)
}

func (c *tally) answered(a answer, era uint64) {
	if era == c.era {
		c.status[a]++
	}
}

func (c *tally) leave(era uint64) {
	if era == c.era {
		c.busy--
	}
}

func (c *tally) stats(names *router, now time.Duration) Stats {
	age := now - c.since
	c.advance(int(age / time.Second))
	s := Stats{
		Seconds: age.Seconds(), Total: c.total, InFlight: c.busy, PeakInFlight: c.peak,
		Status: map[int]uint64{}, Routes: map[string]RouteStats{},
		FirstSecond: max(0, c.latest-history+1),
	}
	for route := range c.routes {
		for m, n := range c.routes[route] {
			if n > 0 {
				s.Routes[names.name(route, method(m))] = RouteStats{Count: n, Status: map[int]uint64{}}
			}
		}
	}
	for a, n := range c.status {
		s.Status[a.status] += n
		s.Routes[names.name(a.route, a.method)].Status[a.status] = n
	}
	s.Abandoned = s.Status[statusGone]
	for second := s.FirstSecond; second <= c.latest; second++ {
		s.PerSecond = append(s.PerSecond, c.second[second%history])
	}
	return s
}

// A method is an HTTP method as an index. Methods that nobody has heard of
// share one, so that no client can fill the memory with names.
type method uint8

const (
	get method = iota
	head
	post
	put
	patch
	del
	options
	connect
	trace
	otherMethod
	methods // how many there are
)

func methodOf(s string) method {
	switch s {
	case http.MethodGet:
		return get
	case http.MethodPost:
		return post
	case http.MethodHead:
		return head
	case http.MethodPut:
		return put
	case http.MethodPatch:
		return patch
	case http.MethodDelete:
		return del
	case http.MethodOptions:
		return options
	case http.MethodConnect:
		return connect
	case http.MethodTrace:
		return trace
	}
	return otherMethod
}

func (m method) String() string {
	return [...]string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE", "OTHER"}[m]
}
