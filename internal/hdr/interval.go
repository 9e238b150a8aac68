package hdr

import "math"

// Reliable reports whether at least ten values lie above quantile q: n(1-q) >= 10.
// With fewer the quantile is the story of single values and should not be shown.
func (h *Histogram) Reliable(q float64) bool {
	return h.count-ceilRank(q, h.count) >= 10
}

// Interval is a confidence interval for the quantile q of whatever the values
// were drawn from, in nanoseconds; a confidence of 0.95 is meant to contain the
// true one in 95 of 100 runs. It takes two of the sorted values as its ends and so
// assumes no distribution, only independent values: those of a system that
// stalls are not, and the interval is then too narrow.
//
// The ends are the values at places floor(nq - d) and ceil(nq + d) + 1, where
// d = z sqrt(nq(1-q)) and z is the normal quantile of (1+confidence)/2. That is the
// normal approximation of the binomial number of values below the quantile:
// Conover, Practical Nonparametric Statistics, 3rd ed. (Wiley, 1999), chapter 3,
// rounded outwards by up to a place. It is good where Reliable(q). Places before
// the first and after the last value become Min and Max, and the confidence is
// then less than asked for. Both ends move out to their bucket's edges, so that
// the resolution is part of the interval. For a q of 0 or 1, about which the
// values say nothing but their own extreme, both ends are Min or Max.
func (h *Histogram) Interval(q, confidence float64) (lo, hi int64) {
	if h.count == 0 {
		return 0, 0
	}
	first, last := intervalRanks(q, confidence, float64(h.count))
	return h.lowEnd(first), h.highEnd(last)
}

// lowEnd is the least the value at a place in the sorted values can be. A place
// outside of them counts as the nearest one.
func (h *Histogram) lowEnd(rank float64) int64 {
	switch {
	case rank <= 1:
		return h.min()
	case rank >= float64(h.count):
		return h.max
	}
	c := cursor{h: h}
	return max(h.min(), c.find(uint64(rank)).Low)
}

// highEnd is the most the value at a place in the sorted values can be.
func (h *Histogram) highEnd(rank float64) int64 {
	switch {
	case rank <= 1:
		return h.min()
	case rank >= float64(h.count):
		return h.max
	}
	c := cursor{h: h}
	b := c.find(uint64(rank))
	if b.High == Limit && h.clamped > 0 {
		return h.max
	}
	return min(h.max, b.High-1)
}

// intervalRanks are the places of the interval's ends in n sorted values; they
// may lie outside 1 to n.
func intervalRanks(q, confidence, n float64) (first, last float64) {
	if math.IsNaN(q) || q <= 0 {
		return 1, 1
	}
	if q >= 1 {
		return n, n
	}
	if confidence >= 1 {
		return 1, n
	}
	d := 0.0
	if confidence > 0 { // and not NaN
		d = math.Sqrt2 * math.Erfinv(confidence) * math.Sqrt(n*q*(1-q))
	}
	return math.Floor(n*q - d), math.Ceil(n*q+d) + 1
}
