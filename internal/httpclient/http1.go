package httpclient

import (
	"errors"
	"io"
	"time"
)

const (
	smallBody   = 32 << 10    // bodies up to here travel with the header
	expectGrace = time.Second // how long a body waits for the server's word
	bigRequest  = 4 << 10     // requests from here on may not be sent at once
)

// carryHTTP1 sends the call over c and reads the answer.
func (s *Session) carryHTTP1(c *conn) error {
	sent, received := c.wire.sent, c.wire.received
	if s.early.conn != nil {
		sent, received = c.wire.begun, received-int64(s.early.n)
	}
	err := s.talk(c)
	if s.phase == phaseSend && c.wire.ready {
		s.phase = phaseWait
	}
	s.bytesOut += c.wire.sent - sent
	s.bytesIn += c.wire.received - received
	return err
}

func (s *Session) talk(c *conn) error {
	s.start(c)
	if err := s.ask(c); err != nil {
		return err
	}
	if err := s.readHead(c); err != nil {
		return err
	}
	if err := s.readBody(c); err != nil {
		s.anchor()
		return err
	}
	c.wire.patient = false
	s.keep = s.keep && s.head.keepsAlive() && !s.call.closes(s.client) && !c.wire.broken && s.head.status != 101
	return s.deliver()
}

// ask sends the request and receives the first bytes of an answer.
func (s *Session) ask(c *conn) error {
	if s.early.conn != nil {
		return s.resume()
	}
	s.ready(c.tls == nil && !s.call.expects())
	head := s.call.appendHead(s.out.bytes[:0], s.client, s.cookies(), s.client.absolute(s.call.target))
	body := s.call.body
	if s.call.expects() {
		return s.askFirst(c, head, body)
	}
	if len(body) > 0 && len(body) <= smallBody {
		head, body = append(head, body...), nil
	}
	s.keepOut(head)
	s.arm(c, len(head)+len(body))
	if len(body) > 0 {
		if err := c.sendAhead(head); err != nil {
			return err
		}
		head = body
	}
	if s.in == nil {
		return s.received(c.wire.converse(head, &s.out, &s.in, s.want))
	}
	return s.received(c.roundTrip(head, s.in.bytes))
}

// ready makes sure of buffers. The one for the answer is given back if the wire
// is to take one when it comes.
func (s *Session) ready(lending bool) {
	switch {
	case lending:
		s.client.buffers.put(s.in)
		s.in = nil
	case s.in == nil:
		s.in = s.client.buffers.get(s.want)
	}
	if s.out == nil {
		s.out = s.client.buffers.get(s.wrote)
	}
}

// keepOut keeps the memory that appending to the out buffer has grown.
func (s *Session) keepOut(out []byte) {
	if s.wrote = len(out); cap(out) > len(s.out.bytes) {
		s.client.buffers.put(s.out)
		s.out = &buffer{bytes: out[:cap(out)], class: -1}
	}
}

// arm sets the deadline for sending and for the header.
func (s *Session) arm(c *conn, size int) {
	due := s.due
	if limit := s.client.config.HeaderTimeout; limit > 0 {
		due = min(due, later(s.now, limit))
	}
	var flag int64
	if !c.wire.eager || size >= bigRequest {
		flag = again
	}
	s.watch.arm(c.wire.Conn, s.now, due, flag)
}

// askFirst sends the header, and the body when the server says so, or says
// nothing for a while. A final answer instead means that it wants no body.
func (s *Session) askFirst(c *conn, head, body []byte) error {
	s.keepOut(head)
	s.arm(c, len(head))
	total := s.watch.due.Load()
	s.watch.arm(c.wire.Conn, s.now, min(total&^flags, s.now+int64(expectGrace)), 0)
	err := s.received(c.roundTrip(head, s.in.bytes))
	s.watch.arm(c.wire.Conn, s.now, total&^flags, again)
	if err == nil {
		return s.readPermission(c, body)
	}
	if !errors.Is(err, errOverdue) || s.watch.verdict() != nil {
		return err
	}
	return s.sendBody(c, body)
}

// readPermission reads interim answers until one decides about the body.
func (s *Session) readPermission(c *conn, body []byte) error {
	for {
		if err := s.readOneHead(c); err != nil {
			return err
		}
		if !s.head.interim() {
			c.wire.broken = true // the announced body never comes
			return nil
		}
		status := s.head.status
		s.skipInterim()
		if status == 100 {
			return s.sendBody(c, body)
		}
	}
}

func (s *Session) sendBody(c *conn, body []byte) error {
	s.first = true
	if s.have > 0 {
		return c.sendAhead(body)
	}
	return s.received(c.roundTrip(body, s.in.bytes))
}

// roundTrip sends out and receives the first bytes that come after.
func (c *conn) roundTrip(out, in []byte) (int, error) {
	if c.tls == nil {
		return c.wire.exchange(out, in)
	}
	if _, err := c.tls.Write(out); err != nil && !c.wire.broken {
		return 0, err
	}
	n, err := c.tls.Read(in)
	if c.wire.holding > 0 && n > 0 {
		c.wire.holding = 0 // TLS had something left, which is no answer to this
		return 0, errUnsent
	}
	return n, err
}

