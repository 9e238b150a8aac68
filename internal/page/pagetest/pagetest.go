// Package pagetest reads pages, for the tests of those who make and serve them.
// It follows docs/page-data.md and shares nothing with package page but the
// shapes of its JSON.
package pagetest

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/loadforge/loadforge/internal/page"
)

// A Page is what a reader makes of the bytes.
type Page struct {
	Head
	JSON    json.RawMessage     // Head as it was written
	Values  map[string][]*int64 // by column; nil is no value
	Heat    [][][]uint64        // pairs of the cells by name and step
	Dists   [][]uint64          // pairs of the distributions by name
	Columns []Column
}

// Head is the JSON part of a page.
type Head struct {
	Version int             `json:"v"`
	Seq     uint64          `json:"seq"`
	Run     json.RawMessage `json:"run"`
	Loads   json.RawMessage `json:"loads"`
	Status  page.Status     `json:"status"`
	Events  []page.Event    `json:"events"`
	Names   []page.Name     `json:"names"`
	Buckets Axis            `json:"buckets"`
	Cells   Axis            `json:"cells"`
}

// An Axis is steps of time.
type Axis struct {
	Count int `json:"count"`
	Width int `json:"width_s"`
}

// A Column says what a column is.
type Column struct {
	ID  string `json:"id"`
	N   int    `json:"n"`
	Opt bool   `json:"opt"`
}

// most bounds what is read, so that a few bytes can't ask for much memory.
const most = 1 << 30

// Decode reads a page.
func Decode(compressed []byte) (*Page, error) {
	b, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(compressed)), most))
	if err != nil {
		return nil, fmt.Errorf("inflating the page: %w", err)
	}
	return decode(b)
}

func decode(b []byte) (*Page, error) {
	in := &input{rest: b}
	if got := string(in.take(4)); got != "LFP1" {
		return nil, fmt.Errorf("a page does not begin with %q", got)
	}
	p := &Page{Values: map[string][]*int64{}}
	p.JSON = in.take(in.uvarint())
	if in.err != nil {
		return nil, in.err
	}
	if err := json.Unmarshal(p.JSON, &p.Head); err != nil {
		return nil, fmt.Errorf("decoding the head: %w", err)
	}
	var notes struct{ Columns []Column }
	if err := json.Unmarshal(p.JSON, &notes); err != nil {
		return nil, fmt.Errorf("decoding the columns: %w", err)
	}
	p.Columns = notes.Columns
	in.block(p)
	if in.err == nil && len(in.rest) > 0 {
		return nil, fmt.Errorf("%d bytes are left", len(in.rest))
	}
	return p, in.err
}

// An input is what is left to read. After an error all of it is zero.
type input struct {
	rest []byte
	err  error
}

var errTruncated = errors.New("the page is truncated")

func (in *input) block(p *Page) {
	for _, c := range p.Columns {
		p.Values[c.ID] = in.column(c)
	}
	for range p.Names {
		var steps [][]uint64
		for i := 0; i < p.Cells.Count && in.err == nil; i++ {
			steps = append(steps, in.pairs())
		}
		p.Heat = append(p.Heat, steps)
	}
	for range p.Names {
		p.Dists = append(p.Dists, in.pairs())
	}
}

func (in *input) take(n uint64) []byte {
	if n > uint64(len(in.rest)) {
		in.err, in.rest = errTruncated, nil
		return nil
	}
	b := in.rest[:n]
	in.rest = in.rest[n:]
	return b
}

func (in *input) uvarint() uint64 {
	v, n := binary.Uvarint(in.rest)
	if n <= 0 {
		in.err, in.rest = errTruncated, nil
		return 0
	}
	in.rest = in.rest[n:]
	return v
}

func (in *input) column(c Column) (list []*int64) {
	at := int64(0)
	for i := 0; i < c.N && in.err == nil; i++ {
		z := in.uvarint()
		at += int64(z>>1) ^ -int64(z&1)
		v := at
		switch {
		case !c.Opt:
			list = append(list, &v)
		case at == 0:
			list = append(list, nil)
		default:
			v--
			list = append(list, &v)
		}
	}
	return list
}

func (in *input) pairs() []uint64 {
	list := []uint64{}
	for k := in.uvarint(); k > 0 && in.err == nil; k-- {
		list = append(list, in.uvarint(), in.uvarint())
	}
	return list
}

// Sum adds up the values of a column.
func (p *Page) Sum(column string) uint64 {
	sum := uint64(0)
	for _, v := range p.Values[column] {
		if v != nil {
			sum += uint64(*v)
		}
	}
	return sum
}

// Count adds up the counts of pairs.
func Count(pairs []uint64) uint64 {
	sum := uint64(0)
	for i := 1; i < len(pairs); i += 2 {
		sum += pairs[i]
	}
	return sum
}
