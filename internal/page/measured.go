package page

import "time"

// measured is how much of each second there is data about. A part of a second
// may come however late, so none is forgotten: one that is whole takes a bit.
type measured struct {
	whole map[int]uint64        // by second/64, a bit for each second
	parts map[int]time.Duration // by second, of those that are not whole
}

func newMeasured() measured {
	return measured{whole: map[int]uint64{}, parts: map[int]time.Duration{}}
}

// at returns how much of a second there is, and whether anything is.
func (m *measured) at(second int) (length time.Duration, seen bool) {
	if m.whole[second/64]>>(second%64)&1 != 0 {
		return time.Second, true
	}
	length, seen = m.parts[second]
	return length, seen
}

func (m *measured) set(second int, length time.Duration) {
	if length < time.Second {
		m.parts[second] = length
		return
	}
	m.whole[second/64] |= 1 << (second % 64)
	delete(m.parts, second)
}
