package httpclient

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"syscall"
	"time"
)

// A conn is a connection to a target, possibly through a proxy.
type conn struct {
	target *Target
	wire   *wire
	tls    *tls.Conn // nil: plain
	h2     *http2    // nil: HTTP/1
	last   int64     // when it was last used
}

// minDial is the least time an address gets while others wait for their turn.
const minDial = 2 * time.Second

// close ends the connection and gives its buffers back.
func (c *conn) close() {
	if c.h2 != nil {
		c.wire.buffers.put(c.h2.in)
	}
	if c.tls != nil {
		_ = c.tls.Close()
		return
	}
	_ = c.wire.Close()
}

// alive reports whether an idle connection can carry a request: it was not
// closed, and nothing came that nobody asked for.
func (c *conn) alive() bool {
	arrived := c.wire.pending()
	if arrived == nothing || arrived == closing {
		return arrived == nothing
	}
	if c.h2 != nil {
		return c.h2.catchUp(c)
	}
	return c.tls != nil && c.onlyTickets()
}

// onlyTickets reads what came on an idle TLS connection and reports whether that
// was TLS's own business.
func (c *conn) onlyTickets() bool {
	var p [1]byte
	n, err := c.receiveNow(p[:])
	return n == 0 && errors.Is(err, errWouldBlock)
}

// receiveNow receives what is there, or errWouldBlock.
func (c *conn) receiveNow(in []byte) (int, error) {
	c.wire.nowait = true
	defer func() { c.wire.nowait = false }()
	if c.tls != nil {
		return c.tls.Read(in)
	}
	return c.wire.Read(in)
}

// A dialing is the making of one connection: what it may take and what it took.
type dialing struct {
	client *Client
	ctx    context.Context
	due    int64 // the whole request's
	timing *Timing
	phase  phase
	opened OpenObserver // nil: nobody
}

// reroute applies ConnectTo.
func (c *Config) reroute(address string) string {
	if other, ok := c.ConnectTo[address]; ok {
		return other
	}
	return address
}

// dial connects to where target's requests go.
func (d *dialing) dial(target *Target) (net.Conn, error) {
	config := &d.client.config
	if config.UnixSocket != "" {
		return d.connect(func() (net.Conn, error) { return dialUnix(d.ctx, config.UnixSocket) })
	}
	address := config.reroute(target.address)
	if d.client.proxy != nil {
		address = d.client.proxy.target.address
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, &Error{Class: errNoTarget.Class, Message: "bad address to connect to", Cause: err}
	}
	addrs, err := d.resolve(host)
	if err != nil {
		return nil, err
	}
	if d.client.private.Load() && d.client.proxy == nil {
		if addrs = slices.DeleteFunc(addrs, isPublic); len(addrs) == 0 {
			return nil, errPublic
		}
	}
	return d.connect(func() (net.Conn, error) { return d.anyOf(host, port, addrs) })
}

func (d *dialing) resolve(host string) ([]netip.Addr, error) {
	d.phase = phaseLookup
	start := Now()
	addrs, err := d.client.names.resolve(d.ctx, host)
	if _, literal := netip.ParseAddr(host); literal != nil {
		d.timing.DNS = Now() - start
	}
	return addrs, err
}

func (d *dialing) connect(dial func() (net.Conn, error)) (net.Conn, error) {
	d.phase = phaseConnect
	if d.client.proxy != nil {
		d.phase = phaseProxy
	}
	start := Now()
	conn, err := dial()
	d.timing.Connect = Now() - start
	return conn, err
}

// anyOf tries the addresses in turn. The first error is the one that counts,
// unless it is only that this machine can not reach that kind of address.
func (d *dialing) anyOf(host, port string, addrs []netip.Addr) (net.Conn, error) {
	var failure error
	for i, addr := range addrs {
		conn, err := d.one(addr, port, len(addrs)-i)
		if err == nil {
			d.client.names.judge(host, addr, true)
			if d.opened != nil {
				d.opened.Opened(host, addr)
			}
			return conn, nil
		}
		if isExhausted(err, addr) {
			return nil, err
		}
		if failure == nil || isUnreachable(failure) {
			failure = err
		}
		if d.ctx.Err() != nil {
			break
		}
		d.client.names.judge(host, addr, false)
	}
	return nil, failure
}

// one connects to one address, leaving time for left-1 others.
func (d *dialing) one(addr netip.Addr, port string, left int) (net.Conn, error) {
	ctx := d.ctx
	if deadline, ok := ctx.Deadline(); ok && left > 1 {
		share := max(time.Until(deadline)/time.Duration(left), minDial)
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, share)
		defer cancel()
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return nil, &Error{Class: errNoTarget.Class, Message: "bad port", Cause: err}
	}
	dialer := net.Dialer{KeepAlive: -1, LocalAddr: d.source(addr), Control: lateBind}
	return dialer.DialContext(ctx, "tcp", netip.AddrPortFrom(addr, uint16(number)).String())
}

// source returns the local address whose turn it is, or nil.
func (d *dialing) source(to netip.Addr) net.Addr {
	sources := d.client.config.Sources
	if len(sources) == 0 {
		return nil
	}
	turn := int(d.client.dials.Add(1))
	for i := range sources {
		source := sources[(turn+i)%len(sources)]
		if source.Is4() == to.Unmap().Is4() {
			return net.TCPAddrFromAddrPort(netip.AddrPortFrom(source, 0))
		}
	}
	return nil
}

func dialUnix(ctx context.Context, path string) (net.Conn, error) {
	var dialer net.Dialer
	return dialer.DialContext(ctx, "unix", path)
}

// isUnreachable reports an error that says more about this machine's kinds of
// addresses than about the target.
func isUnreachable(err error) bool {
	return errors.Is(err, syscall.EADDRNOTAVAIL) || errors.Is(err, syscall.ENETUNREACH) || errors.Is(err, syscall.EAFNOSUPPORT)
}

// isExhausted reports that this machine has no descriptor or no port left, which
// says nothing about an address. An address of version 6 may also be one that
// this machine has no way to.
func isExhausted(err error, addr netip.Addr) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.EADDRNOTAVAIL) && addr.Unmap().Is4()
}

func isCancel(err error) bool { return errors.Is(err, context.Canceled) }
