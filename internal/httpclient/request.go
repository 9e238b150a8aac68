package httpclient

import (
	"strconv"
	"strings"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
)

// A Request is one request to send. The session reads it during Do and keeps
// nothing of it; it may be reused.
type Request struct {
	Method  string  // "" means GET
	Target  *Target // where to; required
	Path    []byte  // request target: path and query, already escaped; empty means "/"
	Header  *Fields // further header fields; nil means none
	Body    []byte
	Timeout time.Duration // replaces Config.Timeout; negative means none

	ContentType string // of Body; "" sends none, unless Header has it
	Expect100   bool   // let the server agree before the body is sent
	NoRedirect  bool   // return a redirect instead of following it
	DiscardBody bool   // count the answer's body but do not keep or decode it

	Memo *Memo // shared by requests whose answers look alike; nil: none
}

// A call is the request of one hop: the caller's at first, then what redirects
// make of it.
type call struct {
	request *Request
	method  string
	target  *Target
	path    []byte
	header  *Fields
	body    []byte
	content string // Content-Type
	hop     int
}

// noFields stands for an absent header; nobody writes to it.
var noFields = &Fields{}

func (c *call) begin(r *Request) {
	*c = call{request: r, method: r.Method, target: r.Target, path: r.Path, header: r.Header, body: r.Body, content: r.ContentType}
	if c.method == "" {
		c.method = "GET"
	}
	if c.header == nil {
		c.header = noFields
	}
	if len(c.path) == 0 {
		c.path = slash
	}
}

var slash = []byte("/")

// check refuses what would not be one request on the wire.
func (c *call) check() *Error {
	switch {
	case c.target == nil || c.target.tail == "":
		return errNoTarget
	case !isToken(c.method) || c.method == "CONNECT":
		return errBadMethod
	case !cleanPath(c.path) || c.path[0] != '/' && string(c.path) != "*":
		return errBadPath
	case c.content != "" && !isFieldValue(c.content):
		return errBadContentType
	}
	return nil
}

// expects reports whether the body waits for the server's word.
func (c *call) expects() bool {
	return len(c.body) > 0 && (c.request.Expect100 || c.header.has&hasExpect != 0)
}

// hasBody reports whether the request announces a body, be it an empty one.
func (c *call) hasBody() bool {
	if len(c.body) > 0 {
		return true
	}
	switch c.method {
	case "POST", "PUT", "PATCH":
		return true
	}
	return false
}

// appendHead appends request line and header fields to b. lines are the
// client's own; cookies is the value of the Cookie field, may be empty, and
// absolute asks for the form that proxies want.
func (c *call) appendHead(b []byte, client *Client, cookies []byte, absolute bool) []byte {
	b = append(b, c.method...)
	b = append(b, ' ')
	if absolute {
		b = append(b, c.target.base...)
	}
	b = append(b, c.path...)
	if c.header.has&hasHost == 0 {
		b = append(b, c.target.tail...)
	} else {
		b = append(b, " HTTP/1.1\r\n"...)
	}
	if absolute {
		b = append(b, client.proxy.lines...)
	}
	b = c.appendFields(b, client, cookies)
	if client.config.NoKeepAlive && c.header.has&hasClose == 0 {
		b = append(b, "Connection: close\r\n"...)
	}
	return append(c.appendContent(b), "\r\n"...)
}

func (c *call) appendFields(b []byte, client *Client, cookies []byte) []byte {
	b = append(b, c.clientLines(client)...)
	if len(cookies) == 0 {
		return append(b, c.header.block...)
	}
	b = append(b, "Cookie: "...)
	b = append(b, cookies...)
	if c.header.has&hasCookie == 0 {
		b = append(b, "\r\n"...)
		return append(b, c.header.block...)
	}
	// One Cookie field only (RFC 6265, section 5.4): the user's joins the jar's.
	for name, own := range c.header.All() {
		if strings.EqualFold(name, "cookie") {
			b = append(b, "; "...)
			b = append(b, own...)
		}
	}
	b = append(b, "\r\n"...)
	return append(b, c.header.without(func(name string) bool { return name == "cookie" }).block...)
}

// clientLines returns the client's own lines but for those the request brings.
func (c *call) clientLines(client *Client) string {
	if c.header.has&(hasUserAgent|hasAcceptEncoding) == 0 {
		return client.lines
	}
	config := client.config
	if c.header.has&hasUserAgent != 0 {
		config.UserAgent = "-"
	}
	if c.header.has&hasAcceptEncoding != 0 {
		config.NoCompression = true
	}
	return config.headerLines()
}

// appendContent appends the fields that describe the body.
func (c *call) appendContent(b []byte) []byte {
	if !c.hasBody() {
		return b
	}
	if c.content != "" && c.header.has&hasContentType == 0 {
		b = append(b, "Content-Type: "...)
		b = append(b, c.content...)
		b = append(b, "\r\n"...)
	}
	if c.expects() && c.header.has&hasExpect == 0 {
		b = append(b, "Expect: 100-continue\r\n"...)
	}
	b = append(b, "Content-Length: "...)
	b = strconv.AppendInt(b, int64(len(c.body)), 10)
	return append(b, "\r\n"...)
}

// closes reports whether the connection ends with this exchange by our wish.
func (c *call) closes(client *Client) bool {
	return client.config.NoKeepAlive || c.header.has&hasClose != 0
}

// Requests that are refused before anything is attempted. They are the
// scenario's mistake, not the target's.
var (
	errNoTarget       = &Error{Class: metrics.Check, Message: "bad request: no target: make one with ParseTarget"}
	errBadMethod      = &Error{Class: metrics.Check, Message: "bad request: method is not a token, or CONNECT"}
	errBadPath        = &Error{Class: metrics.Check, Message: "bad request: path must start with / and have no blanks, line breaks or control characters: escape them"}
	errBadContentType = &Error{Class: metrics.Check, Message: "bad request: content type has a line break or control character"}
)
