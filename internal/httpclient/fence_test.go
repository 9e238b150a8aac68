package httpclient

import (
	"context"
	"errors"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/loadforge/loadforge/internal/metrics"
)

func TestAllowedHosts(t *testing.T) {
	for _, c := range []struct {
		pattern, host string
		want          bool
	}{
		{"shop.example", "http://shop.example/", true},
		{"Shop.Example.", "http://SHOP.example:8080/", true},
		{"shop.example", "http://shop.example./", true},
		{"shop.example", "http://a.shop.example/", false},
		{"shop.example", "http://shop.example.evil.test/", false},
		{"shop.example", "http://evilshop.example/", false},
		{"*.shop.example", "http://a.shop.example/", true},
		{"*.shop.example", "http://a.b.shop.example/", true},
		{"*.shop.example", "http://shop.example/", false},
		{"*.shop.example", "http://evilshop.example/", false},
		{"*.shop.example", "http://.shop.example/", false},
		{"shop.example:8080", "http://shop.example:8080/", true},
		{"shop.example:8080", "http://shop.example/", false},
		{"shop.example:443", "https://shop.example/", true},
		{"*.shop.example:8080", "http://a.shop.example:8080/", true},
		{"127.0.0.1", "http://127.0.0.1:81/", true},
		{"127.0.0.1", "http://[::ffff:127.0.0.1]/", true},
		{"127.0.0.1", "http://localhost/", false},
		{"127.0.0.1:80", "http://127.0.0.1:81/", false},
		{"10.0.0.0/8", "http://10.255.1.2/", true},
		{"10.0.0.0/8", "http://11.0.0.1/", false},
		{"10.0.0.0/8", "http://10.example/", false},
		{"::1", "http://[::1]:8080/", true},
		{"[::1]:8080", "http://[::1]:8080/", true},
		{"[::1]:8080", "http://[::1]/", false},
		{"[::1]", "http://[::1]/", true},
		{"fd00::/8", "http://[fd00::1]/", true},
		{"bücher.example", "http://xn--bcher-kva.example/", true},
		{"xn--bcher-kva.example", "http://bücher.example/", true},
	} {
		client, err := New(Config{Allow: [][]string{{"other.test", c.pattern}, nil}})
		if err != nil {
			t.Errorf("%s: %v", c.pattern, err)
			continue
		}
		defer client.Close()
		target, _, err := ParseTarget(c.host)
		if err != nil {
			t.Fatal(err)
		}
		if err := client.MayReach(target); (err == nil) != c.want {
			t.Errorf("%s lets %s: %v, want %v", c.pattern, c.host, err == nil, c.want)
		}
	}
	for _, pattern := range []string{"", "*", "*.", "a b", "http://shop.example", "shop.example/path", "*.*.example", "a*.example", "shop.example:http", "shop.example:", "[::1"} {
		if client, err := New(Config{Allow: [][]string{{pattern}}}); err == nil {
			client.Close()
			t.Errorf("%q is a pattern", pattern)
		} else if !strings.Contains(err.Error(), "*.shop.example") {
			t.Errorf("%q: %v, want a hint", pattern, err)
		}
	}
}

// What a list leaves out does not leave this machine: neither as a request nor
// as a redirect, nor through a proxy.
func TestNothingIsSentToOtherHosts(t *testing.T) {
	server := redirector(t)
	elsewhere := strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
	allow := [][]string{{"127.0.0.0/8"}, {"127.0.0.1", "localhost"}}

	u := newUser(t, Config{Allow: allow})
	wantBody(t, u.get(server.URL+"/a"), 200, `GET /a "" `)
	resp := u.get(elsewhere + "/b")
	if resp.Class != metrics.Check || resp.Err == nil || !strings.Contains(resp.Err.Error(), "host localhost is not allowed") || len(u.log) != 1 {
		t.Errorf("another host: %v, %v, %d exchanges", resp.Class, resp.Err, len(u.log))
	}
	resp = u.get(server.URL + "/redirect?status=302&to=" + url.QueryEscape(elsewhere+"/c"))
	if resp.Class != metrics.Redirect || resp.Err == nil || !strings.Contains(resp.Err.Error(), "redirect to host localhost is not allowed") || len(u.log) != 2 {
		t.Errorf("a redirect elsewhere: %v, %v, %d exchanges", resp.Class, resp.Err, len(u.log))
	}
	wantBody(t, u.get(server.URL+"/d"), 200, `GET /d "" `)

	asked := make(chan string, 1)
	through := newUser(t, Config{Allow: allow, Proxy: &url.URL{Scheme: "http", Host: serve(t, httpProxy(t, "", asked)).address()}})
	if resp := through.get(elsewhere); resp.Err == nil || len(asked) > 0 {
		t.Errorf("through a proxy: %v, it was asked %d times", resp.Err, len(asked))
	}
}

