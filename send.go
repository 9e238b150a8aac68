package loadforge

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"github.com/loadforge/loadforge/internal/engine"
	"github.com/loadforge/loadforge/internal/httpclient"
	"github.com/loadforge/loadforge/internal/metrics"
)

var noBody = NoBody

// send is the path of every request. On the steady path, an open connection
// and nothing unusual, it does not allocate.
func (vu *VU) send(method, path string, body *Body, args []any) *Response {
	t := vu.template(method, path)
	if err := vu.prepare(method, t, body, args); err != nil {
		return vu.refuse(t, err)
	}
	before := vu.requests
	vu.session.Do(vu.ctx, &vu.request, &vu.answer)
	if vu.answer.Err != nil && vu.requests == before {
		return vu.refuse(t, vu.answer.Err)
	}
	return vu.respond(t)
}

// gate lets requests pass at the rate of the test's limit, each redirect on
// its own.
type gate struct{ limiter *engine.Limiter }

// Admit implements [httpclient.Gate].
func (g gate) Admit(ctx context.Context) error { return g.limiter.Wait(ctx) }

// template finds the template of the request at hand, which most often is that of
// the one before.
func (vu *VU) template(method, path string) *template {
	key := text{method, path, vu.next.name}
	if vu.current == nil || vu.current.key != key {
		vu.current = vu.book.find(key)
	}
	return vu.current
}

// prepare fills vu.request and takes what was said for it alone.
func (vu *VU) prepare(method string, t *template, body *Body, args []any) (err error) {
	opts := options{}
	if vu.chosen {
		opts, vu.next, vu.chosen = vu.next, options{}, false
	}
	vu.expect = opts.expect
	if t.err != nil {
		return t.err
	}
	if body.err != nil {
		return body.err
	}
	path := t.whole
	if path == nil || len(args) > 0 {
		vu.path, err = t.appendPath(vu.path[:0], args)
		if path = vu.path; err != nil {
			return err
		}
	}
	r := &vu.request
	r.Method, r.Target, r.Path, r.Memo = method, t.target, path, &t.memo
	r.Body, r.ContentType = body.data, body.contentType
	r.Timeout, r.NoRedirect, r.DiscardBody = max(opts.timeout, 0), opts.noRedirect, opts.discardBody
	r.Header = vu.Header.fields
	if opts.header != nil {
		err = vu.Header.with(&vu.extra, opts.header)
		r.Header = &vu.extra
	}
	if auth := vu.house.base.auth; auth != "" && t.target == vu.house.base.target {
		err = cmp.Or(err, vu.authenticate(auth))
	}
	return cmp.Or(err, vu.Header.err)
}

// authenticate adds the base URL's user to a request for its server, unless
// the scenario says otherwise.
func (vu *VU) authenticate(auth string) error {
	r := &vu.request
	if r.Header != nil && r.Header.Get("Authorization") != "" {
		return nil
	}
	if r.Header != &vu.extra {
		vu.extra.CopyFrom(r.Header)
		r.Header = &vu.extra
	}
	return vu.extra.Set("Authorization", auth)
}

// refuse answers a request that could not be sent.
func (vu *VU) refuse(t *template, err error) *Response {
	class := metrics.Check
	if vu.ctx.Err() != nil {
		class = metrics.Cancelled
	}
	vu.response = Response{err: &RequestError{Class: class.String(), Name: t.name, Err: err}}
	if class != metrics.Cancelled {
		vu.message(class, t.name, err.Error(), httpclient.Now()-vu.origin)
	}
	return &vu.response
}

// respond shapes the answer for the scenario.
func (vu *VU) respond(t *template) *Response {
	a := &vu.answer
	vu.response = Response{
		Status: a.Status, Body: a.Body,
		Took: time.Duration(vu.took), Service: time.Duration(a.Service),
	}
	vu.response.Header = ResponseHeader{a.Header}
	if a.Err != nil {
		vu.response.err = &RequestError{Class: a.Class.String(), Name: t.name, Status: a.Status, Err: a.Err}
	} else if class := vu.judge(a.Status); class != metrics.OK {
		vu.response.err = &RequestError{Class: class.String(), Name: t.name, Status: a.Status, Err: statusError(a.Status)}
	}
	return &vu.response
}

