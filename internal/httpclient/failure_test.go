package httpclient

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
)

func TestPeerFailures(t *testing.T) {
	tests := []struct {
		name    string
		script  func(*peer)
		class   metrics.Class
		message string
	}{
		{"a reset before the request", func(p *peer) { p.reset() }, metrics.Reset, ""},
		{"a close before the request", func(*peer) {}, metrics.Reset, ""},
		{"a reset after the request", func(p *peer) { p.request(); p.reset() }, metrics.Reset, "connection reset by peer"},
		{"a close after the request", func(p *peer) { p.request() }, metrics.Reset, "closed before an answer"},
		{"a half close after the request", func(p *peer) { p.request(); p.halfClose(); p.hang() }, metrics.Reset, "closed before an answer"},
		{"a half close before the request", func(p *peer) { p.halfClose(); p.hang() }, metrics.Reset, "closed before an answer"},
		{"a reset within the header", func(p *peer) { p.request(); p.say("HTTP/1.1 200"); pause(); p.reset() }, metrics.Reset, "connection reset by peer"},
		{"a reset within the body", func(p *peer) {
			p.request()
			p.say("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf")
			pause()
			p.reset()
		}, metrics.Reset, "connection reset by peer"},
	}
	for _, plain := range []bool{false, true} {
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				server := serve(t, test.script)
				client := newClient(t, Config{})
				client.plain = plain
				u := userOf(t, client)
				for range 3 {
					wantClass(t, u.get("http://"+server.address()), test.class, test.message)
				}
				if len(u.log) != 3 || len(u.conns) != 0 {
					t.Errorf("%d exchanges, %d connections kept; want 3, 0", len(u.log), len(u.conns))
				}
			})
		}
	}
}

func TestRefused(t *testing.T) {
	listener := listen(t)
	address := listener.Addr().String()
	_ = listener.Close()
	u := newUser(t, Config{})
	resp := u.get("http://" + address)
	wantClass(t, resp, metrics.Connect, "connection refused")
	if resp.Sent || resp.Connect == 0 || len(u.log) != 1 {
		t.Errorf("sent %v, connect took %d, observed %d times; want false, some time, once", resp.Sent, resp.Connect, len(u.log))
	}
	if !errors.Is(resp.Err, syscall.ECONNREFUSED) && resp.Err.Error() != "connection refused" {
		t.Errorf("error %v does not lead to its cause", resp.Err)
	}
}

// What this machine lacks is not the target's fault.
func TestGeneratorLimits(t *testing.T) {
	if got, want := helper(t, "few files"), "generator false too many open files: raise the limit with ulimit -n"; got != want {
		t.Errorf("without descriptors: %s; want %s", got, want)
	}
	u := newUser(t, Config{Sources: []netip.Addr{netip.MustParseAddr("192.0.2.1")}})
	wantClass(t, u.get("http://"+serveFixed(t)), metrics.Generator, "no local port or address left")
}

func TestSources(t *testing.T) {
	seen := make(chan string, 4)
	server := serve(t, func(p *peer) {
		seen <- p.RemoteAddr().(*net.TCPAddr).IP.String()
		answering(hello)(p)
	})
	u := newUser(t, Config{NoKeepAlive: true, Sources: []netip.Addr{
		netip.MustParseAddr("127.0.0.2"), netip.MustParseAddr("::1"), netip.MustParseAddr("127.0.0.3"),
	}})
	for range 4 {
		wantBody(t, u.get("http://"+server.address()), 200, "hello")
	}
	got := map[string]bool{}
	for range 4 {
		got[<-seen] = true
	}
	if len(got) != 2 || !got["127.0.0.2"] || !got["127.0.0.3"] {
		t.Errorf("connected from %v, want 127.0.0.2 and 127.0.0.3", got)
	}
}

