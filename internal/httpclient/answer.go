package httpclient

import "time"

// An answer is the state of the exchange under way.
type answer struct {
	head  head
	now   int64 // the latest reading of the clock
	begun int64 // when the first byte was written; 0: not yet
	phase phase

	have  int  // bytes in the buffer
	spent int  // bytes of header that interim answers took
	first bool // the first byte of the answer is still to come
	keep  bool // the connection can be used again

	trusting bool // it was taken without a look

	body, bodyEnd int // where the body lies in the buffer
	bytesIn       int64
	bytesOut      int64
}

func (a *answer) begin(start int64) {
	*a = answer{now: start, phase: phaseConnect}
}

func duration(ns int64) time.Duration { return time.Duration(ns) }

func (s *Session) timing() *Timing { return &s.resp.Timing }

// fail notes why there is no complete answer.
func (s *Session) fail(err error) {
	if s.phase != phaseDecode { // when all had been read already
		s.now = Now()
	}
	fault := classify(err, s.phase)
	s.resp.Err, s.resp.Class = fault, fault.Class
}

// finish completes the exchange's figures.
func (s *Session) finish(x *Exchange) {
	x.End = s.now
	if s.begun != 0 {
		x.Service = s.now - s.begun
	}
	x.BytesIn, x.BytesOut = s.bytesIn, s.bytesOut
	x.Sent = s.bytesOut > 0
}

// start begins to send: the service time runs from here.
func (s *Session) start(c *conn) {
	if s.early.conn == nil {
		c.wire.begin(!s.trusting)
	}
	s.head.begin(0)
	s.begun, s.have, s.first = s.now, 0, true
	s.phase = phaseSend
}
