package httpclient

import (
	"context"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
)

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
	observed := len(u.log)
	wantClass(t, u.sendIn(ended, "http://"+address, Request{}), metrics.Cancelled, "cancelled")
	if len(u.log) != observed {
		t.Error("a request that was cancelled before it began was observed")
	}
}

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
