package httpclient

import (
	"bytes"
	"math"
)

// A head is the parser of a status line and header fields. It reads a buffer
// that grows between calls, looks at every byte once, and understands only what
// decides how the connection goes on. It is as strict as net/http, with which it
// is compared by FuzzResponse, or stricter: no signs in a status, HTTP/1 only.
type head struct {
	line   int // where the line being read starts
	scan   int // before here, the line has no end
	fields int // where the first field starts; 0: the status line is still to come
	end    int // where the body starts, once complete

	length   int64 // Content-Length, or -1
	status   int
	minor    byte // HTTP/1.minor
	encoding coding
	has      headSet
}

// A coding is a Content-Encoding.
type coding uint8

const (
	codingNone coding = iota
	codingGzip
	codingDeflate
	codingOther
)

// A headSet collects what the fields said.
type headSet uint8

const (
	saidChunked headSet = 1 << iota
	saidEncoding
	saidClose
	saidKeepAlive
	saidCookie
	saidLocation
)

// begin prepares for an answer that starts at offset at.
func (h *head) begin(at int) {
	*h = head{line: at, scan: at, length: -1}
}

// parse goes on with b, which holds all that was read so far, and reports
// whether the header is complete.
func (h *head) parse(b []byte) (bool, *Error) {
	for {
		i := bytes.IndexByte(b[h.scan:], '\n')
		if i < 0 {
			h.scan = len(b)
			return false, nil
		}
		newline := h.scan + i
		line := trimCR(b[h.line:newline])
		switch {
		case h.fields == 0:
			if err := h.statusLine(line); err != nil {
				return false, err
			}
			h.fields = newline + 1
		case len(line) == 0:
			h.end = newline + 1
			return true, h.finish()
		case newline+1 == len(b): // the next byte tells whether the line is folded
			h.scan = newline
			return false, nil
		case isBlank(b[newline+1]):
			h.scan = newline + 1
			continue
		default:
			if err := h.field(line); err != nil {
				return false, err
			}
		}
		h.line, h.scan = newline+1, newline+1
	}
}

func trimCR(line []byte) []byte {
	if n := len(line); n > 0 && line[n-1] == '\r' {
		return line[:n-1]
	}
	return line
}

// move takes into account that the buffer's content moved down by gap.
func (h *head) move(gap int) {
	h.line -= gap
	h.scan -= gap
	h.fields -= gap
}

var (
	errStatusLine = protocolError("no HTTP status line")
	errVersion    = protocolError("not HTTP/1.0 or HTTP/1.1")
	errStatus     = protocolError("bad status code")
	errField      = protocolError("bad header field")
	errLength     = protocolError("bad Content-Length")
	errLengths    = protocolError("several Content-Length fields that differ")
	errEncoding   = protocolError("unsupported Transfer-Encoding")
)

// statusLine reads "HTTP/1.1 200 OK"; the reason may be missing.
func (h *head) statusLine(line []byte) *Error {
	if len(line) < 9 || string(line[:5]) != "HTTP/" || line[8] != ' ' {
		return errStatusLine
	}
	if line[5] != '1' || line[6] != '.' || line[7] > '9' || line[7] < '0' {
		return errVersion
	}
	h.minor = line[7] - '0'
	code := line[9:]
	for len(code) > 0 && code[0] == ' ' {
		code = code[1:]
	}
	if len(code) < 3 || len(code) > 3 && code[3] != ' ' {
		return errStatus
	}
	for _, c := range code[:3] {
		if c < '0' || c > '9' {
			return errStatus
		}
		h.status = h.status*10 + int(c-'0')
	}
	if h.status < 100 {
		return errStatus
	}
	return nil
}

