package httpclient

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/loadforge/loadforge/internal/metrics"
)

// A road is a way answers can come.
type road struct {
	name  string
	plain bool // wires without raw calls
	slow  bool // byte by byte
	tls   bool
}

var roads = []road{
	{name: "raw"},
	{name: "raw, byte by byte", slow: true},
	{name: "plain", plain: true},
	{name: "plain, byte by byte", plain: true, slow: true},
	{name: "tls", tls: true},
	{name: "tls, byte by byte", tls: true, slow: true},
}

// user returns a user on this road and the address of a server that answers as
// say makes it.
func (r road) user(t *testing.T, config Config, script func(*peer)) (*user, *fakeServer, string) {
	t.Helper()
	scheme, server := "http", (*fakeServer)(nil)
	if r.tls {
		scheme = "https"
		serverConfig, _ := loopback(t)
		config.Insecure = true
		server = serveTLS(t, serverConfig, script)
	} else {
		server = serve(t, script)
	}
	client := newClient(t, config)
	client.plain = r.plain
	return userOf(t, client), server, scheme + "://" + server.address()
}

func (r road) say(p *peer, text string) {
	if r.slow {
		p.dribble(text)
		return
	}
	p.say(text)
}

const chunkedHello = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

func TestAnswers(t *testing.T) {
	long := strings.Repeat("0123456789", 3000)
	tests := []struct {
		name    string
		method  string
		answer  string // the connection is closed after it if ends
		ends    bool
		status  int
		body    string
		dropped bool // the next request needs a new connection
	}{
		{name: "a length", answer: hello, status: 200, body: "hello"},
		{name: "no body", answer: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", status: 200},
		{name: "a body larger than the buffer", answer: "HTTP/1.1 200 OK\r\nContent-Length: 30000\r\n\r\n" + long, status: 200, body: long},
		{name: "no reason", answer: "HTTP/1.1 404\r\nContent-Length: 2\r\n\r\nno", status: 404, body: "no"},
		{name: "a status nobody knows", answer: "HTTP/1.1 999 What\r\nContent-Length: 0\r\n\r\n", status: 999},
		{name: "lines without CR", answer: "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello", status: 200, body: "hello"},
		{name: "a folded field", answer: "HTTP/1.1 200 OK\r\nX-A: a,\r\n\t b\r\nContent-Length:\r\n 5\r\n\r\nhello", status: 200, body: "hello"},
		{name: "the same length twice", answer: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\ncontent-length: 5\r\n\r\nhello", status: 200, body: "hello"},
		{name: "chunks", answer: chunkedHello + "3\r\nhel\r\n2;ext=1\r\nlo\r\n0\r\n\r\n", status: 200, body: "hello"},
		{name: "chunks with trailers", answer: chunkedHello + "5\r\nhello\r\n0\r\nX-Sum: 1\r\nX-More: 2\r\n\r\n", status: 200, body: "hello"},
		{name: "large chunks", answer: chunkedHello + "7530\r\n" + long + "\r\n7530 \r\n" + long + "\r\n0\r\n\r\n", status: 200, body: long + long},
		{name: "chunks override a length", answer: "HTTP/1.1 200 OK\r\nContent-Length: 99\r\nTransfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", status: 200, body: "hello"},
		{name: "interim answers", answer: "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + hello, status: 200, body: "hello"},
		{name: "HEAD", method: "HEAD", answer: "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n", status: 200},
		{name: "HEAD with chunks", method: "HEAD", answer: chunkedHello, status: 200},
		{name: "204", answer: "HTTP/1.1 204 No Content\r\n\r\n", status: 204},
		{name: "304", answer: "HTTP/1.1 304 Not Modified\r\nContent-Length: 500\r\n\r\n", status: 304},
		{name: "101", answer: "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", status: 101, dropped: true},
		{name: "connection: close", answer: "HTTP/1.1 200 OK\r\nConnection: foo, Close\r\nContent-Length: 5\r\n\r\nhello", ends: true, status: 200, body: "hello", dropped: true},
		{name: "HTTP/1.0", answer: "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", ends: true, status: 200, body: "hello", dropped: true},
		{name: "HTTP/1.0 keep-alive", answer: "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello", status: 200, body: "hello"},
		{name: "HTTP/1.0 knows no chunks", answer: "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\nhello", ends: true, status: 200, body: "hello", dropped: true},
		{name: "a body up to the end", answer: "HTTP/1.1 200 OK\r\n\r\n" + long, ends: true, status: 200, body: long, dropped: true},
		{name: "more than asked for", answer: hello + "HTTP/1.1 200 OK\r\n", status: 200, body: "hello", dropped: true},
	}
	for _, road := range roads {
		t.Run(road.name, func(t *testing.T) {
			for _, test := range tests {
				if road.slow && len(test.answer) > len(long) {
					continue // a packet for each byte takes too long
				}
				t.Run(test.name, func(t *testing.T) {
					u, server, url := road.user(t, Config{}, func(p *peer) {
						for {
							if head, _ := p.request(); head == "" {
								return
							}
							road.say(p, test.answer)
							if test.ends {
								return
							}
						}
					})
					for range 2 {
						wantBody(t, u.send(url, Request{Method: test.method}), test.status, test.body)
						pause() // for what comes after the answer
					}
					connections := int64(1)
					if test.dropped {
						connections = 2
					}
					if got := server.accepted.Load(); got != connections {
						t.Errorf("two requests took %d connections, want %d", got, connections)
					}
					wantCounted(t, u, server, 2)
				})
			}
		})
	}
}

// wantCounted fails unless server and observer counted n requests.
func wantCounted(t *testing.T, u *user, server *fakeServer, n int64) {
	t.Helper()
	var sent int64
	for _, x := range u.log {
		if x.Sent {
			sent++
		}
	}
	if got := server.requests.Load(); got != n || sent != n {
		t.Errorf("server counted %d, observer %d; want %d", got, sent, n)
	}
}

func TestBadAnswers(t *testing.T) {
	huge := strings.Repeat("a", 2000)
	tests := []struct {
		name    string
		answer  string
		class   metrics.Class
		message string
		status  int
	}{
		{"garbage", "SSH-2.0-OpenSSH_9.9\r\n", metrics.Protocol, "no HTTP status line", 0},
		{"another version", "HTTP/2.0 200 OK\r\n\r\n", metrics.Protocol, "not HTTP/1", 0},
		{"a short status", "HTTP/1.1 20 OK\r\n\r\n", metrics.Protocol, "bad status code", 0},
		{"a long status", "HTTP/1.1 2000 OK\r\n\r\n", metrics.Protocol, "bad status code", 0},
		{"a signed status", "HTTP/1.1 +20 OK\r\n\r\n", metrics.Protocol, "bad status code", 0},
		{"a status below 100", "HTTP/1.1 099 OK\r\n\r\n", metrics.Protocol, "bad status code", 0},
		{"a field without colon", "HTTP/1.1 200 OK\r\nfoo\r\n\r\n", metrics.Protocol, "bad header field", 0},
		{"a field without name", "HTTP/1.1 200 OK\r\n: foo\r\n\r\n", metrics.Protocol, "bad header field", 0},
		{"a folded first field", "HTTP/1.1 200 OK\r\n foo: bar\r\n\r\n", metrics.Protocol, "bad header field", 0},
		{"a name beyond ASCII", "HTTP/1.1 200 OK\r\nf\xffo: bar\r\n\r\n", metrics.Protocol, "bad header field", 0},
		{"a control character", "HTTP/1.1 200 OK\r\nfoo: b\x00ar\r\n\r\n", metrics.Protocol, "bad header field", 0},
		{"a lone CR", "HTTP/1.1 200 OK\r\nfoo: b\rar\r\n\r\n", metrics.Protocol, "bad header field", 0},
		{"a negative length", "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", metrics.Protocol, "bad Content-Length", 0},
		{"a length of nothing", "HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\n", metrics.Protocol, "bad Content-Length", 0},
		{"a length beyond 63 bits", "HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775808\r\n\r\n", metrics.Protocol, "bad Content-Length", 0},
		{"two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", metrics.Protocol, "several Content-Length", 0},
		{"an unknown transfer encoding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", metrics.Protocol, "unsupported Transfer-Encoding", 0},
		{"two transfer encodings", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", metrics.Protocol, "unsupported Transfer-Encoding", 0},
		{"a chunk size of nothing", chunkedHello + "\r\nhello", metrics.Protocol, "bad chunk size", 200},
		{"a chunk size that is none", chunkedHello + "-5\r\nhello", metrics.Protocol, "bad chunk size", 200},
		{"a chunk size too long", chunkedHello + "00000000000000005\r\nhello", metrics.Protocol, "bad chunk size", 200},
		{"a chunk line with bare LF", chunkedHello + "5\nhello\r\n", metrics.Protocol, "bad chunk line", 200},
		{"a chunk line without end", chunkedHello + "5;" + strings.Repeat("x", 5000), metrics.Protocol, "bad chunk line", 200},
		{"a chunk longer than it said", chunkedHello + "5\r\nhello!\r\n", metrics.Protocol, "bad end of chunk", 200},
		{"nothing but chunk extensions", chunkedHello + strings.Repeat("1;"+huge+"\r\nx\r\n", 20), metrics.Protocol, "more chunk framing", 200},
		{"a bad trailer", chunkedHello + "5\r\nhello\r\n0\r\nfoo\r\n\r\n", metrics.Protocol, "bad header field", 200},
		{"the end before an answer", "", metrics.Reset, "closed before an answer", 0},
		{"the end within the header", "HTTP/1.1 200 OK\r\nContent-Le", metrics.Reset, "closed within the header", 0},
		{"the end within the body", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", metrics.Body, "shorter than announced", 200},
		{"the end within a chunk", chunkedHello + "5\r\nhell", metrics.Body, "shorter than announced", 200},
		{"the end after an interim answer", "HTTP/1.1 103 Early Hints\r\n\r\n", metrics.Reset, "closed before an answer", 0},
		{"a header too large", "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("a", 9000), metrics.Protocol, "header larger", 0},
		{"endless interim answers", strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 1000), metrics.Protocol, "header larger", 0},
		{"a body too large", "HTTP/1.1 200 OK\r\nContent-Length: 20000\r\n\r\n" + strings.Repeat("a", 100), metrics.Body, "larger than the limit", 200},
		{"a chunk too large", chunkedHello + "fffffffffffffff\r\n" + strings.Repeat("a", 100), metrics.Body, "larger than the limit", 200},
		{"a chunk too large to add up", chunkedHello + "1\r\nA\r\nffffffffffffffff\r\n" + strings.Repeat("a", 20000), metrics.Body, "larger than the limit", 200},
		{"chunks too large", chunkedHello + strings.Repeat("7d0\r\n"+huge+"\r\n", 10), metrics.Body, "larger than the limit", 200},
		{"trailers too large", chunkedHello + "0\r\n" + strings.Repeat("X: "+huge+"\r\n", 10), metrics.Protocol, "header larger", 200},
		{"an endless body", "HTTP/1.1 200 OK\r\n\r\n" + strings.Repeat("a", 20000), metrics.Body, "larger than the limit", 200},
	}
	for _, road := range roads {
		t.Run(road.name, func(t *testing.T) {
			for _, test := range tests {
				t.Run(test.name, func(t *testing.T) {
					answer := test.answer
					u, server, url := road.user(t, Config{MaxHeader: 8000, MaxBody: 10000}, func(p *peer) {
						head, _ := p.request()
						if p.number == 2 {
							p.say(hello)
							return
						}
						if head != "" {
							road.sayIfShort(p, answer)
						}
					})
					resp := u.get(url)
					wantClass(t, resp, test.class, test.message)
					if resp.Status != test.status {
						t.Errorf("status %d, want %d", resp.Status, test.status)
					}
					wantBody(t, u.get(url), 200, "hello") // the connection was not used again
					wantCounted(t, u, server, 2)
				})
			}
		})
	}
}

// Interim answers are counted when they come one by one and are all the same, too.
func TestInterimAnswersOneByOne(t *testing.T) {
	const interim = "HTTP/1.1 100 Continue\r\n\r\n"
	session, target := fuzzSession(t)
	endless := &memory{answer: []byte(strings.Repeat(interim, 1000)), step: len(interim)}
	wantClass(t, recall(session, target, "GET", endless, false), metrics.Protocol, "header larger")
}

func (r road) sayIfShort(p *peer, text string) {
	if len(text) > 3000 {
		p.say(text)
		return
	}
	r.say(p, text)
}

// A length is only a claim: memory follows what comes.
func TestMemoryFollowsWhatComes(t *testing.T) {
	server := serve(t, func(p *peer) {
		p.request()
		p.say("HTTP/1.1 200 OK\r\nContent-Length: 60000000\r\n\r\nabc")
	})
	u := newUser(t, Config{})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	wantClass(t, u.get("http://"+server.address()), metrics.Body, "shorter")
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 1<<20 {
		t.Errorf("an announced body of 60 MB took %d bytes before it came", grown)
	}
}

func TestDiscardBody(t *testing.T) {
	large := strings.Repeat("0123456789abcdef", 20000)
	answers := map[string]string{
		"a length":       fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(large), large),
		"chunks":         chunkedHello + strings.Repeat(fmt.Sprintf("%x\r\n%s\r\n", len(large)/10, large[:len(large)/10]), 10) + "0\r\n\r\n",
		"up to the end":  "HTTP/1.1 200 OK\r\nX-A: b\r\n\r\n" + large,
		"claimed gzip":   fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", len(large), large),
		"nothing at all": "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
	}
	for name, answer := range answers {
		t.Run(name, func(t *testing.T) {
			server := serve(t, func(p *peer) {
				p.request()
				p.say(answer)
			})
			u := newUser(t, Config{MaxBody: 1000})
			resp := u.send("http://"+server.address(), Request{DiscardBody: true})
			wantBody(t, resp, 200, "")
			if resp.BytesIn != int64(len(answer)) {
				t.Errorf("%d bytes in, want %d", resp.BytesIn, len(answer))
			}
			if len(u.in.bytes) > 1<<16 {
				t.Errorf("a forgotten body took a buffer of %d bytes", len(u.in.bytes))
			}
		})
	}
}

// The header of an answer that breaks off in its body is still its own, in
// whatever buffer it lies.
func TestTheHeaderOutlivesAFailedBody(t *testing.T) {
	server := serve(t, func(p *peer) {
		p.request()
		p.say("HTTP/1.1 200 OK\r\nX-Own: mine\r\nContent-Length: 200000\r\n\r\n" + strings.Repeat("x", 100_000))
	})
	u := newUser(t, Config{})
	resp := u.get("http://" + server.address())
	wantClass(t, resp, metrics.Body, "")
	for _, size := range []int{smallestBuffer, 4 * smallestBuffer, 16 * smallestBuffer} {
		for range 8 { // somebody else takes what was given back
			copy(u.client.buffers.get(size).bytes, bytes.Repeat([]byte{'z'}, size))
		}
	}
	if got := resp.Header.Get("X-Own"); got != "mine" {
		t.Errorf("X-Own: %q, want mine", got)
	}
}

func TestWireBytesAreCounted(t *testing.T) {
	requests := make(chan string, 1)
	server := serve(t, func(p *peer) {
		for {
			head, body := p.request()
			if head == "" {
				return
			}
			requests <- head + body
			p.say(hello)
		}
	})
	u := newUser(t, Config{})
	var request string
	for range 2 {
		resp := u.send("http://"+server.address()+"/x?y=z", Request{Method: "PUT", Body: []byte("body"), ContentType: "text/plain"})
		request = <-requests
		if resp.BytesOut != int64(len(request)) || resp.BytesIn != int64(len(hello)) {
			t.Errorf("counted %d out, %d in; want %d, %d", resp.BytesOut, resp.BytesIn, len(request), len(hello))
		}
	}
	want := "PUT /x?y=z HTTP/1.1\r\nHost: " + server.address() + "\r\nUser-Agent: loadforge\r\nAccept-Encoding: gzip\r\n" +
		"Content-Type: text/plain\r\nContent-Length: 4\r\n\r\nbody"
	if request != want {
		t.Errorf("sent\n%q, want\n%q", request, want)
	}
}
