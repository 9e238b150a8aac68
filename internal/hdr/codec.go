package hdr

import (
	"encoding"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// The encoding, version 1. Every number after the version is an unsigned varint
// of encoding/binary in its shortest form.
//
//	version      one byte, 1
//	count        number of values; 0 ends the encoding here
//	min          smallest value, ns
//	max - min    ns
//	sum          low 64 bits, then high 64 bits
//	clamped      number of values of Limit or more
//	buckets      from that of min to that of max, non-empty ones only, until
//	             their counts sum up to count; for each
//	    2*gap + many   gap: empty buckets since the one before (or since min's)
//	    n - 2          only if many is 1; else the bucket's count n is 1
//
// Half of the buckets of a second's histogram hold a single value, so the flag
// saves about a byte each for those. There is one encoding of any contents.
const version = 1

var (
	errTruncated = errors.New("decoding histogram: truncated")
	errVarint    = errors.New("decoding histogram: malformed number")
)

var _ encoding.BinaryAppender = (*Histogram)(nil)

// AppendBinary appends the encoding of h to b: one to three bytes for a bucket in
// use in most cases, and about twenty. Equal contents have equal encodings. It fails, and
// returns b as it was, if the count has reached the largest uint64: what was
// lost there can't be told.
func (h *Histogram) AppendBinary(b []byte) ([]byte, error) {
	if h.count == math.MaxUint64 {
		return b, errors.New("encoding histogram: its count has overflowed")
	}
	b = append(b, version)
	b = binary.AppendUvarint(b, h.count)
	if h.count == 0 {
		return b, nil
	}
	b = binary.AppendUvarint(b, uint64(h.min()))
	b = binary.AppendUvarint(b, uint64(h.max-h.min()))
	b = binary.AppendUvarint(b, h.sum.lo)
	b = binary.AppendUvarint(b, h.sum.hi)
	b = binary.AppendUvarint(b, h.clamped)
	next := nearestBucket(h.min())
	h.visit(func(i uint, c uint64) bool {
		b = appendBucket(b, uint64(i-next), c)
		next = i + 1
		return true
	})
	return b, nil
}

func appendBucket(b []byte, gap, n uint64) []byte {
	if n == 1 {
		return binary.AppendUvarint(b, gap<<1)
	}
	b = binary.AppendUvarint(b, gap<<1|1)
	return binary.AppendUvarint(b, n-2)
}

// Decode replaces the contents of h by those encoded at the start of b and
// returns what follows them. b may come from anywhere: Decode accepts nothing
// that AppendBinary could not have written, and allocates at most once, as much
// as the octaves in use need (34 KiB if all are), and nothing if h has them
// from before. On an error h keeps its contents.
func (h *Histogram) Decode(b []byte) (rest []byte, err error) {
	d := decoder{rest: b}
	t := d.tally()
	body := d // the buckets are read twice: to check them, and to take them
	used := d.check(&t)
	if d.err != nil {
		return b, d.err
	}
	h.Reset()
	h.pages.reserve(used)
	h.tally = t
	body.start(&t)
	for body.left > 0 {
		i, n := body.bucket()
		h.pages.counts[h.pages.at(i)] = n
	}
	return d.rest, nil
}

// decoder reads one encoding. After an error all its numbers are 0.
type decoder struct {
	rest []byte
	err  error
	next uint   // number of the bucket a gap of 0 means
	left uint64 // values in the buckets not yet read
}

func (d *decoder) fail(format string, args ...any) {
	if d.err == nil {
		d.err = fmt.Errorf("decoding histogram: "+format, args...)
	}
	d.left = 0
}

func (d *decoder) uvarint() uint64 {
	if len(d.rest) > 0 && d.rest[0] < 0x80 && d.err == nil {
		v := uint64(d.rest[0]) // nearly every number of a bucket
		d.rest = d.rest[1:]
		return v
	}
	return d.longUvarint()
}

func (d *decoder) longUvarint() uint64 {
	if d.err != nil {
		return 0
	}
	v, n := binary.Uvarint(d.rest)
	switch {
	case n == 0:
		d.err, d.left = errTruncated, 0
		return 0
	case n < 0 || n > 1 && d.rest[n-1] == 0: // too long, or longer than need be
		d.err, d.left = errVarint, 0
		return 0
	}
	d.rest = d.rest[n:]
	return v
}

// tally reads all that comes before the buckets.
func (d *decoder) tally() (t tally) {
	if len(d.rest) == 0 {
		d.err = errTruncated
		return t
	}
	if v := d.rest[0]; v != version {
		d.fail("version %d, want %d", v, version)
		return t
	}
	d.rest = d.rest[1:]
	if t.count = d.uvarint(); t.count == 0 {
		return tally{}
	}
	lowest, spread := d.uvarint(), d.uvarint()
	t.sum.lo, t.sum.hi = d.uvarint(), d.uvarint()
	t.clamped = d.uvarint()
	if lowest > math.MaxInt64 || spread > math.MaxInt64-lowest {
		d.fail("values up to %d + %d ns", lowest, spread)
		return t
	}
	t.headroom = math.MaxInt64 - int64(lowest)
	t.max = int64(lowest + spread)
	d.checkTally(&t)
	return t
}

// checkTally rejects what no values can have in common.
func (d *decoder) checkTally(t *tally) {
	smallest := t.min()
	switch {
	case t.count == math.MaxUint64:
		d.fail("count %d is an overflow", t.count)
	case t.count == 1 && smallest != t.max:
		d.fail("one value can't be both %d and %d ns", smallest, t.max)
	case t.clamped > t.count:
		d.fail("%d clamped of %d values", t.clamped, t.count)
	case (t.clamped > 0) != (t.max >= Limit):
		d.fail("%d clamped values, largest value %d ns", t.clamped, t.max)
	case (t.clamped == t.count) != (smallest >= Limit):
		d.fail("%d of %d values clamped, smallest value %d ns", t.clamped, t.count, smallest)
	}
}

// start prepares reading the buckets.
func (d *decoder) start(t *tally) {
	d.left = t.count
	d.next = nearestBucket(t.min())
}

// bucket reads the next bucket's number and count.
func (d *decoder) bucket() (i uint, n uint64) {
	v := d.uvarint()
	gap, n := v>>1, uint64(1)
	if v&1 != 0 {
		n = satAdd(d.uvarint(), 2)
	}
	switch {
	case d.err != nil:
		return 0, 0
	case gap >= buckets-uint64(d.next):
		d.fail("bucket %d + %d of %d", d.next, gap, buckets)
		return 0, 0
	case n > d.left:
		d.fail("%d values in a bucket where %d are left", n, d.left)
		return 0, 0
	}
	i = d.next + uint(gap)
	d.next = i + 1
	d.left -= n
	return i, n
}

// check reads the buckets and compares them with the tally. It returns the
// octaves that have any.
func (d *decoder) check(t *tally) (used uint64) {
	if d.err != nil || t.count == 0 {
		return 0
	}
	d.start(t)
	first, last, n := d.next, uint(0), uint64(0)
	var low, high wide // the least and the most the sum can be
	for d.left > 0 {
		fresh := used == 0
		last, n = d.bucket()
		if fresh && last != first {
			d.fail("smallest value %d ns is not in the first bucket, %d", t.min(), last)
		}
		used |= 1 << (last >> octaveBits)
		least, most := t.bounds(last, n)
		low, high = low.add(least), high.add(most)
	}
	d.checkEnd(t, last, n)
	if d.err == nil && (t.sum.less(low) || high.less(t.sum)) {
		d.fail("the sum is not that of values in these buckets")
	}
	return used
}

// checkEnd compares the last bucket and its count with the tally.
func (d *decoder) checkEnd(t *tally, last uint, n uint64) {
	if d.err != nil {
		return
	}
	if last != nearestBucket(t.max) {
		d.fail("largest value %d ns is not in the last bucket, %d", t.max, last)
	}
	if t.clamped > n {
		d.fail("%d clamped values, %d in the last bucket", t.clamped, n)
	}
}

// bounds are the least and the most that n values of bucket i can sum up to,
// knowing the smallest and the largest of all values and how many are clamped.
func (t *tally) bounds(i uint, n uint64) (least, most wide) {
	b := bucketAt(i)
	low, high := max(b.Low, t.min()), min(b.High-1, t.max)
	if i < buckets-1 || t.clamped == 0 {
		return product(uint64(low), n), product(uint64(high), n)
	}
	above := min(t.clamped, n)
	least = product(uint64(low), n-above).add(product(uint64(Limit), above))
	most = product(uint64(high), n-above).add(product(uint64(t.max), above))
	return least, most
}
