package httpclient

import (
	"context"
	"math"
	"net/netip"
	"net/url"
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
)

// The longest limits there are, are none.
func TestEndlessTimeouts(t *testing.T) {
	const endless = math.MaxInt64
	config, _ := loopback(t)
	secure := serveTLS(t, config, answering(hello))
	proxy := serveTLS(t, config, httpProxy(t, "", make(chan string, 10)))
	through := &url.URL{Scheme: "https", Host: proxy.address()}
	tests := map[string]Config{
		"the whole": {Timeout: endless},
		"the parts": {ConnectTimeout: endless, TLSTimeout: endless - 1, HeaderTimeout: endless},
		"all":       {Timeout: endless - 1, ConnectTimeout: endless, TLSTimeout: endless, HeaderTimeout: endless - 1},
	}
	for name, c := range tests {
		t.Run(name, func(t *testing.T) {
			c.Insecure = true
			wantBody(t, newUser(t, c).get("https://"+secure.address()), 200, "hello")
			c.Proxy = through
			wantBody(t, newUser(t, c).get("https://"+secure.address()), 200, "hello")
		})
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
		{"no handshake in the time for connecting", Config{ConnectTimeout: short}, true, 0, silent, "timeout: TLS handshake", 0},
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

// The handshake with a proxy has the same limits as any.
func TestSecureProxyTimeouts(t *testing.T) {
	const short = 40 * time.Millisecond
	silent := serve(t, func(p *peer) { p.hang() })
	through := &url.URL{Scheme: "https", Host: silent.address()}
	for name, c := range map[string]Config{"connect": {ConnectTimeout: short}, "TLS": {TLSTimeout: short}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.Proxy, c.Timeout = through, 10*time.Second
			resp := newUser(t, c).get("http://a.test")
			wantClass(t, resp, metrics.Timeout, "timeout: TLS handshake")
			if took := duration(resp.End - resp.Start); took < short || took >= c.Timeout || duration(resp.Connect) < short {
				t.Errorf("took %v, connecting %v; want %v at least", took, duration(resp.Connect), short)
			}
		})
	}
}

func TestLookupTimeout(t *testing.T) {
	u := newUser(t, Config{ConnectTimeout: 30 * time.Millisecond, Lookup: func(ctx context.Context, _ string) ([]netip.Addr, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}})
	wantClass(t, u.get("http://slow.test"), metrics.Timeout, "timeout: looking up the name")
}

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
