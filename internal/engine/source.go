package engine

import "math/bits"

// A Source is a counter-based source of random numbers: its n-th number is a
// function of its key and n alone, so whoever knows the key of an iteration
// can repeat its random choices on any machine. It implements the Source of
// math/rand/v2. The zero Source has key zero and is ready to use. A Source
// belongs to one goroutine at a time.
//
// The numbers are those of SplitMix64 (Steele, Lea, Flood: Fast Splittable
// Pseudorandom Number Generators, OOPSLA 2014), whose state is a counter
// that starts at the key.
type Source struct{ state uint64 }

// NewSource returns a source at the start of the sequence of key.
func NewSource(key uint64) *Source { return &Source{state: key} }

// Reset takes the source to the start of the sequence of key.
func (s *Source) Reset(key uint64) { s.state = key }

// Uint64 returns the next number.
func (s *Source) Uint64() uint64 {
	s.state += weyl
	return mix(s.state)
}

// weyl is the odd number nearest to 2^64 divided by the golden ratio.
const weyl = 0x9e3779b97f4a7c15

// mix is the finalizer of SplitMix64: a bijection in which every bit of the
// argument flips every bit of the result with probability close to one half.
func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// Key makes one key of a seed and the numbers that name a thing: for example
// load, user, life and iteration. The order of the parts and how many there
// are matter: Key(s, 1, 2), Key(s, 2, 1) and Key(s, 1, 2, 0) have nothing to do
// with each other.
func Key(seed uint64, parts ...uint64) uint64 {
	key := mix(seed + weyl)
	for _, part := range parts {
		key = extend(key, part)
	}
	return key
}

// extend adds a part: extend(Key(s, a), b) is Key(s, a, b).
func extend(key, part uint64) uint64 {
	return mix(bits.RotateLeft64(key, 23)*weyl + mix(part+weyl))
}

// What the engine draws for itself: the last part of a key that is one part
// longer than those of iterations.
const (
	drawShuffle uint64 = iota
	drawPoisson
	drawThink
	drawSpread
	drawBackoff
)

// unit maps a random number to [0, 1) in steps of 2^-53.
func unit(x uint64) float64 { return float64(x>>11) * 0x1p-53 }
