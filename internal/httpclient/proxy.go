package httpclient

import (
	"crypto/tls"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
)

// A proxy is what stands between a client and its targets.
type proxy struct {
	url    *url.URL
	target *Target // connections that carry requests for all plain targets
	lines  string  // header lines for the proxy itself
}

// validateProxy checks what newProxy relies on.
func validateProxy(u *url.URL) error {
	if proxyPorts[u.Scheme] == "" {
		return fmt.Errorf("proxy scheme %q is not supported: use http, https, socks5 or socks5h", u.Scheme)
	}
	if u.Hostname() == "" {
		return errors.New("proxy has no host: write it as http://host:port")
	}
	return nil
}

var proxyPorts = map[string]string{"http": "80", "https": "443", "socks5": "1080", "socks5h": "1080"}

// newProxy returns the proxy at a valid URL; nil for nil.
func newProxy(u *url.URL) *proxy {
	if u == nil {
		return nil
	}
	port := u.Port()
	setDefault(&port, proxyPorts[u.Scheme])
	address := net.JoinHostPort(u.Hostname(), port)
	p := &proxy{url: u, target: &Target{Scheme: "http", Host: u.Hostname(), Port: port, address: address, base: "proxy://" + address}}
	if u.User != nil {
		password, _ := u.User.Password()
		login := base64.StdEncoding.EncodeToString([]byte(u.User.Username() + ":" + password))
		p.lines = "Proxy-Authorization: Basic " + login + "\r\n"
	}
	return p
}

func (p *proxy) socks() bool { return p.url.Scheme == "socks5" || p.url.Scheme == "socks5h" }

// absolute reports whether the proxy wants to see whole URLs: it takes part in
// plain HTTP/1, and only tunnels the rest.
func (c *Client) absolute(t *Target) bool {
	return c.proxy != nil && !c.tunnels(t)
}

// tunnels reports whether a tunnel has to be asked for.
func (c *Client) tunnels(t *Target) bool {
	return c.proxy != nil && (c.proxy.socks() || t.Secure() || c.config.Protocol == HTTP2)
}

// hop returns whom to be connected with for requests to t.
func (c *Client) hop(t *Target) *Target {
	if c.absolute(t) {
		return c.proxy.target
	}
	return t
}

// secureProxy shakes hands with a proxy that is itself reached over TLS. What
// runs over that connection goes the plain way. The time belongs to connecting.
func (s *Session) secureProxy(raw net.Conn) (net.Conn, error) {
	config := s.client.tls.Clone()
	config.ServerName = s.client.proxy.url.Hostname()
	config.NextProtos = []string{"http/1.1"}
	secured := tls.Client(raw, config)
	start := Now()
	due := min(s.due, never/2)
	for _, limit := range [...]time.Duration{s.client.config.ConnectTimeout, s.client.config.TLSTimeout} {
		if limit > 0 {
			due = min(due, later(start, limit))
		}
	}
	_ = raw.SetDeadline(Epoch().Add(duration(due)))
	if s.watch.cut() {
		return secured, errCancelled
	}
	err := secured.Handshake()
	s.watch.calm(raw)
	s.timing().Connect += Now() - start
	return secured, err
}

// tunnel asks the proxy for a connection to target. The time it takes belongs to
// connecting.
func (s *Session) tunnel(c *conn, target *Target) error {
	start := Now()
	due := s.due
	if limit := s.client.config.ConnectTimeout; limit > 0 {
		due = min(due, later(start, limit))
	}
	s.watch.arm(c.wire.Conn, start, due, 0)
	defer s.watch.disarm()
	c.wire.begin(true)
	s.ready(false)
	err := s.askProxy(c.wire, s.client.config.reroute(target.address))
	s.timing().Connect += Now() - start
	return err
}

func (s *Session) askProxy(w *wire, address string) error {
	if s.client.proxy.socks() {
		return s.client.proxy.socksConnect(w, address)
	}
	return s.httpConnect(w, address)
}