func TestTimeouts(t *testing.T) {
	const short = 40 * time.Millisecond
	silent := func(p *peer) { p.hang() }
	tests := []struct {
		name    string
		config  Config
		secure  bool
		body    int
		script  func(*peer)
		message string
		status  int
	}{
		{"no answer", Config{Timeout: short}, false, 0, silent, "timeout: waiting for the answer", 0},
		{"no answer, seen by the sweeper", Config{Timeout: precise + short}, false, 0, silent, "timeout: waiting for the answer", 0},
		{"no header in its time", Config{HeaderTimeout: short}, false, 0, silent, "timeout: waiting for the answer", 0},
		{"half a header", Config{HeaderTimeout: short}, false, 0, func(p *peer) { p.request(); p.say("HTTP/1.1 200"); p.hang() }, "timeout: reading the header", 0},
		{"half a body", Config{Timeout: short}, false, 0, func(p *peer) {
			p.request()
			p.say("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf")
			p.hang()
		}, "timeout: reading the body", 200},
		{"half a chunk", Config{Timeout: short}, false, 0, func(p *peer) { p.request(); p.say(chunkedHello + "5\r\nhe"); p.hang() }, "timeout: reading the body", 200},
		{"no end", Config{Timeout: short}, false, 0, func(p *peer) { p.request(); p.say("HTTP/1.1 200 OK\r\n\r\nhe"); p.hang() }, "timeout: reading the body", 200},
		{"nobody reads the body", Config{Timeout: short}, false, 20 << 20, (*peer).ignore, "timeout: sending the request", 0},
		{"no handshake", Config{TLSTimeout: short}, true, 0, silent, "timeout: TLS handshake", 0},
	}
	for _, plain := range []bool{false, true} {
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				t.Parallel()
				server := serve(t, test.script)
				client := newClient(t, test.config)
				client.plain = plain
				u := userOf(t, client)
				scheme := "http://"
				if test.secure {
					scheme = "https://"
				}
				resp := u.send(scheme+server.address(), Request{Method: "POST", Body: make([]byte, test.body)})
				wantClass(t, resp, metrics.Timeout, test.message)
				if resp.Status != test.status {
					t.Errorf("status %d, want %d", resp.Status, test.status)
				}
				if took := time.Duration(resp.End - resp.Start); took < short {
					t.Errorf("the time was over after %v, want %v", took, short)
				}
			})
		}
	}
}

func TestLookupTimeout(t *testing.T) {
	u := newUser(t, Config{ConnectTimeout: 30 * time.Millisecond, Lookup: func(ctx context.Context, _ string) ([]netip.Addr, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}})
	wantClass(t, u.get("http://slow.test"), metrics.Timeout, "timeout: looking up the name")
}

// A request's own timeout replaces the client's; negative means none.
func TestRequestTimeout(t *testing.T) {
	server := serve(t, func(p *peer) { p.request(); <-time.After(50 * time.Millisecond); p.say(hello); p.hang() })
	u := newUser(t, Config{Timeout: 10 * time.Millisecond})
	wantBody(t, u.send("http://"+server.address(), Request{Timeout: -1}), 200, "hello")
	u = newUser(t, Config{Timeout: -1})
	wantClass(t, u.send("http://"+server.address(), Request{Timeout: 10 * time.Millisecond}), metrics.Timeout, "waiting")
	// What is left of a short deadline does not harm the next request.
	u = newUser(t, Config{})
	fast := serve(t, answering(hello))
	for range 3 {
		wantBody(t, u.send("http://"+fast.address(), Request{Timeout: time.Second}), 200, "hello")
		wantBody(t, u.get("http://"+fast.address()), 200, "hello")
	}
	if fast.accepted.Load() != 1 {
		t.Errorf("%d connections, want 1", fast.accepted.Load())
	}
}