// sendAhead sends out without waiting for an answer.
func (c *conn) sendAhead(out []byte) error {
	if c.tls == nil {
		return c.wire.sendAhead(out)
	}
	if _, err := c.tls.Write(out); err != nil {
		return err
	}
	return c.wire.flush()
}

// receive receives more.
func (c *conn) receive(in []byte) (int, error) {
	if c.tls == nil {
		return c.wire.exchange(nil, in)
	}
	return c.tls.Read(in)
}

// received notes what a receive brought and when.
func (s *Session) received(n int, err error) error {
	return s.receivedAt(Now(), n, err)
}

func (s *Session) receivedAt(now int64, n int, err error) error {
	if n == 0 {
		return err
	}
	s.now = now
	s.have += n
	if s.first {
		s.first = false
		s.resp.TTFB = s.now - s.begun
		s.phase = phaseHeader
	}
	return nil
}

// more receives more, into a larger buffer if the present one is full.
func (s *Session) more(c *conn) error {
	if s.have == len(s.in.bytes) {
		s.in = s.client.buffers.extend(s.in, s.have)
	}
	return s.received(c.receive(s.in.bytes[s.have:]))
}

// readHead reads the header of the final answer.
func (s *Session) readHead(c *conn) error {
	for s.head.end == 0 {
		if err := s.readOneHead(c); err != nil {
			return err
		}
		if s.head.interim() {
			s.skipInterim()
		}
	}
	x := &s.resp.Exchange
	x.Status, x.Proto = s.head.status, s.head.proto()
	s.anchor()
	if s.client.config.HeaderTimeout > 0 {
		s.watch.arm(c.wire.Conn, s.now, s.due, 0)
	}
	return nil
}

// anchor says where the header lies. A body that needs a larger buffer moves it,
// and the old one is somebody else's then.
func (s *Session) anchor() {
	s.resp.Header = Header{block: s.in.bytes[s.head.fields:s.head.line]}
}

// readOneHead reads up to the end of a header, final or not.
func (s *Session) readOneHead(c *conn) error {
	if s.call.request.Memo.recall(s.in.bytes[:s.have], &s.head) {
		return nil
	}
	for {
		done, err := s.head.parse(s.in.bytes[:s.have])
		switch {
		case err != nil:
			return err
		case s.overlong(done):
			return errHeaderLimit
		case done:
			s.call.request.Memo.note(s.now, s.in.bytes, &s.head)
			return nil
		}
		if err := s.more(c); err != nil {
			return err
		}
	}
}

func (s *Session) overlong(done bool) bool {
	size := s.have
	if done {
		size = s.head.end
	}
	return int64(s.spent+size) > s.client.config.MaxHeader
}

// skipInterim makes room for the next header.
func (s *Session) skipInterim() {
	s.spent += s.head.end
	s.have = copy(s.in.bytes, s.in.bytes[s.head.end:s.have])
	s.head.begin(0)
	if s.have == 0 {
		s.first = true
		s.phase = phaseWait
	}
}

// readBody reads the body, by the first framing that applies (RFC 9112, section
// 6.3).
func (s *Session) readBody(c *conn) error {
	s.body, s.bodyEnd = s.head.end, s.head.end
	s.phase = phaseBody
	s.keep = true
	switch {
	case s.head.bodiless(s.call.method):
	case s.head.has&saidChunked != 0:
		return s.readChunked(c)
	case s.head.length >= 0:
		return s.readLength(c, s.head.length)
	default:
		return s.readToEnd(c)
	}
	return s.settle(s.bodyEnd)
}

// readLength reads a body of n bytes.
func (s *Session) readLength(c *conn, n int64) error {
	if s.call.request.DiscardBody {
		return s.skipLength(c, n)
	}
	if n > s.client.config.MaxBody {
		return errBodyLimit
	}
	end := s.head.end + int(n)
	for s.have < end {
		if s.have == len(s.in.bytes) {
			// As much as is needed, but not more than twice what has come: a
			// length is only a claim.
			s.in = s.client.buffers.grow(s.in, s.have, min(end, 2*s.have))
		}
		if err := s.more(c); err != nil {
			return err
		}
	}
	s.bodyEnd = end
	return s.settle(end)
}

// skipLength reads a body of n bytes and forgets it.
func (s *Session) skipLength(c *conn, n int64) error {
	left := n - int64(s.have-s.head.end)
	for left > 0 {
		s.have = s.head.end
		if err := s.more(c); err != nil {
			return err
		}
		left -= int64(s.have - s.head.end)
	}
	return s.settle(s.have + int(left))
}

// readToEnd reads a body that ends with the connection.
func (s *Session) readToEnd(c *conn) error {
	s.keep = false
	for {
		if s.call.request.DiscardBody {
			s.have = s.head.end
		}
		if int64(s.have-s.head.end) > s.client.config.MaxBody {
			return errBodyLimit
		}
		if err := s.more(c); err != nil {
			s.bodyEnd = s.have
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
	}
}

// deliver hands the body out, decoded.
func (s *Session) deliver() error {
	s.want = s.have
	s.anchor()
	s.resp.Body = s.in.bytes[s.body:s.bodyEnd]
	return s.decode()
}
