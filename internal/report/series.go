package report

import (
	"time"

	"github.com/loadforge/loadforge/internal/hdr"
	"github.com/loadforge/loadforge/internal/metrics"
)

// maxPoints is how many points a chart has at most.
const maxPoints = 600

// A series is a run in at most maxPoints pieces of equal length.
type series struct {
	width  int // seconds of a point
	points []point
}

// A point is some seconds of a run added up.
type point struct {
	measured  time.Duration // the seconds that are there; 0 makes a gap
	seconds   int
	users     float64 // sums over the seconds, as the next two
	rate      float64
	active    int
	started   uint64
	scheduled uint64
	dropped   uint64
	requests  uint64
	errors    uint64
	byClass   [metrics.NumClasses]uint64
	response  hdr.Histogram
}

// newSeries returns a series for a run of that many seconds.
func newSeries(seconds int) *series {
	width := pointWidth(seconds)
	return &series{width: width, points: make([]point, (seconds+width-1)/width)}
}

// pointWidth is the shortest length in seconds that people count in and that
// needs no more than maxPoints.
func pointWidth(seconds int) int {
	for _, width := range []int{1, 2, 3, 5, 10, 15, 20, 30, 60, 120, 180, 300, 600, 1200, 1800} {
		if seconds <= width*maxPoints {
			return width
		}
	}
	hours := (seconds + 3600*maxPoints - 1) / (3600 * maxPoints)
	return hours * 3600
}

func (s *series) add(m *moment) {
	i := m.second / s.width
	if i < 0 || i >= len(s.points) {
		return
	}
	s.points[i].take(m)
}

func (p *point) take(m *moment) {
	p.measured += m.length
	p.seconds++
	p.users += m.users
	p.rate += m.rate
	p.active += m.active
	p.started += m.started
	p.scheduled += m.scheduled
	p.dropped += m.dropped
	p.requests += m.requests
	p.errors += m.errors
	for class, count := range m.byClass {
		p.byClass[class] += count
	}
	p.response.Merge(&m.response)
}

// at is the middle of a point on the time axis, in seconds.
func (s *series) at(i int) float64 { return (float64(i) + 0.5) * float64(s.width) }

// perSecond is a count of a point per second of it.
func (p *point) perSecond(count uint64) float64 {
	if p.measured <= 0 {
		return 0
	}
	return float64(count) / p.measured.Seconds()
}

// mean is a sum over the seconds of a point, for one of them.
func (p *point) mean(sum float64) float64 {
	if p.seconds == 0 {
		return 0
	}
	return sum / float64(p.seconds)
}

// A percentileLine is a percentile over time.
type percentileLine struct {
	width  int // seconds of a value
	values []int64
	known  []bool
}

// percentile returns a percentile over time. As one says nothing where fewer
// than ten values lie above it, points are merged until most have enough, into a
// single one if need be; the rest is not known. It returns nil if the whole run
// has too few.
func (s *series) percentile(q float64) *percentileLine {
	for group := 1; ; group = coarser(group) {
		line, share := s.grouped(q, group)
		if share >= 0.75 {
			return line
		}
		if group >= len(s.points) {
			return nil
		}
	}
}

func coarser(group int) int {
	if group == 2 {
		return 5
	}
	return group * 2
}

// grouped returns a percentile of so many points at a time, and the share of
// those with requests that have enough of them. A shorter rest at the end that
// has too few belongs to the piece before: so does the drain of a run.
func (s *series) grouped(q float64, group int) (line *percentileLine, share float64) {
	line = &percentileLine{width: s.width * group}
	known, busy := 0, 0
	for from := 0; from < len(s.points); {
		to := min(from+group, len(s.points))
		h := s.responses(from, to)
		if len(s.points)-to < group { // the rest
			if rest := s.responses(to, len(s.points)); !enough(rest, q) {
				h.Merge(rest)
				to = len(s.points)
			}
		}
		line.values = append(line.values, h.Quantile(q))
		line.known = append(line.known, enough(h, q))
		if h.Count() > 0 {
			busy++
		}
		if enough(h, q) {
			known++
		}
		from = to
	}
	if busy == 0 {
		return line, 0
	}
	return line, float64(known) / float64(busy)
}

// responses are the response times of some points.
func (s *series) responses(from, to int) *hdr.Histogram {
	h := new(hdr.Histogram)
	for i := from; i < to; i++ {
		h.Merge(&s.points[i].response)
	}
	return h
}

// enough reports whether at least ten values lie above a percentile.
func enough(h *hdr.Histogram, q float64) bool { return float64(h.Count())*(1-q)+1e-6 >= 10 }