func TestCancelling(t *testing.T) {
	config, _ := loopback(t)
	hanging := map[string]func(t *testing.T) (url string, entered <-chan struct{}){
		"waiting for the answer": func(t *testing.T) (string, <-chan struct{}) {
			entered := make(chan struct{}, 1)
			server := serve(t, func(p *peer) { p.request(); entered <- struct{}{}; p.hang() })
			return "http://" + server.address(), entered
		},
		"reading a body over TLS": func(t *testing.T) (string, <-chan struct{}) {
			entered := make(chan struct{}, 1)
			server := serveTLS(t, config, func(p *peer) {
				p.request()
				p.say("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf")
				entered <- struct{}{}
				p.hang()
			})
			return "https://" + server.address(), entered
		},
		"shaking hands": func(t *testing.T) (string, <-chan struct{}) {
			entered := make(chan struct{}, 1)
			server := serve(t, func(p *peer) { entered <- struct{}{}; p.hang() })
			return "https://" + server.address(), entered
		},
		"looking up a name": func(*testing.T) (string, <-chan struct{}) {
			entered := make(chan struct{})
			close(entered)
			return "http://hang.test", entered
		},
		"sending": func(t *testing.T) (string, <-chan struct{}) {
			entered := make(chan struct{}, 1)
			server := serve(t, func(p *peer) { entered <- struct{}{}; p.ignore() })
			return "http://" + server.address() + "/upload", entered
		},
	}
	ways := map[string]func(u *user) (ctx context.Context, cancel func()){
		"by context": func(*user) (context.Context, func()) {
			return context.WithCancel(context.Background())
		},
		"by session": func(u *user) (context.Context, func()) { return context.Background(), u.Interrupt },
		"by client":  func(u *user) (context.Context, func()) { return context.Background(), u.client.Interrupt },
	}
	for what, hang := range hanging {
		for how, way := range ways {
			for _, plain := range []bool{false, true} {
				t.Run(what+" "+how, func(t *testing.T) {
					t.Parallel()
					client := newClient(t, Config{Insecure: true, Lookup: hangingLookup})
					client.plain = plain
					u := userOf(t, client)
					url, entered := hang(t)
					ctx, cancel := way(u)
					go func() {
						<-entered
						cancel()
					}()
					request := Request{}
					if strings.HasSuffix(url, "/upload") {
						request = Request{Method: "POST", Body: make([]byte, 20<<20)}
					}
					wantClass(t, u.sendIn(ctx, url, request), metrics.Cancelled, "cancelled")
					// It stays so until a new context or a Reset.
					fixed := "http://" + serveFixed(t)
					resp := u.sendIn(ctx, fixed, Request{})
					wantClass(t, resp, metrics.Cancelled, "cancelled")
					if resp.Sent {
						t.Error("a cancelled user went on sending")
					}
					u.Reset()
					wantBody(t, u.get(fixed), 200, "Hello World\n")
				})
			}
		}
	}
}

