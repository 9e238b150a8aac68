package metrics

import (
	"cmp"
	"slices"
)

// A table says how lists of T, sorted by a key that is part of T, merge into
// one. What is past the limit is added to an entry that stands for others,
// chosen as errorSet does it, so that merging stays exact and order-free.
type table[T any] struct {
	limit   int // of entries besides those for others
	compare func(a, b *T) int
	hash    func(*T) uint64
	blank   func(*T) T // an entry of the same key that counts nothing
	others  func(*T) T // the entry for others that stands for one of this key
	add     func(to, from *T)
}

// merge adds src to dst and returns it. It keeps nothing of src.
func (t table[T]) merge(dst, src []T) []T {
	if missing := t.missing(dst, src); missing > 0 {
		dst = t.spread(dst, src, missing)
	}
	i := 0
	for j := range src {
		for t.compare(&dst[i], &src[j]) != 0 {
			i++
		}
		t.add(&dst[i], &src[j])
	}
	return t.bound(dst)
}

// missing is how many of src have no entry in dst.
func (t table[T]) missing(dst, src []T) int {
	n, i := 0, 0
	for j := range src {
		for i < len(dst) && t.compare(&dst[i], &src[j]) < 0 {
			i++
		}
		if i == len(dst) || t.compare(&dst[i], &src[j]) != 0 {
			n++
		}
	}
	return n
}

// spread moves dst to a longer list with blank entries for what only src has.
func (t table[T]) spread(dst, src []T, missing int) []T {
	list := make([]T, 0, len(dst)+missing)
	for j := range src {
		for len(dst) > 0 && t.compare(&dst[0], &src[j]) < 0 {
			list, dst = append(list, dst[0]), dst[1:]
		}
		if len(dst) == 0 || t.compare(&dst[0], &src[j]) != 0 {
			list = append(list, t.blank(&src[j]))
		}
	}
	return append(list, dst...)
}

// bound adds the entries past the limit to those for others.
func (t table[T]) bound(list []T) []T {
	past := t.past(list)
	if past == nil {
		return list
	}
	var kept, others []T
	for i := range list {
		if !past[i] {
			kept = append(kept, list[i])
			continue
		}
		other := []T{t.others(&list[i])}
		t.add(&other[0], &list[i])
		others = t.merge(others, other)
	}
	return t.merge(kept, others)
}

// past marks the entries that have no room, those with the highest hashes. It
// returns nil when all have.
func (t table[T]) past(list []T) []bool {
	if len(list) <= t.limit {
		return nil
	}
	var ranked []int
	for i := range list {
		if other := t.others(&list[i]); t.compare(&other, &list[i]) != 0 {
			ranked = append(ranked, i)
		}
	}
	if len(ranked) <= t.limit {
		return nil
	}
	slices.SortFunc(ranked, func(i, j int) int {
		return cmp.Or(cmp.Compare(t.hash(&list[i]), t.hash(&list[j])), i-j)
	})
	past := make([]bool, len(list))
	for _, i := range ranked[t.limit:] {
		past[i] = true
	}
	return past
}
