package report

import (
	"strings"
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/hdr"
	"github.com/loadforge/loadforge/internal/metrics"
	"pgregory.net/rapid"
)

func TestAChartHasAtMost600Points(t *testing.T) {
	for seconds, want := range map[int]int{
		0: 1, 1: 1, 600: 1, 601: 2, 1800: 3, 3600: 10, 86_400: 180, 7 * 86_400: 1200, 60 * 86_400: 3 * 3600,
	} {
		if got := pointWidth(seconds); got != want {
			t.Errorf("%d seconds: points of %d s, want %d", seconds, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		seconds := rapid.IntRange(0, 100*86_400).Draw(t, "seconds")
		if n := len(newSeries(seconds).points); n > maxPoints {
			t.Fatalf("%d seconds make %d points", seconds, n)
		}
	})
}

// momentOf is a second with so many requests of that time.
func momentOf(second, requests int, took time.Duration) *moment {
	m := &moment{second: second, length: time.Second, requests: uint64(requests)}
	for range requests {
		m.response.Record(int64(took))
	}
	return m
}

func TestRollingUpMergesAndNeverAverages(t *testing.T) {
	s := newSeries(1200) // points of two seconds
	var all hdr.Histogram
	for n := range 1200 {
		m := momentOf(n, 30, time.Duration(1+n%2*99)*time.Millisecond)
		all.Merge(&m.response)
		s.add(m)
	}
	var merged hdr.Histogram
	for i := range s.points {
		merged.Merge(&s.points[i].response)
		if got := s.points[i].requests; got != 60 {
			t.Fatalf("point %d has %d requests, want 60", i, got)
		}
	}
	if !merged.Equal(&all) {
		t.Error("the points together are not the run")
	}
	line := s.percentile(0.5)
	if got := time.Duration(line.values[7]); line.width != 2 || got > 2*time.Millisecond {
		t.Errorf("median of 1 ms and 100 ms: got %v in steps of %d s, want that of all values, not between", got, line.width)
	}
}

func TestAPercentileNeedsTenValuesAbove(t *testing.T) {
	for _, c := range []struct {
		name     string
		requests int // in each of 120 seconds
		q        float64
		width    int // 0: no line
	}{
		{"enough in each second", 1000, 0.99, 1},
		{"twice as many are needed", 500, 0.99, 2},
		{"a tenth", 100, 0.99, 10},
		{"a fiftieth", 20, 0.99, 80},
		{"as many as the whole run has", 9, 0.99, 80},
		{"hardly any", 5, 0.99, 0},
		{"the median needs few", 20, 0.5, 1},
		{"none at all", 0, 0.5, 0},
	} {
		s := newSeries(120)
		for n := range 120 {
			s.add(momentOf(n, c.requests, time.Millisecond))
		}
		line := s.percentile(c.q)
		switch {
		case line == nil && c.width != 0:
			t.Errorf("%s: no line", c.name)
		case line != nil && line.width != c.width:
			t.Errorf("%s: steps of %d s, want %d", c.name, line.width, c.width)
		}
	}
}

// A short run of a few requests a second, one that ramps up and drains, draws
// what it has enough values for.
func TestShortRunsDrawWhatTheWholeRunHasEnoughOf(t *testing.T) {
	for _, c := range []struct {
		perSecond int
		want      string // what the chart says of its lines
	}{
		{30, "p95 in steps of 10 s, p99: too few requests"},
		{15, "p50 in steps of 2 s, p95 of the whole run, p99: too few requests"},
		{60, "p95 in steps of 5 s, p99 of the whole run"},
		{5, "p50 in steps of 5 s, p95: too few requests, p99: too few requests"},
	} {
		r := &Run{series: newSeries(21)}
		r.Summary = &metrics.Summary{Duration: 20300 * time.Millisecond}
		for n := range 20 {
			r.series.add(momentOf(n, c.perSecond*min(n+1, 5)/5, time.Millisecond))
		}
		r.series.add(momentOf(20, 1, time.Second)) // the last one to finish
		chart := r.latencyChart()
		if chart.Sub != c.want {
			t.Errorf("%d requests a second: got %q, want %q", c.perSecond, chart.Sub, c.want)
		}
		lines := 0
		for _, line := range chart.Lines {
			if strings.Contains(line.Path, "L") {
				lines++
			}
		}
		if want := 3 - strings.Count(c.want, "too few"); lines != want {
			t.Errorf("%d requests a second: got %d lines, want %d: %v", c.perSecond, lines, want, chart.Lines)
		}
	}
}

func TestASecondPastTheEndIsLeftOut(t *testing.T) {
	s := newSeries(3)
	s.add(momentOf(3, 1, time.Millisecond))
	s.add(momentOf(-1, 1, time.Millisecond))
	for i := range s.points {
		if s.points[i].seconds != 0 {
			t.Errorf("point %d has data", i)
		}
	}
}

func TestSeriesGapsStayGaps(t *testing.T) {
	c := newChart("x", "", 4)
	c.linear(10, amount)
	dots := []dot{{0.5, 1, true}, {1.5, 2, true}, {2.5, 0, false}, {3.5, 4, true}}
	c.line("thr", dots)
	c.area("thr", dots)
	if got := countOf(c.Lines[0].Path, 'M'); got != 2 {
		t.Errorf("the line has %d pieces, want 2: %s", got, c.Lines[0].Path)
	}
	if got := countOf(c.Areas[0].Path, 'Z'); got != 2 {
		t.Errorf("the area has %d pieces, want 2: %s", got, c.Areas[0].Path)
	}
}

func countOf(s string, b byte) (n int) {
	for i := range len(s) {
		if s[i] == b {
			n++
		}
	}
	return n
}

func TestAxes(t *testing.T) {
	for high, want := range map[float64][]string{
		0:     {"0", "1"},
		3:     {"0", "1", "2", "3"},
		97:    {"0", "50", "100"},
		1000:  {"0", "500", "1,000"},
		12345: {"0", "5,000", "10,000", "15,000"},
	} {
		c := newChart("x", "", 10)
		c.linear(high, amount)
		var got []string
		for _, tick := range c.YTicks {
			got = append(got, tick.Label)
		}
		if len(got) != len(want) || got[len(got)-1] != want[len(want)-1] {
			t.Errorf("up to %v: got %v, want %v", high, got, want)
		}
	}
	c := newChart("x", "", 10)
	c.logarithmic(3e6, 4e8, func(v float64) string { return latency(time.Duration(v)) })
	if first, last := c.YTicks[0].Label, c.YTicks[len(c.YTicks)-1].Label; first != "2 ms" || last != "500 ms" {
		t.Errorf("from 3 to 400 ms: the axis goes from %s to %s", first, last)
	}
	for _, seconds := range []float64{1, 59, 60, 3600, 86_400, 30 * 86_400} {
		if n := len(newChart("x", "", seconds).XTicks); n < 2 || n > 9 {
			t.Errorf("%v s: %d ticks", seconds, n)
		}
	}
}
