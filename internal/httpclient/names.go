package httpclient

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// maxNames is how many hosts are remembered, more only while they are asked for.
const maxNames = 4096

// A lookupFunc resolves a host to its addresses.
type lookupFunc func(ctx context.Context, host string) ([]netip.Addr, error)

// names remembers what hosts resolve to, so that thousands of users starting at
// once ask once, and deals a host's addresses out in turn. It is safe for
// concurrent use.
type names struct {
	lookup lookupFunc
	ttl    time.Duration // negative: ask every time

	mu    sync.Mutex
	hosts map[string]*name
}

// A name is what is known of one host.
type name struct {
	addrs   []netip.Addr
	bad     []netip.Addr  // did not answer: tried last
	asked   int64         // when addrs were asked for
	turn    int           // which address is next
	pending chan struct{} // closed when the question under way is answered; nil: none is
	err     error         // what that question came to
}

func newNames(lookup lookupFunc, ttl time.Duration) *names {
	if lookup == nil {
		lookup = func(ctx context.Context, host string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		}
	}
	return &names{lookup: lookup, ttl: ttl, hosts: make(map[string]*name)}
}

// resolve returns the addresses of host in the order to try them. The slice is
// the caller's.
func (n *names) resolve(ctx context.Context, host string) ([]netip.Addr, error) {
	if addr, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{addr}, nil
	}
	if n.ttl < 0 {
		return n.lookup(ctx, host)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for {
		entry := n.entry(host)
		stale := len(entry.addrs) == 0 || Now()-entry.asked > int64(n.ttl)
		switch {
		case !stale:
			return entry.next(), nil
		case entry.pending == nil:
			if err := n.ask(ctx, host, entry); err != nil {
				return nil, err
			}
			return entry.next(), nil
		case len(entry.addrs) > 0:
			return entry.next(), nil // somebody is asking: the old answer will do
		}
		if err := n.wait(ctx, entry); err != nil {
			return nil, err
		}
	}
}

func (n *names) entry(host string) *name {
	entry := n.hosts[host]
	if entry == nil {
		if len(n.hosts) >= maxNames {
			n.forget()
		}
		entry = new(name)
		n.hosts[host] = entry
	}
	return entry
}

// forget makes room for another host: redirects can lead to any number of them.
func (n *names) forget() {
	for host, entry := range n.hosts {
		if entry.pending == nil {
			delete(n.hosts, host)
			return
		}
	}
}

// ask resolves host for everyone. n.mu is held, but not while asking.
func (n *names) ask(ctx context.Context, host string, entry *name) error {
	asked := make(chan struct{})
	entry.pending = asked
	err := errNoAnswer // what the others learn if the lookup panics
	defer func() {
		entry.pending, entry.err = nil, err
		close(asked)
	}()
	addrs, err := n.look(ctx, host)
	if err == nil {
		entry.addrs, entry.bad, entry.asked = dedupe(addrs), nil, Now()
	}
	return err
}

var errNoAnswer = errors.New("the lookup did not return")

// look asks without holding n.mu.
func (n *names) look(ctx context.Context, host string) ([]netip.Addr, error) {
	n.mu.Unlock()
	defer n.mu.Lock()
	addrs, err := n.lookup(ctx, host)
	if err == nil && len(addrs) == 0 {
		err = &net.DNSError{Err: "no address", Name: host, IsNotFound: true}
	}
	return addrs, err
}

// wait waits for somebody else's question. Its failure is ours as well, unless
// it was only that somebody's time that was over.
func (n *names) wait(ctx context.Context, entry *name) error {
	asked := entry.pending
	n.mu.Unlock()
	defer n.mu.Lock()
	select {
	case <-asked:
	case <-ctx.Done():
		return ctx.Err()
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if entry.err != nil && !isTimeout(entry.err) && ctx.Err() == nil && !isCancel(entry.err) {
		return entry.err
	}
	return nil
}

// next returns the addresses, another one first each time, bad ones last.
func (e *name) next() []netip.Addr {
	e.turn++
	order := make([]netip.Addr, 0, len(e.addrs))
	for i := range e.addrs {
		if addr := e.addrs[(e.turn+i)%len(e.addrs)]; !slices.Contains(e.bad, addr) {
			order = append(order, addr)
		}
	}
	return append(order, e.bad...)
}

// judge remembers whether an address of host answered.
func (n *names) judge(host string, addr netip.Addr, answered bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	entry := n.hosts[host]
	if entry == nil || len(entry.addrs) < 2 || !slices.Contains(entry.addrs, addr) {
		return
	}
	known := slices.Contains(entry.bad, addr)
	switch {
	case answered && known:
		entry.bad = slices.DeleteFunc(slices.Clone(entry.bad), func(a netip.Addr) bool { return a == addr })
	case !answered && !known:
		entry.bad = append(slices.Clip(entry.bad), addr)
	}
}

func dedupe(addrs []netip.Addr) []netip.Addr {
	unique := make([]netip.Addr, 0, len(addrs))
	for _, addr := range addrs {
		if addr = addr.Unmap(); !slices.Contains(unique, addr) {
			unique = append(unique, addr)
		}
	}
	return unique
}
