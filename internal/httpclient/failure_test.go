package httpclient

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
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

// It says nothing about the target, whatever its other addresses say.
func TestNoPortLeftIsTheGenerators(t *testing.T) {
	closed := listen(t)
	_, port, _ := net.SplitHostPort(closed.Addr().String())
	_ = closed.Close()
	u := newUser(t, Config{
		Sources: []netip.Addr{netip.MustParseAddr("192.0.2.1")},
		Lookup: func(context.Context, string) ([]netip.Addr, error) {
			return []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("::1")}, nil
		},
	})
	wantClass(t, u.get("http://two.test:"+port), metrics.Generator, "no local port or address left")
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

// A request's own timeout replaces the client's; negative means none.

// A context that ended earlier, and late, must not end what another began.

// Interrupts of one session leave others alone, and those of a client what is

// not there yet.

// The end of a connection that nobody looked at, because it was used a moment

// ago, is found by sending, or by the sweeper: nothing hangs, nothing is retried.

// Over TLS, an answer that was there before the request is not taken for its

// answer: nothing was sent, and a new connection is made.

// A user that comes back resumes its TLS session, a new one does not.

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

// An interrupt is never lost, whenever it comes.