func hangingLookup(ctx context.Context, _ string) ([]netip.Addr, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// A context that ended earlier, and late, must not end what another began.
func TestContextsDoNotMixUp(t *testing.T) {
	address := serveFixed(t)
	u := newUser(t, Config{})
	for range 200 {
		ctx, cancel := context.WithCancel(context.Background())
		go cancel()
		resp := u.sendIn(ctx, "http://"+address, Request{})
		if resp.Err != nil && resp.Class != metrics.Cancelled {
			t.Fatal(resp.Err)
		}
		wantBody(t, u.get("http://"+address), 200, "Hello World\n")
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	wantClass(t, u.sendIn(ended, "http://"+address, Request{}), metrics.Cancelled, "cancelled")
}

// Interrupts of one session leave others alone, and those of a client what is
// not there yet.
func TestInterruptsHitTheRightOnes(t *testing.T) {
	address := serveFixed(t)
	client := newClient(t, Config{})
	a, b := userOf(t, client), userOf(t, client)
	a.Interrupt()
	wantClass(t, a.get("http://"+address), metrics.Cancelled, "cancelled")
	wantBody(t, b.get("http://"+address), 200, "Hello World\n")
	client.Interrupt()
	wantClass(t, b.get("http://"+address), metrics.Cancelled, "cancelled")
	wantBody(t, userOf(t, client).get("http://"+address), 200, "Hello World\n")
}

func TestIdleConnections(t *testing.T) {
	config, _ := loopback(t)
	ways := map[string]func(*peer){
		"closed":           func(*peer) {},
		"reset":            func(p *peer) { p.reset() },
		"half closed":      func(p *peer) { p.halfClose(); p.hang() },
		"says 408":         func(p *peer) { p.say("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n"); p.hang() },
		"says nothing new": func(p *peer) { p.say("\r\n"); p.hang() },
	}
	for _, secure := range []bool{false, true} {
		for _, plain := range []bool{false, true} {
			for name, way := range ways {
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					asked := make(chan struct{}, 1)
					script := func(p *peer) {
						if p.number > 1 {
							answering(hello)(p)
							return
						}
						p.request()
						p.say(hello)
						<-asked
						way(p)
					}
					server, url := (*fakeServer)(nil), ""
					if secure {
						server = serveTLS(t, config, script)
						url = "https://" + server.address()
					} else {
						server = serve(t, script)
						url = "http://" + server.address()
					}
					client := newClient(t, Config{Insecure: true})
					client.plain = plain
					u := userOf(t, client)
					wantBody(t, u.get(url), 200, "hello")
					asked <- struct{}{}
					eventually(t, "the end of the idle connection", func() bool { return u.conns[0].wire.pending() != nothing })
					u.conns[0].last = 0 // long ago
					wantBody(t, u.get(url), 200, "hello")
					if u.resp.Reused || server.accepted.Load() != 2 {
						t.Errorf("reused %v, %d connections; want false, 2", u.resp.Reused, server.accepted.Load())
					}
					wantCounted(t, u, server, 2)
				})
			}
		}
	}
}

// The end of a connection that nobody looked at, because it was used a moment
// ago, is found by sending, or by the sweeper: nothing hangs, nothing is retried.
func TestHotConnectionEnds(t *testing.T) {
	ways := map[string]func(*peer){
		"closed":      func(*peer) {},
		"reset":       func(p *peer) { p.reset() },
		"half closed": func(p *peer) { p.halfClose(); p.hang() },
	}
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			asked := make(chan struct{}, 1)
			server := serve(t, func(p *peer) {
				if p.number > 1 {
					answering(hello)(p)
					return
				}
				p.request()
				p.say(hello)
				<-asked
				way(p)
			})
			u := newUser(t, Config{})
			url := "http://" + server.address()
			wantBody(t, u.get(url), 200, "hello")
			asked <- struct{}{}
			eventually(t, "the end of the connection", func() bool { return u.conns[0].wire.pending() == closing })
			u.conns[0].last = Now() + int64(time.Hour) // just now
			resp := u.get(url)
			switch {
			case resp.Err == nil && !resp.Reused: // sending failed, nothing was sent
			case resp.Class != metrics.Reset:
				t.Errorf("class %v, error %v; want reset", resp.Class, resp.Err)
			}
			if len(u.log) != 2 {
				t.Errorf("%d exchanges, want 2", len(u.log))
			}
		})
	}
}

func TestEarlyAnswers(t *testing.T) {
	refusal := "HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 3\r\n\r\nbig"
	tests := map[string]func(*peer){
		"and the server stops reading": func(p *peer) { p.head(); p.say(refusal); p.ignore() },
		"and the server closes":        func(p *peer) { p.head(); p.say(refusal); p.halfClose(); p.hang() },
	}
	for name, script := range tests {
		for _, plain := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				server := serve(t, script)
				client := newClient(t, Config{Timeout: 20 * time.Second})
				client.plain = plain
				u := userOf(t, client)
				resp := u.send("http://"+server.address(), Request{Method: "POST", Body: make([]byte, 30<<20)})
				wantBody(t, resp, 413, "big")
				if len(u.conns) != 0 {
					t.Error("a connection with half a request was kept")
				}
			})
		}
	}
}