func TestPublicAddresses(t *testing.T) {
	for address, want := range map[string]bool{
		"127.0.0.1": false, "127.8.8.8": false, "::1": false, "0.0.0.0": false, "::": false,
		"10.1.2.3": false, "172.16.0.1": false, "172.31.255.255": false, "192.168.1.1": false, "fd12::1": false, "fc00::1": false,
		"169.254.1.1": false, "fe80::1": false, "fe80::1%eth0": false, "224.0.0.1": false, "255.255.255.255": false,
		"100.64.0.1": false, "100.127.255.255": false, "198.18.0.1": false, "198.19.255.255": false,
		"::ffff:10.0.0.1": false, "64:ff9b::10.0.0.1": false,
		"203.0.113.1": true, "8.8.8.8": true, "172.32.0.1": true, "100.128.0.1": true, "198.20.0.1": true, "192.167.1.1": true,
		"2001:db8::1": true, "2606:4700::1": true, "::ffff:203.0.113.1": true, "64:ff9b::203.0.113.1": true,
	} {
		if got := isPublic(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s is public: %v, want %v", address, got, want)
		}
	}
	for name, want := range map[string]bool{
		"localhost": true, "a.localhost": true, "printer.local": true, "vault.internal": true, "shop.test": true, "nas.home.arpa": true, "NAS.LOCAL.": true,
		"shop.example": false, "localhost.example": false, "internal.example": false, "test": true, "mylocal": false,
	} {
		if got := isPrivateName(name); got != want {
			t.Errorf("%s is private: %v, want %v", name, got, want)
		}
	}
}

// places answers for names as a name server would.
func places(names map[string]string) func(context.Context, string) ([]netip.Addr, error) {
	return func(_ context.Context, host string) (addrs []netip.Addr, err error) {
		for _, text := range strings.Fields(names[host]) {
			addrs = append(addrs, netip.MustParseAddr(text))
		}
		if len(addrs) == 0 {
			return nil, errors.New("nobody knows " + host)
		}
		return addrs, nil
	}
}

func TestWhetherATargetIsPublic(t *testing.T) {
	lookup := places(map[string]string{"out.example": "203.0.113.7", "in.example": "10.0.0.1", "both.example": "10.0.0.1 2001:db8::1", "vault.internal": "203.0.113.1"})
	for _, c := range []struct {
		config    Config
		url       string
		want      string
		afterwise string // with names looked up
	}{
		{Config{}, "http://203.0.113.1:81/", "203.0.113.1", "203.0.113.1"},
		{Config{}, "http://[2001:db8::1]/", "2001:db8::1", "2001:db8::1"},
		{Config{}, "http://127.0.0.1/", "", ""},
		{Config{}, "http://out.example/", "", "out.example (203.0.113.7)"},
		{Config{}, "http://both.example/", "", "both.example (2001:db8::1)"},
		{Config{}, "http://in.example/", "", ""},
		{Config{}, "http://vault.internal/", "", ""},
		{Config{}, "http://nowhere.example/", "", ""},
		{Config{ConnectTo: map[string]string{"out.example:80": "127.0.0.1:8080"}}, "http://out.example/", "", ""},
		{Config{ConnectTo: map[string]string{"in.example:80": "203.0.113.9:80"}}, "http://in.example/", "203.0.113.9", "203.0.113.9"},
		{Config{UnixSocket: "/run/shop.sock"}, "http://203.0.113.1/", "", ""},
	} {
		c.config.Lookup = lookup
		client, err := New(c.config)
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		target, _, err := ParseTarget(c.url)
		if err != nil {
			t.Fatal(err)
		}
		if got := client.Public(t.Context(), target, false); got != c.want {
			t.Errorf("%s is %q, want %q", c.url, got, c.want)
		}
		if got := client.Public(t.Context(), target, true); got != c.afterwise {
			t.Errorf("%s, looked up, is %q, want %q", c.url, got, c.afterwise)
		}
	}
}

func TestAClientThatStaysPrivate(t *testing.T) {
	server := redirector(t)
	port := server.URL[strings.LastIndexByte(server.URL, ':'):]
	u := newUser(t, Config{Lookup: places(map[string]string{"out.example": "203.0.113.7", "both.example": "203.0.113.7 127.0.0.1"})})
	u.client.StayPrivate()
	wantBody(t, u.get(server.URL+"/a"), 200, `GET /a "" `)
	wantBody(t, u.get("http://both.example"+port+"/b"), 200, `GET /b "" `)
	for _, to := range []string{"http://203.0.113.1/", "http://out.example/", server.URL + "/redirect?status=302&to=http://203.0.113.1/"} {
		resp := u.get(to)
		if !errors.Is(resp.Err, errPublic) || resp.Sent {
			t.Errorf("%s: %v, sent %v", to, resp.Err, resp.Sent)
		}
	}

	asked := make(chan string, 1)
	through := newUser(t, Config{Proxy: &url.URL{Scheme: "http", Host: serve(t, httpProxy(t, "", asked)).address()}})
	through.client.StayPrivate()
	if resp := through.get("http://203.0.113.1/"); !errors.Is(resp.Err, errPublic) || len(asked) > 0 {
		t.Errorf("through a proxy: %v, it was asked %d times", resp.Err, len(asked))
	}
}
