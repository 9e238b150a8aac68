package page_test

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"encoding/json"
	"io"
	"testing"

	"github.com/loadforge/loadforge/internal/page"
)

// A decoded page is what a reader makes of the bytes.
type decoded struct {
	Head struct {
		V       int             `json:"v"`
		Seq     uint64          `json:"seq"`
		Run     json.RawMessage `json:"run"`
		Loads   json.RawMessage `json:"loads"`
		Status  page.Status     `json:"status"`
		Events  []page.Event    `json:"events"`
		Names   []page.Name     `json:"names"`
		Buckets axis            `json:"buckets"`
		Cells   axis            `json:"cells"`
		Columns []struct {
			ID  string `json:"id"`
			N   int    `json:"n"`
			Opt bool   `json:"opt"`
		} `json:"columns"`
	}
	JSON    json.RawMessage
	Columns map[string][]*int64
	Cells   [][][]uint64 // by name and step
	Dists   [][]uint64   // by name
}

type axis struct {
	Count int `json:"count"`
	Width int `json:"width_s"`
}

// decode reads a page as docs/page-data.md says.
func decode(t testing.TB, compressed []byte) *decoded {
	t.Helper()
	b := must[[]byte](t)(io.ReadAll(flate.NewReader(bytes.NewReader(compressed))))
	in := &input{t: t, rest: b}
	if got := string(in.take(4)); got != "LFP1" {
		t.Fatalf("the page begins with %q", got)
	}
	d := &decoded{Columns: map[string][]*int64{}}
	d.JSON = in.take(int(in.uvarint()))
	if err := json.Unmarshal(d.JSON, &d.Head); err != nil {
		t.Fatal(err)
	}
	for _, c := range d.Head.Columns {
		d.Columns[c.ID] = in.column(c.N, c.Opt)
	}
	for range d.Head.Names {
		var steps [][]uint64
		for range d.Head.Cells.Count {
			steps = append(steps, in.pairs())
		}
		d.Cells = append(d.Cells, steps)
	}
	for range d.Head.Names {
		d.Dists = append(d.Dists, in.pairs())
	}
	if len(in.rest) > 0 {
		t.Fatalf("%d bytes are left", len(in.rest))
	}
	return d
}

type input struct {
	t    testing.TB
	rest []byte
}

func (in *input) take(n int) []byte {
	if n > len(in.rest) {
		in.t.Fatalf("%d bytes wanted, %d left", n, len(in.rest))
	}
	b := in.rest[:n]
	in.rest = in.rest[n:]
	return b
}

func (in *input) uvarint() uint64 {
	v, n := binary.Uvarint(in.rest)
	in.take(n)
	return v
}

func (in *input) column(n int, opt bool) []*int64 {
	list := make([]*int64, n)
	at := int64(0)
	for i := range list {
		z := in.uvarint()
		at += int64(z>>1) ^ -int64(z&1)
		v := at
		if opt {
			v--
		}
		if !opt || at != 0 {
			list[i] = &v
		}
	}
	return list
}

func (in *input) pairs() []uint64 {
	list := []uint64{}
	for range in.uvarint() {
		list = append(list, in.uvarint(), in.uvarint())
	}
	return list
}

// count sums up the counts of pairs.
func count(pairs []uint64) uint64 {
	sum := uint64(0)
	for i := 1; i < len(pairs); i += 2 {
		sum += pairs[i]
	}
	return sum
}
