package httpclient

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/http2/hpack"

	"github.com/loadforge/loadforge/internal/metrics"
)

// standardHTTP2 starts the standard library's server, over TLS or not.
func standardHTTP2(t *testing.T, secure bool, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.Config.Protocols = new(http.Protocols)
	server.Config.Protocols.SetUnencryptedHTTP2(true)
	server.Config.Protocols.SetHTTP2(true)
	server.Config.Protocols.SetHTTP1(true)
	if server.EnableHTTP2 = secure; secure {
		server.StartTLS()
	} else {
		server.Start()
	}
	t.Cleanup(server.Close)
	return server
}

func TestHTTP2(t *testing.T) {
	var count atomic.Int64
	handler := func(w http.ResponseWriter, r *http.Request) {
		count.Add(1)
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Proto", r.Proto)
		switch r.URL.Path {
		case "/redirect":
			http.Redirect(w, r, "/here", http.StatusFound)
			return
		case "/large":
			_, _ = w.Write(bytes.Repeat([]byte("0123456789abcdef"), 1<<16))
			return
		case "/empty":
			w.WriteHeader(204)
			return
		case "/hints":
			w.Header().Set("Link", "</a>")
			w.WriteHeader(103)
			w.WriteHeader(200)
		case "/trailer":
			w.Header().Set("Trailer", "X-Sum")
			_, _ = io.WriteString(w, "sum ")
			w.Header().Set("X-Sum", "1")
		case "/cookie":
			http.SetCookie(w, &http.Cookie{Name: "a", Value: "b"})
		}
		_, _ = fmt.Fprintf(w, "%s %s %s %d %s%s", r.Method, r.Host, r.URL, len(body), r.Header.Get("X-Mine"), r.Header.Get("Cookie"))
	}
	for _, secure := range []bool{false, true} {
		for _, plain := range []bool{false, true} {
			t.Run(fmt.Sprintf("secure %v plain %v", secure, plain), func(t *testing.T) {
				server := standardHTTP2(t, secure, handler)
				client := newClient(t, Config{Protocol: HTTP2, Insecure: true, Timeout: 10 * time.Second})
				client.plain = plain
				u := userOf(t, client)
				count.Store(0)
				host := strings.TrimPrefix(strings.TrimPrefix(server.URL, "https://"), "http://")
				for range 3 {
					wantBody(t, u.get(server.URL+"/x?y=z"), 200, "GET "+host+" /x?y=z 0 ")
				}
				if u.resp.Proto != "HTTP/2.0" || !u.resp.Reused || u.resp.Header.Get("x-proto") != "HTTP/2.0" {
					t.Errorf("proto %s, reused %v, header %q", u.resp.Proto, u.resp.Reused, u.resp.Header.block)
				}
				fields := new(Fields)
				_ = fields.Add("X-Mine", "mine")
				_ = fields.Add("Host", "virtual.test")
				_ = fields.Add("Connection", "close")
				wantBody(t, u.send(server.URL+"/x", Request{Method: "POST", Header: fields, Body: []byte("data")}), 200, "POST virtual.test /x 4 mine")
				u.Idle()
				wantBody(t, u.send(server.URL+"/upload", Request{Method: "PUT", Body: make([]byte, 5<<20), Expect100: true}), 200, "PUT "+host+" /upload 5242880 ")
				wantBody(t, u.get(server.URL+"/redirect"), 200, "GET "+host+" /here 0 ")
				wantBody(t, u.get(server.URL+"/large"), 200, strings.Repeat("0123456789abcdef", 1<<16))
				wantBody(t, u.send(server.URL+"/large", Request{DiscardBody: true}), 200, "")
				wantBody(t, u.get(server.URL+"/empty"), 204, "")
				wantBody(t, u.send(server.URL+"/large", Request{Method: "HEAD"}), 200, "")
				wantBody(t, u.get(server.URL+"/hints"), 200, "GET "+host+" /hints 0 ")
				wantBody(t, u.get(server.URL+"/trailer"), 200, "sum GET "+host+" /trailer 0 ")
				wantBody(t, u.get(server.URL+"/cookie"), 200, "GET "+host+" /cookie 0 ")
				wantBody(t, u.get(server.URL+"/x"), 200, "GET "+host+" /x 0 a=b")
				if got := count.Load(); got != int64(len(u.log)) {
					t.Errorf("server counted %d, observer %d", got, len(u.log))
				}
				u.Idle()
				if u.conns[0].h2.in != nil {
					t.Error("an idle connection keeps its buffer")
				}
			})
		}
	}
}

