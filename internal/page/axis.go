package page

import (
	"time"

	"github.com/loadforge/loadforge/internal/hdr"
	"github.com/loadforge/loadforge/internal/metrics"
)

// kept is how many buckets before the latest keep their histograms, for parts
// of seconds that come late. What comes even later still counts, but the
// percentiles of its bucket stay what they were.
const kept = tailLength

// An axis is the run in buckets of one width.
type axis struct {
	width  int // seconds of a bucket
	count  int
	kept   int // how many buckets before the latest may still change
	table  *table
	open   map[int]*bucket // those whose histograms may still change, as numbers
	packed map[int][]byte  // the same, put away until they do
	spare  *bucket         // one to use again, nil if there is none
}

func newAxis(width, loads int) *axis {
	return &axis{width: width, kept: kept, table: newTable(loads), open: map[int]*bucket{}, packed: map[int][]byte{}}
}

// A second is what a snapshot adds to an axis.
type second struct {
	*metrics.Snapshot
	fresh  int           // seconds of it that no snapshot was about before
	length time.Duration // likewise
	names  []int         // the numbers of its names
}

// add adds a snapshot to its bucket, whose number it returns.
func (a *axis) add(s *second) int {
	i := s.Second / a.width
	a.reach(i)
	a.addCounts(i, s)
	a.addHealth(i, &s.Health)
	b := a.bucket(i)
	a.addLoads(i, b, s)
	for n := range s.Names {
		a.addName(i, b, s.names[n], &s.Names[n])
	}
	if b != nil {
		b.lag.Merge(&s.Lag)
		b.dirty = true
	}
	return i
}

// reach makes the axis as long as bucket i needs.
func (a *axis) reach(i int) {
	if i < a.count {
		return
	}
	a.count = i + 1
	for j, b := range a.open {
		a.settle(j)
		if a.kept > 0 {
			a.packed[j] = b.pack()
		}
		delete(a.open, j)
		b.reset()
		a.spare = b
	}
	for j := range a.packed {
		if j < i-a.kept {
			delete(a.packed, j)
		}
	}
}

// bucket returns the histograms of bucket i, nil if they are no longer there.
func (a *axis) bucket(i int) *bucket {
	b := a.open[i]
	if b != nil || i < a.count-1-a.kept {
		return b
	}
	if b = a.spare; b == nil {
		b = new(bucket)
	}
	a.spare = nil
	b.unpack(a.packed[i])
	a.open[i] = b
	delete(a.packed, i)
	return b
}

func (a *axis) addCounts(i int, s *second) {
	t := &a.table.t
	t.seconds.add(i, uint64(s.fresh))
	t.length.add(i, uint64(s.length.Milliseconds()))
	if t.length.at(i) == 0 { // it came with others as one: what it is about was counted there
		t.length.add(i, uint64(s.Length.Milliseconds()))
	}
	for l := range s.Loads {
		t.iterations.add(i, s.Loads[l].Finished)
		t.failed.add(i, s.Loads[l].Failed)
	}
}

// addLoads adds the loads. B may be nil.
func (a *axis) addLoads(i int, b *bucket, s *second) {
	spans := int64(max(1, (s.Length+time.Second-1)/time.Second))
	for l := range s.Loads {
		if l == len(a.table.loads) {
			a.table.addLoad()
		}
		c, load := &a.table.loads[l], &s.Loads[l]
		c.scheduled.add(i, load.Scheduled)
		c.started.add(i, load.Started)
		c.dropped.add(i, load.Dropped)
		c.late.add(i, load.Late)
		levels := levelsOf(load, spans)
		if b != nil {
			b.addLevels(l, levels)
			continue
		}
		active, target := levels.mean(a.table.t.seconds.at(i))
		c.active.add(i, uint64(active))
		c.target.add(i, uint64(target))
	}
}

func (a *axis) addHealth(i int, h *metrics.Health) {
	c := &a.table.health
	c.cpu.raise(i, round(1000*h.CPU))
	c.sched.raise(i, micros(h.SchedLatency))
	c.gc.raise(i, micros(h.GCPause))
	c.stall.raise(i, micros(h.Stall))
	c.heap.raise(i, int64(h.Heap>>10))
	c.fds.raise(i, int64(h.FDs))
	c.goroutines.raise(i, int64(h.Goroutines))
	c.ports.raise(i, int64(h.PortsInUse))
}

// addName adds what happened under a name. B may be nil.
func (a *axis) addName(i int, b *bucket, name int, n *metrics.NameStats) {
	for name >= len(a.table.names) {
		a.table.addName()
	}
	c := &a.table.names[name]
	c.requests.add(i, n.Count)
	c.errors.add(i, n.Errors())
	a.addClasses(i, &c.classes, nameID(name), n)
	if n.Response.Count() > 0 {
		c.max.raise(i, micros(time.Duration(n.Response.Max())))
	}
	if b != nil {
		b.name(name).Merge(&n.Response)
	}
	if inTotals(n) {
		a.addTotals(i, b, n)
	}
}

func (a *axis) addTotals(i int, b *bucket, n *metrics.NameStats) {
	t := &a.table.t
	t.requests.add(i, n.Count)
	t.errors.add(i, n.Errors())
	t.out.add(i, n.BytesOut)
	t.in.add(i, n.BytesIn)
	a.addClasses(i, &t.classes, "t.", n)
	if n.Response.Count() > 0 {
		t.max.raise(i, micros(time.Duration(n.Response.Max())))
	}
	if b != nil {
		b.response.Merge(&n.Response)
		b.service.Merge(&n.Service)
	}
}

func (a *axis) addClasses(i int, of *[metrics.NumClasses]*column, prefix string, n *metrics.NameStats) {
	for class, count := range n.ByClass {
		if count > 0 && metrics.Class(class).IsError() {
			a.table.class(of, prefix, class).add(i, count)
		}
	}
}

// inTotals reports whether what happened under the name counts into the totals.
func inTotals(n *metrics.NameStats) bool { return n.Stage == metrics.Main && n.Kind == metrics.Request }

// settle gives bucket i the values that don't add up.
func (a *axis) settle(i int) {
	b := a.open[i]
	if b == nil || !b.dirty {
		return
	}
	b.dirty = false
	a.settleTotals(i, b)
	for load := range b.levels {
		active, target := b.levels[load].mean(a.table.t.seconds.at(i))
		a.table.loads[load].active.put(i, active)
		a.table.loads[load].target.put(i, target)
	}
	for name, h := range b.names {
		if h == nil || h.Count() == 0 {
			continue
		}
		c := &a.table.names[name]
		percentile(c.p50, i, h, 0.5)
		percentile(c.p95, i, h, 0.95)
		percentile(c.p99, i, h, 0.99)
	}
}

func (a *axis) settleTotals(i int, b *bucket) {
	t := &a.table.t
	percentile(t.p50, i, &b.response, 0.5)
	percentile(t.p90, i, &b.response, 0.9)
	percentile(t.p95, i, &b.response, 0.95)
	percentile(t.p99, i, &b.response, 0.99)
	t.mean.set(i, micros(time.Duration(b.response.Mean())), b.response.Count() > 0)
	percentile(t.s50, i, &b.service, 0.5)
	percentile(t.s95, i, &b.service, 0.95)
	percentile(t.s99, i, &b.service, 0.99)
	percentile(a.table.health.lag99, i, &b.lag, 0.99)
}

// percentile sets a percentile, if ten values lie above it.
func percentile(c *column, i int, h *hdr.Histogram, q float64) {
	c.set(i, micros(time.Duration(h.Quantile(q))), h.Reliable(q))
}
