package httpclient

import (
	"context"

	"github.com/loadforge/loadforge/internal/metrics"
)

// A Gate says when a request may be sent, a limiter of the rate for example. It
// is asked before each hop and may wait, until ctx ends at the latest. An error
// refuses the request.
type Gate interface {
	Admit(ctx context.Context) error
}

// SetGate has g asked from the next Do on; nil, as at first, is nobody. Waiting
// for it is no part of an exchange's timing and counts against no limit in time.
func (s *Session) SetGate(g Gate) { s.gate = g }

// admitted reports whether the next hop may be attempted, and when it starts. One
// that may not is refused: nobody hears of it but the caller.
func (s *Session) admitted(ctx context.Context, start int64) (int64, bool) {
	if err := s.mayLeave(); err != nil {
		s.refuse(start, err)
		return 0, false
	}
	if s.watch.cut() {
		s.refuse(start, errCancelled)
		return 0, false
	}
	if s.gate == nil {
		return start, true
	}
	return s.pass(ctx, start)
}

// mayLeave refuses what is no request, and what must not go where it would.
func (s *Session) mayLeave() *Error {
	if err := s.call.check(); err != nil {
		return err
	}
	c := s.client
	if c.proxy != nil && c.private.Load() && c.Public(s.ctx, s.call.target, false) != "" {
		return errPublic // direct connections are looked at when they are made
	}
	return c.fence.check(s.call.target)
}

// pass waits for the gate. The time that takes is given back to the request.
func (s *Session) pass(ctx context.Context, start int64) (int64, bool) {
	refusal := s.askGate(ctx)
	now := Now()
	if refusal != nil {
		s.refuse(now, refusal)
		return 0, false
	}
	s.due = later(s.due, duration(now-start))
	return now, true
}

func (s *Session) askGate(ctx context.Context) *Error {
	err := s.gate.Admit(ctx)
	switch {
	case ctx.Err() != nil || s.watch.cut():
		return &Error{Class: metrics.Cancelled, Message: errCancelled.Message, Cause: err}
	case err != nil:
		return &Error{Class: metrics.Check, Message: err.Error(), Cause: err}
	}
	return nil
}

// refuse ends the call before anything was attempted.
func (s *Session) refuse(at int64, why *Error) {
	*s.resp = Response{}
	s.describe(at)
	s.resp.End = at
	s.resp.Err, s.resp.Class = why, why.Class
}
