package metrics

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

func TestPortRange(t *testing.T) {
	for _, c := range []struct {
		text string
		want int
	}{
		{"32768\t60999\n", 28232},
		{"40000 40050", 51},
		{"", 0},
		{"1 2 3", 0},
		{"a b", 0},
		{"5 4", 0},
	} {
		if got := portRange(c.text); got != c.want {
			t.Errorf("%q: got %d, want %d", c.text, got, c.want)
		}
	}
}

func TestSocketsInUse(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       int
	}{
		{"as Linux writes it", "sockets: used 16\nTCP: inuse 5 orphan 0 tw 12 alloc 1 mem 128\nUDP: inuse 3 mem 0\n", 17},
		{"of version 6", "TCP6: inuse 4\nUDP6: inuse 1\n", 4},
		{"nothing", "", 0},
		{"no numbers", "TCP: inuse many tw", 0},
	} {
		if got := socketsInUse(c.text); got != c.want {
			t.Errorf("%s: got %d, want %d", c.name, got, c.want)
		}
	}
}

func TestPortsAreUnknownWithoutARange(t *testing.T) {
	var p platform
	if inUse, size := p.ports(); inUse != 0 || size != 0 {
		t.Errorf("got %d of %d", inUse, size)
	}
	p.open()
	if inUse, size := p.ports(); inUse < 0 || size < 0 || size > 65536 {
		t.Errorf("got %d of %d", inUse, size)
	}
}

func TestListedDescriptorsAgreeWithTheCount(t *testing.T) {
	if listed, counted := listedDescriptors("/proc/self/fd"), openDescriptors(); listed != counted {
		t.Errorf("listed %d, counted %d", listed, counted)
	}
}

func TestDescriptorsOfADirectoryThatIsNotThere(t *testing.T) {
	if got := listedDescriptors(filepath.Join(t.TempDir(), "fd")); got != 0 {
		t.Errorf("got %d", got)
	}
}

// What listing the descriptors costs where their number can't be asked for.
func BenchmarkListDescriptors(b *testing.B) {
	for _, n := range []int{100, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for range n {
				f, err := os.Open(os.DevNull)
				if err != nil {
					b.Skip("the limit of descriptors is too low: ", err)
				}
				defer f.Close()
			}
			for b.Loop() {
				listedDescriptors("/proc/self/fd")
			}
		})
	}
}
