package httpclient

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/internal/virtual"
)

func addrs(texts ...string) []netip.Addr {
	list := make([]netip.Addr, len(texts))
	for i, text := range texts {
		list[i] = netip.MustParseAddr(text)
	}
	return list
}

// However many hosts redirects lead to, only so many are remembered, and those
// being asked for are never forgotten.
func TestNamesAreBounded(t *testing.T) {
	n := newNames(func(context.Context, string) ([]netip.Addr, error) { return addrs("10.0.0.1"), nil }, time.Hour)
	n.hosts["pending.test"] = &name{pending: make(chan struct{})}
	for i := range 2 * maxNames {
		if _, err := n.resolve(t.Context(), fmt.Sprintf("h%d.test", i)); err != nil {
			t.Fatal(err)
		}
	}
	if len(n.hosts) > maxNames || n.hosts["pending.test"] == nil {
		t.Errorf("%d hosts are remembered, want %d at most; the pending one is kept: %v", len(n.hosts), maxNames, n.hosts["pending.test"] != nil)
	}
}

func TestAddressesTakeTurns(t *testing.T) {
	n := newNames(func(context.Context, string) ([]netip.Addr, error) {
		return addrs("10.0.0.1", "10.0.0.2", "::ffff:10.0.0.1", "10.0.0.3"), nil
	}, time.Hour)
	first := map[string]int{}
	for range 30 {
		order, err := n.resolve(t.Context(), "a.test")
		if err != nil || len(order) != 3 {
			t.Fatal(order, err)
		}
		first[order[0].String()]++
	}
	if len(first) != 3 || first["10.0.0.1"] != 10 {
		t.Errorf("first tried: %v, want each ten times", first)
	}
	bad := netip.MustParseAddr("10.0.0.2")
	n.judge("a.test", bad, false)
	n.judge("a.test", bad, false)
	for range 3 {
		if order, _ := n.resolve(t.Context(), "a.test"); order[2] != bad || len(order) != 3 {
			t.Errorf("order %v does not end in the bad one", order)
		}
	}
	n.judge("a.test", bad, true)
	seen := false
	for range 3 {
		order, _ := n.resolve(t.Context(), "a.test")
		seen = seen || order[0] == bad
	}
	if !seen {
		t.Error("an address that answers again is not tried first")
	}
	if order, err := n.resolve(t.Context(), "::1"); err != nil || !slices.Equal(order, addrs("::1")) {
		t.Errorf("an address resolves to %v, %v", order, err)
	}
}

