package target

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"
)

// maxBody is the longest request body that is read.
const maxBody = 10 << 20

// An exchange is one request on its way to its answer.
type exchange struct {
	target *Target
	w      http.ResponseWriter
	r      *http.Request
	route  *route
	arg    string // what stands for the placeholders of the route
	method method

	dice    dice
	era     uint64        // of the tally that counts it
	since   time.Duration // the reset it measures time from
	delay   time.Duration // before it is answered
	refused bool          // for lack of capacity
}

// wait lets the time pass that the request needs. It returns false if the
// client went away or the server was stopped meanwhile.
func (x *exchange) wait() bool { return sleep(x.r.Context(), x.delay) }

// pause waits while the server works for d longer, as wait does.
func (x *exchange) pause(d time.Duration) bool {
	now := x.target.now() - x.since
	clock := x.target.stall
	return sleep(x.r.Context(), clock.wall(clock.worked(now)+d)-now)
}

// answer decides between the faults of the configuration and the route.
func (x *exchange) answer() {
	c := x.target.config
	switch {
	case x.refused:
		x.w.Header().Set("Retry-After", "1")
		x.fail(http.StatusServiceUnavailable, "over capacity")
	case c.ErrorRate > 0 && x.dice.float() < c.ErrorRate:
		x.fail(http.StatusInternalServerError, "failed as configured")
	case c.Realistic && x.route.profile.broken > 0 && x.dice.float() < x.route.profile.broken:
		x.fail(http.StatusServiceUnavailable, "a service behind this one did not answer")
	default:
		x.dispatch()
	}
}

func (x *exchange) dispatch() {
	if !x.route.methods.has(x.method) {
		x.refuseMethod()
		return
	}
	x.route.serve(x)
}

// refuseMethod answers OPTIONS and the methods that a route does not have.
func (x *exchange) refuseMethod() {
	x.w.Header().Set("Allow", x.route.allow)
	if x.method == options {
		x.begin(http.StatusNoContent)
		return
	}
	x.fail(http.StatusMethodNotAllowed, "the methods here are "+x.route.allow)
}

// abandon counts a client that did not wait for its answer.
func (x *exchange) abandon() { x.count(statusGone) }

func (x *exchange) count(status int) {
	if x.route.uncounted {
		return
	}
	t := x.target
	t.mu.Lock()
	t.tally.answered(answer{x.route.id, x.method, status}, x.era)
	t.mu.Unlock()
}

// begin counts the answer and writes its head. It is counted first, so that a
// client that has an answer finds it counted.
func (x *exchange) begin(status int) {
	x.count(status)
	x.w.WriteHeader(status)
}

// page is an answer that was prepared in full. Its header values are shared by
// all answers: net/http reads them and nobody writes them.
type page struct {
	status int
	kind   []string // Content-Type
	length []string // Content-Length
	body   []byte
}

func newPage(status int, kind string, body []byte) page {
	return page{status: status, kind: []string{kind}, length: []string{strconv.Itoa(len(body))}, body: body}
}

func newJSON(status int, body string) page { return newPage(status, "application/json", []byte(body)) }

func (x *exchange) send(p *page) {
	h := x.w.Header()
	h["Content-Type"] = p.kind
	h["Content-Length"] = p.length
	x.begin(p.status)
	_, _ = x.w.Write(p.body) // a client that left is the client's affair
}

func (x *exchange) json(status int, body []byte) {
	h := x.w.Header()
	h["Content-Type"] = x.target.catalog.jsonKind
	h["Content-Length"] = []string{strconv.Itoa(len(body))}
	x.begin(status)
	_, _ = x.w.Write(body)
}

// fail answers with a reason, which is a constant or quoted by the caller.
func (x *exchange) fail(status int, reason string) {
	x.json(status, []byte(`{"error":`+strconv.Quote(reason)+"}\n"))
}

// body reads the request's body. If it can't it answers and returns false.
func (x *exchange) body() ([]byte, bool) {
	body, err := io.ReadAll(http.MaxBytesReader(x.w, x.r.Body, maxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case err == nil:
		return body, true
	case errors.As(err, &tooLarge):
		x.fail(http.StatusRequestEntityTooLarge, "the body is longer than 10 MiB")
	case x.r.Context().Err() != nil:
		x.abandon()
	default:
		x.fail(http.StatusBadRequest, "the body can't be read")
	}
	return nil, false
}

// number reads the placeholder as a whole number from low to high. If it is
// none it answers 400 and returns false.
func (x *exchange) number(low, high int) (int, bool) {
	n, err := strconv.Atoi(x.arg)
	if err != nil || n < low || n > high {
		x.fail(http.StatusBadRequest, "expected a number from "+strconv.Itoa(low)+" to "+strconv.Itoa(high))
		return 0, false
	}
	return n, true
}
