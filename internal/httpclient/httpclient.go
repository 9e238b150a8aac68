// Package httpclient sends one HTTP request fast and times it truthfully.
//
// A [Client] holds what all virtual users share: settings, resolved names, the
// guard that ends overdue requests. A [Session] is one user's view of the
// network: its connections, cookies and buffers. Two calls do the work:
//
//	session := client.NewSession(observer)
//	session.Do(ctx, &request, &response)
//
// What it guarantees:
//
//   - Nothing is retried. A request that was sent is sent once, and the observer
//     hears of every exchange, redirect hops included, so that its count equals
//     the server's. The one thing done over is connecting: a kept-alive
//     connection found closed before anything was sent is replaced.
//   - Memory is bounded, whatever the server sends: Config.MaxHeader and
//     Config.MaxBody. A connection on which anything went wrong is closed.
//   - Every error has a [metrics.Class] and a message without addresses, ports or
//     ids, so that equal errors are counted together. This machine's own limits
//     (descriptors, ports) have a class of their own.
//   - Every wait has an end: Config.Timeout, a limit per phase, the context,
//     [Session.Interrupt], [Client.Interrupt].
//   - A steady exchange on a kept-alive HTTP/1.1 connection allocates nothing and
//     makes two system calls: one send, one receive. See wire.go for how.
//
// HTTP/1.1 and HTTP/2, plain and over TLS, over TCP, Unix sockets and proxies
// all go through the same road and are measured alike.
package httpclient

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"sync/atomic"
	"time"
)

// A Protocol says which version of HTTP to speak.
type Protocol uint8

// The protocols. HTTP2 is negotiated over TLS (a server that does not know it
// is spoken to in HTTP/1.1) and assumed over plain TCP.
const (
	HTTP1 Protocol = iota
	HTTP2
)

// Config says how a client behaves. The zero value is useful; it is copied by
// New and may be reused.
type Config struct {
	Timeout        time.Duration // one whole Do, redirects included; 0 means 30 s, negative none
	ConnectTimeout time.Duration // resolving, connecting and the TLS handshake; 0 means no limit of its own
	TLSTimeout     time.Duration // the TLS handshake; 0 means no limit of its own
	HeaderTimeout  time.Duration // request sent to answer's header read; 0 means no limit of its own

	Protocol Protocol
	TLS      *tls.Config // nil means defaults; Insecure and Protocol are applied to a copy
	Insecure bool        // accept any certificate

	Proxy      *url.URL          // http, https, socks5 or socks5h; nil means direct
	ConnectTo  map[string]string // "host:port" to "host:port" to connect to instead, as curl's --connect-to
	UnixSocket string            // connect to this socket, whatever the host
	Sources    []netip.Addr      // local addresses, taken in turn
	Allow      [][]string        // hosts that requests may go to, in each list with anything in it: names, *.names, addresses, ranges, with or without a port

	Lookup    func(ctx context.Context, host string) ([]netip.Addr, error) // nil means the system's resolver
	LookupTTL time.Duration                                                // how long its answer is kept; 0 means 30 s, negative not at all

	MaxRedirects int   // 0 means 10; negative: a redirect is an answer like any other
	MaxHeader    int64 // bytes of header, interim answers included; 0 means 256 KiB
	MaxBody      int64 // bytes of body, decoded; 0 means 64 MiB

	UserAgent     string // "" means "loadforge", "-" sends none
	NoKeepAlive   bool   // a connection per request
	NoCompression bool   // neither ask for nor decode compressed bodies
	NoCookies     bool   // ignore Set-Cookie
}

const (
	defaultTimeout      = 30 * time.Second
	defaultLookupTTL    = 30 * time.Second
	defaultMaxRedirects = 10
	defaultMaxHeader    = 256 << 10
	defaultMaxBody      = 64 << 20
)

// withDefaults returns c with the zero values replaced.
func (c Config) withDefaults() Config {
	setDefault(&c.Timeout, defaultTimeout)
	setDefault(&c.LookupTTL, defaultLookupTTL)
	setDefault(&c.MaxRedirects, defaultMaxRedirects)
	setDefault(&c.MaxHeader, defaultMaxHeader)
	setDefault(&c.MaxBody, defaultMaxBody)
	setDefault(&c.UserAgent, "loadforge")
	return c
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// A Client is what sessions share. It is safe for concurrent use.
type Client struct {
	config  Config
	lines   string // header lines sent with every request
	names   *names
	sweeper *sweeper
	tls     *tls.Config
	proxy   *proxy // nil: direct
	fence   fence
	private atomic.Bool   // see StayPrivate
	dials   atomic.Uint32 // counts connections, to take Sources in turn

	buffers  buffers
	decoders decoders

	plain bool // wires write and read in the ordinary way; for tests
}

// New returns a client, or an error that names the setting that is wrong. Close
// it when all its sessions are closed.
func New(config Config) (*Client, error) {
	if err := config.validate(); err != nil {
		return nil, err
	}
	fence, err := newFence(config.Allow)
	if err != nil {
		return nil, err
	}
	c := &Client{config: config.withDefaults(), fence: fence, sweeper: newSweeper()}
	c.names = newNames(c.config.Lookup, c.config.LookupTTL)
	c.tls = c.config.tlsConfig()
	c.lines = c.config.headerLines()
	c.proxy = newProxy(c.config.Proxy)
	return c, nil
}

func (c *Config) validate() error {
	if c.MaxHeader < 0 || c.MaxBody < 0 {
		return fmt.Errorf("max header %d, max body %d: limits must not be negative (0 means the default)", c.MaxHeader, c.MaxBody)
	}
	if c.Protocol > HTTP2 {
		return fmt.Errorf("unknown protocol %d: use HTTP1 or HTTP2", c.Protocol)
	}
	if !isFieldValue(c.UserAgent) {
		return fmt.Errorf("user agent %q: line breaks and control characters are not allowed", c.UserAgent)
	}
	if c.Proxy != nil && c.UnixSocket != "" {
		return errors.New("proxy and Unix socket exclude each other: set one of them")
	}
	if c.Proxy != nil {
		return validateProxy(c.Proxy)
	}
	return nil
}

// headerLines returns the lines every request carries unless it brings its own.
func (c *Config) headerLines() string {
	lines := ""
	if c.UserAgent != "-" {
		lines += "User-Agent: " + c.UserAgent + "\r\n"
	}
	if !c.NoCompression {
		lines += "Accept-Encoding: gzip\r\n"
	}
	return lines
}

// Interrupt ends every request in flight with class cancelled, and every later
// one of the present sessions until their Reset.
func (c *Client) Interrupt() { c.sweeper.interrupt() }

// Close stops the client's own goroutine and waits for it. Sessions must have
// been closed before; closing again does nothing.
func (c *Client) Close() { c.sweeper.close() }