// A body that is not kept may be larger than the limit, and than all windows.
func TestHTTP2WindowsAreRefilled(t *testing.T) {
	server := standardHTTP2(t, false, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(make([]byte, 3<<20))
	})
	u := newUser(t, Config{Protocol: HTTP2, MaxBody: 1000, Timeout: 10 * time.Second})
	for range 2 {
		wantBody(t, u.send(server.URL, Request{DiscardBody: true}), 200, "")
		if u.resp.BytesIn < 3<<20 {
			t.Errorf("%d bytes came, want 3 MiB", u.resp.BytesIn)
		}
	}
	u.conns[0].h2.take = connectionTake/2 + 100 // as after half a gigabyte
	wantBody(t, u.send(server.URL, Request{DiscardBody: true}), 200, "")
	if take := u.conns[0].h2.take; take < connectionTake-3<<20 {
		t.Errorf("the connection's window is %d and was not refilled", take)
	}
}

// A server that knows HTTP/1 only gets that.
func TestHTTP2IsNegotiated(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.Proto)
	}))
	server.StartTLS()
	defer server.Close()
	wantBody(t, newUser(t, Config{Protocol: HTTP2, Insecure: true}).get(server.URL), 200, "HTTP/1.1")
	both := standardHTTP2(t, true, func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Proto) })
	wantBody(t, newUser(t, Config{Insecure: true}).get(both.URL), 200, "HTTP/1.1")
}

func TestHTTP2WithoutKeepAlive(t *testing.T) {
	server := standardHTTP2(t, true, func(http.ResponseWriter, *http.Request) {})
	u := newUser(t, Config{Protocol: HTTP2, Insecure: true, NoKeepAlive: true})
	for range 3 {
		u.get(server.URL)
	}
	for i, x := range u.log {
		if x.Err != nil || x.Reused {
			t.Errorf("request %d: %v, connection reused: %v", i, x.Err, x.Reused)
		}
	}
}

// Between requests a server may say things that are no answer.
func TestHTTP2IdleTalk(t *testing.T) {
	talk := map[string]struct {
		say  string
		kept bool
	}{
		"a ping":           {pingFrame, true},
		"settings":         {frameText(frameSettings, 0, 0, "\x00\x03\x00\x00\x00\x64"), true},
		"a window":         {frameText(frameWindow, 0, 0, "\x00\x00\x10\x00"), true},
		"half a ping":      {pingFrame[:12], true},
		"something new":    {frameText(0xbe, 0, 0, "x"), true},
		"going away":       {frameText(frameGoAway, 0, 0, "\x00\x00\x00\x01\x00\x00\x00\x00"), false},
		"an answer":        {headersFrame(3, true, ":status", "200"), false},
		"half of nonsense": {"\xff\xff\xff", true},
		"many pings":       {strings.Repeat(pingFrame, 100), true},
		"endless pings":    {strings.Repeat(pingFrame, maxIdleTalk/10), false},
		"nonsense":         {"\xff\xff\xff\xff\xff\xff\xff\xff\xff", false},
	}
	config, _ := loopback(t)
	config.NextProtos = []string{"h2"}
	for _, secure := range []bool{false, true} {
		for name, test := range talk {
			t.Run(name, func(t *testing.T) {
				idle := make(chan struct{})
				script := func(p *peer) {
					f := p.http2(t)
					f.answer()
					if p.number == 1 {
						<-idle
						p.say(test.say)
						f.rest = pingFrame[12:]
					}
					for f.answer() {
					}
				}
				server, url := serve2(t, config, secure, script)
				u := newUser(t, Config{Protocol: HTTP2, Insecure: true, Timeout: 5 * time.Second})
				wantBody(t, u.get(url), 200, "hello")
				close(idle)
				eventually(t, "something said", func() bool { return u.conns[0].wire.pending() != nothing })
				u.conns[0].last = 0
				if name == "endless pings" {
					eventually(t, "the end of patience", func() bool { return !u.conns[0].alive() })
					if n := len(u.conns[0].h2.control); n > 2*maxIdleTalk {
						t.Errorf("%d bytes of answers wait", n)
					}
				}
				if strings.HasPrefix(name, "half") {
					if !u.conns[0].alive() {
						t.Error("half a frame ended the connection")
					}
					return
				}
				wantBody(t, u.get(url), 200, "hello")
				if kept := server.accepted.Load() == 1; kept != test.kept {
					t.Errorf("connection kept: %v, want %v", kept, test.kept)
				}
			})
		}
	}
}

