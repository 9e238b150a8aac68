package metrics

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"
)

// openedAs tells addresses in short.
func openedAs(list []AddressStats) (short []string) {
	for _, a := range list {
		short = append(short, fmt.Sprintf("%s %s %d", a.Name, a.Address, a.Opened))
	}
	return short
}

func TestConnectionsAreCountedByAddress(t *testing.T) {
	r := NewRecorder(RecorderConfig{Shards: 2})
	for i, c := range []struct{ host, addr string }{
		{"b.test", "10.0.0.2"},
		{"a.test", "10.0.0.2"},
		{"b.test", "10.0.0.1"},
		{"b.test", "::ffff:10.0.0.2"},
		{"b.test", "fe80::1%eth0"},
		{"\x1b[31m\u202ea.test b", "10.0.0.9"},
	} {
		r.Shard(i).Opened(r.Address(c.host, netip.MustParseAddr(c.addr)), int64(i))
	}
	r.Shard(0).Opened(77, 1)
	want := []string{
		" [31m a.test b 10.0.0.9 1", "(other)  1", "a.test 10.0.0.2 1", "b.test 10.0.0.1 1", "b.test 10.0.0.2 2", "b.test fe80::1 1",
	}
	s := r.Collect(0)
	if got := openedAs(s.Addresses); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if s, err := DecodeSnapshot(encoded(t, s)); err != nil || !slices.Equal(openedAs(s.Addresses), want) {
		t.Errorf("decoded %+v, %v; want %q", s, err, want)
	}
	if got := r.Collect(1).Addresses; got != nil {
		t.Errorf("a second without connections has %v", got)
	}
	r.Shard(0).Opened(r.Address("a.test", netip.MustParseAddr("10.0.0.2")), 2*int64(time.Second))
	if s := r.Finish(2 * time.Second); s == nil || !slices.Equal(openedAs(s.Addresses), []string{"a.test 10.0.0.2 1"}) {
		t.Errorf("got %+v of what is left, want the connection", s)
	}
}

// Past the limit no connection is lost, and workers that saw others merge to one
// list of the same length.
func TestAddressesAreBounded(t *testing.T) {
	total := uint64(0)
	var t1 Total
	for worker := range 3 {
		r := NewRecorder(RecorderConfig{Worker: worker, Shards: 1})
		for i := range 3 * MaxAddresses {
			r.Shard(0).Opened(r.Address("many.test", netip.AddrFrom4([4]byte{10, 0, byte(worker), byte(i)})), 0)
			total++
		}
		s := r.Collect(0)
		if len(s.Addresses) != MaxAddresses+1 || s.Addresses[0] != (AddressStats{OtherName, "", 2 * MaxAddresses}) {
			t.Errorf("worker %d kept %d addresses, first %+v", worker, len(s.Addresses), s.Addresses[0])
		}
		if _, err := DecodeSnapshot(encoded(t, s)); err != nil {
			t.Error(err)
		}
		t1.Add(s)
	}
	list, opened := t1.Summary(0).Addresses, uint64(0)
	for _, a := range list {
		opened += a.Opened
	}
	if last := list[len(list)-1]; len(list) != MaxAddresses+1 || last.Name != OtherName || opened != total {
		t.Errorf("got %d connections to %d addresses, the last %+v; want %d to %d and the others", opened, len(list), last, total, MaxAddresses)
	}
}

// Connections are opened while users come: most of them in the warm-up.
func TestAddressesOfTheWarmupCount(t *testing.T) {
	total := Total{Warmup: time.Second}
	for second, list := range [][]AddressStats{
		{{"a.test", "10.0.0.1", 5}},
		{{"a.test", "10.0.0.1", 1}, {"a.test", "10.0.0.2", 9}},
	} {
		total.Add(&Snapshot{Second: second, Length: time.Second, Workers: 1, Addresses: list})
	}
	want := []string{"a.test 10.0.0.2 9", "a.test 10.0.0.1 6"}
	if got := openedAs(total.Summary(0).Addresses); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAddressesThatNoRecorderMadeAreRefused(t *testing.T) {
	many := make([]AddressStats, MaxAddresses+2)
	for i := range many {
		many[i] = AddressStats{"a.test", fmt.Sprintf("10.0.1.%d", 100+i), 1}
	}
	for name, list := range map[string][]AddressStats{
		"no address":                 {{"a.test", "<script>", 1}},
		"another way to write one":   {{"a.test", "0:0:0:0:0:0:0:1", 1}},
		"a name without an address":  {{"a.test", "", 1}},
		"a name that breaks a line":  {{"a\n.test", "10.0.0.1", 1}},
		"the same twice":             {{"a.test", "10.0.0.1", 1}, {"a.test", "10.0.0.1", 1}},
		"more than are kept":         many,
		"an address longer than any": {{"a.test", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff%eth0", 1}},
	} {
		if s, err := DecodeSnapshot(encoded(t, &Snapshot{Workers: 1, Addresses: list})); err == nil {
			t.Errorf("%s: got %+v, want an error", name, s.Addresses)
		}
	}
}
