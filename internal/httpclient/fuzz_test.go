package httpclient

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
)

// A memory is a connection to a server that has said everything already.
type memory struct {
	net.Conn
	answer []byte
	step   int // how much comes at a time; 0: all
}

func (m *memory) Read(p []byte) (int, error) {
	if len(m.answer) == 0 {
		return 0, io.EOF
	}
	n := len(m.answer)
	if m.step > 0 {
		n = min(n, m.step)
	}
	n = copy(p, m.answer[:n])
	m.answer = m.answer[n:]
	return n, nil
}

func (*memory) Write(p []byte) (int, error)      { return len(p), nil }
func (*memory) SetDeadline(time.Time) error      { return nil }
func (*memory) SetReadDeadline(time.Time) error  { return os.ErrNoDeadline }
func (*memory) SetWriteDeadline(time.Time) error { return os.ErrNoDeadline }
func (*memory) Close() error                     { return nil }

// recall has a session read an answer from memory.
func recall(s *Session, target *Target, method string, m *memory, h2 bool) *Response {
	s.Reset()
	c := &conn{target: target, wire: newWire(m, s.watch, &s.client.buffers), last: never}
	if h2 {
		c.h2, c.wire.patient = newHTTP2(&s.client.config), true
	}
	s.conns = append(s.conns, c)
	resp := new(Response)
	s.Do(noContext, &Request{Method: method, Target: target, NoRedirect: true}, resp)
	return resp
}

// fuzzSession returns a session whose limits are small and dials lead nowhere.
func fuzzSession(f testing.TB) (*Session, *Target) {
	client, err := New(Config{MaxHeader: 1 << 14, MaxBody: 1 << 16, NoCompression: true, UnixSocket: "/nowhere"})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(client.Close)
	target, _, err := ParseTarget("http://fuzz.test/")
	if err != nil {
		f.Fatal(err)
	}
	session := client.NewSession(nil)
	f.Cleanup(session.Close)
	return session, target
}

// FuzzResponse compares with net/http: what both accept must be equal, and what
// net/http refuses must be refused. Being stricter is allowed where it is said
// why.
func FuzzResponse(f *testing.F) {
	for _, seed := range []string{
		hello,
		"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.1 204 No Content\r\nX-A: b\r\n\r\n",
		"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\nup to the end",
		chunkedHello + "5;x=y\r\nhello\r\n0\r\nX-T: 1\r\n\r\n",
		"HTTP/1.1 200 OK\nA: b\n c\nContent-Length: 3\n\nabc",
		"HTTP/1.1 200 OK\r\nA b: c\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx",
		"HTTP/1.1 301 Moved\r\nLocation: /x\r\nSet-Cookie: a=b; Path=/\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		chunkedHello + "0\r\n\n",
		"HTTP/1.0 200 \n0:0\n \n\n",
		"HTTP/0.0 100 0\n\r\nHTTP/1.0 200 0\n\r\n0",
	} {
		for step := range byte(3) {
			f.Add([]byte(seed), step == 2, step)
		}
	}
	session, target := fuzzSession(f)
	f.Fuzz(func(t *testing.T, answer []byte, head bool, step byte) {
		method := "GET"
		if head {
			method = "HEAD"
		}
		compare(t, session, target, method, answer, int(step))
	})
}

// FuzzChunks is FuzzResponse for what comes after a good header.
func FuzzChunks(f *testing.F) {
	for _, seed := range []string{
		"5\r\nhello\r\n0\r\n\r\n", "5;x=y\r\nhello\r\n0\r\nX-T: 1\r\n\r\n", "0\r\n\r\n", "", "5\r\nhel", "-5\r\nhello\r\n",
		"fffffffffffffff\r\nhello", "00000000000000005\r\nhello\r\n0\r\n\r\n", "5\nhello\n0\n\n", "5 \r\nhello\r\n0\r\n\r\nmore", "a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n",
	} {
		for step := range byte(3) {
			f.Add([]byte(seed), step)
		}
	}
	session, target := fuzzSession(f)
	f.Fuzz(func(t *testing.T, chunks []byte, step byte) {
		compare(t, session, target, "GET", append([]byte(chunkedHello), chunks...), int(step))
	})
}

// compare serves the same answer to a session and to net/http.
func compare(t *testing.T, session *Session, target *Target, method string, answer []byte, step int) {
	t.Helper()
	resp := recall(session, target, method, &memory{answer: bytes.Clone(answer), step: step}, false)
	want, body, err := standard(answer, method)
	if resp.Err != nil {
		if err == nil && !stricter(resp, answer, want) {
			t.Fatalf("refused (%v) what net/http takes: %+v, body %q", resp.Err, want, body)
		}
		return
	}
	if err != nil {
		t.Fatalf("accepted what net/http refuses: %v\nstatus %d, body %q", err, resp.Status, resp.Body)
	}
	if resp.Status != want.StatusCode || !bytes.Equal(resp.Body, body) || resp.Proto != protoOf(want) {
		t.Fatalf("got %s %d, %q\nnet/http says %s %d, %q", resp.Proto, resp.Status, resp.Body, want.Proto, want.StatusCode, body)
	}
	if kept := len(session.conns) > 0; kept && (want.Close || want.StatusCode == 101) {
		t.Fatal("kept a connection that net/http closes")
	}
	compareHeaders(t, resp.Header, want)
}

