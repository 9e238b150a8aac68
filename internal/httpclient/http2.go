package httpclient

import (
	"encoding/binary"
	"errors"

	"github.com/loadforge/loadforge/internal/metrics"
)

// http2 is the state of an HTTP/2 connection (RFC 9113). A session has one
// request under way at a time, so there is one stream at a time, and no
// goroutine: what the server sends between requests is read before the next one.
// Whatever goes wrong with a stream ends the connection.
type http2 struct {
	in      *buffer // frames as they come; nil while idle
	have    int     // bytes in it
	read    int     // bytes of it that were dealt with
	control []byte  // frames to be sent with what is sent next

	idleTalk int // bytes that came since the latest request

	stream    uint32 // the latest stream; odd
	goingAway bool   // the server takes no more streams
	last      uint32 // the last stream it will answer

	send       int64 // what the server lets us send on the connection
	sendStream int64 // and on the stream
	window     int64 // what it lets us send on a new stream
	maxFrame   int   // how large a frame it takes
	take       int64 // what we let it send on the connection
	takeStream int64
	credit     int64 // what we let it send on a new stream

	headers headerCoder
	reply   reply
}

// A reply is the answer under way on the stream.
type reply struct {
	final  bool // its header is complete, and no interim one
	block  bool // a header block is under way: only CONTINUATION may follow
	ending bool // that block ends the stream
	ended  bool
	body   int64 // bytes of body so far
}

const (
	preface         = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
	defaultWindow   = 65535
	defaultMaxFrame = 16 << 10
	maxWindow       = 1<<31 - 1
	maxIdleTalk     = 64 << 10 // bytes between requests
	connectionTake  = 1 << 30  // what the server may send on a connection before we say more
)

var (
	errFrame     = protocolError("bad HTTP/2 frame")
	errFrameSize = protocolError("HTTP/2 frame too large")
	errWindow    = protocolError("bad HTTP/2 flow control")
	errHeaders   = protocolError("bad HTTP/2 header")
	errGoingAway = &Error{Class: metrics.Reset, Message: "server is going away: request not processed"}
)

func newHTTP2(config *Config) *http2 {
	h := &http2{
		send: defaultWindow, window: defaultWindow, maxFrame: defaultMaxFrame,
		take: connectionTake, credit: min(max(config.MaxBody, defaultWindow), connectionTake),
	}
	h.headers.init()
	h.control = append(h.control, preface...)
	h.control = appendFrame(h.control, frameSettings, 0, 0, 18)
	h.control = appendSetting(h.control, settingPush, 0)
	h.control = appendSetting(h.control, settingWindow, uint32(h.credit))
	h.control = appendSetting(h.control, settingHeaderList, uint32(min(config.MaxHeader, maxWindow)))
	h.control = appendWindowUpdate(h.control, 0, connectionTake-defaultWindow)
	return h
}

// carryHTTP2 sends the call over c and reads the answer.
func (s *Session) carryHTTP2(c *conn) error {
	sent, received := c.wire.sent, c.wire.received
	s.start(c)
	s.ready(false)
	err := c.h2.talk(s, c)
	if s.phase == phaseSend && c.wire.ready {
		s.phase = phaseWait
	}
	s.bytesOut += c.wire.sent - sent
	s.bytesIn += c.wire.received - received
	return err
}

func (h *http2) talk(s *Session, c *conn) error {
	if h.stream += 2; h.stream == 2 {
		h.stream = 1
	}
	h.reply, h.idleTalk = reply{}, 0
	h.sendStream, h.takeStream = h.window, h.credit
	out := append(s.out.bytes[:0], h.control...)
	h.control = h.control[:0]
	out = h.appendHeaders(out, &s.call, s)
	body := s.call.body
	if len(body) <= smallBody {
		out, body = h.appendData(out, body)
	}
	s.keepOut(out)
	s.arm(c, len(out)+len(body))
	if err := h.upload(s, c, out, body); err != nil {
		return err
	}
	if err := h.answer(s, c); err != nil {
		return err
	}
	s.keep = !h.goingAway && !c.wire.broken && !s.call.closes(s.client) && h.stream < maxWindow-2
	return h.deliver(s)
}

// upload sends what is left of the request, as far and as fast as the server
// lets us. It ends early if the answer does.
func (h *http2) upload(s *Session, c *conn, out, body []byte) error {
	for len(body) > 0 && !h.reply.ended {
		before := len(body)
		if out, body = h.appendData(out, body); len(body) == 0 {
			break
		}
		s.keepOut(out)
		err := h.sendPart(s, c, out, len(body) < before)
		if err != nil {
			return err
		}
		out = append(s.out.bytes[:0], h.control...)
		h.control = h.control[:0]
	}
	s.keepOut(out)
	if len(body) > 0 {
		c.wire.broken = true // the rest is not wanted
		return nil
	}
	if err := h.more(s, c, out); err != nil {
		return err
	}
	return h.frames(s)
}

