package pattern

import (
	"math"
	"time"
)

// manyPieces is how many pieces of a curve are looked at before an estimate
// does.
const manyPieces = 100_000

// Max returns the highest level of the pattern, or the level it comes as close
// to as one likes: a ramp from 0 to 200 has Max 200. It is exact for the
// patterns of this package, except that a [Sum] of more than 100,000 pieces
// gives the sum of its elements' peaks, which is never too low. For [Func] and
// foreign patterns it is the highest level sampled.
func Max(p Pattern) float64 { return max(0, curveOf(p).peak()) }

// highest looks for the peak of c piece by piece. The ceiling is a level that c
// can't exceed; reaching it ends the search.
func highest(c curve, ceiling float64) float64 {
	var pc piece
	best, n := 0.0, 0
	for t := time.Duration(0); t < c.length(); t = pc.end {
		if n++; n > manyPieces {
			return ceiling
		}
		pc.load(c, t)
		best = pc.highest(0, pc.seconds(), best)
		if best >= ceiling*(1-1e-12) {
			break
		}
	}
	return best
}

// highest returns the highest level between two moments of the piece, in
// seconds from its start, or best if that is higher.
func (pc *piece) highest(from, to, best float64) float64 {
	best = max(best, pc.at(from), pc.at(to))
	curl := pc.bend()
	if pc.linear() || !(curl <= math.MaxFloat64) {
		return best
	}
	return pc.search(from, to, best, curl)
}

// search is branch and bound: a half is left out when line, slope and curl say
// that it can't hold a level above best.
func (pc *piece) search(from, to, best, curl float64) float64 {
	half := (to - from) / 2
	middle := from + half
	level, rise := pc.at(middle), pc.rise(middle)
	best = max(best, level)
	ceiling := level + math.Abs(rise)*half + curl*half*half/2
	if !(ceiling > best*(1+1e-12)) || half < 1e-10 {
		return best
	}
	if rise > 0 { // the higher side first: it raises best
		best = pc.search(middle, to, best, curl)
		return pc.search(from, middle, best, curl)
	}
	best = pc.search(from, middle, best, curl)
	return pc.search(middle, to, best, curl)
}

// topBetween returns the highest level of c from one moment up to another. Where
// very many pieces fall between them, it looks at some.
func topBetween(c curve, from, to time.Duration) float64 {
	var pc piece
	best := 0.0
	const few = 64
	t := from
	for range few {
		if t >= to {
			return best
		}
		pc.load(c, t)
		best = pc.highest((t - pc.start).Seconds(), (min(to, pc.end) - pc.start).Seconds(), best)
		t = pc.end
	}
	step := max(1, (to-t)/few)
	for ; t < to; t = plus(t, step) {
		pc.load(c, t)
		best = max(best, pc.levelAt(t))
	}
	return best
}
