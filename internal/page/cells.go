package page

import (
	"encoding/binary"

	"github.com/loadforge/loadforge/internal/hdr"
)

const (
	cellGroup   = 8            // buckets of a histogram that a cell takes as one
	cellBuckets = 34 * 128 / 8 // of them
	maxCells    = 300          // steps of time
)

// counts are the buckets of a cell.
type counts [cellBuckets]uint64

// add adds a histogram.
func (c *counts) add(h *hdr.Histogram) {
	for i, n := range h.Counts() {
		c[i/cellGroup] += n
	}
}

// addEncoded adds what append wrote.
func (c *counts) addEncoded(b []byte) {
	k, b := uvarint(b)
	for at := uint64(0); k > 0; k-- {
		var gap, n uint64
		gap, b = uvarint(b)
		n, b = uvarint(b)
		at += gap
		c[at] += n
		at++
	}
}

func uvarint(b []byte) (uint64, []byte) {
	v, n := binary.Uvarint(b)
	return v, b[n:]
}

// pairs are the gaps and counts of the buckets that have any.
func (c *counts) pairs() []uint64 {
	list := []uint64{}
	gap := uint64(0)
	for _, n := range c {
		if n == 0 {
			gap++
			continue
		}
		list, gap = append(list, gap, n), 0
	}
	return list
}

// distribution is the same of a histogram at full resolution.
func distribution(h *hdr.Histogram) []uint64 {
	list := []uint64{}
	next := 0
	for i, n := range h.Counts() {
		list, next = append(list, uint64(i-next), n), i+1
	}
	return list
}

// appendPairs writes pairs with how many they are before them.
func appendPairs(b []byte, pairs []uint64) []byte {
	b = binary.AppendUvarint(b, uint64(len(pairs)/2))
	for _, v := range pairs {
		b = binary.AppendUvarint(b, v)
	}
	return b
}

// cells are the histograms of coarse steps of time, by name. They are kept as
// they are written: they are many, and most don't change any more.
type cells struct {
	width int // seconds of a step
	count int
	names [][][]byte // by name and step; nil is no value
}

// add adds a histogram of a second.
func (c *cells) add(name, second int, h *hdr.Histogram) {
	if h.Count() == 0 {
		return
	}
	for len(c.names) <= name {
		c.names = append(c.names, nil)
	}
	step := second / c.width
	for len(c.names[name]) <= step {
		c.names[name] = append(c.names[name], nil)
	}
	var sum counts
	sum.add(h)
	c.merge(&c.names[name][step], &sum)
}

// merge adds sum to what is encoded.
func (c *cells) merge(encoded *[]byte, sum *counts) {
	if *encoded != nil {
		sum.addEncoded(*encoded)
	}
	*encoded = appendPairs((*encoded)[:0], sum.pairs())
}

// reach makes the steps cover a second, twice as wide as often as there would
// be too many.
func (c *cells) reach(second int) {
	for second/c.width >= maxCells {
		c.double()
	}
	c.count = max(c.count, second/c.width+1)
}

func (c *cells) double() {
	c.width *= 2
	c.count = (c.count + 1) / 2
	for i, steps := range c.names {
		half := make([][]byte, (len(steps)+1)/2)
		for step, b := range steps {
			to := &half[step/2]
			switch {
			case b == nil:
			case *to == nil:
				*to = b
			default:
				var sum counts
				sum.addEncoded(b)
				c.merge(to, &sum)
			}
		}
		c.names[i] = half
	}
}

// encode appends all steps of a name to b.
func (c *cells) encode(b []byte, name int) []byte {
	for step := range c.count {
		if name < len(c.names) && step < len(c.names[name]) && c.names[name][step] != nil {
			b = append(b, c.names[name][step]...)
			continue
		}
		b = append(b, 0)
	}
	return b
}