// sendPart sends a part of the request. If that was all the server takes now, it
// waits for its word.
func (h *http2) sendPart(s *Session, c *conn, out []byte, goOn bool) error {
	if goOn {
		return c.sendAhead(out)
	}
	if err := h.more(s, c, out); err != nil {
		return err
	}
	return h.frames(s)
}

// answer reads until the stream has ended.
func (h *http2) answer(s *Session, c *conn) error {
	for !h.reply.ended {
		if err := h.more(s, c, h.control); err != nil {
			return err
		}
		if err := h.frames(s); err != nil {
			return err
		}
	}
	return nil
}

// more sends out, which may be h.control, and receives more.
func (h *http2) more(s *Session, c *conn, out []byte) error {
	h.room(&s.client.buffers)
	n, err := c.exchange(out, h.in.bytes[h.have:])
	h.control = h.control[:0]
	if n == 0 {
		return err
	}
	s.now = Now()
	h.have += n
	return nil
}

// exchange sends out, if there is any, and receives.
func (c *conn) exchange(out, in []byte) (int, error) {
	if len(out) == 0 {
		return c.receive(in)
	}
	if c.tls == nil {
		return c.wire.exchange(out, in)
	}
	if _, err := c.tls.Write(out); err != nil && !c.wire.broken {
		return 0, err
	}
	return c.tls.Read(in)
}

// room makes sure that there is place for the frame that is coming.
func (h *http2) room(pool *buffers) {
	if h.in == nil {
		h.in = pool.get(smallestBuffer)
	}
	if h.read > 0 {
		h.have = copy(h.in.bytes, h.in.bytes[h.read:h.have])
		h.read = 0
	}
	if h.have == len(h.in.bytes) {
		h.in = pool.extend(h.in, h.have)
	}
}

// catchUp reads what the server sent between requests and reports whether it
// will take another. A server that says too much is left: reading and answering
// it would have no end.
func (h *http2) catchUp(c *conn) bool {
	for h.idleTalk <= maxIdleTalk {
		h.room(c.wire.buffers)
		n, err := c.receiveNow(h.in.bytes[h.have:])
		h.have += n
		h.idleTalk += n
		if h.frames(nil) != nil || h.goingAway {
			return false
		}
		if err != nil {
			return errors.Is(err, errWouldBlock)
		}
	}
	return false
}

// release gives the buffer back if nothing is in it.
func (h *http2) release(pool *buffers) {
	if h.read == h.have {
		pool.put(h.in)
		h.in, h.have, h.read = nil, 0, 0
	}
}

// frames deals with all frames that are complete. Without a session, no stream
// is under way.
func (h *http2) frames(s *Session) error {
	for h.in != nil {
		f, ok, err := cutFrame(h.in.bytes[h.read:h.have])
		if err != nil || !ok {
			return err
		}
		h.read += frameHeader + len(f.payload)
		if err := h.frame(s, f); err != nil {
			return err
		}
	}
	return nil
}

// frame deals with one frame.
func (h *http2) frame(s *Session, f frame) error {
	if h.reply.block && f.kind != frameContinuation {
		return errFrame
	}
	switch f.kind {
	case frameData, frameHeaders, frameReset, frameContinuation:
		if s == nil || f.stream != h.stream || h.reply.ended {
			return h.stray(f)
		}
		return h.streamFrame(s, f)
	case frameSettings:
		return h.settings(f)
	case framePing:
		return h.ping(f)
	case frameGoAway:
		return h.goAway(s, f)
	case frameWindow:
		return h.windowUpdate(f)
	case framePush:
		return errFrame // we said we want none
	}
	return nil // what we do not know says nothing
}

// stray judges a frame on a stream that is not under way. A reset may follow the
// end of an answer that came before the end of the request, be it when the next
// request is under way already.
func (h *http2) stray(f frame) error {
	if f.kind == frameReset && f.stream&1 == 1 && f.stream <= h.stream {
		return nil
	}
	return errFrame
}

func (h *http2) streamFrame(s *Session, f frame) error {
	switch f.kind {
	case frameData:
		return h.data(s, f)
	case frameHeaders:
		return h.header(s, f)
	case frameContinuation:
		if !h.reply.block {
			return errFrame
		}
		return h.fragment(s, f, f.payload)
	}
	return resetError(f)
}

