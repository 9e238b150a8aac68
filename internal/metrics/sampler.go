package metrics

import (
	"context"
	"math"
	"runtime"
	"runtime/metrics"
	"sync/atomic"
	"time"
)

// A Sampler watches this process: how busy it is, how long its goroutines wait,
// what it is about to run out of. A Sample takes 0.06 ms here, Watch next to
// nothing, however many descriptors are open.
//
// Sample belongs to one goroutine at a time. Watch runs beside it: without, no
// stalls are seen.
type Sampler struct {
	clock       func() clocks        // these two are replaced by tests
	processTime func() time.Duration // used by this process
	platform    platform
	last        clocks
	cpu         time.Duration // processTime at cpuAt
	cpuAt       time.Time
	share       float64 // of the processors, as last computed
	sched       histogramDelta
	gc          histogramDelta
	read        []metrics.Sample
	fds         descriptors
	origin      time.Time    // what seen counts from
	seen        atomic.Int64 // when the process was last seen to move; zero while nobody watches
	stall       atomic.Int64 // the longest it stood still since the last Sample
}

// clocks are readings of the same moment.
type clocks struct {
	now  time.Time     // monotonic
	wall time.Duration // since 1970
	boot time.Duration // monotonic, but going on in a suspend; zero where unknown
	// blur is how far apart the readings may be: who has no processor reads one
	// clock seconds after the other.
	blur time.Duration
}

func clocksAt(now time.Time) clocks {
	return clocks{now: now, wall: time.Duration(now.UnixNano())}
}

const (
	beat = 50 * time.Millisecond // how often Watch looks
)

// The places of the runtime's metrics in Sampler.read.
const (
	schedLatencies = iota
	gcPauses
	heapBytes
	goroutines
)

// NewSampler returns a sampler for this process. What it reports begins now.
func NewSampler() *Sampler {
	s := &Sampler{
		clock:       readClocks,
		processTime: processTime,
		origin:      time.Now().Add(-time.Second), // so that no moment is zero
		read: []metrics.Sample{
			schedLatencies: {Name: "/sched/latencies:seconds"},
			gcPauses:       {Name: "/sched/pauses/total/gc:seconds"},
			heapBytes:      {Name: "/memory/classes/heap/objects:bytes"},
			goroutines:     {Name: "/sched/goroutines:goroutines"},
		},
	}
	s.platform.open()
	s.Sample()
	return s
}

// Sample returns how the process fared since the last Sample; call it once a
// second. NamesOverflow is left to the recorder. What the platform does not
// tell is zero.
func (s *Sampler) Sample() Health {
	now := s.clock()
	s.look(now.now)
	h := Health{ClockGap: s.last.gap(now), Stall: time.Duration(s.stall.Swap(0))}
	s.last = now
	s.sampleCPU(&h, now.now)
	s.sampleRuntime(&h)
	h.FDs, h.FDLimit = s.fds.count(now.now), s.platform.descriptorLimit()
	h.PortsInUse, h.PortRange = s.platform.ports()
	return h
}

// gap is how far the wall clock, or time in a suspend, went apart from the
// monotonic clock between two readings, beyond what the readings themselves did.
func (c clocks) gap(now clocks) time.Duration {
	if c.now.IsZero() {
		return 0
	}
	elapsed := now.now.Sub(c.now)
	gap := (now.wall - c.wall - elapsed).Abs()
	if c.boot > 0 {
		gap = max(gap, (now.boot - c.boot - elapsed).Abs())
	}
	return max(0, gap-c.blur-now.blur)
}

// sampleCPU leaves the share as it was when asked again at once, as a caller
// does who catches up: what a process used in a moment is no share.
func (s *Sampler) sampleCPU(h *Health, now time.Time) {
	const least = time.Second / 5
	if elapsed := now.Sub(s.cpuAt); elapsed >= least {
		used := s.processTime()
		share := (used - s.cpu).Seconds() / elapsed.Seconds() / float64(runtime.GOMAXPROCS(0))
		s.share = min(max(share, 0), 1)
		s.cpu, s.cpuAt = used, now
	}
	h.CPU = s.share
}

