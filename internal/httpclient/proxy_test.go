package httpclient

import (
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
)

// httpProxy forwards whole URLs and tunnels, and notes what it was asked.
func httpProxy(t *testing.T, login string, asked chan<- string) func(*peer) {
	t.Helper()
	return func(p *peer) {
		for {
			head, body := p.request()
			if head == "" {
				return
			}
			line, _, _ := strings.Cut(head, "\r\n")
			asked <- line
			if login != "" && !strings.Contains(head, "Proxy-Authorization: Basic "+base64.StdEncoding.EncodeToString([]byte(login))+"\r\n") {
				p.say("HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\n\r\n")
				continue
			}
			method, rest, _ := strings.Cut(line, " ")
			address, _, _ := strings.Cut(rest, " ")
			if method == "CONNECT" {
				p.pipe(address, "HTTP/1.1 200 Connection established\r\n\r\n")
				return
			}
			u, err := url.Parse(address)
			if err != nil {
				return
			}
			p.forward(u.Host, strings.Replace(head, address, u.RequestURI(), 1)+body)
		}
	}
}

// pipe connects the client with an address.
func (p *peer) pipe(address, welcome string) {
	far, err := net.Dial("tcp", address)
	if err != nil {
		p.say("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
		return
	}
	defer func() { _ = far.Close() }()
	p.say(welcome)
	back := make(chan struct{})
	go func() {
		defer close(back)
		_, _ = io.Copy(p, far)
		p.halfClose()
	}()
	_, _ = io.Copy(far, p.reader)
	_ = far.Close()
	<-back
}

func (p *peer) forward(address, request string) {
	far, err := net.Dial("tcp", address)
	if err != nil {
		return
	}
	defer func() { _ = far.Close() }()
	_, _ = io.WriteString(far, strings.Replace(request, "\r\n", "\r\nConnection: close\r\n", 1))
	_, _ = io.Copy(p, far)
}

// closing answers one request and closes.
func closingAfter(answer string) func(*peer) {
	return func(p *peer) {
		p.request()
		p.say(answer)
	}
}

func TestHTTPProxy(t *testing.T) {
	config, _ := loopback(t)
	plain := serve(t, closingAfter(hello))
	secure := serveTLS(t, config, answering(hello))
	asked := make(chan string, 10)
	proxies := map[string]*fakeServer{
		"http":  serve(t, httpProxy(t, "me:secret", asked)),
		"https": serveTLS(t, config, httpProxy(t, "me:secret", asked)),
	}
	for scheme, proxy := range proxies {
		t.Run(scheme, func(t *testing.T) {
			proxyURL := &url.URL{Scheme: scheme, Host: proxy.address(), User: url.UserPassword("me", "secret")}
			u := newUser(t, Config{Proxy: proxyURL, Insecure: true, Timeout: 10 * time.Second})
			for range 2 {
				wantBody(t, u.get("http://"+plain.address()+"/x?y"), 200, "hello")
				if got, want := <-asked, "GET http://"+plain.address()+"/x?y HTTP/1.1"; got != want {
					t.Errorf("the proxy was asked %q, want %q", got, want)
				}
			}
			if !u.resp.Reused {
				t.Error("the connection to the proxy was not used again")
			}
			for round := range 2 {
				wantBody(t, u.get("https://"+secure.address()+"/x"), 200, "hello")
				if round == 0 && (u.resp.Connect == 0 || u.resp.TLS == 0) {
					t.Errorf("timing %+v has no connect or TLS", u.resp.Timing)
				}
			}
			if got, want := <-asked, "CONNECT "+secure.address()+" HTTP/1.1"; got != want {
				t.Errorf("the proxy was asked %q, want %q", got, want)
			}

			stranger := newUser(t, Config{Proxy: &url.URL{Scheme: scheme, Host: proxy.address()}, Insecure: true})
			wantClass(t, stranger.get("https://"+secure.address()), metrics.Connect, "proxy: tunnel refused with status 407")
			<-asked
			wantBody(t, stranger.get("http://"+plain.address()), 407, "")
			<-asked
		})
	}
}

func TestProxyFailures(t *testing.T) {
	closed := listen(t)
	_ = closed.Close()
	refused := closed.Addr().String()
	say := func(text string) string {
		return serve(t, func(p *peer) {
			buffer := make([]byte, 1000)
			_, _ = p.Read(buffer)
			p.say(text)
			if !strings.HasSuffix(text, "!") {
				p.hang()
			}
		}).address()
	}
	tests := []struct {
		name, proxy string
		class       metrics.Class
		message     string
	}{
		{"refused", "http://" + refused, metrics.Connect, "proxy: connection refused"},
		{"garbage", "http://" + say("SSH-2.0\r\n"), metrics.Connect, "proxy: malformed answer"},
		{"endless", "http://" + say("HTTP/1.1 200 OK\r\nX: "+strings.Repeat("x", 20000)), metrics.Connect, "proxy: malformed answer"},
		{"talks into the tunnel", "http://" + say("HTTP/1.1 200 OK\r\n\r\nhello"), metrics.Connect, "proxy: malformed answer"},
		{"closes", "http://" + say("HTTP/1.1 2!"), metrics.Connect, "proxy: closed early"},
		{"hangs", "http://" + say(""), metrics.Timeout, "timeout: proxy"},
		{"hangs with SOCKS", "socks5://" + say("\x05"), metrics.Timeout, "timeout: proxy"},
		{"no SOCKS", "socks5://" + say("HTTP/1.1 400"), metrics.Connect, "proxy: does not speak SOCKS 5"},
		{"SOCKS wants a login", "socks5://" + say("\x05\xff"), metrics.Connect, "proxy: wants a login"},
		{"SOCKS refuses the login", "socks5://a:b@" + say("\x05\x02"), metrics.Timeout, "timeout: proxy"},
		{"no TLS", "https://" + say("HTTP/1.1 400"), metrics.TLS, "server speaks plain HTTP"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			proxy, err := url.Parse(test.proxy)
			if err != nil {
				t.Fatal(err)
			}
			u := newUser(t, Config{Proxy: proxy, ConnectTimeout: 100 * time.Millisecond})
			wantClass(t, u.get("https://127.0.0.1:1/"), test.class, test.message)
			if len(u.conns) != 0 || u.resp.Sent {
				t.Error("a broken tunnel was kept")
			}
		})
	}
}

