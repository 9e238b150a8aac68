package hdr

import "math/bits"

// counter is the width of a bucket's count.
type counter interface{ uint32 | uint64 }

// pages holds the counts of all buckets and allocates those of an octave, a
// page, when one of its buckets is first hit: real latencies span three to eight
// of the 34 octaves. All pages live in one pointer-free slice, so that thousands of
// histograms are thousands of pointers to the garbage collector, not more.
type pages[C counter] struct {
	counts []C
	// place is 1 + the page's place in counts; 0 means not allocated.
	place [octaves]uint8
}

// at is the index of bucket i in counts. While the bucket's octave has no page it
// is far past the end of counts: one comparison tells both.
func (p *pages[C]) at(i uint) uint {
	return uint(p.place[i>>octaveBits])<<octaveBits + i%perOctave - perOctave
}

// slot is at, after allocating the page if need be.
func (p *pages[C]) slot(i uint) uint {
	if p.at(i) >= uint(len(p.counts)) {
		p.reserve(1 << (i >> octaveBits))
	}
	return p.at(i)
}

// reserve allocates the pages of all octaves whose bit is set, at once.
func (p *pages[C]) reserve(set uint64) {
	missing := set &^ p.present()
	if missing == 0 {
		return
	}
	used := len(p.counts)
	// Exact growth: append would double a slice that seldom grows again.
	grown := make([]C, used+bits.OnesCount64(missing)<<octaveBits)
	copy(grown, p.counts)
	p.counts = grown
	for ; missing != 0; missing &= missing - 1 {
		used += perOctave
		p.place[bits.TrailingZeros64(missing)] = uint8(used >> octaveBits)
	}
}

// present has the bit of every octave set that has a page.
func (p *pages[C]) present() (set uint64) {
	for octave, place := range p.place {
		if place != 0 {
			set |= 1 << octave
		}
	}
	return set
}

// page is the counts of an octave, nil if it was never hit.
func (p *pages[C]) page(octave int) []C {
	end := int(p.place[octave]) << octaveBits
	if end == 0 {
		return nil
	}
	return p.counts[end-perOctave : end : end]
}

// hit has the bit of every octave set that has a count other than zero. It
// differs from present after a reset, which keeps the pages.
func (p *pages[C]) hit() (set uint64) {
	for octave := range octaves {
		if !allZero(p.page(octave)) {
			set |= 1 << octave
		}
	}
	return set
}

func allZero[C counter](page []C) bool {
	for _, c := range page {
		if c != 0 {
			return false
		}
	}
	return true
}

// mergePages adds the counts of src to dst. The caller knows whether any bucket
// can overflow: the plain loop is nearly twice as fast as the careful one.
func mergePages[C counter](dst *pages[uint64], src *pages[C], overflow bool) {
	dst.reserve(src.hit())
	for octave := range octaves {
		from, to := src.page(octave), dst.page(octave)
		if from == nil || to == nil {
			continue
		}
		if overflow {
			addSaturating(to, from)
			continue
		}
		to = to[:len(from)]
		for i, c := range from {
			to[i] += uint64(c)
		}
	}
}

func addSaturating[C counter](to []uint64, from []C) {
	for i, c := range from {
		to[i] = satAdd(to[i], uint64(c))
	}
}

// equal reports whether both count the same; a missing page counts zeros.
func (p *pages[C]) equal(o *pages[C]) bool {
	for octave := range octaves {
		a, b := p.page(octave), o.page(octave)
		switch {
		case a == nil:
			if !allZero(b) {
				return false
			}
		case b == nil:
			if !allZero(a) {
				return false
			}
		default:
			if [perOctave]C(a) != [perOctave]C(b) {
				return false
			}
		}
	}
	return true
}
