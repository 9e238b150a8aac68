package dashboard

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestABusyPortFallsForward(t *testing.T) {
	first, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	taken := first.Addr().(*net.TCPAddr).Port
	s := serving(t, NewLive(LiveConfig{}), ServerConfig{Addr: first.Addr().String()})
	u, err := url.Parse(s.URL())
	if err != nil {
		t.Fatal(err)
	}
	if u.Hostname() != "127.0.0.1" || u.Port() == fmt.Sprint(taken) || u.Query().Has(tokenKey) {
		t.Errorf("it is served at %s", s.URL())
	}
	response, err := http.Get(s.URL() + "healthz")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	defer http.DefaultClient.CloseIdleConnections()
	if text, _ := io.ReadAll(response.Body); string(text) != "ok\n" {
		t.Errorf("it says %q", text)
	}
}

func TestAddressesThatCantBe(t *testing.T) {
	for _, c := range []struct{ addr, says string }{
		{"8089", "write HOST:PORT"},
		{"localhost", "write HOST:PORT"},
		{"localhost:http", "must be a number"},
		{"localhost:70000", "must be a number"},
		{"localhost:-1", "must be a number"},
		{"192.0.2.1:0", "serve the dashboard"}, // an address of nobody
	} {
		s, err := Listen(NewLive(LiveConfig{}), ServerConfig{Addr: c.addr})
		if err == nil {
			s.Close()
			t.Errorf("%s is served", c.addr)
			continue
		}
		if !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %s", c.addr, err, c.says)
		}
	}
}

func TestURLs(t *testing.T) {
	secret := &token{secret: "ABC"}
	for _, c := range []struct {
		host  string
		ip    string
		token *token
		want  string
	}{
		{"127.0.0.1", "127.0.0.1", nil, "http://127.0.0.1:80/"},
		{"localhost", "127.0.0.1", nil, "http://localhost:80/"},
		{"::1", "::1", nil, "http://[::1]:80/"},
		{"192.0.2.1", "192.0.2.1", secret, "http://192.0.2.1:80/?token=ABC"},
		{"", "0.0.0.0", secret, "http://" + reachable() + ":80/?token=ABC"},
		{"0.0.0.0", "0.0.0.0", secret, "http://" + reachable() + ":80/?token=ABC"},
		{"::", "::", secret, "http://" + reachable() + ":80/?token=ABC"},
	} {
		if got := urlOf(c.host, &net.TCPAddr{IP: net.ParseIP(c.ip), Port: 80}, c.token); got != c.want {
			t.Errorf("%q at %s is %s, want %s", c.host, c.ip, got, c.want)
		}
	}
	if got := names("Load.Example", net.ParseIP("127.0.0.1"), []string{"[2001:db8::1]", "2001:db8::2", "a.example."}); fmt.Sprint(got) != "[load.example 127.0.0.1 2001:db8::1 2001:db8::2 a.example]" {
		t.Errorf("names are %v", got)
	}
}

func TestANameMayHaveAPort(t *testing.T) {
	at := &net.TCPAddr{IP: net.ParseIP("127.0.0.1"), Port: 8089}
	g := guardOf(nil, "127.0.0.1", at, &ServerConfig{Hosts: []string{"Load.Example:8089", "[2001:db8::1]:8089"}})
	for _, host := range []string{"load.example", "load.example:8089", "load.example:9000", "[2001:db8::1]:8089"} {
		if !g.knows(host) {
			t.Errorf("%s is a stranger", host)
		}
	}
}

func TestOnlyLoopbackNeedsNoToken(t *testing.T) {
	for addr, needed := range map[string]bool{"127.0.0.1": false, "127.9.9.9": false, "::1": false, "0.0.0.0": true, "::": true, "192.0.2.1": true} {
		g := guardOf(nil, addr, &net.TCPAddr{IP: net.ParseIP(addr), Port: 1}, &ServerConfig{})
		if (g.token != nil) != needed {
			t.Errorf("%s: a token %v, want %v", addr, g.token, needed)
		}
	}
	s := serving(t, http.NotFoundHandler(), ServerConfig{Token: true})
	if u, err := url.Parse(s.URL()); err != nil || len(u.Query().Get(tokenKey)) < 20 {
		t.Errorf("the link is %s", s.URL())
	}
}

func TestCloseWaitsForGoodbyesButNotForLong(t *testing.T) {
	run := tell(NewLive(LiveConfig{Run: testRun()}), 20).begin(t)
	server := serving(t, run.Live, ServerConfig{})
	reader := watch(t, server.URL(), "", "")
	deaf(t, server.URL())
	run.seconds(t, 100)
	run.end(t)
	done := make(chan error, 1)
	go func() {
		for {
			e, ok := reader.next()
			if e.kind == endEvent {
				done <- nil
				return
			}
			if !ok {
				done <- errors.New("the stream was cut before its end")
				return
			}
		}
	}()
	begin := time.Now()
	server.Close()
	if took := time.Since(begin); took > drainTime+5*time.Second {
		t.Errorf("Close took %v", took)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	server.Close() // again does nothing
}

func TestCloseDoesNotWaitForARunThatHasNoEnd(t *testing.T) {
	run := tell(NewLive(LiveConfig{Run: testRun()}), 1).begin(t)
	server := serving(t, run.Live, ServerConfig{})
	reader := watch(t, server.URL(), "", "")
	begin := time.Now()
	server.Close()
	if took := time.Since(begin); took >= drainTime {
		t.Errorf("Close took %v", took)
	}
	for _, ok := reader.next(); ok; _, ok = reader.next() {
	}
}