func serve2(t *testing.T, config *tls.Config, secure bool, script func(*peer)) (*fakeServer, string) {
	t.Helper()
	if secure {
		server := serveTLS(t, config, script)
		return server, "https://" + server.address()
	}
	server := serve(t, script)
	return server, "http://" + server.address()
}

func TestHTTP2Failures(t *testing.T) {
	ok := headersFrame(1, false, ":status", "200")
	tests := []struct {
		name    string
		answer  string
		class   metrics.Class
		message string
	}{
		{"closed", "", metrics.Reset, "closed before an answer"},
		{"closed within the body", ok + frameText(frameData, 0, 1, "he"), metrics.Body, "shorter"},
		{"HTTP/1", "HTTP/1.1 400 Bad Request\r\n\r\n", metrics.Protocol, "frame too large"},
		{"refused", frameText(frameReset, 0, 1, "\x00\x00\x00\x07"), metrics.Reset, "stream reset by the server: refused"},
		{"an unknown code", frameText(frameReset, 0, 1, "\x00\x00\x01\x00"), metrics.Reset, "code 256"},
		{"a bad reset", frameText(frameReset, 0, 1, "\x00"), metrics.Protocol, "bad HTTP/2 frame"},
		{"going away before", frameText(frameGoAway, 0, 0, "\x00\x00\x00\x00\x00\x00\x00\x00"), metrics.Reset, "going away"},
		{"going away angrily", frameText(frameGoAway, 0, 0, "\x00\x00\x00\x01\x00\x00\x00\x0b"), metrics.Reset, "enhance your calm"},
		{"no status", headersFrame(1, true, "x-a", "b"), metrics.Protocol, "bad HTTP/2 header"},
		{"two statuses", headersFrame(1, true, ":status", "200", ":status", "200"), metrics.Protocol, "bad HTTP/2 header"},
		{"a late status", headersFrame(1, true, "x-a", "b", ":status", "200"), metrics.Protocol, "bad HTTP/2 header"},
		{"a bad status", headersFrame(1, true, ":status", "20"), metrics.Protocol, "bad HTTP/2 header"},
		{"another pseudo field", headersFrame(1, true, ":path", "/"), metrics.Protocol, "bad HTTP/2 header"},
		{"an upper-case name", headersFrame(1, true, ":status", "200", "X-A", "b"), metrics.Protocol, "bad HTTP/2 header"},
		{"a line break", headersFrame(1, true, ":status", "200", "x-a", "b\r\nc: d"), metrics.Protocol, "bad HTTP/2 header"},
		{"a bad length", headersFrame(1, true, ":status", "200", "content-length", "x"), metrics.Protocol, "bad Content-Length"},
		{"a wrong length", headersFrame(1, false, ":status", "200", "content-length", "9") + frameText(frameData, flagEndStream, 1, "hello"), metrics.Body, "shorter"},
		{"an interim end", headersFrame(1, true, ":status", "103"), metrics.Protocol, "bad HTTP/2 header"},
		{"switching protocols", headersFrame(1, false, ":status", "101"), metrics.Protocol, "bad HTTP/2 header"},
		{"a broken block", frameText(frameHeaders, flagEndHeaders|flagEndStream, 1, "\xff\xff\xff\xff\xff\xff"), metrics.Protocol, "bad HTTP/2 header"},
		{"half a block", frameText(frameHeaders, flagEndHeaders|flagEndStream, 1, "\x48"), metrics.Protocol, "bad HTTP/2 header"},
		{"a block interrupted", frameText(frameHeaders, 0, 1, "\x88") + pingFrame, metrics.Protocol, "bad HTTP/2 frame"},
		{"a continuation of nothing", frameText(frameContinuation, flagEndHeaders, 1, "\x88"), metrics.Protocol, "bad HTTP/2 frame"},
		{"endless continuations", frameText(frameHeaders, 0, 1, "\x88") + strings.Repeat(frameText(frameContinuation, 0, 1, strings.Repeat("\x10\x01a\x01b", 500)), 50), metrics.Protocol, "header larger"},
		{"a header too large", headersFrame(1, true, ":status", "200", "x-a", strings.Repeat("abcdefgh", 1500)), metrics.Protocol, "header larger"},
		{"a header bomb", frameText(frameHeaders, flagEndHeaders|flagEndStream, 1, "\x88\x40\x01a\x7f\xf9\x03"+strings.Repeat("x", 632)+strings.Repeat("\xbe", 100)), metrics.Protocol, "header larger"},
		{"data before the header", frameText(frameData, 0, 1, "x"), metrics.Protocol, "bad HTTP/2 frame"},
		{"data of another stream", ok + frameText(frameData, 0, 3, "x"), metrics.Protocol, "bad HTTP/2 frame"},
		{"data with bad padding", ok + frameText(frameData, flagPadded, 1, "\x05x"), metrics.Protocol, "bad HTTP/2 frame"},
		{"data with no padding", ok + frameText(frameData, flagPadded, 1, ""), metrics.Protocol, "bad HTTP/2 frame"},
		{"a header with bad padding", frameText(frameHeaders, flagPadded|flagPriority|flagEndHeaders, 1, "\x00\x00"), metrics.Protocol, "bad HTTP/2 frame"},
		{"trailers that do not end", ok + headersFrame(1, false, "x", "y"), metrics.Protocol, "bad HTTP/2 header"},
		{"more than the window", ok + strings.Repeat(frameText(frameData, 0, 1, strings.Repeat("x", 16384)), 5), metrics.Body, "larger than the limit"},
		{"an empty window", frameText(frameWindow, 0, 0, "\x00\x00\x00\x00"), metrics.Protocol, "flow control"},
		{"a window beyond", frameText(frameWindow, 0, 0, "\x7f\xff\xff\xff"), metrics.Protocol, "flow control"},
		{"a short window", frameText(frameWindow, 0, 0, "\x00"), metrics.Protocol, "bad HTTP/2 frame"},
		{"odd settings", frameText(frameSettings, 0, 0, "\x00"), metrics.Protocol, "bad HTTP/2 frame"},
		{"settings: window", frameText(frameSettings, 0, 0, "\x00\x04\xff\xff\xff\xff"), metrics.Protocol, "flow control"},
		{"settings: frame size", frameText(frameSettings, 0, 0, "\x00\x05\x00\x00\x00\x01"), metrics.Protocol, "bad HTTP/2 frame"},
		{"a short ping", frameText(framePing, 0, 0, "\x00"), metrics.Protocol, "bad HTTP/2 frame"},
		{"a short goodbye", frameText(frameGoAway, 0, 0, "\x00"), metrics.Protocol, "bad HTTP/2 frame"},
		{"a push", frameText(framePush, flagEndHeaders, 1, "\x00\x00\x00\x02\x88"), metrics.Protocol, "bad HTTP/2 frame"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			server := serve(t, func(p *peer) {
				f := p.http2(t)
				if p.number == 2 {
					f.answer()
					return
				}
				f.request()
				p.say(test.answer)
				p.halfClose()
				p.hang()
			})
			u := newUser(t, Config{Protocol: HTTP2, MaxHeader: 8000, MaxBody: 70000, Timeout: 5 * time.Second})
			wantClass(t, u.get("http://"+server.address()), test.class, test.message)
			wantBody(t, u.get("http://"+server.address()), 200, "hello")
			wantCounted(t, u, server, 2)
		})
	}
}

