package cluster

// A sequence remembers which of the numbers 0, 1, 2, ... it has met, in any
// order. It needs memory only for those above a gap.
type sequence struct {
	next  uint64 // all below were met
	above map[uint64]struct{}
}

// add reports whether n is new.
func (s *sequence) add(n uint64) bool {
	if n < s.next {
		return false
	}
	if _, met := s.above[n]; met {
		return false
	}
	if s.above == nil {
		s.above = map[uint64]struct{}{}
	}
	s.above[n] = struct{}{}
	for {
		if _, met := s.above[s.next]; !met {
			return true
		}
		delete(s.above, s.next)
		s.next++
	}
}

// has reports whether n was met.
func (s *sequence) has(n uint64) bool {
	_, met := s.above[n]
	return n < s.next || met
}

// complete reports whether the first n numbers were all met.
func (s *sequence) complete(n uint64) bool { return s.next >= n }
