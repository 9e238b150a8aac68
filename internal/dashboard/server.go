package dashboard

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	stdlog "log"
	"net"
	"net/http"
	"net/url"
	"os"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// DefaultAddr is where a dashboard listens unless it is told otherwise.
const DefaultAddr = "127.0.0.1:8089"

const (
	// portsTried is how many ports after a busy one are tried before any.
	portsTried = 20
	// maxHeader bounds the header of a request, in bytes.
	maxHeader = 16 << 10
	// socketBuffer bounds what the system keeps for a client that does not read.
	socketBuffer = 128 << 10
	// drainTime is how long Close waits for browsers to hear how a run ended.
	drainTime = time.Second
)

// limits are how many connections there may be, as each costs the load one of
// its descriptors, and how long they may take.
type limits struct {
	connections                   int
	header, request, answer, idle time.Duration
}

func usualLimits() limits {
	return limits{
		connections: maxStreams + 128,
		header:      5 * time.Second, request: 10 * time.Second, answer: 30 * time.Second, idle: time.Minute,
	}
}

// ServerConfig says where a [Server] listens. The zero value is [DefaultAddr].
type ServerConfig struct {
	// Addr is host and port. A busy port falls forward to the next that is
	// free; port 0 takes any. A host that is no loopback address makes a token.
	Addr string
	// Token makes a token on a loopback address, too: other users of the
	// machine reach that.
	Token bool
	// Hosts are names the server is reached by, besides those of its address. A
	// port that is written with one does not matter.
	Hosts []string
}

// A Drainer is a handler that has clients to say goodbye to.
type Drainer interface{ Drain(context.Context) }

// A Server serves a dashboard until it is closed.
type Server struct {
	handler http.Handler
	http    *http.Server
	url     string
	served  chan struct{} // closed when nothing is served any more
}

// Listen starts to serve a handler.
func Listen(handler http.Handler, c ServerConfig) (*Server, error) {
	return serve(handler, c, usualLimits())
}

func serve(handler http.Handler, c ServerConfig, l limits) (*Server, error) {
	host, port, err := split(cmp.Or(c.Addr, DefaultAddr))
	if err != nil {
		return nil, err
	}
	listener, err := listen(host, port)
	if err != nil {
		return nil, fmt.Errorf("serve the dashboard: %w", err)
	}
	at := listener.Addr().(*net.TCPAddr)
	g := guardOf(handler, host, at, &c)
	s := &Server{handler: handler, url: urlOf(host, at, g.token), served: make(chan struct{})}
	s.http = &http.Server{
		Handler: g, MaxHeaderBytes: maxHeader, ReadHeaderTimeout: l.header, ReadTimeout: l.request,
		WriteTimeout: l.answer, IdleTimeout: l.idle, ErrorLog: stdlog.New(io.Discard, "", 0),
	}
	go func() {
		defer close(s.served)
		_ = s.http.Serve(newDoor(listener, l.connections)) // until Close
	}()
	return s, nil
}

// guardOf is the guard of what is served at an address.
func guardOf(next http.Handler, host string, at *net.TCPAddr, c *ServerConfig) *guard {
	g := &guard{
		next: next, origin: http.NewCrossOriginProtection(),
		hosts: names(host, at.IP, c.Hosts), anyIP: at.IP.IsUnspecified(),
	}
	if c.Token || !at.IP.IsLoopback() {
		g.token = newToken(strconv.Itoa(at.Port))
	}
	return g
}

// split takes an address apart, without asking anybody.
func split(addr string) (host string, port int, err error) {
	host, text, err := net.SplitHostPort(addr)
	if err != nil {
		return "", 0, fmt.Errorf("%q is no address: write HOST:PORT, such as %s", addr, DefaultAddr)
	}
	number, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return "", 0, fmt.Errorf("%q: the port must be a number from 0 to 65535", addr)
	}
	return host, int(number), nil
}

// listen takes the port, or the next that is free, or any.
func listen(host string, port int) (net.Listener, error) {
	first, err := listenAt(host, port)
	if err == nil || !busy(err) || port == 0 {
		return first, err
	}
	for next := port + 1; next <= min(port+portsTried, 65535); next++ {
		if l, err := listenAt(host, next); err == nil {
			return l, nil
		}
	}
	return listenAt(host, 0)
}

func listenAt(host string, port int) (net.Listener, error) {
	return net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(port)))
}

func busy(err error) bool {
	const windows = syscall.Errno(10048) // WSAEADDRINUSE
	return errors.Is(err, syscall.EADDRINUSE) || runtime.GOOS == "windows" && errors.Is(err, windows)
}

// names are those the server answers to, besides loopback ones.
func names(host string, ip net.IP, more []string) (all []string) {
	list := append([]string{host, ip.String()}, more...)
	if own, err := os.Hostname(); err == nil && !ip.IsLoopback() {
		list = append(list, own)
	}
	for _, name := range list {
		if name = nameOf(name); name != "" {
			all = append(all, name)
		}
	}
	return all
}

// urlOf is what to open in a browser.
func urlOf(host string, at *net.TCPAddr, t *token) string {
	if at.IP.IsUnspecified() {
		host = reachable()
	}
	u := url.URL{Scheme: "http", Host: net.JoinHostPort(cmp.Or(host, at.IP.String()), strconv.Itoa(at.Port)), Path: "/"}
	if t != nil {
		u.RawQuery = url.Values{tokenKey: {t.secret}}.Encode()
	}
	return u.String()
}

// reachable is an address of this machine that others may reach it by.
func reachable() string {
	addrs, _ := net.InterfaceAddrs()
	for _, a := range addrs {
		if ip, ok := a.(*net.IPNet); ok && ip.IP.To4() != nil && ip.IP.IsGlobalUnicast() {
			return ip.IP.String()
		}
	}
	return "127.0.0.1"
}

// URL is what to open in a browser, with the token if there is one.
func (s *Server) URL() string { return s.url }

// Close ends the server. A handler that is a [Drainer] has a second to say
// goodbye; whoever is still there then is cut off.
func (s *Server) Close() {
	if d, ok := s.handler.(Drainer); ok {
		ctx, cancel := context.WithTimeout(context.Background(), drainTime)
		d.Drain(ctx)
		cancel()
	}
	_ = s.http.Close()
	<-s.served
}

// A door lets a number of connections in at a time, and keeps what the system
// buffers for each of them small.
type door struct {
	net.Listener
	room chan struct{}
}

func newDoor(l net.Listener, room int) *door {
	return &door{Listener: l, room: make(chan struct{}, room)}
}

// Accept waits for a connection, and before that for room.
func (d *door) Accept() (net.Conn, error) {
	d.room <- struct{}{}
	conn, err := d.Listener.Accept()
	if err != nil {
		<-d.room
		return nil, err
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetWriteBuffer(socketBuffer)
	}
	return &visitor{Conn: conn, leave: sync.OnceFunc(func() { <-d.room })}, nil
}

// A visitor is a connection that makes room when it is closed.
type visitor struct {
	net.Conn
	leave func()
}

// Close ends the connection.
func (v *visitor) Close() error {
	defer v.leave()
	return v.Conn.Close()
}
