package httpclient

import (
	"cmp"

	"github.com/loadforge/loadforge/internal/metrics"
)

// Nearly every exchange of a steady run is alike: a small request over the
// connection that was used a moment ago, answered in one piece. Swift carries
// that out with a tenth of the memory that the general road goes through, on
// half as much stack: 500 users are more than a processor's cache holds, and then
// it is not instructions that cost but cache lines, of which a user's turn takes
// about 50 this way and 100 the other (decision 8). As soon as something is out of the
// ordinary it hands over to that road, which goes on as if it had begun.

// An early part of an exchange is what swift hands over.
type early struct {
	conn *conn // nil: nothing
	now  int64
	n    int
	err  error
}

// swiftly returns the connection for a swift exchange, or nil if r needs the
// general road.
func (s *Session) swiftly(start int64, r *Request) *conn {
	if len(s.conns) == 0 || s.gate != nil || s.jar != nil || s.wary || s.plain != nil || s.aside != [2]*buffer{} {
		return nil
	}
	c := s.conns[0]
	if c.target != r.Target || len(r.Path) == 0 || c != s.guarded || c.h2 != nil || c.wire.patient || start-c.last >= hot {
		return nil
	}
	if r.Expect100 || r.DiscardBody || len(r.Body) > smallBody || s.in.holds(r.Body) || s.in.holds(r.Path) {
		return nil
	}
	return c
}

// swift carries out an exchange and reports whether that was all. If not, early
// says how far it came: not even so far, if its connection is nil.
func (s *Session) swift(c *conn, start int64, r *Request, resp *Response) bool {
	out := s.compose(c, r)
	if out == nil {
		return false
	}
	w := c.wire
	w.begin(false)
	s.watch.arm(w.Conn, start, s.deadlineOfHeader(start, r), again)
	n, err := s.swap(c, out)
	now := Now()
	if err != nil || !s.whole(c, start, now, n, r, resp) {
		s.early = early{c, now, n, err}
		return false
	}
	s.watch.disarm()
	c.last, s.want = now, n
	if s.observer != nil {
		s.observer.Exchanged(&resp.Exchange)
	}
	return true
}

// swap sends and receives.
func (s *Session) swap(c *conn, out []byte) (n int, err error) {
	if c.tls != nil {
		return c.roundTrip(out, s.in.bytes)
	}
	w := c.wire
	w.lent, w.borrow, w.size = &s.out, &s.in, s.want
	n, err = w.exchange(out, nil)
	w.lent, w.borrow = nil, nil
	return n, err
}

// compose writes the request, or returns nil if the general road has to. The
// call lives on the stack, and only here: it is no part of what waits.
func (s *Session) compose(c *conn, r *Request) []byte {
	var call call
	call.begin(r)
	if call.check() != nil || call.header.has&(hasExpect|hasClose) != 0 || s.client.config.NoKeepAlive {
		return nil
	}
	s.ready(c.tls == nil)
	out := call.appendHead(s.out.bytes[:0], s.client, nil, s.client.absolute(r.Target))
	if len(r.Body) > 0 {
		out = append(out, r.Body...)
	}
	if len(out) >= bigRequest {
		return nil
	}
	s.keepOut(out)
	return out
}

// deadlineOfHeader is until when the header must be there.
func (s *Session) deadlineOfHeader(start int64, r *Request) int64 {
	due := s.deadline(start, r)
	if limit := s.client.config.HeaderTimeout; limit > 0 {
		return min(due, later(start, limit))
	}
	return due
}

// whole reads an answer that is there in one piece, and nothing else.
func (s *Session) whole(c *conn, start, now int64, n int, r *Request, resp *Response) bool {
	var h head
	b := s.in.bytes[:n]
	h.begin(0)
	if !r.Memo.recall(b, &h) {
		if done, err := h.parse(b); err != nil || !done {
			return false
		}
		r.Memo.note(now, b, &h)
	}
	if c.wire.broken || !h.ordinary(r.Method) || int64(h.end)+h.length != int64(n) || h.length > s.client.config.MaxBody {
		return false
	}
	resp.Timing = Timing{Start: start, End: now, TTFB: now - start, Service: now - start}
	resp.Request, resp.Hop, resp.Method, resp.Target, resp.Path = r, 0, cmp.Or(r.Method, "GET"), r.Target, r.Path
	resp.Status, resp.Proto, resp.Class, resp.Err = h.status, "HTTP/1.1", metrics.OK, nil
	resp.BytesOut, resp.BytesIn = c.wire.sent-c.wire.begun, int64(n)
	resp.Sent, resp.Reused, resp.Followed = true, true, false
	resp.Header, resp.Body = Header{block: b[h.fields:h.line]}, b[h.end:]
	return true
}

// ordinary says that an answer needs nothing but to be handed out.
func (h *head) ordinary(method string) bool {
	return h.minor > 0 && h.length >= 0 && h.has&(saidChunked|saidClose|saidCookie) == 0 && h.encoding == codingNone &&
		(h.status >= 200 && h.status < 300 && h.status != 204 || h.status >= 400) && method != "HEAD"
}

// resume goes on where swift has left off.
func (s *Session) resume() error {
	e := s.early
	s.early = early{}
	return s.receivedAt(e.now, e.n, e.err)
}
