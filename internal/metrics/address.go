package metrics

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"
)

// MaxAddresses is how many addresses of hosts are kept apart; connections to
// others count under OtherName.
const MaxAddresses = 64

// AddressStats counts the connections that were opened to one address of a host:
// to the host that was looked up, so to a proxy where there is one.
type AddressStats struct {
	Name    string // of the host; OtherName for all past MaxAddresses
	Address string // IP address without port and zone; "" under OtherName
	Opened  uint64 // connections, whatever became of them
}

// An AddressID stands for an address of a host; see [Recorder.Address].
type AddressID uint32

// Address returns the number that stands for an address of a host. When there
// are MaxAddresses already, it is that of OtherName.
func (r *Recorder) Address(host string, addr netip.Addr) AddressID {
	text := addr.Unmap().WithZone("").String() + " " + r.redact(host)
	return AddressID(r.addresses.id(name{text: text}, 0))
}

// Opened counts a connection to an address.
func (s *Shard) Opened(id AddressID, at int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.page(at)
	if int(id) >= len(p.opened) {
		known := s.recorder.addresses.count()
		if int(id) >= known {
			id = 0
		}
		p.opened = append(p.opened, make([]uint32, known-len(p.opened))...)
	}
	p.opened[id]++
}

func (r *Recorder) collectAddresses(pages []*page) []AddressStats {
	var sums []AddressStats
	for i, n := range r.addresses.all() {
		opened := uint64(0)
		for _, p := range pages {
			if i < len(p.opened) {
				opened += uint64(p.opened[i])
			}
		}
		if opened > 0 {
			sums = append(sums, addressOf(n.text, opened))
		}
	}
	slices.SortFunc(sums, func(a, b AddressStats) int { return a.compare(&b) })
	return sums
}

// addressOf takes apart what Address put together.
func addressOf(text string, opened uint64) AddressStats {
	if text == OtherName {
		return AddressStats{Name: OtherName, Opened: opened}
	}
	address, host, _ := strings.Cut(text, " ")
	return AddressStats{Name: host, Address: address, Opened: opened}
}

func (a *AddressStats) compare(o *AddressStats) int {
	return cmp.Or(strings.Compare(a.Name, o.Name), strings.Compare(a.Address, o.Address))
}

func addressTable() table[AddressStats] {
	return table[AddressStats]{
		limit:   MaxAddresses,
		compare: (*AddressStats).compare,
		hash:    func(a *AddressStats) uint64 { return hashOf(0, a.Name, a.Address) },
		blank:   func(a *AddressStats) AddressStats { return AddressStats{Name: a.Name, Address: a.Address} },
		others:  func(*AddressStats) AddressStats { return AddressStats{Name: OtherName} },
		add:     func(to, from *AddressStats) { to.Opened += from.Opened },
	}
}

// ranked returns addresses as people read them: by name, the most used first,
// all others at the end.
func ranked(list []AddressStats) []AddressStats {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b AddressStats) int {
		if a.Address == "" || b.Address == "" {
			return strings.Compare(b.Address, a.Address)
		}
		return cmp.Or(strings.Compare(a.Name, b.Name), cmp.Compare(b.Opened, a.Opened))
	})
	return list
}

func (w *writer) address(a *AddressStats) {
	w.text(a.Name)
	w.text(a.Address)
	w.numbers(a.Opened)
	w.end(tagAddress)
}

func (d *decoder) address(r *reader) {
	list := &d.snapshot.Addresses
	if len(*list) > MaxAddresses {
		r.fail("more than %d addresses", MaxAddresses)
		return
	}
	*list = append(*list, AddressStats{Name: r.text(MaxName), Address: r.ip(), Opened: r.number()})
	n := len(*list)
	if a := &(*list)[n-1]; a.Address == "" && a.Name != OtherName {
		r.fail("a name without an address")
	}
	if n > 1 && (*list)[n-2].compare(&(*list)[n-1]) >= 0 {
		r.fail("addresses are not in order")
	}
}

// ip reads an IP address as a recorder writes it, or nothing.
func (r *reader) ip() string {
	const longest = len("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")
	text := r.text(longest)
	if addr, err := netip.ParseAddr(text); text != "" && (err != nil || addr.String() != text) {
		r.fail("%q is no IP address", text)
		return ""
	}
	return text
}