// Good but unusual answers.
func TestHTTP2Answers(t *testing.T) {
	tests := map[string]string{
		"padding":             frameText(frameHeaders, flagPadded|flagPriority|flagEndHeaders, 1, "\x02\x00\x00\x00\x00\x00\x88xx") + frameText(frameData, flagPadded|flagEndStream, 1, "\x03helloxxx"),
		"continuations":       frameText(frameHeaders, 0, 1, "\x88") + frameText(frameContinuation, 0, 1, "\x10\x01") + frameText(frameContinuation, flagEndHeaders, 1, "a\x01b") + helloData,
		"pings between":       pingFrame + headersFrame(1, false, ":status", "200") + pingFrame + helloData,
		"an empty last frame": headersFrame(1, false, ":status", "200") + frameText(frameData, 0, 1, "hello") + frameText(frameData, flagEndStream, 1, ""),
		"going away after":    frameText(frameGoAway, 0, 0, "\x00\x00\x00\x01\x00\x00\x00\x00") + headersFrame(1, false, ":status", "200") + helloData,
		"a late reset":        headersFrame(1, false, ":status", "200") + helloData + frameText(frameReset, 0, 1, "\x00\x00\x00\x00"),
		"trailers":            headersFrame(1, false, ":status", "200") + frameText(frameData, 0, 1, "hello") + headersFrame(1, true, "x-sum", "1"),
		"settings":            frameText(frameSettings, 0, 0, "\x00\x01\x00\x00\x00\x00\x00\x05\x00\x00\x80\x00") + frameText(frameSettings, flagAck, 0, "") + headersFrame(1, false, ":status", "200") + helloData,
	}
	for name, answer := range tests {
		t.Run(name, func(t *testing.T) {
			server := serve(t, func(p *peer) {
				f := p.http2(t)
				f.request()
				p.dribble(answer)
				for f.answer() {
				}
			})
			u := newUser(t, Config{Protocol: HTTP2, Timeout: 5 * time.Second})
			wantBody(t, u.get("http://"+server.address()), 200, "hello")
			pause()
			if name != "going away after" {
				wantBody(t, u.get("http://"+server.address()), 200, "hello")
			}
		})
	}
}

