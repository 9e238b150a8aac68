package httpclient

import (
	"context"
	"crypto/tls"
	"errors"
	"slices"
	"time"
)

// A Session is one virtual user's view of the network: connections, cookies and
// buffers. It serves one goroutine at a time; only Interrupt may be called from
// others. Close it when the user is gone.
//
// What comes first is all that a swift exchange touches, side by side: with
// thousands of users every cache line is one that has to be fetched.
type Session struct {
	client   *Client
	watch    *watch
	conns    []*conn         // latest used first
	guarded  *conn           // the one the watch pokes
	ctx      context.Context // the one being watched
	observer Observer
	gate     Gate       // nil: none
	jar      *jar       // nil: no cookies
	in       *buffer    // what the server sent; nil while idle
	out      *buffer    // what it is sent
	plain    *buffer    // a decoded body
	aside    [2]*buffer // what the present request lies in
	want     int        // size of in that the latest answer needed
	wrote    int        // size of out that the latest request needed
	wary     bool       // looks at connections that were used a moment ago too

	tickets  tickets
	unfollow func() bool // ends the watching of ctx

	due   int64 // when the present Do is over
	early early
	call  call
	resp  *Response
	answer
	chunks dechunker
}

// maxConns is how many hosts a user stays connected to.
const maxConns = 8

// NewSession returns a session for one virtual user. The observer hears of every
// exchange; nil is nobody.
func (c *Client) NewSession(o Observer) *Session {
	return &Session{client: c, observer: o, ctx: context.Background(), watch: c.sweeper.add()}
}

// Do sends req and fills resp, following redirects. It returns when the answer
// has been read, or when it is clear that there will be none: resp.Err then says
// why. When ctx ends, for whatever reason, the request is cancelled; a limit in
// time that counts as the target's failure is Request.Timeout. Contexts are told
// apart by ==, as those of package context may be.
//
// resp is overwritten; what it refers to is valid until the session's next Do,
// Idle, Reset or Close. That next Do may still send it: as Body or Path.
func (s *Session) Do(ctx context.Context, req *Request, resp *Response) {
	start := Now()
	if ctx != s.ctx {
		s.follow(ctx)
	}
	if c := s.swiftly(start, req); c == nil || !s.swift(c, start, req, resp) {
		s.roam(ctx, start, req, resp)
	}
}

// roam is Do for whatever may happen. What swift has begun it carries on.
func (s *Session) roam(ctx context.Context, start int64, req *Request, resp *Response) {
	s.due = s.deadline(start, req)
	s.setAside(req)
	s.call.begin(req)
	s.resp = resp
	if s.early.conn != nil {
		if !s.exchange(start) {
			return
		}
		start = Now()
	}
	for s.oneHop(ctx, start) {
		start = Now()
	}
}

// oneHop carries out one hop, if it may be, and says whether there is another.
func (s *Session) oneHop(ctx context.Context, start int64) bool {
	start, ok := s.admitted(ctx, start)
	return ok && s.exchange(start)
}

func (s *Session) deadline(start int64, req *Request) int64 {
	timeout := s.client.config.Timeout
	if req.Timeout != 0 {
		timeout = req.Timeout
	}
	if timeout < 0 {
		return never
	}
	return later(start, timeout)
}

// later returns the moment that is a duration, not negative, after another.
func later(at int64, by time.Duration) int64 {
	if int64(by) >= never-at {
		return never
	}
	return at + int64(by)
}

// follow watches ctx instead of what was watched before.
func (s *Session) follow(ctx context.Context) {
	if s.unfollow != nil {
		s.unfollow()
		s.unfollow = nil
	}
	s.ctx = ctx
	s.watch.context.Store(0)
	if ctx.Done() != nil {
		s.unfollow = s.watch.follow(ctx)
	}
}

// exchange does what oneHop says and reports it.
func (s *Session) exchange(start int64) bool {
	s.answer.begin(start)
	*s.resp = Response{}
	x := s.describe(start)
	if err := s.attempt(); err != nil {
		s.fail(err)
	}
	s.finish(x)
	if s.head.has&saidCookie != 0 {
		s.storeCookies()
	}
	x.Followed = s.redirected()
	if s.observer != nil {
		s.observer.Exchanged(x)
	}
	return x.Followed
}

// describe notes what is asked for from where.
func (s *Session) describe(start int64) *Exchange {
	x := &s.resp.Exchange
	x.Request, x.Hop, x.Method, x.Target, x.Path = s.call.request, s.call.hop, s.call.method, s.call.target, s.call.path
	x.Start = start
	return x
}

// attempt does the work of an exchange.
func (s *Session) attempt() error {
	for {
		c, err := s.connect()
		if err != nil {
			return err
		}
		err = s.carry(c)
		if err == nil && s.keep {
			c.last = s.now
			return nil
		}
		s.disappointed(err)
		s.drop(c)
		switch {
		case !errors.Is(err, errUnsent):
			return err
		case !s.resp.Reused:
			return c.wire.reason()
		}
		s.begun = 0
	}
}

// carry sends the request over a connection and reads the answer.
func (s *Session) carry(c *conn) error {
	if s.guarded != c {
		s.watch.guard(c.wire.Conn, nil)
		s.guarded = c
	}
	defer s.watch.disarm()
	if c.h2 != nil {
		return s.carryHTTP2(c)
	}
	return s.carryHTTP1(c)
}

// connect returns a connection to the call's target: one that is there, or a new
// one.
func (s *Session) connect() (*conn, error) {
	if c := s.early.conn; c != nil {
		s.trusting, s.resp.Reused = true, true
		return c, nil
	}
	target := s.client.hop(s.call.target)
	s.resp.Reused = false
	for c := s.find(target); c != nil; c = s.find(target) {
		s.trusting = s.trusted(c)
		if s.resp.Reused = s.trusting || c.alive(); s.resp.Reused {
			return c, nil
		}
		s.trusting = false
		s.drop(c)
	}
	return s.dial(target)
}

