package page

import (
	"encoding/binary"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// values reads what encode wrote.
func values(b []byte, n int) []int64 {
	list := make([]int64, n)
	before := int64(0)
	for i := range list {
		d, size := binary.Varint(b)
		b, before = b[size:], before+d
		list[i] = before
	}
	return list
}

// A column is a slice of numbers, however it keeps them.
func TestAColumnKeepsWhatWasPut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var c column
		var want []int64
		for range rapid.IntRange(0, 300).Draw(t, "puts") {
			i := rapid.IntRange(0, len(want)+3).Draw(t, "i")
			if i > 5 && rapid.Bool().Draw(t, "late") {
				i = len(want) - 1
			}
			v := rapid.Int64Range(0, maxValue).Draw(t, "v")
			for len(want) <= i {
				want = append(want, 0)
			}
			want[i] = v
			c.put(i, v)
			if got := c.at(i); got != v {
				t.Fatalf("value %d is %d, want %d", i, got, v)
			}
		}
		want = append(want, 0, 0)
		if got := values(c.encode(nil, len(want)), len(want)); !slices.Equal(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
	})
}
