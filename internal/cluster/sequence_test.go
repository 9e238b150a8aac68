package cluster

import (
	"testing"

	"pgregory.net/rapid"
)

func TestSequenceMeetsEachNumberOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s sequence
		met := map[uint64]bool{}
		for _, n := range rapid.SliceOf(rapid.Uint64Range(0, 30)).Draw(t, "numbers") {
			if got, want := s.add(n), !met[n]; got != want {
				t.Fatalf("add(%d) = %v, want %v", n, got, want)
			}
			met[n] = true
		}
		complete := uint64(0)
		for met[complete] {
			complete++
		}
		if !s.complete(complete) || s.complete(complete+1) {
			t.Fatalf("complete up to %d, want %d", s.next, complete)
		}
		if got, want := len(s.above), len(met)-int(complete); got != want {
			t.Fatalf("remembers %d numbers, want %d", got, want)
		}
	})
}