func (s *Sampler) sampleRuntime(h *Health) {
	metrics.Read(s.read)
	if v := s.read[schedLatencies].Value; v.Kind() == metrics.KindFloat64Histogram {
		h.SchedLatency = s.sched.quantile(v.Float64Histogram(), 0.99)
	}
	if v := s.read[gcPauses].Value; v.Kind() == metrics.KindFloat64Histogram {
		h.GCPause = s.gc.quantile(v.Float64Histogram(), 1)
	}
	if v := s.read[heapBytes].Value; v.Kind() == metrics.KindUint64 {
		h.Heap = v.Uint64()
	}
	if v := s.read[goroutines].Value; v.Kind() == metrics.KindUint64 {
		h.Goroutines = int(min(v.Uint64(), math.MaxInt32))
	}
}

// Watch notes, until ctx ends, when the process stood still for a while: at each
// tick of a twentieth of a second, how late it came.
func (s *Sampler) Watch(ctx context.Context) {
	ticker := time.NewTicker(beat)
	defer ticker.Stop()
	s.seen.Store(int64(s.clock().now.Sub(s.origin)))
	defer s.seen.Store(0)
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			s.look(s.clock().now)
		}
	}
}

// look notes that the process moves, and how long it did not. Watch and Sample
// both look, as after a stall either may be the first to go on: so one stall
// counts once, and in the second that is collected then.
func (s *Sampler) look(now time.Time) {
	at := int64(now.Sub(s.origin))
	for {
		last := s.seen.Load()
		if last == 0 || at <= last {
			return // nobody watches, or another look was later
		}
		if s.seen.CompareAndSwap(last, at) {
			s.note(time.Duration(at-last) - beat)
			return
		}
	}
}

func (s *Sampler) note(late time.Duration) {
	for {
		longest := s.stall.Load()
		if int64(late) <= longest || s.stall.CompareAndSwap(longest, int64(late)) {
			return
		}
	}
}

// histogramDelta is what a histogram of the runtime, which counts from the start
// of the process, has counted since the last look. The zero value is ready.
type histogramDelta struct{ last []uint64 }

// quantile returns the upper end of the bucket that quantile q lies in.
func (d *histogramDelta) quantile(h *metrics.Float64Histogram, q float64) time.Duration {
	if len(d.last) != len(h.Counts) {
		d.last = make([]uint64, len(h.Counts))
	}
	total := uint64(0)
	for i, count := range h.Counts {
		d.last[i] = count - d.last[i]
		total += d.last[i]
	}
	rank, at := uint64(math.Ceil(q*float64(total))), -1
	for i, seen := 0, uint64(0); at < 0 && i < len(d.last) && total > 0; i++ {
		if seen += d.last[i]; seen >= rank {
			at = i
		}
	}
	copy(d.last, h.Counts)
	if at < 0 {
		return 0
	}
	return bucketEnd(h.Buckets, at)
}

// bucketEnd is the upper end of bucket i, its lower end if that is infinite.
func bucketEnd(edges []float64, i int) time.Duration {
	end := edges[i+1]
	if math.IsInf(end, 0) {
		end = edges[i]
	}
	return time.Duration(max(end, 0) * float64(time.Second))
}

// descriptors counts the open descriptors, so seldom that it takes a thousandth
// of the time at most: where they have to be listed, 10,000 of them take 30 ms.
// The zero value is ready.
type descriptors struct {
	known int
	next  time.Time
	list  func() int                    // these two are replaced by tests
	spent func(time.Time) time.Duration // since a moment
}

func (d *descriptors) count(now time.Time) int {
	const oneIn = 1000
	if now.Before(d.next) {
		return d.known
	}
	if d.list == nil {
		d.list, d.spent = openDescriptors, time.Since
	}
	start := time.Now()
	d.known = d.list()
	d.next = now.Add(d.spent(start) * oneIn)
	return d.known
}
