package loadforge

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/loadforge/loadforge/internal/engine"
	"github.com/loadforge/loadforge/internal/httpclient"
	"github.com/loadforge/loadforge/internal/metrics"
)

// A VU is one virtual user: its connections, cookies, header fields and random
// numbers. It belongs to the goroutine that runs the user's tasks; nothing of
// it may be used from another one.
type VU struct {
	// ID tells the user from the others of its scenario: 1, 2, 3 and so on.
	ID int
	// Iteration counts from 0: this user's iterations in the closed model, all
	// iterations of the scenario in the open model.
	Iteration int64
	// Rand draws random numbers. They depend on the run's seed, the user and
	// the iteration alone, so a run can be repeated.
	Rand *rand.Rand
	// Header is sent with every request of this user.
	Header Header

	ctx      context.Context
	origin   int64 // start of the run on the clock of httpclient
	due      int64 // when the next request was due, 0 for "when it is sent"
	requests int64 // finished since the user was born
	source   engine.Source
	stage    metrics.Stage
	open     bool // the user serves the open model
	pauses   bool // there is a pause between iterations
	chosen   bool // something was said for the next request alone

	// What every request touches lies together; internal/httpclient/swift.go
	// says why that matters.
	house    *house
	session  *httpclient.Session
	recorder *metrics.Recorder
	shard    *metrics.Shard
	current  *template
	expect   []int
	began    int64 // when the request at hand was due, redirects included
	took     int64
	request  httpclient.Request
	answer   httpclient.Response
	response Response
	path     []byte

	book  *book
	next  options
	extra httpclient.Fields // those of one request over the user's
	draws []draw
	width int // users of the load at most
	deals func(int64) bool
}

// options are said before a request and hold for that one.
type options struct {
	name        string
	expect      []int
	timeout     time.Duration
	noRedirect  bool
	discardBody bool
	header      http.Header
}

// Get sends a GET request. The path is below the test's base URL, or a whole
// URL; args stand in the place of its {placeholders}, and the path as written
// is the request's name in reports.
func (vu *VU) Get(path string, args ...any) *Response {
	return vu.send(http.MethodGet, path, &noBody, args)
}

// Head sends a HEAD request; see [VU.Get].
func (vu *VU) Head(path string, args ...any) *Response {
	return vu.send(http.MethodHead, path, &noBody, args)
}

// Options sends an OPTIONS request; see [VU.Get].
func (vu *VU) Options(path string, args ...any) *Response {
	return vu.send(http.MethodOptions, path, &noBody, args)
}

// Delete sends a DELETE request; see [VU.Get].
func (vu *VU) Delete(path string, args ...any) *Response {
	return vu.send(http.MethodDelete, path, &noBody, args)
}

// Post sends a POST request with a body; see [VU.Get].
func (vu *VU) Post(path string, body Body, args ...any) *Response {
	return vu.send(http.MethodPost, path, &body, args)
}

// Put sends a PUT request with a body; see [VU.Get].
func (vu *VU) Put(path string, body Body, args ...any) *Response {
	return vu.send(http.MethodPut, path, &body, args)
}

// Patch sends a PATCH request with a body; see [VU.Get].
func (vu *VU) Patch(path string, body Body, args ...any) *Response {
	return vu.send(http.MethodPatch, path, &body, args)
}

// Send sends any request.
func (vu *VU) Send(r Request) *Response {
	if r.Method == "" {
		r.Method = http.MethodGet
	}
	vu.chosen = true
	if r.Name != "" {
		vu.next.name = r.Name
	}
	if len(r.Expect) > 0 {
		vu.next.expect = r.Expect
	}
	vu.next.timeout = r.Timeout
	vu.next.noRedirect = r.NoRedirect
	vu.next.discardBody = r.DiscardBody
	vu.next.header = r.Header
	return vu.send(r.Method, r.Path, &r.Body, r.Args)
}

// Named gives the next request a name of its own in reports:
//
//	vu.Named("search").Get("/search?q={words}", words)
func (vu *VU) Named(name string) *VU {
	vu.next.name, vu.chosen = name, true
	return vu
}