func TestExpectContinue(t *testing.T) {
	body := strings.Repeat("0123456789", 10000)
	tests := []struct {
		name   string
		script func(t *testing.T, p *peer) // up to when it knows all it wants to
		status int
		sent   bool
	}{
		{"100", func(t *testing.T, p *peer) {
			p.wantExpect(t)
			p.say("HTTP/1.1 100 Continue\r\n\r\n")
			p.wantBody(t, len(body))
			p.say(hello)
		}, 200, true},
		{"103 and 100 and the answer at once", func(t *testing.T, p *peer) {
			p.wantExpect(t)
			p.say("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" + hello)
			p.wantBody(t, len(body))
		}, 200, true},
		{"a refusal", func(t *testing.T, p *peer) {
			p.wantExpect(t)
			p.say("HTTP/1.1 417 Expectation Failed\r\nContent-Length: 5\r\n\r\nhello")
		}, 417, false},
		{"silence", func(t *testing.T, p *peer) {
			p.wantExpect(t)
			p.wantBody(t, len(body))
			p.say(hello)
		}, 200, true},
	}
	for _, road := range roads {
		for _, test := range tests {
			t.Run(road.name+" "+test.name, func(t *testing.T) {
				t.Parallel()
				done := make(chan struct{})
				u, _, url := road.user(t, Config{}, func(p *peer) {
					test.script(t, p)
					close(done)
					p.hang()
				})
				resp := u.send(url, Request{Method: "PUT", Body: []byte(body), Expect100: true})
				wantBody(t, resp, test.status, "hello")
				<-done
				if sent := resp.BytesOut > int64(len(body)); sent != test.sent {
					t.Errorf("body sent: %v, want %v", sent, test.sent)
				}
				if kept := len(u.conns) == 1; kept != test.sent {
					t.Errorf("connection kept: %v, want %v", kept, test.sent)
				}
			})
		}
	}
}

func (p *peer) wantExpect(t *testing.T) {
	if head := p.head(); !strings.Contains(head, "Expect: 100-continue\r\n") {
		t.Errorf("request %q does not expect anything", head)
	}
}

func (p *peer) wantBody(t *testing.T, n int) {
	if got, err := io.CopyN(io.Discard, p.reader, int64(n)); err != nil {
		t.Errorf("the server got %d bytes of body: %v; want %d", got, err, n)
	}
}

func TestHandshakeFailures(t *testing.T) {
	good, pool := loopback(t)
	expired, expiredPool := issue(t, certificate{ips: []net.IP{net.IPv4(127, 0, 0, 1)}, expired: true})
	other, otherPool := issue(t, certificate{names: []string{"other.test"}})
	old := good.Clone()
	old.MaxVersion = tls.VersionTLS11
	strict := good.Clone()
	strict.ClientAuth = tls.RequireAnyClientCert
	tests := []struct {
		name    string
		server  *tls.Config // nil: the script alone
		client  *tls.Config
		script  func(*peer)
		class   metrics.Class
		message string
	}{
		{"unknown authority", good, &tls.Config{}, nil, metrics.TLS, "unknown authority"},
		{"expired", &tls.Config{Certificates: []tls.Certificate{expired}}, &tls.Config{RootCAs: expiredPool}, nil, metrics.TLS, "expired"},
		{"another host", &tls.Config{Certificates: []tls.Certificate{other}}, &tls.Config{RootCAs: otherPool}, nil, metrics.TLS, "another host"},
		{"old version", old, &tls.Config{RootCAs: pool}, nil, metrics.TLS, "no common protocol version"},
		{"no client certificate", strict, &tls.Config{RootCAs: pool}, nil, metrics.TLS, "server refused: "},
		{"plain HTTP", nil, &tls.Config{}, func(p *peer) { p.say("HTTP/1.1 400 Bad Request\r\n\r\n"); p.hang() }, metrics.TLS, "server speaks plain HTTP"},
		{"no TLS", nil, &tls.Config{}, func(p *peer) { p.say("220 mail.test ESMTP\r\n"); p.hang() }, metrics.TLS, "server does not speak TLS"},
		{"closed", nil, &tls.Config{}, func(*peer) {}, metrics.Reset, "closed during the TLS handshake"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			script := test.script
			if script == nil {
				script = answering(hello)
			}
			server := (*fakeServer)(nil)
			if test.server != nil {
				server = serveTLS(t, test.server, script)
			} else {
				server = serve(t, script)
			}
			u := newUser(t, Config{TLS: test.client})
			wantClass(t, u.get("https://"+server.address()), test.class, test.message)
			if strings.Contains(u.resp.Err.Error(), "127.0.0.1") {
				t.Errorf("message %q has an address in it", u.resp.Err)
			}
		})
	}
	u := newUser(t, Config{TLS: &tls.Config{RootCAs: pool}})
	wantBody(t, u.get("https://"+serveTLS(t, good, answering(hello)).address()), 200, "hello")
}