// An answer may come before the request is complete, and the rest not be wanted.
func TestHTTP2EarlyAnswer(t *testing.T) {
	server := serve(t, func(p *peer) {
		f := p.http2(t)
		f.head()
		p.say(headersFrame(1, false, ":status", "413") + helloData)
		p.hang()
	})
	u := newUser(t, Config{Protocol: HTTP2, Timeout: 5 * time.Second})
	wantBody(t, u.send("http://"+server.address(), Request{Method: "POST", Body: make([]byte, 1<<20)}), 413, "hello")
	if len(u.conns) != 0 {
		t.Error("a connection with half a request was kept")
	}
}

// The reset that follows an early answer may come when the next request is under
// way.
func TestHTTP2ResetOfTheRequestBefore(t *testing.T) {
	tests := map[string]struct {
		reset uint32
		ok    bool
	}{
		"the one before":     {1, true},
		"one to come":        {5, false},
		"one that is not":    {2, false},
		"a whole connection": {0, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			server := serve(t, func(p *peer) {
				f := p.http2(t)
				f.answer()
				f.request()
				p.say(frameText(frameReset, 0, test.reset, "\x00\x00\x00\x00"))
				p.say(headersFrame(3, false, ":status", "200") + frameText(frameData, flagEndStream, 3, "hello"))
				p.hang()
			})
			u := newUser(t, Config{Protocol: HTTP2, Timeout: 5 * time.Second})
			wantBody(t, u.get("http://"+server.address()), 200, "hello")
			if resp := u.get("http://" + server.address()); test.ok {
				wantBody(t, resp, 200, "hello")
			} else {
				wantClass(t, resp, metrics.Protocol, "bad HTTP/2 frame")
			}
		})
	}
}

