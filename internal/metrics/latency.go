package metrics

import (
	"time"

	"github.com/loadforge/loadforge/internal/hdr"
)

// Reliable reports whether the percentile p (0.99, say) is worth showing: at
// least ten values lie above it, Count*(1-p) >= 10. With fewer it is the story
// of single values.
func (l *Latency) Reliable(p float64) bool {
	// A binary 1-0.99 is a little more or less than 0.01: forgive that.
	return float64(l.Count)*(1-p)+1e-6 >= 10
}

// confidence is that of the intervals of a Latency.
const confidence = 0.95

// latencyOf sums up a histogram. Intervals take as long again and are only
// made if asked for.
func latencyOf(h *hdr.Histogram, intervals bool) Latency {
	if h.Count() == 0 {
		return Latency{}
	}
	var q [6]int64
	h.Quantiles([]float64{0.5, 0.75, 0.9, 0.95, 0.99, 0.999}, q[:])
	l := Latency{
		Count: h.Count(),
		Min:   time.Duration(h.Min()),
		Mean:  time.Duration(h.Mean()),
		Max:   time.Duration(h.Max()),
		P50:   time.Duration(q[0]),
		P75:   time.Duration(q[1]),
		P90:   time.Duration(q[2]),
		P95:   time.Duration(q[3]),
		P99:   time.Duration(q[4]),
		P999:  time.Duration(q[5]),
	}
	if intervals {
		l.CI50 = intervalOf(h, &l, 0.5)
		l.CI95 = intervalOf(h, &l, 0.95)
		l.CI99 = intervalOf(h, &l, 0.99)
	}
	return l
}

func intervalOf(h *hdr.Histogram, l *Latency, p float64) [2]time.Duration {
	if !l.Reliable(p) {
		return [2]time.Duration{}
	}
	low, high := h.Interval(p, confidence)
	return [2]time.Duration{time.Duration(low), time.Duration(high)}
}
