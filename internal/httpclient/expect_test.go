package httpclient

import (
	"crypto/tls"
	"io"
	"strings"
	"testing"
	"time"
)

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

// The tickets that a TLS server sends first are no answer, and later on an early
// answer is seen as without TLS.
func TestUploadsOverTLS(t *testing.T) {
	const size = 30 << 20
	config, _ := loopback(t)
	config.ClientAuth = tls.RequestClientCert // has tickets wait for what the client sends first
	server := serveTLS(t, config, func(p *peer) {
		p.head()
		<-time.After(6 * tick) // the client is stuck in sending, and is poked
		p.wantBody(t, size)
		p.say(hello)
		p.head()
		p.say("HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 3\r\n\r\nbig")
		p.ignore()
	})
	for _, plain := range []bool{false, true} {
		client := newClient(t, Config{Insecure: true, Timeout: 20 * time.Second})
		client.plain = plain
		u := userOf(t, client)
		upload := Request{Method: "POST", Body: make([]byte, size)}
		wantBody(t, u.send("https://"+server.address(), upload), 200, "hello")
		wantBody(t, u.send("https://"+server.address(), upload), 413, "big")
		if !u.resp.Reused {
			t.Error("the second upload had a connection of its own")
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
