package httpclient

import (
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
)

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

func TestAnswerBeforeTheRequest(t *testing.T) {
	config, _ := loopback(t)
	server := serveTLS(t, config, func(p *peer) {
		for {
			if head, _ := p.request(); head == "" {
				return
			}
			p.say(hello)
			if p.number == 1 {
				p.say("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstale")
			}
		}
	})
	u := newUser(t, Config{Insecure: true})
	url := "https://" + server.address()
	wantBody(t, u.get(url), 200, "hello")
	var first [1]byte // has TLS decrypt the record, whenever it came
	if _, err := u.conns[0].tls.Read(first[:]); err != nil {
		t.Fatal(err)
	}
	u.conns[0].last = never
	wantBody(t, u.get(url), 200, "hello")
	wantCounted(t, u, server, 2)
	if u.resp.Reused || server.accepted.Load() != 2 {
		t.Errorf("reused %v, %d connections; want false, 2", u.resp.Reused, server.accepted.Load())
	}
}
