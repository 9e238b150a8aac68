package httpclient

import (
	"net/netip"

	"github.com/loadforge/loadforge/internal/metrics"
)

// A Timing says when an exchange happened and how long its parts took, in
// nanoseconds; Start and End are readings of [Now]. A part that did not happen
// is zero: a reused connection has no DNS, Connect and TLS.
type Timing struct {
	Start   int64 // the session turned to this exchange
	End     int64 // the last byte was read, or the failure noticed
	DNS     int64 // resolving the name
	Connect int64 // connecting, a proxy's part included
	TLS     int64 // handshake
	TTFB    int64 // first byte written to first byte of the answer read
	Service int64 // first byte written to last byte read, or to the failure
}

// An Exchange is one request and its answer on the wire, or the attempt.
type Exchange struct {
	Timing
	Request  *Request      // the caller's
	Hop      int           // how many redirects led here
	Method   string        // as sent
	Target   *Target       // where this hop went
	Path     []byte        // what it asked for; valid as long as the body
	Status   int           // zero when there was no answer
	Proto    string        // "HTTP/1.1", "HTTP/1.0", "HTTP/2.0"; "" when there was no answer
	Class    metrics.Class // what went wrong; OK for any complete answer, whatever its status
	Err      error         // nil, or an *Error of that class
	BytesOut int64         // on the wire, TLS included; handshakes left out
	BytesIn  int64
	Sent     bool // something of the request left this machine
	Reused   bool // the connection was there before
	Followed bool // a redirect, and the session turns to where it leads
}

// A Response is what became of a request: the last exchange and the answer's
// content. Header, Body and Path are valid until the session's next Do, Idle,
// Reset or Close. A status of 400 or more is not an error here.
type Response struct {
	Exchange
	Header Header
	Body   []byte // decoded
}

// URL returns the address that answered, after redirects.
func (r *Response) URL() string {
	if r.Target == nil {
		return ""
	}
	return r.Target.base + string(r.Path)
}

// An Observer hears of every exchange, redirect hops included, when it has
// ended and before Do returns. The exchange is valid during the call only. A
// connection that failed is reported too, with Sent false; a request that was
// refused before anything was attempted, as malformed, cancelled or by the
// [Gate], is not.
type Observer interface {
	Exchanged(*Exchange)
}

// An OpenObserver is an [Observer] that hears as well of each connection that was
// opened, before anything is said on it: which host was looked up (a proxy where
// there is one, what ConnectTo leads to) and the address it led to. Connections
// to Unix sockets and attempts that failed are not reported. The call comes
// while Do waits, on a goroutine of its own.
type OpenObserver interface {
	Opened(host string, addr netip.Addr)
}