// socksProxy speaks SOCKS 5 with or without a login.
func socksProxy(login bool, reply byte) func(*peer) {
	return func(p *peer) {
		read := func(n int) []byte {
			b := make([]byte, n)
			_, _ = io.ReadFull(p.reader, b)
			return b
		}
		read(int(read(2)[1]))
		if !login {
			p.say("\x05\x00")
		} else {
			p.say("\x05\x02")
			name := string(read(int(read(2)[1])))
			password := string(read(int(read(1)[0])))
			if name != "me" || password != "secret" {
				p.say("\x01\x01")
				return
			}
			p.say("\x01\x00")
		}
		var host string
		switch read(4)[3] {
		case socksIPv4:
			host = net.IP(read(4)).String()
		case socksIPv6:
			host = net.IP(read(16)).String()
		case socksName:
			host = strings.Replace(string(read(int(read(1)[0]))), "far.test", "127.0.0.1", 1)
		}
		port := read(2)
		if reply != 0 {
			p.say("\x05" + string(rune(reply)) + "\x00\x01\x00\x00\x00\x00\x00\x00")
			return
		}
		p.pipe(net.JoinHostPort(host, fmt.Sprint(int(port[0])<<8|int(port[1]))), "\x05\x00\x00\x03\x04name\x00\x00")
	}
}

func TestSOCKS(t *testing.T) {
	config, _ := loopback(t)
	plain, secure := serve(t, answering(hello)), serveTLS(t, config, answering(hello))
	_, port, _ := net.SplitHostPort(plain.address())
	for _, login := range []bool{false, true} {
		proxy := &url.URL{Scheme: "socks5", Host: serve(t, socksProxy(login, 0)).address()}
		if login {
			proxy.User = url.UserPassword("me", "secret")
		}
		u := newUser(t, Config{Proxy: proxy, Insecure: true})
		for range 2 {
			wantBody(t, u.get("http://"+plain.address()), 200, "hello")
			wantBody(t, u.get("http://far.test:"+port), 200, "hello")
			wantBody(t, u.get("https://"+secure.address()), 200, "hello")
		}
		if n := len(u.conns); n != 3 || !u.resp.Reused {
			t.Errorf("%d connections, the last reused: %v; want 3, true", n, u.resp.Reused)
		}
	}
	wrong := &url.URL{Scheme: "socks5h", Host: serve(t, socksProxy(true, 0)).address(), User: url.UserPassword("me", "wrong")}
	wantClass(t, newUser(t, Config{Proxy: wrong}).get("http://far.test"), metrics.Connect, "proxy: login refused")
	wrong.User = url.UserPassword("me", strings.Repeat("x", 300))
	wantClass(t, newUser(t, Config{Proxy: wrong}).get("http://far.test"), metrics.Connect, "proxy: user name or password too long")
	for reply, message := range map[byte]string{5: "connection refused", 8: "address type", 99: "address type"} {
		proxy := &url.URL{Scheme: "socks5", Host: serve(t, socksProxy(false, reply)).address()}
		wantClass(t, newUser(t, Config{Proxy: proxy}).get("http://[::1]:1"), metrics.Connect, "proxy: tunnel refused: "+message)
	}
}

func TestConfigIsChecked(t *testing.T) {
	bad := map[string]Config{
		"max header":        {MaxHeader: -1},
		"max body":          {MaxBody: -1},
		"unknown protocol":  {Protocol: 9},
		"user agent":        {UserAgent: "a\r\nb"},
		"proxy scheme":      {Proxy: &url.URL{Scheme: "ftp", Host: "a"}},
		"proxy has no host": {Proxy: &url.URL{Scheme: "http"}},
		"proxy and Unix":    {Proxy: &url.URL{Scheme: "http", Host: "a"}, UnixSocket: "/x"},
	}
	for message, config := range bad {
		if client, err := New(config); err == nil || !strings.Contains(err.Error(), message) {
			t.Errorf("got %v, %v; want an error about %s", client, err, message)
		}
	}
}

func TestUnixSocket(t *testing.T) {
	path := t.TempDir() + "/socket"
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	config, _ := loopback(t)
	plain := serveOn(t, listener, answering(hello))
	u := newUser(t, Config{UnixSocket: path})
	for range 3 {
		wantBody(t, u.get("http://any.test/"), 200, "hello")
	}
	if plain.accepted.Load() != 1 {
		t.Errorf("%d connections, want 1", plain.accepted.Load())
	}
	if len(u.open) > 0 {
		t.Errorf("a socket has the addresses %v", u.open)
	}
	listener, err = net.Listen("unix", path+"s")
	if err != nil {
		t.Fatal(err)
	}
	serveOn(t, tls.NewListener(listener, config), answering(hello))
	wantBody(t, newUser(t, Config{UnixSocket: path + "s", Insecure: true}).get("https://any.test/"), 200, "hello")
	wantClass(t, newUser(t, Config{UnixSocket: path + "x"}).get("http://any.test/"), metrics.Connect, "no such file")
}
