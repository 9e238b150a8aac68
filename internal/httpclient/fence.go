package httpclient

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"

	"github.com/loadforge/loadforge/internal/metrics"
)

// A fence is what keeps requests from going where nobody wants them: lists of
// hosts, each of which must have the host of a request in it, and whether
// public addresses are out of bounds. See [Config.Allow] and
// [Client.StayPrivate].
type fence [][]hostPattern

// A hostPattern is one entry of a list of allowed hosts.
type hostPattern struct {
	name   string       // "" if it is about addresses
	below  bool         // any name below it, not itself
	prefix netip.Prefix // of addresses
	port   string       // "" means any
}

func newFence(lists [][]string) (fence, error) {
	var f fence
	for _, list := range lists {
		if len(list) == 0 {
			continue
		}
		patterns := make([]hostPattern, len(list))
		for i, text := range list {
			var err error
			if patterns[i], err = parseHostPattern(text); err != nil {
				return nil, err
			}
		}
		f = append(f, patterns)
	}
	return f, nil
}

// parseHostPattern reads shop.example, *.shop.example, 10.0.0.7, 10.0.0.0/8 or
// [::1], each with a port or without.
func parseHostPattern(text string) (p hostPattern, err error) {
	host := strings.ToLower(strings.TrimSpace(text))
	if !p.addresses(host) && !p.addressAndPort(host) && !p.nameAndPort(host) {
		err = fmt.Errorf("allowed host %q: write a name (shop.example), all names below one (*.shop.example), "+
			"an address (10.0.0.7) or a range of them (10.0.0.0/8), with a port (:8080) where only that is allowed", text)
	}
	return p, err
}

// addresses reads an address or a range of them.
func (p *hostPattern) addresses(text string) bool {
	prefix, err := netip.ParsePrefix(text)
	if addr, notOne := netip.ParseAddr(text); notOne == nil {
		prefix, err = netip.PrefixFrom(addr.Unmap(), addr.Unmap().BitLen()), nil
	}
	p.prefix = prefix.Masked()
	return err == nil
}

// addressAndPort reads [::1], [::1]:80 and 127.0.0.1:80.
func (p *hostPattern) addressAndPort(text string) bool {
	if host, port, err := net.SplitHostPort(text); err == nil {
		p.port = port
		return isPort(port) && p.addresses(host)
	}
	inner, open := strings.CutPrefix(text, "[")
	inner, closed := strings.CutSuffix(inner, "]")
	return open && closed && p.addresses(inner)
}

// nameAndPort reads a name, or *. and one.
func (p *hostPattern) nameAndPort(text string) bool {
	name, port, hasPort := strings.Cut(text, ":")
	name, p.below = strings.CutPrefix(name, "*.")
	name, err := asciiHost(strings.TrimSuffix(name, "."))
	p.name, p.port = name, port
	return err == nil && hasPort == isPort(port) && !strings.ContainsAny(name, "*:/[]")
}

func isPort(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != "" && len(s) <= 5
}

func (p *hostPattern) matches(t *Target) bool {
	if p.port != "" && p.port != t.Port {
		return false
	}
	host := strings.TrimSuffix(t.Host, ".")
	if p.name == "" {
		addr, err := netip.ParseAddr(host)
		return err == nil && p.prefix.Contains(addr.Unmap().WithZone(""))
	}
	if !p.below {
		return host == p.name
	}
	rest, ok := strings.CutSuffix(host, p.name)
	return ok && len(rest) > 1 && rest[len(rest)-1] == '.'
}

// check refuses a target that is not in all lists.
func (f fence) check(t *Target) *Error {
	for _, list := range f {
		if !slices.ContainsFunc(list, func(p hostPattern) bool { return p.matches(t) }) {
			return &Error{Class: metrics.Check, Message: "host " + t.Host + " is not allowed; --allow-host says which are"}
		}
	}
	return nil
}

// MayReach returns an error unless the lists of Config.Allow let requests go
// to t.
func (c *Client) MayReach(t *Target) error {
	if err := c.fence.check(t); err != nil {
		return err
	}
	return nil
}

// StayPrivate has connections to public addresses refused from now on, wherever
// requests, redirects and name servers lead. It may be called at any time. What
// a proxy connects to it can't see, but for addresses in URLs.
func (c *Client) StayPrivate() { c.private.Store(true) }

// errPublic is about requests that StayPrivate keeps here.
var errPublic = &Error{Class: metrics.Check, Message: "a public address needs --allow-public at this load"}

// Public says whether requests to t would go to a public address, and to which:
// as "shop.example (203.0.113.1)", or as "" if they would not, as far as can be
// known. Names are looked up if ask says so.
func (c *Client) Public(ctx context.Context, t *Target, ask bool) string {
	if c.config.UnixSocket != "" {
		return ""
	}
	host, _, err := net.SplitHostPort(c.config.reroute(t.address))
	if err != nil || isPrivateName(host) {
		return ""
	}
	if addr, err := netip.ParseAddr(host); err == nil {
		if isPublic(addr) {
			return host
		}
		return ""
	}
	if !ask {
		return ""
	}
	addrs, err := c.names.resolve(ctx, host)
	if err != nil {
		return "" // the run will say so
	}
	for _, addr := range addrs {
		if isPublic(addr) {
			return fmt.Sprintf("%s (%s)", host, addr.Unmap())
		}
	}
	return ""
}

// isPrivateName reports whether a name can't be one of the public Internet:
// RFC 6761, RFC 6762, RFC 8375 and the private top-level domain of ICANN.
func isPrivateName(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	last := host[strings.LastIndexByte(host, '.')+1:]
	switch last {
	case "localhost", "local", "internal", "test", "invalid":
		return true
	}
	return strings.HasSuffix(host, ".home.arpa")
}

var (
	// Ranges that package netip does not know and that are nobody else's.
	sharedRange    = netip.MustParsePrefix("100.64.0.0/10") // RFC 6598: between a provider and its customers
	benchmarkRange = netip.MustParsePrefix("198.18.0.0/15") // RFC 2544: made for load tests
	translated     = netip.MustParsePrefix("64:ff9b::/96")  // RFC 6052: an IPv4 address in its last four bytes
)

// isPublic reports whether an address may be anybody's. Those of documentation
// (RFC 5737) count: they stand for such addresses.
func isPublic(addr netip.Addr) bool {
	addr = addr.Unmap().WithZone("")
	if translated.Contains(addr) {
		b := addr.As16()
		addr = netip.AddrFrom4([4]byte(b[12:]))
	}
	return addr.IsGlobalUnicast() && !addr.IsPrivate() && !sharedRange.Contains(addr) && !benchmarkRange.Contains(addr)
}
