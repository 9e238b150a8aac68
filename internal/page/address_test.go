package page_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/internal/page"
)

func TestAddressesAreInThePage(t *testing.T) {
	run := metrics.Run{Test: "names", Warmup: time.Second}
	for _, c := range []struct {
		name string
		list []metrics.AddressStats
		want []page.Address
		json string
	}{
		{"none", nil, []page.Address{}, `"addresses":[]`},
		{
			"a name that led to two, the most used first",
			[]metrics.AddressStats{{Name: metrics.OtherName, Opened: 9}, {Name: "a.test", Address: "10.0.0.1", Opened: 1}, {Name: "a.test", Address: "::1", Opened: 3}},
			[]page.Address{{"a.test", "::1", 3}, {"a.test", "10.0.0.1", 1}, {"(other)", "", 9}},
			`{"name":"(other)","address":"","connections":9}`,
		},
		{
			"a name that means harm",
			[]metrics.AddressStats{{Name: "</script>\u202e\x1b[31m", Address: "10.0.0.1", Opened: 1}},
			[]page.Address{{page.Clean("</script>\u202e\x1b[31m"), "10.0.0.1", 1}},
			`{"name":"\u003c/script\u003e`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, total := page.New(run), metrics.Total{Warmup: run.Warmup}
			s := &metrics.Snapshot{Length: time.Second, Workers: 1, Addresses: c.list}
			b.Add(s)
			total.Add(s)
			status := b.Live(&metrics.Progress{Total: total.Summary(0)})
			var out bytes.Buffer
			if err := b.Encode(&out, 1, &status); err != nil {
				t.Fatal(err)
			}
			got := decode(t, out.Bytes())
			if !slices.Equal(got.Status.Addresses, c.want) || !bytes.Contains(got.JSON, []byte(c.json)) {
				t.Errorf("got %+v, want %+v and %s in\n%s", got.Status.Addresses, c.want, c.json, got.JSON)
			}
		})
	}
}
