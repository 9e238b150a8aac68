package httpclient

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/loadforge/loadforge/internal/metrics"
)

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

func TestForgetMakesANewVisitor(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "known", Value: "1"})
		_, _ = fmt.Fprint(w, r.TLS.DidResume, r.Header.Get("Cookie"))
	}))
	defer server.Close()
	u := newUser(t, Config{Insecure: true})
	wantBody(t, u.get(server.URL), 200, "false")
	u.Reset()
	wantBody(t, u.get(server.URL), 200, "trueknown=1")
	u.Forget()
	wantBody(t, u.get(server.URL), 200, "false")
	u.Interrupt()
	u.Forget()
	wantBody(t, u.get(server.URL), 200, "false")
}
