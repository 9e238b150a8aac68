package terminal

import (
	"slices"

	"github.com/loadforge/loadforge/internal/metrics"
)

const (
	summaryAddresses = 3  // how many of a name are shown
	summaryHost      = 40 // the width of a name at most
)

// addresses tells where the connections of a name went, if any name led to
// several addresses: of the one that led to the most. It gives way to the names
// of requests where there is little room.
func (s *summary) addresses() []row {
	list := spread(s.sum.Addresses)
	if len(list) < 2 {
		return nil
	}
	opened := uint64(0)
	for _, a := range list {
		opened += a.Opened
	}
	name := cut(s.called(list[0].Name), summaryHost, s.dots)
	r := s.named("Addresses", 0, of(0, name+" led to "+count(uint64(len(list))), plainInk))
	shown := s.most(summaryAddresses, len(list))
	for i, a := range list[:shown] {
		r.left = append(r.left, of(1+i, s.clean(a.Address), plainInk, " "+percent(a.Opened, opened), faint))
	}
	if more := len(list) - shown; more > 0 {
		r.left = append(r.left, of(1+shown, "and "+count(uint64(more))+" more", faint))
	}
	return []row{r}
}

// spread returns the addresses of the name that has the most of them. They come
// by name.
func spread(list []metrics.AddressStats) (most []metrics.AddressStats) {
	for len(list) > 0 {
		end := slices.IndexFunc(list, func(a metrics.AddressStats) bool { return a.Name != list[0].Name })
		if end < 0 {
			end = len(list)
		}
		if end > len(most) {
			most = list[:end]
		}
		list = list[end:]
	}
	return most
}
