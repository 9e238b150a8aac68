package metrics

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// errorSet counts errors by class, name and message. It keeps a bounded number
// of groups and counts the rest under OtherName, one group a class, with the
// message of the earliest.
//
// Which groups are kept depends on nothing but the groups: those with the
// lowest hashes (a bottom-k sketch). A group that is among the lowest of all is
// among the lowest of any part, so its count is exact however often sets of
// shards, workers and seconds are merged, and in whatever order. Keeping the
// most frequent, or the first, has neither property.
//
// The zero value is empty and ready.
type errorSet struct {
	groups  map[errorKey]*errorGroup
	others  map[Class]*ErrorStats
	highest *errorGroup // of the groups, once they are maxGroups
}

type errorKey struct {
	class         Class
	name, message string
}

type errorGroup struct {
	ErrorStats
	hash uint64
}

// maxGroups leaves room among MaxErrors for one group of others a class.
const maxGroups = MaxErrors - NumClasses

// add counts one error.
func (s *errorSet) add(class Class, name, message, detail string, at time.Duration) {
	if g := s.groups[errorKey{class, name, message}]; g != nil && at > g.First {
		g.Count++
		g.Last = max(g.Last, at)
		return
	}
	s.merge(&ErrorStats{
		Class:   min(class, Cancelled),
		Name:    clean(name, MaxName),
		Message: clean(message, MaxMessage),
		Count:   1,
		First:   at,
		Last:    at,
		Detail:  cleanLines(detail, MaxDetail),
	})
}

// merge adds a group of errors. It keeps nothing of e.
func (s *errorSet) merge(e *ErrorStats) {
	if e.Name == OtherName {
		s.mergeOther(e)
		return
	}
	key := errorKey{e.Class, e.Name, e.Message}
	if g := s.groups[key]; g != nil {
		g.add(e)
		return
	}
	g := &errorGroup{ErrorStats: *e, hash: hashOf(byte(e.Class), e.Name, e.Message)}
	if len(s.groups) >= maxGroups {
		if g = s.evict(g); g == nil {
			s.mergeOther(e)
			return
		}
	}
	if s.groups == nil {
		s.groups = make(map[errorKey]*errorGroup)
	}
	s.groups[key] = g
}

// evict makes room for g by moving the group with the highest hash to the
// others. It returns nil when that is g itself.
func (s *errorSet) evict(g *errorGroup) *errorGroup {
	if s.highest == nil {
		for _, other := range s.groups {
			if s.highest == nil || other.compare(s.highest) > 0 {
				s.highest = other
			}
		}
	}
	if g.compare(s.highest) > 0 {
		return nil
	}
	high := &s.highest.ErrorStats
	delete(s.groups, errorKey{high.Class, high.Name, high.Message})
	s.mergeOther(high)
	s.highest = nil
	return g
}

func (s *errorSet) mergeOther(e *ErrorStats) {
	other := s.others[e.Class]
	if other == nil {
		if s.others == nil {
			s.others = make(map[Class]*ErrorStats)
		}
		other = &ErrorStats{Class: e.Class, Name: OtherName}
		s.others[e.Class] = other
	}
	other.add(e)
}

// sorted returns the groups by class, name and message.
func (s *errorSet) sorted() []ErrorStats {
	if len(s.groups)+len(s.others) == 0 {
		return nil
	}
	list := make([]ErrorStats, 0, len(s.groups)+len(s.others))
	for _, g := range s.groups {
		list = append(list, g.ErrorStats)
	}
	for _, e := range s.others {
		list = append(list, *e)
	}
	slices.SortFunc(list, func(a, b ErrorStats) int { return a.compare(&b) })
	return list
}

func (s *errorSet) reset() {
	clear(s.groups)
	clear(s.others)
	s.highest = nil
}

// add adds the errors of o. The message and the detail are those of the
// earliest error, the smaller text when two are equally early.
func (e *ErrorStats) add(o *ErrorStats) {
	if e.Count == 0 || o.earlier(e) {
		e.Message, e.Detail = o.Message, o.Detail
	}
	if e.Count == 0 {
		e.First, e.Last = o.First, o.Last
	}
	e.Count += o.Count
	e.First = min(e.First, o.First)
	e.Last = max(e.Last, o.Last)
}

func (e *ErrorStats) earlier(o *ErrorStats) bool {
	return cmp.Or(
		cmp.Compare(e.First, o.First),
		strings.Compare(e.Message, o.Message),
		strings.Compare(e.Detail, o.Detail),
	) < 0
}

func (e *ErrorStats) compare(o *ErrorStats) int {
	return cmp.Or(
		cmp.Compare(e.Class, o.Class),
		strings.Compare(e.Name, o.Name),
		strings.Compare(e.Message, o.Message),
	)
}

func (g *errorGroup) compare(o *errorGroup) int {
	return cmp.Or(cmp.Compare(g.hash, o.hash), g.ErrorStats.compare(&o.ErrorStats))
}

// hashOf is the same on every machine: FNV-1a (64 bits), then the finalizer of
// MurmurHash3, as the high bits of the former depend little on the last letters.
func hashOf(prefix byte, texts ...string) uint64 {
	const offset, prime = 14695981039346656037, 1099511628211
	h := (uint64(offset) ^ uint64(prefix)) * prime
	for _, text := range texts {
		for i := range len(text) {
			h = (h ^ uint64(text[i])) * prime
		}
		h = (h ^ 0xff) * prime // no text has this byte: ("a", "bc") is not ("ab", "c")
	}
	h = (h ^ h>>33) * 0xff51afd7ed558ccd
	h = (h ^ h>>33) * 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}
