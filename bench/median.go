package main

import (
	"fmt"
	"slices"
)

// A spread is several measurements of the same thing.
type spread []float64

func (s spread) median() float64 { return s.quantile(0.5) }

// quantile interpolates between the neighbours; of none it is 0.
func (s spread) quantile(q float64) float64 {
	if len(s) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(s))
	at := q * float64(len(sorted)-1)
	below := int(at)
	above := min(below+1, len(sorted)-1)
	return sorted[below] + (at-float64(below))*(sorted[above]-sorted[below])
}

// String is the median with the least and the most.
func (s spread) String() string {
	if len(s) == 0 {
		return "-"
	}
	return fmt.Sprintf("%s [%s-%s]", brief(s.median()), brief(slices.Min(s)), brief(slices.Max(s)))
}

// brief writes a number with three digits that count.
func brief(x float64) string {
	switch {
	case x >= 100:
		return fmt.Sprintf("%.0f", x)
	case x >= 10:
		return fmt.Sprintf("%.1f", x)
	}
	return fmt.Sprintf("%.2f", x)
}