// Expect says which statuses are right for the next request; all others are
// then errors, also those below 400:
//
//	vu.Expect(http.StatusNotFound).Get("/items/{id}", deleted)
func (vu *VU) Expect(status ...int) *VU {
	vu.next.expect, vu.chosen = status, true
	return vu
}

// Check counts whether something that should hold did, and returns ok. A
// failed check does not fail the iteration; a threshold on the check rate can
// fail the run.
func (vu *VU) Check(name string, ok bool) bool {
	if vu.shard != nil {
		vu.shard.Check(vu.recorder.Check(name), ok, vu.lately()-vu.origin)
	}
	return ok
}

// lately is when the latest answer came, to whose second a check of it belongs;
// without one it is now.
func (vu *VU) lately() int64 {
	if vu.requests > 0 && vu.answer.End != 0 {
		return vu.answer.End
	}
	return httpclient.Now()
}

// Step times run, which may be anything: a database query, a message, a
// client library's call. It is reported under name like a request. A step in
// which this user sends requests of its own is reported as a group instead:
// shown by name, but left out of the totals, which have the requests already.
func (vu *VU) Step(name string, run func() error) error {
	start, before := vu.begun(), vu.requests
	err := run() // its first request is due when the step was
	vu.due = 0
	end := httpclient.Now()
	sample := metrics.Sample{
		Stage: vu.stage, End: end - vu.origin,
		Service: end - start.sent, Response: end - start.due,
		Class: classOf(vu.ctx, err),
	}
	if vu.requests != before {
		sample.Kind = metrics.Group
	} else {
		vu.requests++
	}
	vu.recordStep(name, &sample, err)
	return err
}

type moment struct{ sent, due int64 }

// begun returns when a step starts and when it should have.
func (vu *VU) begun() moment {
	now := httpclient.Now()
	if vu.due != 0 {
		return moment{now, vu.due}
	}
	return moment{now, now}
}

func (vu *VU) recordStep(name string, sample *metrics.Sample, err error) {
	if vu.shard == nil {
		return
	}
	sample.Name = vu.recorder.Name(name, sample.Kind)
	vu.shard.Record(sample)
	if sample.Class != metrics.OK && sample.Kind == metrics.Request {
		vu.message(sample.Class, name, err.Error(), sample.End)
	}
}

// Sleep pauses the user inside a task, and returns early when the user has to
// stop at once.
func (vu *VU) Sleep(d time.Duration) {
	if vu.due != 0 {
		vu.due += int64(d) // a late start stays late
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-vu.ctx.Done():
	}
}

// Context ends when the user has to stop at once. Pass it to whatever else the
// user waits for.
func (vu *VU) Context() context.Context { return vu.ctx }

// Deals reports whether row i of some data, of which each row is to be used once
// in a run, is this process's to use. In a run of several workers each row is one
// worker's, from the beginning of the run to its end; a worker that dies takes
// its rows along, and one that joins late has none.
func (vu *VU) Deals(i int64) bool { return vu.deals == nil || vu.deals(i) }

// Log writes a line to the default logger of log/slog, with the user it comes
// from. During a run on the command line that is above the live screen.
func (vu *VU) Log(format string, args ...any) {
	slog.Default().Info(vu.house.secrets.hide(fmt.Sprintf(format, args...)), "user", vu.ID, "iteration", vu.Iteration)
}

// Cookies returns the cookies that this user would send to a URL or path.
func (vu *VU) Cookies(path string) []*http.Cookie {
	host, path, err := vu.book.base.resolve(path)
	if err != nil {
		return nil
	}
	return vu.session.Cookies(host, path)
}

// SetCookie gives this user a cookie for a URL or path.
func (vu *VU) SetCookie(path string, cookie *http.Cookie) error {
	host, path, err := vu.book.base.resolve(path)
	if err != nil {
		return fmt.Errorf("set cookie %s: %w", cookie.Name, err)
	}
	return vu.session.SetCookie(host, path, cookie)
}