// An http2Peer is the server's side of an HTTP/2 connection.
type http2Peer struct {
	*peer
	stream uint32
	rest   string // to be said before the next answer
}

// http2 reads the preface and says settings.
func (p *peer) http2(t *testing.T) *http2Peer {
	start := make([]byte, len(preface))
	if _, err := io.ReadFull(p.reader, start); err == nil && string(start) != preface {
		t.Errorf("preface is %q", start)
	}
	p.say(frameText(frameSettings, 0, 0, ""))
	return &http2Peer{peer: p}
}

// frame reads one frame.
func (p *http2Peer) frame() (f frame, ok bool) {
	head := make([]byte, frameHeader)
	if _, err := io.ReadFull(p.reader, head); err != nil {
		return f, false
	}
	payload := make([]byte, int(head[0])<<16|int(head[1])<<8|int(head[2]))
	_, err := io.ReadFull(p.reader, payload)
	return frame{kind: head[3], flags: head[4], stream: binary.BigEndian.Uint32(head[5:]), payload: payload}, err == nil
}

// head reads up to a request's header.
func (p *http2Peer) head() (frame, bool) {
	for {
		f, ok := p.frame()
		if !ok {
			return f, false
		}
		if f.kind == frameHeaders {
			p.stream = f.stream
			p.server.requests.Add(1)
			return f, true
		}
	}
}

// request reads a whole request.
func (p *http2Peer) request() bool {
	f, ok := p.head()
	for ok && !f.has(flagEndStream) {
		f, ok = p.frame()
	}
	return ok
}

// answer answers one request with "hello".
func (p *http2Peer) answer() bool {
	if !p.request() {
		return false
	}
	p.say(headersFrame(p.stream, false, ":status", "200") + frameText(frameData, flagEndStream, p.stream, "hello"))
	return true
}

var (
	helloData = frameText(frameData, flagEndStream, 1, "hello")
	pingFrame = frameText(framePing, 0, 0, "12345678")
)

func frameText(kind, flags byte, stream uint32, payload string) string {
	return string(appendFrame(nil, kind, flags, stream, len(payload))) + payload
}

// headersFrame is a complete header block without compression state.
func headersFrame(stream uint32, end bool, pairs ...string) string {
	var block bytes.Buffer
	encoder := hpack.NewEncoder(&block)
	for i := 0; i < len(pairs); i += 2 {
		_ = encoder.WriteField(hpack.HeaderField{Name: pairs[i], Value: pairs[i+1], Sensitive: true})
	}
	flags := byte(flagEndHeaders)
	if end {
		flags |= flagEndStream
	}
	return frameText(frameHeaders, flags, stream, block.String())
}

// FuzzHTTP2 feeds the frame reader with anything: it must end, within its limits.
func FuzzHTTP2(f *testing.F) {
	f.Add([]byte(headersFrame(1, false, ":status", "200")+helloData), byte(0))
	f.Add([]byte(frameText(frameSettings, 0, 0, "\x00\x03\x00\x00\x00\x64")+pingFrame+headersFrame(1, true, ":status", "204")), byte(1))
	f.Add([]byte(frameText(frameHeaders, 0, 1, "\x88")+frameText(frameContinuation, flagEndHeaders, 1, "\x10\x01a\x01b")+helloData), byte(7))
	f.Add([]byte(frameText(frameGoAway, 0, 0, "\x00\x00\x00\x01\x00\x00\x00\x00")+frameText(frameReset, 0, 1, "\x00\x00\x00\x08")), byte(0))
	session, target := fuzzSession(f)
	f.Fuzz(func(t *testing.T, answer []byte, step byte) {
		resp := recall(session, target, "GET", &memory{answer: bytes.Clone(answer), step: int(step)}, true)
		if int64(len(resp.Body)) > session.client.config.MaxBody || int64(resp.Header.Len()) > 2*session.client.config.MaxHeader {
			t.Errorf("body of %d, header of %d bytes", len(resp.Body), resp.Header.Len())
		}
		if resp.Err == nil && (resp.Status < 200 || resp.Status > 999) {
			t.Errorf("status %d without an error", resp.Status)
		}
	})
}

var _ net.Conn = &memory{}