// FuzzDecoding compares with package gzip, and holds the limit of the body.
func FuzzDecoding(f *testing.F) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = io.WriteString(w, strings.Repeat("said again ", 20))
	_ = w.Close()
	good := bytes.Clone(packed.Bytes())
	for _, seed := range [][]byte{good, good[:len(good)/2], append(bytes.Clone(good), good...), append(bytes.Clone(good), "more"...), []byte("no gzip"), {}} {
		f.Add(seed, true)
		f.Add(seed, false)
	}
	packed.Reset()
	w.Reset(&packed)
	_, _ = w.Write(make([]byte, 200<<10))
	_ = w.Close()
	f.Add(bytes.Clone(packed.Bytes()), true) // more than the limit
	const limit = 1 << 16
	client, err := New(Config{MaxBody: limit, UnixSocket: "/nowhere"})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(client.Close)
	session := client.NewSession(nil)
	f.Cleanup(session.Close)
	target, _, _ := ParseTarget("http://fuzz.test/")
	f.Fuzz(func(t *testing.T, body []byte, isGzip bool) {
		coding := map[bool]string{true: "gzip", false: "deflate"}[isGzip]
		head := fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\nContent-Length: %d\r\n\r\n", coding, len(body))
		resp := recall(session, target, "GET", &memory{answer: append([]byte(head), body...)}, false)
		if len(resp.Body) > limit {
			t.Fatalf("a body of %d bytes, the limit is %d", len(resp.Body), limit)
		}
		if len(body) == 0 || len(body) > limit || !isGzip {
			return
		}
		want, wantErr := gunzip(body, limit+1)
		switch {
		case len(want) > limit:
			if !errors.Is(resp.Err, errBodyLimit) && !errors.Is(resp.Err, errGzip) {
				t.Fatalf("more than the limit came to %v", resp.Err)
			}
		case (resp.Err == nil) != (wantErr == nil):
			t.Fatalf("got %v, package gzip says %v", resp.Err, wantErr)
		case wantErr == nil && !bytes.Equal(resp.Body, want):
			t.Fatalf("got %q, package gzip says %q", resp.Body, want)
		}
	})
}

// gunzip unpacks up to so many bytes.
func gunzip(body []byte, most int64) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(r, most))
}

// FuzzLocation follows redirects: wherever they lead, what would be sent is one
// request line, and it leads where package url says.
func FuzzLocation(f *testing.F) {
	for _, seed := range []string{"/x", "//other.test/y?z", "https://other.test:8443", "../up", "?q=a b", "#part", "http://[::1]:80/", "http://a@b/", "\\\\evil.test", "/a\rb", "mailto:x", "http://bücher.test/ü", ""} {
		f.Add("/shop/cart?id=7", seed)
	}
	session, _ := fuzzSession(f)
	f.Fuzz(func(t *testing.T, path, location string) {
		base, start, err := ParseTarget("http://fuzz.test/" + strings.TrimPrefix(path, "/"))
		if err != nil {
			return
		}
		session.call = call{target: base, path: []byte(start)}
		target, there, err := session.locate(location)
		if err != nil {
			return
		}
		if there == "" || there[0] != '/' || strings.ContainsFunc(there+target.authority, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
			t.Fatalf("%q leads to %q of %q", location, there, target.authority)
		}
		again, same, err := ParseTarget(target.base + there)
		if err != nil || same != there || !again.same(target) {
			t.Fatalf("%q leads to %q of %q, which is read as %q, %v", location, there, target.base, same, err)
		}
	})
}

// standard reads an answer as net/http's transport does.
func standard(answer []byte, method string) (*http.Response, []byte, error) {
	reader := bufio.NewReader(bytes.NewReader(answer))
	for {
		resp, err := http.ReadResponse(reader, &http.Request{Method: method})
		if err != nil {
			return nil, nil, err
		}
		if resp.StatusCode/100 == 1 && resp.StatusCode != 101 {
			continue
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		return resp, body, err
	}
}

func protoOf(r *http.Response) string {
	if r.ProtoMinor == 0 {
		return "HTTP/1.0"
	}
	return "HTTP/1.1"
}

var (
	otherVersion = regexp.MustCompile(`HTTP/[^1]`)
	oddStatus    = regexp.MustCompile(`HTTP/... +[-+0]`)
	bareEnd      = regexp.MustCompile(`\n\n|[^\r]\n\r\n`) // of a trailer, whose last line breaks have to be whole
)

// stricter says whether an answer was refused for a reason of our own.
func stricter(resp *Response, answer []byte, want *http.Response) bool {
	switch {
	case errors.Is(resp.Err, errVersion):
		return otherVersion.Match(answer)
	case errors.Is(resp.Err, errStatus):
		return oddStatus.Match(answer)
	case errors.Is(resp.Err, errSurplus):
		return true // net/http judges that with the next request
	case errors.Is(resp.Err, errHeaderLimit), errors.Is(resp.Err, errBodyLimit):
		return true // net/http has other limits, or none
	case resp.Class == metrics.Reset, errors.Is(resp.Err, errShortBody):
		// A trailer that ends with the connection, or after what net/http looks at.
		return want.TransferEncoding != nil
	case errors.Is(resp.Err, errChunkEnd):
		return bareEnd.Match(answer)
	case errors.Is(resp.Err, errField):
		return want.TransferEncoding != nil // within a trailer: net/http takes an empty one for none
	}
	return false
}

// compareHeaders compares the fields of names without blanks. A value that ends
// in a folded line of blanks ends in a blank for net/http.
func compareHeaders(t *testing.T, got Header, want *http.Response) {
	for name, values := range want.Header {
		switch {
		case strings.Contains(name, " "), name == "Connection", name == "Content-Length", name == "Cache-Control":
			continue // net/http edits these
		}
		mine := got.Values(name)
		for i := range values {
			if i >= len(mine) || mine[i] != strings.TrimRight(values[i], " ") {
				t.Fatalf("field %q: got %q, want %q", name, mine, values)
			}
		}
	}
}
