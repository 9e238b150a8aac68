package target

import "math"

// A dice is a stream of random numbers for one request. Its stream depends on
// what it was made from and on nothing else, in particular not on the order in
// which concurrent requests arrive.
type dice uint64

func newDice(seed, route, k uint64) dice {
	return dice(mix(mix(mix(seed)+route) + k))
}

// mix is one step of SplitMix64 (Steele, Lea, Flood: Fast Splittable
// Pseudorandom Number Generators, OOPSLA 2014).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// float returns a number in [0, 1).
func (d *dice) float() float64 {
	r := mix(uint64(*d))
	*d += 0x9e3779b97f4a7c15
	return float64(r>>11) / (1 << 53)
}

// normal returns a number of the standard normal distribution (Box, Muller: A
// Note on the Generation of Random Normal Deviates, 1958).
func (d *dice) normal() float64 {
	u := 1 - d.float() // in (0, 1]: its logarithm is finite
	return math.Sqrt(-2*math.Log(u)) * math.Cos(2*math.Pi*d.float())
}
