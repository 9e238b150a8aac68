package hdr

import "math/bits"

// Limit is the first value (in nanoseconds, 73.3 minutes) past the last bucket.
const Limit int64 = 1 << 42

const (
	octaveBits = 7               // log2 of the buckets in an octave
	perOctave  = 1 << octaveBits // buckets in an octave
	unitBits   = 2               // log2 of the narrowest bucket's width in ns
	octaves    = 34              // the first one is linear and starts at 0
	buckets    = octaves * perOctave
)

// Bucket is a range of values, in nanoseconds, that are counted together: those
// with Low <= value < High. Neighbouring buckets share an edge.
type Bucket struct {
	Low, High int64
}

// Mid is the value that stands for every value of the bucket. Of the two whole
// numbers in the middle it is the lower one: the largest value of a bucket is
// then its worst case, which keeps the relative error strictly below 1/256.
func (b Bucket) Mid() int64 { return b.Low + (b.High-b.Low-1)/2 }

// bucketOf is the number of the bucket that holds ns, which must be below Limit.
//
// With u counting narrowest buckets, the top eight bits of u select the bucket
// and the number of bits below them selects the octave. Setting bit seven makes
// the first, linear octave share the second one's width without a branch.
func bucketOf(ns uint64) uint {
	u := ns >> unitBits
	shift := uint(bits.Len64(u|perOctave)) - octaveBits - 1
	return shift<<octaveBits + uint(u>>(shift&63))
}

// nearestBucket is the number of the bucket that counts ns, which must not be
// negative but may be past the last bucket.
func nearestBucket(ns int64) uint { return bucketOf(uint64(min(ns, Limit-1))) }

// bucketAt is the inverse of bucketOf.
func bucketAt(i uint) Bucket {
	if i < perOctave {
		return Bucket{Low: int64(i) << unitBits, High: int64(i+1) << unitBits}
	}
	shift := i>>octaveBits - 1 + unitBits
	low := int64(i%perOctave+perOctave) << shift
	return Bucket{Low: low, High: low + 1<<shift}
}