// judge says what a status means for the request at hand.
func (vu *VU) judge(status int) metrics.Class {
	switch {
	case len(vu.expect) == 0 && status < 400, slices.Contains(vu.expect, status):
		return metrics.OK
	case status >= 400 && status < 500:
		return metrics.Status4xx
	case status >= 500 && status < 600:
		return metrics.Status5xx
	}
	return metrics.Status
}

// A statusError is a status that the scenario did not expect.
type statusError int

func (s statusError) Error() string { return statusText(int(s)) }

func statusText(status int) string {
	if text := http.StatusText(status); text != "" {
		return strconv.Itoa(status) + " " + text
	}
	return "status " + strconv.Itoa(status)
}

// exchanges records what went over the wire, each redirect on its own, so that
// the count equals the server's.
type exchanges struct{ vu *VU }

var _ httpclient.OpenObserver = exchanges{}

// Exchanged implements [httpclient.Observer].
func (x exchanges) Exchanged(e *httpclient.Exchange) {
	vu := x.vu
	vu.requests++
	due := e.Start
	if vu.due != 0 {
		due, vu.due = vu.due, 0
	}
	if e.Hop == 0 {
		vu.began = due
	}
	vu.took = e.End - vu.began
	if vu.shard == nil {
		return
	}
	class, message := e.Class, ""
	if class == metrics.OK && !e.Followed {
		if class = vu.judge(e.Status); class != metrics.OK {
			message = statusText(e.Status)
		}
	} else if e.Err != nil {
		message = e.Err.Error()
	}
	sample := metrics.Sample{
		Name: vu.current.id, Stage: vu.stage, Class: class, Code: uint16(e.Status),
		End: e.End - vu.origin, Service: e.Service, Response: e.End - due,
		DNS: e.DNS, Connect: e.Connect, TLS: e.TLS, TTFB: e.TTFB,
		BytesOut: e.BytesOut, BytesIn: e.BytesIn,
	}
	vu.shard.Record(&sample)
	if message != "" && class != metrics.Cancelled {
		vu.message(class, vu.current.name, message, sample.End)
	}
}

// Opened implements [httpclient.OpenObserver].
func (x exchanges) Opened(host string, addr netip.Addr) {
	if vu := x.vu; vu.shard != nil {
		vu.shard.Opened(vu.recorder.Address(host, addr), httpclient.Now()-vu.origin)
	}
}

func (vu *VU) message(class metrics.Class, name, message string, at int64) {
	if vu.shard != nil {
		vu.shard.Error(class, name, message, "", at)
	}
}

// classOf classifies the error of a custom step.
func classOf(ctx context.Context, err error) metrics.Class {
	if err == nil {
		return metrics.OK // before the variables, which are on the heap
	}
	var request *RequestError
	var timeout net.Error
	switch {
	case ctx.Err() != nil:
		return metrics.Cancelled
	case errors.As(err, &request):
		return metrics.Check
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return metrics.Timeout
	}
	return metrics.Check
}

// A draw counts how often a user took a row from one feeder.
type draw struct {
	of any
	n  int64
}

// Draw returns the number of the next row that this user should take from a
// feeder: rows are dealt in turn to all users of the scenario (closed model)
// or to its iterations (open model), the same whatever the number of workers.
// Package feed calls it; other sources of data may.
func (vu *VU) Draw(of any) int64 {
	i := slices.IndexFunc(vu.draws, func(d draw) bool { return d.of == of })
	if i < 0 {
		i = len(vu.draws)
		vu.draws = append(vu.draws, draw{of: of})
	}
	n := vu.draws[i].n
	vu.draws[i].n++
	if vu.open && vu.stage == metrics.Main {
		return vu.Iteration + n
	}
	return int64(vu.ID-1) + n*int64(vu.width)
}
