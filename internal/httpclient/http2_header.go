package httpclient

import (
	"bytes"
	"strconv"
	"strings"

	"golang.org/x/net/http2/hpack"
)

// A headerCoder compresses and expands header fields. It remembers the fields it
// sent last: a user that repeats itself pays for no strings.
type headerCoder struct {
	encoder *hpack.Encoder
	decoder *hpack.Decoder
	encoded bytes.Buffer

	text   []byte // the lines fields was made of
	fresh  []byte // those of the present request
	fields []hpack.HeaderField
	path   string

	session *Session // whom decoded fields go to
	trailer bool     // the block under way follows the body: nobody wants it
	size    int64    // of the fields of all blocks of this answer
	err     error
}

func (c *headerCoder) init() {
	c.encoder = hpack.NewEncoder(&c.encoded)
	c.decoder = hpack.NewDecoder(hpackTable, c.decoded)
}

// appendHeaders appends the frames of the request's header.
func (h *http2) appendHeaders(out []byte, call *call, s *Session) []byte {
	block := h.headers.encode(call, s)
	h.headers.size = 0
	var flags byte
	if len(call.body) == 0 {
		flags = flagEndStream
	}
	kind := byte(frameHeaders)
	for {
		n := min(len(block), h.maxFrame)
		if n == len(block) {
			flags |= flagEndHeaders
		}
		out = append(appendFrame(out, kind, flags, h.stream, n), block[:n]...)
		if block = block[n:]; len(block) == 0 {
			return out
		}
		kind, flags = frameContinuation, 0
	}
}

// encode returns the header block of a request.
func (c *headerCoder) encode(call *call, s *Session) []byte {
	// The fields are those of HTTP/1, kept as text to see whether they changed.
	c.fresh = call.appendContent(call.appendFields(c.fresh[:0], s.client, s.cookies()))
	if !bytes.Equal(c.fresh, c.text) {
		c.text = append(c.text[:0], c.fresh...)
		c.fields = splitFields(c.fields[:0], string(c.text))
	}
	if string(call.path) != c.path {
		c.path = string(call.path)
	}
	authority := call.target.authority
	if call.header.has&hasHost != 0 {
		authority = call.header.Get("Host")
	}
	c.encoded.Reset()
	c.write(":method", call.method)
	c.write(":scheme", call.target.Scheme)
	c.write(":authority", authority)
	c.write(":path", c.path)
	for _, field := range c.fields {
		_ = c.encoder.WriteField(field) // a bytes.Buffer takes everything
	}
	return c.encoded.Bytes()
}

func (c *headerCoder) write(name, value string) {
	_ = c.encoder.WriteField(hpack.HeaderField{Name: name, Value: value})
}

// splitFields turns lines into fields and leaves out those that HTTP/2 does not
// know (RFC 9113, section 8.2.2), and Expect, as the body does not wait here.
func splitFields(fields []hpack.HeaderField, text string) []hpack.HeaderField {
	for line := range strings.SplitSeq(text, "\r\n") {
		name, value, ok := strings.Cut(line, ": ")
		switch name = strings.ToLower(name); name {
		case "host", "connection", "keep-alive", "proxy-connection", "upgrade", "te", "expect":
			continue
		}
		if ok {
			fields = append(fields, hpack.HeaderField{Name: name, Value: strings.Trim(value, " \t")})
		}
	}
	return fields
}

// header takes the start of a header block: the answer's, an interim one's, or
// trailers.
func (h *http2) header(s *Session, f frame) error {
	extra := 0
	if f.has(flagPriority) {
		extra = 5
	}
	fragment, err := f.unpadded(extra)
	if err != nil {
		return err
	}
	h.reply.block, h.reply.ending = true, f.has(flagEndStream)
	h.headers.begin(s, h.reply.final)
	if h.reply.final && !h.reply.ending {
		return errHeaders
	}
	return h.fragment(s, f, fragment)
}

// begin prepares for a header block.
func (c *headerCoder) begin(s *Session, trailer bool) {
	c.session, c.trailer, c.err = s, trailer, nil
	if !trailer {
		s.head.begin(0)
		s.have = 0
	}
}

// fragment takes a piece of a header block.
func (h *http2) fragment(s *Session, f frame, fragment []byte) error {
	c := &h.headers
	c.size += int64(len(fragment))
	_, err := c.decoder.Write(fragment)
	if c.err != nil {
		return c.err
	}
	if c.size > s.client.config.MaxHeader {
		return errHeaderLimit
	}
	if err != nil {
		return errHeaders
	}
	if !f.has(flagEndHeaders) {
		return nil
	}
	h.reply.block = false
	if c.decoder.Close() != nil {
		return errHeaders
	}
	return h.headerDone(s)
}

// headerDone judges a complete header block.
func (h *http2) headerDone(s *Session) error {
	switch {
	case h.reply.final: // trailers
		h.reply.ended = true
		return nil
	case s.head.status == 0, s.head.interim() && h.reply.ending, s.head.status == 101:
		return errHeaders
	case s.head.interim():
		return nil
	}
	h.reply.final, h.reply.ended = true, h.reply.ending
	s.resp.TTFB = s.now - s.begun
	s.phase = phaseBody
	s.body = s.have
	s.resp.Status, s.resp.Proto = s.head.status, "HTTP/2.0"
	return nil
}

// decoded takes one field: it becomes a line, as HTTP/1 would have it.
func (c *headerCoder) decoded(f hpack.HeaderField) {
	// The size of RFC 9113, section 6.5.2, without what tables need.
	c.size += int64(len(f.Name) + len(f.Value))
	s := c.session
	switch {
	case c.err != nil || c.trailer:
	case c.size > s.client.config.MaxHeader:
		c.err = errHeaderLimit
	case f.IsPseudo():
		c.err = c.pseudo(f)
	case !isToken(f.Name) || f.Name != strings.ToLower(f.Name) || !isFieldValue(f.Value) || s.head.status == 0:
		c.err = errHeaders
	default:
		c.line(f)
	}
}

func (c *headerCoder) pseudo(f hpack.HeaderField) error {
	s := c.session
	status, err := strconv.ParseUint(f.Value, 10, 16)
	if f.Name != ":status" || err != nil || len(f.Value) != 3 || status < 100 || s.head.status != 0 {
		return errHeaders
	}
	s.head.status = int(status)
	return nil
}

func (c *headerCoder) line(f hpack.HeaderField) {
	s := c.session
	start := s.have
	s.appendString(f.Name)
	s.appendString(": ")
	s.appendString(f.Value)
	if err := s.head.field(s.in.bytes[start:s.have]); err != nil {
		c.err = err
	}
	s.appendString("\r\n")
}

func (s *Session) appendString(text string) {
	if need := s.have + len(text); need > len(s.in.bytes) {
		s.in = s.client.buffers.grow(s.in, s.have, max(need, 2*s.have))
	}
	s.have += copy(s.in.bytes[s.have:], text)
}
