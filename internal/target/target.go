// Package target is a predictable server to aim at: in tests, in the demo and
// as "loadforge echo".
//
// A [Target] is a small shop (pages, products, log in, orders, webhooks) next
// to a set of technical routes in the manner of HTTP test servers (/echo,
// /status/{code}, /delay/{ms}, ...); its front page lists them. How slow and
// how unreliable it is says [Config], and the same seed gives the k-th request
// of a route the same latency and the same fate in every run.
//
//	t := target.New(target.Config{Realistic: true, Seed: 1})
//	url, stop, err := t.Start("127.0.0.1:0")
//	...
//	defer stop()
//
// It is the other side of what LoadForge claims to have sent, so it counts
// every request it receives, by route, method and status, and arrivals by
// second: [Target.Stats] and GET /_target/stats. POST /_target/reset starts
// the counts over. Requests to /_target/ itself are not counted; neither are
// those that net/http refuses because they are not HTTP.
//
// A Target is safe for concurrent use. It uses net/http with routes and most
// answers prepared in [New].
package target

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Config says how a Target behaves. The zero value answers everything at once
// and never fails.
type Config struct {
	// Latency is how long every request takes.
	Latency time.Duration
	// Jitter spreads Latency evenly over Latency ± Jitter, but never below 0.
	Jitter time.Duration
	// Realistic adds to that what such a shop would need: each route has its
	// own lognormal latency, orders have a slow tail and fail now and then.
	Realistic bool
	// ErrorRate is the share of requests, 0 to 1, that are answered with 500.
	ErrorRate float64
	// CacheHits is the share of GET /deals/{id} answered with X-Cache: HIT.
	// Zero means 0.9995; below zero means none.
	CacheHits float64
	// Stall is how long the server freezes at the end of every StallEvery:
	// whatever arrives or is being worked on then waits until the freeze is
	// over. The clock of this starts in New and on a reset. Zero never
	// freezes, nor does a Stall that is as long as StallEvery.
	Stall, StallEvery time.Duration
	// Capacity is how many requests a second are worked on, one after the
	// other. Requests beyond that queue, so that their latency grows, and are
	// refused with 503 while the queue is longer than MaxQueue. Zero means no
	// limit.
	Capacity float64
	// MaxQueue is the longest wait for capacity. Zero means 2 s.
	MaxQueue time.Duration
	// Trace is how many arrival times are kept for Arrivals and
	// /_target/arrivals. Zero keeps none.
	Trace int
	// Grace is how long a server that is stopped waits for the requests it is
	// working on. Zero means 5 s.
	Grace time.Duration
	// Seed selects the random choices.
	Seed uint64
}

// A Target is a server to aim at. Make one with New.
type Target struct {
	config  Config
	stall   stall
	router  *router
	catalog *catalog
	epoch   time.Time // the origin of now

	orders atomic.Int64 // placed so far; they survive a reset

	conns struct{ opened, open atomic.Int64 } // of servers made by Start and its like

	mu    sync.Mutex // guards what follows, for a few tens of nanoseconds a request
	tally tally
	queue queue
}

// New returns a Target. Its configuration should be valid, see
// [Config.Validate]; impossible parts of one that is not are ignored.
func New(config Config) *Target {
	if config.CacheHits == 0 {
		config.CacheHits = 0.9995
	}
	if config.MaxQueue <= 0 {
		config.MaxQueue = 2 * time.Second
	}
	if config.Grace <= 0 {
		config.Grace = 5 * time.Second
	}
	t := &Target{
		config:  config,
		stall:   newStall(config.Stall, config.StallEvery),
		router:  newRouter(),
		catalog: newCatalog(config.Seed),
		epoch:   time.Now(),
	}
	t.tally.reset(0, config.Trace)
	return t
}

// Handler returns the Target as a handler, for a server of the caller's.
func (t *Target) Handler() http.Handler { return http.HandlerFunc(t.serve) }

// now is the time since New, by the monotonic clock.
func (t *Target) now() time.Duration { return time.Since(t.epoch) }

func (t *Target) serve(w http.ResponseWriter, r *http.Request) {
	route, arg := t.router.find(r.URL.Path)
	if route.uncounted {
		x := exchange{target: t, w: w, r: r, route: route, arg: arg, method: methodOf(r.Method)}
		x.dispatch()
		return
	}
	x := t.arrive(w, r, route, arg)
	defer t.leave(x)
	if !x.wait() {
		x.abandon()
		return
	}
	x.answer()
}

// arrive counts a request and decides how long it takes, except for what its
// handler adds.
func (t *Target) arrive(w http.ResponseWriter, r *http.Request, route *route, arg string) *exchange {
	x := &exchange{target: t, w: w, r: r, route: route, arg: arg, method: methodOf(r.Method)}
	since, start, queued := t.enter(x)
	work := t.config.latency(&route.profile, &x.dice)
	if x.refused {
		queued, work = 0, 0
	}
	x.delay = t.stall.wall(start+queued+work) - since
	return x
}

// enter is the part of arrive that concerns all requests. It returns when the
// request came, what the stall clock showed, and how long it has to queue by
// that clock.
func (t *Target) enter(x *exchange) (since, start, queued time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	x.since = t.tally.since
	since = t.now() - x.since
	start = t.stall.worked(since)
	queued, x.refused = t.queue.enter(start, t.config.Capacity, t.config.MaxQueue)
	var k uint64
	k, x.era = t.tally.arrive(x.route.id, x.method, since)
	x.dice = newDice(t.config.Seed, uint64(x.route.id), k)
	return since, start, queued
}

func (t *Target) leave(x *exchange) {
	t.mu.Lock()
	t.tally.leave(x.era)
	t.mu.Unlock()
}

func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
