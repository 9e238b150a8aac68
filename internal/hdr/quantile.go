package hdr

import (
	"math"
	"math/bits"
)

// Quantile is the value, in nanoseconds, that a share q of all values does not
// exceed. By nearest rank: with the n values sorted, the one at place ceil(q*n),
// counted from 1, so Quantile(0) is Min and Quantile(1) is Max. It is a recorded
// value, never one between two, but for the bucket's width: see the error in the
// package documentation. At the first and last place it is exact, and it never
// leaves [Min, Max]. A q outside [0, 1] counts as the nearer end, NaN as 0.
func (h *Histogram) Quantile(q float64) int64 {
	c := cursor{h: h}
	return c.quantile(q)
}

// Quantiles writes the Quantile of each of qs to the same place of out, which
// must be at least as long. With qs in ascending order that takes one pass.
func (h *Histogram) Quantiles(qs []float64, out []int64) {
	out = out[:len(qs)]
	c := cursor{h: h}
	for i, q := range qs {
		out[i] = c.quantile(q)
	}
}

// CountBelow is the number of values smaller than ns. It is exact where ns is
// the edge of a bucket, outside (Min, Max], and beyond Limit up to values that
// are clamped, which count as not smaller. Inside a bucket its count is divided
// as if its values were spread evenly. It never falls as ns rises.
func (h *Histogram) CountBelow(ns int64) uint64 {
	switch {
	case h.count == 0 || ns <= h.min():
		return 0
	case ns > h.max:
		return h.count
	case ns >= Limit:
		return h.count - h.clamped
	}
	i := bucketOf(uint64(ns))
	below, in := h.countTo(i)
	if i == buckets-1 {
		in -= h.clamped
	}
	below = satAdd(below, h.share(bucketAt(i), in, ns))
	// Min is smaller than ns and Max is not, whatever the even spread says.
	return max(1, min(below, h.count-1))
}

// CDF is the share of values that are ns or less, 0 to 1.
func (h *Histogram) CDF(ns int64) float64 {
	if h.count == 0 {
		return 0
	}
	if ns >= h.max {
		return 1
	}
	return float64(h.CountBelow(ns+1)) / float64(h.count)
}

// countTo is the number of values in the buckets before i, and in i.
func (h *Histogram) countTo(i uint) (before, in uint64) {
	h.visit(func(j uint, c uint64) bool {
		if j < i {
			before = satAdd(before, c)
		}
		if j == i {
			in = c
		}
		return j < i
	})
	return before, in
}

// share is the part of a bucket's n values that is below ns if they are spread
// evenly over that part of the bucket which can have values.
func (h *Histogram) share(b Bucket, n uint64, ns int64) uint64 {
	low, high := max(b.Low, h.min()), b.High
	if h.max < high {
		high = h.max + 1
	}
	hi, lo := bits.Mul64(n, uint64(ns-low))
	part, _ := bits.Div64(hi, lo, uint64(high-low))
	return part
}

// ceilRank is ceil(q*n), forgiving the rounding of a decimal q: in binary
// 0.07*100 is a little more than 7, and the seventh of 100 values is meant.
func ceilRank(q float64, n uint64) uint64 {
	const ulps = 0x1p-51 // q and the product are each off by at most 2^-53
	if math.IsNaN(q) || q <= 0 {
		return 0
	}
	exact := q * float64(n)
	rank := math.Round(exact)
	if math.Abs(exact-rank) > exact*ulps {
		rank = math.Ceil(exact)
	}
	if rank >= float64(n) {
		return n
	}
	return uint64(rank)
}

// cursor walks over the buckets as far as a rank needs, and on from there for
// the next one. The zero value with h set stands before the first bucket.
type cursor struct {
	h      *Histogram
	bucket uint
	before uint64 // values in the buckets before that one
}

func (c *cursor) quantile(q float64) int64 {
	return c.at(max(1, ceilRank(q, c.h.count)))
}

// at is the value at a place in the sorted values, counted from 1.
func (c *cursor) at(rank uint64) int64 {
	h := c.h
	switch {
	case rank <= 1:
		return h.min()
	case rank >= h.count:
		return h.max
	}
	return h.inside(c.find(rank).Mid())
}

// find is the bucket of the value at a place in the sorted values, which must
// be one of them.
func (c *cursor) find(rank uint64) Bucket {
	if rank <= c.before {
		c.bucket, c.before = 0, 0
	}
	for octave := int(c.bucket >> octaveBits); octave < octaves; octave++ {
		page := c.h.pages.page(octave)
		for i := int(c.bucket % perOctave); i < len(page); i++ {
			upTo, carry := bits.Add64(c.before, page[i], 0)
			if upTo >= rank || carry != 0 {
				c.bucket = uint(octave<<octaveBits + i)
				return bucketAt(c.bucket)
			}
			c.before = upTo
		}
		c.bucket = uint(octave+1) << octaveBits
	}
	return bucketAt(buckets - 1) // not reached: the last bucket ends at h.count
}
