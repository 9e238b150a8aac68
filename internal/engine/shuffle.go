package engine

import "math/bits"

// shuffle returns where a random permutation of the numbers below n, chosen by
// key, puts x. It keeps no table, so that every user and every arrival can
// have a permutation of its own.
//
// It is the swap-or-not shuffle (Hoang, Morris, Rogaway: An Enciphering Scheme
// Based on a Card Shuffle, CRYPTO 2012). A round pairs x with the number that
// it and x add up to modulo n, and swaps the two or not by a bit that both
// compute alike; so each round is a permutation, for any n. A Feistel network
// would have to walk cycles of the next power of two, and knows only few of
// the permutations of a small set.
func shuffle(key uint64, x, n uint64) uint64 {
	if n < 2 {
		return 0
	}
	for range 8 + 2*bits.Len64(n-1) {
		key += weyl
		h := mix(key)
		sum, _ := bits.Mul64(h, n)
		partner := sum - x
		if sum < x {
			partner += n
		}
		if coin(h, max(x, partner)) {
			x = partner
		}
	}
	return x
}

// coin draws for a pair, named by its greater number.
func coin(h, pair uint64) bool {
	z := (pair + h) * 0xbf58476d1ce4e5b9
	return (z^z>>29)*0x94d049bb133111eb>>63 != 0
}