// httpConnect speaks RFC 9110, section 9.3.6.
func (s *Session) httpConnect(w *wire, address string) error {
	request := "CONNECT " + address + " HTTP/1.1\r\nHost: " + address + "\r\n" + s.client.proxy.lines + "\r\n"
	answer := make([]byte, 16<<10)
	have, err := w.exchange([]byte(request), answer)
	var h head
	for h.begin(0); err == nil; {
		done, malformed := h.parse(answer[:have])
		switch {
		case malformed != nil:
			return proxyError("malformed answer", malformed)
		case done && h.status/100 == 2 && h.end == have:
			return nil
		case done && h.status/100 == 2, have == len(answer):
			return proxyError("malformed answer", nil)
		case done:
			return proxyError("tunnel refused with status "+strconv.Itoa(h.status), nil)
		}
		var n int
		n, err = w.exchange(nil, answer[have:])
		have += n
	}
	return err
}

func proxyError(message string, cause error) *Error {
	return &Error{Class: metrics.Connect, Message: "proxy: " + message, Cause: cause}
}

// The numbers of RFC 1928 and RFC 1929.
const (
	socksVersion      = 5
	socksLoginVersion = 1
	socksNoLogin      = 0
	socksLogin        = 2
	socksConnect      = 1
	socksIPv4         = 1
	socksName         = 3
	socksIPv6         = 4
)

var socksRefusals = []string{
	"", "general failure", "not allowed", "network is unreachable", "host is unreachable",
	"connection refused", "time to live expired", "command not supported", "address type not supported",
}

// socksConnect speaks RFC 1928. Names are resolved by the proxy.
func (p *proxy) socksConnect(w *wire, address string) error {
	if err := p.socksGreet(w); err != nil {
		return err
	}
	request, err := socksRequest(address)
	if err != nil {
		return err
	}
	answer := make([]byte, 4, 262)
	if err := ask(w, request, answer); err != nil {
		return err
	}
	if answer[0] != socksVersion {
		return proxyError("does not speak SOCKS 5", nil)
	}
	if code := int(answer[1]); code != 0 {
		return proxyError("tunnel refused: "+socksRefusals[min(code, len(socksRefusals)-1)], nil)
	}
	return skipSocksAddress(w, answer)
}

// skipSocksAddress reads the address the proxy connects from: of no interest.
func skipSocksAddress(w *wire, answer []byte) error {
	size := map[byte]int{socksIPv4: 4, socksIPv6: 16}[answer[3]]
	if answer[3] == socksName {
		if err := ask(w, nil, answer[:1]); err != nil {
			return err
		}
		size = int(answer[0])
	}
	return ask(w, nil, answer[:size+2])
}

// socksGreet agrees on a login.
func (p *proxy) socksGreet(w *wire) error {
	greeting := []byte{socksVersion, 1, socksNoLogin}
	if p.url.User != nil {
		greeting = []byte{socksVersion, 2, socksNoLogin, socksLogin}
	}
	var answer [2]byte
	if err := ask(w, greeting, answer[:]); err != nil {
		return err
	}
	switch {
	case answer[0] != socksVersion:
		return proxyError("does not speak SOCKS 5", nil)
	case answer[1] == socksNoLogin:
		return nil
	case answer[1] == socksLogin && p.url.User != nil:
		return p.socksLogin(w)
	}
	return proxyError("wants a login", nil)
}

// socksLogin speaks RFC 1929.
func (p *proxy) socksLogin(w *wire) error {
	name := p.url.User.Username()
	password, _ := p.url.User.Password()
	if len(name) > 255 || len(password) > 255 {
		return proxyError("user name or password too long", nil)
	}
	login := append([]byte{socksLoginVersion, byte(len(name))}, name...)
	login = append(append(login, byte(len(password))), password...)
	var answer [2]byte
	if err := ask(w, login, answer[:]); err != nil {
		return err
	}
	if answer[1] != 0 {
		return proxyError("login refused", nil)
	}
	return nil
}

func socksRequest(address string) ([]byte, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, proxyError("bad address to connect to", err)
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil || len(host) > 255 {
		return nil, proxyError("bad address to connect to", err)
	}
	request := []byte{socksVersion, socksConnect, 0}
	addr, err := netip.ParseAddr(host)
	switch {
	case err != nil:
		request = append(append(request, socksName, byte(len(host))), host...)
	case addr.Is4():
		request = append(append(request, socksIPv4), addr.AsSlice()...)
	default:
		request = append(append(request, socksIPv6), addr.AsSlice()...)
	}
	return binary.BigEndian.AppendUint16(request, uint16(number)), nil
}

// ask sends a message and reads an answer of known size.
func ask(w *wire, message, answer []byte) error {
	n, err := w.exchange(message, answer)
	if err == nil {
		_, err = io.ReadFull(w, answer[n:])
	}
	return err
}