// field reads one field, folded lines included.
func (h *head) field(line []byte) *Error {
	n := 0
	for n < len(line) && tokenByte[line[n]] {
		n++
	}
	if n == 0 || n == len(line) || line[n] != ':' {
		return oddField(line)
	}
	value := line[n+1:]
	if !cleanValue(value) {
		if value = unfold(value); !cleanValue(value) {
			return errField
		}
	}
	switch n {
	case len("Location"):
		if foldEqual(line, "Location") {
			h.has |= saidLocation
		}
	case len("Connection"), len("Content-Length"), len("Content-Encoding"), len("Transfer-Encoding"):
		return h.framing(line[:n], trimBlanks(value))
	}
	return nil
}

// oddField tolerates, as net/http does, blanks in a name: such a field says
// nothing. The colon must stand in the first of folded lines.
func oddField(line []byte) *Error {
	first, _, _ := bytes.Cut(line, []byte("\n"))
	name, _, ok := bytes.Cut(first, []byte(":"))
	if !ok || len(name) == 0 || isBlank(name[0]) || !cleanValue(unfold(line)) {
		return errField
	}
	for _, c := range name {
		if !tokenByte[c] && c != ' ' {
			return errField
		}
	}
	return nil
}

// framing reads the fields whose names have one of four lengths.
func (h *head) framing(name, value []byte) *Error {
	switch {
	case equalFold(name, "content-length"):
		return h.contentLength(value)
	case equalFold(name, "connection"):
		h.connection(value)
	case equalFold(name, "set-cookie"):
		h.has |= saidCookie
	case equalFold(name, "content-encoding"):
		h.contentEncoding(value)
	case equalFold(name, "transfer-encoding"):
		return h.transferEncoding(value)
	}
	return nil
}

// contentLength takes digits only; the same value twice counts once.
func (h *head) contentLength(value []byte) *Error {
	var n int64
	for _, c := range value {
		if c < '0' || c > '9' || n > (math.MaxInt64-int64(c-'0'))/10 {
			return errLength
		}
		n = n*10 + int64(c-'0')
	}
	if len(value) == 0 {
		return errLength
	}
	if h.length >= 0 && h.length != n {
		return errLengths
	}
	h.length = n
	return nil
}

func (h *head) connection(value []byte) {
	for len(value) > 0 {
		var token []byte
		token, value, _ = bytes.Cut(value, comma)
		switch token = trimBlanks(token); {
		case equalFold(token, "close"):
			h.has |= saidClose
		case equalFold(token, "keep-alive"):
			h.has |= saidKeepAlive
		}
	}
}

var comma = []byte(",")

func (h *head) contentEncoding(value []byte) {
	switch {
	case h.encoding != codingNone:
		h.encoding = codingOther // several: left as they are
	case equalFold(value, "gzip"), equalFold(value, "x-gzip"):
		h.encoding = codingGzip
	case equalFold(value, "deflate"):
		h.encoding = codingDeflate
	case len(value) > 0 && !equalFold(value, "identity"):
		h.encoding = codingOther
	}
}

// transferEncoding knows chunked, once. HTTP/1.0 has no such thing: there it is
// ignored.
func (h *head) transferEncoding(value []byte) *Error {
	if h.minor == 0 {
		return nil
	}
	if h.has&saidEncoding != 0 || !equalFold(value, "chunked") {
		return errEncoding
	}
	h.has |= saidEncoding | saidChunked
	return nil
}

// finish settles what depends on several fields.
func (h *head) finish() *Error {
	if h.has&saidChunked != 0 {
		h.length = -1 // RFC 9112, section 6.3: chunked overrides
	}
	return nil
}

// keepsAlive reports whether the server will take another request.
func (h *head) keepsAlive() bool {
	if h.has&saidClose != 0 {
		return false
	}
	return h.minor > 0 || h.has&saidKeepAlive != 0
}

// interim reports whether another answer follows.
func (h *head) interim() bool { return h.status < 200 && h.status != 101 }

// bodiless reports whether the answer to a method ends with its header.
func (h *head) bodiless(method string) bool {
	return method == "HEAD" || h.status < 200 || h.status == 204 || h.status == 304
}

// proto names the version.
func (h *head) proto() string {
	if h.minor == 0 {
		return "HTTP/1.0"
	}
	return "HTTP/1.1"
}