// data takes a piece of the body.
func (h *http2) data(s *Session, f frame) error {
	payload, err := f.unpadded(0)
	if err != nil || !h.reply.final {
		return errFrame
	}
	size := int64(len(f.payload))
	if h.take -= size; h.take < 0 {
		return errWindow
	}
	if h.takeStream -= size; h.takeStream < 0 {
		return errWindow
	}
	h.reply.body += int64(len(payload))
	if !s.call.request.DiscardBody {
		if h.reply.body > s.client.config.MaxBody {
			return errBodyLimit
		}
		s.append(payload)
	}
	h.reply.ended = f.has(flagEndStream)
	h.refill()
	return nil
}

// refill lets the server send more once it has used half of what it may.
func (h *http2) refill() {
	if h.take < connectionTake/2 {
		h.control = appendWindowUpdate(h.control, 0, uint32(connectionTake-h.take))
		h.take = connectionTake
	}
	if h.takeStream < h.credit/2 && !h.reply.ended {
		h.control = appendWindowUpdate(h.control, h.stream, uint32(h.credit-h.takeStream))
		h.takeStream = h.credit
	}
}

func (h *http2) settings(f frame) error {
	if f.stream != 0 || len(f.payload)%6 != 0 {
		return errFrame
	}
	if f.has(flagAck) {
		return nil
	}
	for p := f.payload; len(p) > 0; p = p[6:] {
		if err := h.setting(binary.BigEndian.Uint16(p), binary.BigEndian.Uint32(p[2:])); err != nil {
			return err
		}
	}
	h.control = appendFrame(h.control, frameSettings, flagAck, 0, 0)
	return nil
}

func (h *http2) setting(name uint16, value uint32) error {
	switch name {
	case settingTable:
		h.headers.encoder.SetMaxDynamicTableSizeLimit(min(value, hpackTable))
	case settingWindow:
		if value > maxWindow {
			return errWindow
		}
		h.sendStream += int64(value) - h.window
		h.window = int64(value)
	case settingMaxFrame:
		if value < defaultMaxFrame || value >= 1<<24 {
			return errFrame
		}
		h.maxFrame = int(min(value, smallBody))
	}
	return nil
}

func (h *http2) ping(f frame) error {
	if f.stream != 0 || len(f.payload) != 8 {
		return errFrame
	}
	if !f.has(flagAck) {
		h.control = append(appendFrame(h.control, framePing, flagAck, 0, 8), f.payload...)
	}
	return nil
}

// goAway notes that the server takes no more requests. The one under way is
// answered all the same if it was in time.
func (h *http2) goAway(s *Session, f frame) error {
	if f.stream != 0 || len(f.payload) < 8 {
		return errFrame
	}
	h.goingAway = true
	h.last = binary.BigEndian.Uint32(f.payload) & maxWindow
	code := binary.BigEndian.Uint32(f.payload[4:])
	if s == nil || h.reply.ended || h.stream <= h.last && code == 0 {
		return nil
	}
	if code == 0 {
		return errGoingAway
	}
	return &Error{Class: metrics.Reset, Message: "connection ended by the server: " + codeName(code)}
}

func (h *http2) windowUpdate(f frame) error {
	if len(f.payload) != 4 {
		return errFrame
	}
	more := int64(binary.BigEndian.Uint32(f.payload) & maxWindow)
	if more == 0 {
		return errWindow
	}
	switch f.stream {
	case 0:
		h.send += more
	case h.stream:
		h.sendStream += more
	}
	if h.send > maxWindow || h.sendStream > maxWindow {
		return errWindow
	}
	return nil
}

// appendData appends as much of the body as the server takes now, and returns
// the rest.
func (h *http2) appendData(out, body []byte) (bigger, rest []byte) {
	for len(body) > 0 {
		n := int(min(int64(len(body)), int64(h.maxFrame), h.send, h.sendStream))
		if n <= 0 || len(out) > maxHeld {
			return out, body
		}
		flag := byte(0)
		if n == len(body) {
			flag = flagEndStream
		}
		out = append(appendFrame(out, frameData, flag, h.stream, n), body[:n]...)
		body = body[n:]
		h.send -= int64(n)
		h.sendStream -= int64(n)
	}
	return out, nil
}

// deliver hands out header and body.
func (h *http2) deliver(s *Session) error {
	if s.head.length >= 0 && s.head.length != h.reply.body && !s.head.bodiless(s.call.method) {
		return errShortBody
	}
	s.want = s.have
	s.resp.Header = Header{block: s.in.bytes[:s.body]}
	s.resp.Body = s.in.bytes[s.body:s.have]
	return s.decode()
}

// append adds to what the answer's buffer holds.
func (s *Session) append(p []byte) {
	need := s.have + len(p)
	if need > len(s.in.bytes) {
		s.in = s.client.buffers.grow(s.in, s.have, max(need, 2*s.have))
	}
	s.have += copy(s.in.bytes[s.have:], p)
}

// hpackTable is the size of both header tables, the default of RFC 7541.
const hpackTable = 4096