func TestNamesAreKeptForAWhile(t *testing.T) {
	virtual.Test(t, func(t *testing.T) {
		var asked atomic.Int32
		n := newNames(func(context.Context, string) ([]netip.Addr, error) {
			asked.Add(1)
			time.Sleep(time.Second) // of the bubble
			return addrs("10.0.0.1"), nil
		}, 50*time.Millisecond)
		var group sync.WaitGroup
		for range 100 {
			group.Go(func() {
				if _, err := n.resolve(t.Context(), "a.test"); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if got := asked.Load(); got != 1 {
			t.Errorf("a hundred users asked %d times", got)
		}
	})
}

func TestStaleNamesAreAskedAgain(t *testing.T) {
	answers := [][]netip.Addr{addrs("10.0.0.1"), addrs("10.0.0.2")}
	n := newNames(func(context.Context, string) ([]netip.Addr, error) {
		answer := answers[0]
		answers = answers[1:]
		return answer, nil
	}, time.Hour)
	for _, want := range []string{"10.0.0.1", "10.0.0.1"} {
		if got, err := n.resolve(t.Context(), "a.test"); err != nil || got[0].String() != want {
			t.Errorf("got %v, %v; want %s", got, err, want)
		}
	}
	n.hosts["a.test"].asked -= int64(2 * time.Hour)
	// Who comes while somebody asks gets the old answer.
	n.hosts["a.test"].pending = make(chan struct{})
	if got, err := n.resolve(t.Context(), "a.test"); err != nil || got[0].String() != "10.0.0.1" {
		t.Errorf("got %v, %v; want the old answer", got, err)
	}
	n.hosts["a.test"].pending = nil
	if got, err := n.resolve(t.Context(), "a.test"); err != nil || got[0].String() != "10.0.0.2" {
		t.Errorf("got %v, %v; want the new answer", got, err)
	}
	n.ttl = -1
	n.lookup = func(context.Context, string) ([]netip.Addr, error) { return addrs("10.0.0.3"), nil }
	if got, err := n.resolve(t.Context(), "a.test"); err != nil || got[0].String() != "10.0.0.3" {
		t.Errorf("got %v, %v; want an answer of now", got, err)
	}
}

func TestLookupFailures(t *testing.T) {
	tests := []struct {
		name    string
		answer  []netip.Addr
		err     error
		message string
	}{
		{"not found", nil, &net.DNSError{Err: "no such host", Name: "a.test", IsNotFound: true}, "no such host"},
		{"no address", nil, nil, "no such host"},
		{"server down", nil, &net.DNSError{Err: "server misbehaving", Name: "a.test"}, "name lookup failed"},
		{"anything", nil, errors.New("lookup a.test: odd"), "name lookup failed"},
	}
	for _, test := range tests {
		u := newUser(t, Config{Lookup: func(context.Context, string) ([]netip.Addr, error) { return test.answer, test.err }})
		wantClass(t, u.get("http://a.test"), metrics.DNS, test.message)
	}
}

// Those who wait for somebody's question share its failure, but not its end.
func TestWaitingForALookup(t *testing.T) {
	virtual.Test(t, func(t *testing.T) {
		var calls atomic.Int32
		n := newNames(func(ctx context.Context, _ string) ([]netip.Addr, error) {
			if calls.Add(1) == 1 {
				<-ctx.Done()
				return nil, ctx.Err()
			}
			return nil, errors.New("no")
		}, time.Hour)
		asking, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		var group sync.WaitGroup
		group.Go(func() {
			if _, err := n.resolve(asking, "a.test"); !errors.Is(err, context.Canceled) {
				t.Errorf("who asked and was cancelled got %v", err)
			}
		})
		synctest.Wait()
		group.Go(func() {
			if _, err := n.resolve(t.Context(), "a.test"); err == nil || err.Error() != "no" {
				t.Errorf("who waited and asked again got %v", err)
			}
		})
		gone, leave := context.WithCancel(t.Context())
		group.Go(func() {
			if _, err := n.resolve(gone, "a.test"); !errors.Is(err, context.Canceled) {
				t.Errorf("who left got %v", err)
			}
		})
		synctest.Wait()
		leave()
		group.Wait()
	})
}

// The next address is tried when one does not answer, and tried first from then
// on.
func TestNextAddressIsTried(t *testing.T) {
	server := serve(t, answering(hello))
	_, port, _ := net.SplitHostPort(server.address())
	u := newUser(t, Config{NoKeepAlive: true, Lookup: func(context.Context, string) ([]netip.Addr, error) {
		return addrs("127.0.0.9", "127.0.0.1", "127.0.0.8"), nil
	}})
	for range 6 {
		wantBody(t, u.get("http://a.test:"+port), 200, "hello")
	}
	if bad := u.client.names.hosts["a.test"].bad; len(bad) == 0 || slices.Contains(bad, netip.MustParseAddr("127.0.0.1")) {
		t.Errorf("bad addresses are %v", bad)
	}
}

// The system's own resolver knows this machine.
func TestSystemResolver(t *testing.T) {
	_, port, _ := net.SplitHostPort(serve(t, answering(hello)).address())
	u := newUser(t, Config{})
	wantBody(t, u.get("http://localhost:"+port), 200, "hello")
	if u.resp.DNS == 0 {
		t.Error("the lookup took no time")
	}
}

func TestConnectTo(t *testing.T) {
	server := serve(t, answering(hello))
	u := newUser(t, Config{ConnectTo: map[string]string{"a.test:80": server.address(), "b.test:80": "nowhere"}})
	wantBody(t, u.get("http://a.test/"), 200, "hello")
	wantBody(t, u.get("http://a.test/"), 200, "hello")
	wantClass(t, u.get("http://b.test/"), metrics.Check, "bad address to connect to")
	if want := map[string]int{"127.0.0.1 127.0.0.1": 1}; !maps.Equal(u.open, want) {
		t.Errorf("connections were opened to %v, want %v", u.open, want)
	}
}

// A lookup that panics leaves nobody waiting.
func TestPanickingLookup(t *testing.T) {
	n := newNames(func(context.Context, string) ([]netip.Addr, error) { panic("lookup") }, time.Hour)
	for range 2 {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic was swallowed")
				}
			}()
			_, _ = n.resolve(t.Context(), "a.test")
		}()
	}
	if entry := n.hosts["a.test"]; entry.pending != nil || !errors.Is(entry.err, errNoAnswer) {
		t.Errorf("pending %v, error %v", entry.pending, entry.err)
	}
}