// A user that comes back resumes its TLS session, a new one does not.
func TestResumption(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		config, pool := loopback(t)
		config.MaxVersion = version
		server := serveTLS(t, config, answering(hello))
		client := newClient(t, Config{TLS: &tls.Config{RootCAs: pool}})
		for range 2 {
			u := userOf(t, client)
			for round := range 3 {
				wantBody(t, u.get("https://"+server.address()), 200, "hello")
				if resumed := u.conns[0].tls.ConnectionState().DidResume; resumed != (round > 0) {
					t.Errorf("round %d: resumed %v", round, resumed)
				}
				u.Reset()
			}
		}
	}
}

// No descriptor is left behind, whatever went wrong.
func TestDescriptorsAreClosed(t *testing.T) {
	count := func() int {
		entries, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			return 0 // not on this system
		}
		return len(entries)
	}
	server := serve(t, func(p *peer) {
		if p.request(); p.number%2 == 0 {
			p.reset()
		}
	})
	u := newUser(t, Config{Timeout: 50 * time.Millisecond})
	u.get("http://" + server.address())
	before := count()
	for range 50 {
		u.get("http://" + server.address())
		u.get("https://" + server.address())
	}
	eventually(t, "descriptors back to normal", func() bool { return count() <= before+2 })
}

// After a connection to one host failed, a request to another can still be cut.
func TestInterruptAfterAnotherHostFailed(t *testing.T) {
	entered := make(chan struct{}, 1)
	server := serve(t, func(p *peer) {
		p.request()
		p.say(hello)
		p.request()
		entered <- struct{}{}
		p.hang()
	})
	closed := listen(t)
	_ = closed.Close()
	u := newUser(t, Config{})
	wantBody(t, u.get("http://"+server.address()), 200, "hello")
	wantClass(t, u.get("http://"+closed.Addr().String()), metrics.Connect, "refused")
	go func() {
		<-entered
		u.Interrupt()
	}()
	wantClass(t, u.get("http://"+server.address()), metrics.Cancelled, "cancelled")
}

// An interrupt is never lost, whenever it comes.
func TestInterruptAtAnyTime(t *testing.T) {
	server := serve(t, func(p *peer) {
		for range p.number % 5 {
			p.request()
			p.say(hello)
		}
		p.hang()
	})
	url := "http://" + server.address()
	client := newClient(t, Config{})
	for i := range 200 {
		u := userOf(t, client)
		gone := make(chan struct{})
		go func() {
			defer close(gone)
			for range i * 20 {
				Now()
			}
			u.Interrupt()
		}()
		for u.resp.Class != metrics.Cancelled {
			u.send(url, Request{Timeout: precise / 2 * time.Duration(i%2)})
			if u.resp.Err != nil && u.resp.Class != metrics.Cancelled {
				t.Fatal(u.resp.Err)
			}
		}
		<-gone
	}
}
