package httpclient

import (
	"strings"
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
)

// heat makes all that a session did seem to have been a moment ago.
func heat(u *user) {
	for _, c := range u.conns {
		c.last = Now() + int64(time.Hour)
	}
}

// A server that closes after every answer without a word disappoints once.
func TestTrustIsLost(t *testing.T) {
	server := serve(t, func(p *peer) {
		p.request()
		p.say(hello)
	})
	u := newUser(t, Config{})
	failed := 0
	for range 50 {
		if resp := u.get("http://" + server.address()); resp.Err != nil {
			failed++
			if resp.Class != metrics.Reset {
				t.Errorf("class %v, error %v; want reset", resp.Class, resp.Err)
			}
		}
		for _, c := range u.conns {
			eventually(t, "the end of the connection", func() bool { return c.wire.pending() == closing })
		}
		heat(u)
	}
	if failed > 1 {
		t.Errorf("%d requests of 50 failed, want 1 at most", failed)
	}
	if u.Reset(); u.wary {
		t.Error("after Reset the session is still wary")
	}
}

// What came before the request is not taken for its answer, be a user as fast as
// it likes.
func TestAnswersTooMany(t *testing.T) {
	for name, answer := range map[string]string{"a length": hello, "chunks": chunkedHello + "5\r\nhello\r\n0\r\n\r\n", "no body": "HTTP/1.1 204 No Content\r\n\r\n"} {
		for _, discard := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				read := make(chan struct{})
				server := serve(t, func(p *peer) {
					for head, _ := p.request(); head != ""; head, _ = p.request() {
						p.say(answer)
						if strings.HasPrefix(head, "GET /first ") {
							<-read
							p.say(answer)
						}
					}
				})
				u := newUser(t, Config{})
				if resp := u.get("http://" + server.address() + "/first"); resp.Err != nil {
					t.Fatal(resp.Err)
				}
				close(read)
				eventually(t, "an answer too many", func() bool { return u.conns[0].wire.pending() == something })
				heat(u)
				wantClass(t, u.send("http://"+server.address(), Request{DiscardBody: discard}), metrics.Protocol, "more came than was asked for")
				if resp := u.send("http://"+server.address(), Request{DiscardBody: discard}); resp.Err != nil || resp.Reused {
					t.Errorf("error %v, reused %v; want none, false", resp.Err, resp.Reused)
				}
				wantCounted(t, u, server, 3)
			})
		}
	}
}
