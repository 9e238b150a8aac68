package pattern

import (
	"iter"
	"time"
)

// Ticks returns the moments 0, every, 2*every and so on before the end of the
// pattern, with the level at each. If every is not positive there are none.
func Ticks(p Pattern, every time.Duration) iter.Seq2[time.Duration, float64] {
	return func(yield func(time.Duration, float64) bool) {
		length := lengthOf(p)
		if every <= 0 {
			return
		}
		for t := time.Duration(0); t < length; t = plus(t, every) {
			if !yield(t, p.At(t)) {
				return
			}
		}
	}
}