// find returns the connection to target, made the first, or nil.
func (s *Session) find(target *Target) *conn {
	for i, c := range s.conns {
		if c.target == target || c.target.same(target) {
			if i > 0 {
				copy(s.conns[1:i+1], s.conns[:i])
				s.conns[0] = c
			}
			return c
		}
	}
	return nil
}

// dial makes a new connection and keeps it.
func (s *Session) dial(target *Target) (*conn, error) {
	c, err := s.openElsewhere(target)
	if s.now = Now(); err != nil {
		if c != nil {
			c.close()
		}
		s.watch.guard(nil, nil)
		if s.watch.cut() {
			err = errCancelled
		}
		return nil, err
	}
	if len(s.conns) == maxConns {
		s.drop(s.conns[maxConns-1])
	}
	s.conns = slices.Insert(s.conns, 0, c)
	s.guarded = c
	return c, nil
}

// openElsewhere is open on a stack that is thrown away: connecting and shaking
// hands go deep, and a user's own stack would stay as large as that for long. A
// panic, of a lookup that is not ours, belongs to the user all the same.
func (s *Session) openElsewhere(target *Target) (c *conn, err error) {
	var panicked any
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() { panicked = recover() }()
		c, err = s.open(target)
	}()
	if <-done; panicked != nil {
		panic(panicked)
	}
	return c, err
}

// open connects, through the proxy if there is one, and shakes hands.
func (s *Session) open(target *Target) (*conn, error) {
	ctx, cancel := s.dialContext()
	defer cancel()
	s.watch.guard(nil, cancel)
	s.guarded = nil
	if s.watch.cut() {
		return nil, errCancelled
	}
	d := dialing{client: s.client, ctx: ctx, due: s.due, timing: s.timing()}
	d.opened, _ = s.observer.(OpenObserver)
	netConn, err := d.dial(target)
	if s.phase = d.phase; err != nil {
		return nil, err
	}
	s.watch.guard(netConn, nil)
	if p := s.client.proxy; p != nil && p.url.Scheme == "https" {
		s.phase = phaseTLS
		if netConn, err = s.secureProxy(netConn); err != nil {
			_ = netConn.Close()
			return nil, err
		}
	}
	c := &conn{target: target, wire: newWire(netConn, s.watch, &s.client.buffers)}
	if s.client.plain {
		c.wire.raw = nil
	}
	return c, s.prepare(c, target)
}

// prepare does everything between TCP and the first request.
func (s *Session) prepare(c *conn, target *Target) error {
	if s.client.tunnels(target) {
		s.phase = phaseProxy
		if err := s.tunnel(c, target); err != nil {
			return err
		}
	}
	if target.Secure() {
		s.phase = phaseTLS
		if err := s.handshake(c, target); err != nil {
			return err
		}
		// Tickets come while the first request is being sent: no answer yet.
		c.wire.patient = c.tls.ConnectionState().Version >= tls.VersionTLS13
	}
	if s.client.config.Protocol == HTTP2 && (c.tls == nil || c.tls.ConnectionState().NegotiatedProtocol == "h2") {
		c.h2, c.wire.patient = newHTTP2(&s.client.config), true
	}
	return nil
}

// dialContext returns a context for resolving and connecting.
func (s *Session) dialContext() (context.Context, context.CancelFunc) {
	due := s.due
	if limit := s.client.config.ConnectTimeout; limit > 0 {
		due = min(due, later(s.now, limit))
	}
	if due == never {
		return context.WithCancel(context.Background())
	}
	return context.WithDeadline(context.Background(), Epoch().Add(duration(due)))
}

// drop closes a connection.
func (s *Session) drop(c *conn) {
	if i := slices.Index(s.conns, c); i >= 0 {
		s.conns = slices.Delete(s.conns, i, i+1)
	}
	if s.guarded == c {
		s.watch.guard(nil, nil)
		s.guarded = nil
	}
	c.close()
}

// Interrupt ends the request in flight, with class cancelled, and every later one
// until Reset. It may be called from any goroutine, before Close.
func (s *Session) Interrupt() { s.watch.interrupt() }

// Reset closes the session's connections and takes an Interrupt back. Cookies
// and TLS sessions stay.
func (s *Session) Reset() {
	for len(s.conns) > 0 {
		s.drop(s.conns[0])
	}
	s.wary = false
	s.watch.interrupted.Store(false)
}

// Forget makes the session a new visitor's: as Reset, and without cookies and
// TLS sessions to resume, but for those in a cache that Config.TLS brings.
func (s *Session) Forget() {
	s.Reset()
	s.ClearCookies()
	s.tickets = tickets{}
}

// Idle gives the session's buffers back while the user thinks. Connections stay.
// Body, Header and Path of the latest response are no longer valid.
func (s *Session) Idle() {
	pool := &s.client.buffers
	pool.put(s.in)
	pool.put(s.out)
	pool.put(s.plain)
	s.in, s.out, s.plain = nil, nil, nil
	s.dropAside()
	for _, c := range s.conns {
		c.wire.release()
		if c.h2 != nil {
			c.h2.release(pool)
		}
	}
}

// Close ends the session: its connections, cookies and memory. Nothing may be
// called after it.
func (s *Session) Close() {
	s.Reset()
	s.Idle()
	if s.unfollow != nil {
		s.unfollow()
		s.unfollow = nil
	}
	s.client.sweeper.remove(s.watch)
}
