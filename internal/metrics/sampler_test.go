package metrics

import (
	"context"
	"math"
	"os"
	"runtime"
	"runtime/metrics"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/loadforge/loadforge/internal/virtual"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fakeSampler is a sampler with clocks that the test moves.
func fakeSampler() (s *Sampler, now *clocks, used *time.Duration) {
	c := clocksAt(time.Now())
	c.boot = time.Hour
	now, used = &c, new(time.Duration)
	s = NewSampler()
	s.clock = func() clocks { return *now }
	s.processTime = func() time.Duration { return *used }
	s.last, s.cpuAt, s.cpu, s.share = *now, now.now, 0, 0
	s.origin = now.now.Add(-time.Hour)
	return s, now, used
}

func TestStallsClockGapsAndProcessors(t *testing.T) {
	for _, c := range []struct {
		name       string
		elapsed    time.Duration
		wall, boot time.Duration // how far they go ahead of the monotonic clock
		blur       time.Duration // of the reading
		watched    time.Duration // when Watch looked last, zero for not at all
		cpu        time.Duration // of each processor

		stall, gap time.Duration
		share      float64
	}{
		{name: "an ordinary second", elapsed: time.Second},
		{name: "an early tick", elapsed: 900 * time.Millisecond},
		{name: "a late tick that nobody watched", elapsed: 1300 * time.Millisecond},
		{name: "a late tick of a process that moved", elapsed: 1300 * time.Millisecond, watched: 1250 * time.Millisecond, stall: 1200 * time.Millisecond},
		{name: "a stall within the second", elapsed: time.Second, watched: 450 * time.Millisecond, stall: 500 * time.Millisecond},
		{name: "a clock that is put back", elapsed: time.Second, wall: -time.Hour, gap: time.Hour},
		{name: "a suspend", elapsed: time.Second, wall: time.Minute, boot: time.Minute, gap: time.Minute},
		{name: "a suspend that only one clock saw", elapsed: time.Second, boot: time.Minute, gap: time.Minute},
		{name: "a reading that had to wait", elapsed: time.Second, boot: 3 * time.Second, blur: 4 * time.Second},
		{name: "a suspend in such a reading", elapsed: time.Second, boot: time.Minute, blur: 4 * time.Second, gap: 56 * time.Second},
		{name: "all processors in use", elapsed: time.Second, cpu: time.Second, share: 1},
		{name: "a quarter of them", elapsed: 2 * time.Second, cpu: time.Second / 2, share: 0.25},
		{name: "more than there can be", elapsed: time.Second, cpu: time.Hour, share: 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, now, used := fakeSampler()
			if c.watched > 0 {
				s.seen.Store(int64(now.now.Sub(s.origin)))
				s.look(now.now.Add(c.watched))
			}
			now.now = now.now.Add(c.elapsed)
			now.wall += c.elapsed + c.wall
			now.boot += c.elapsed + c.boot
			now.blur = c.blur
			*used = c.cpu * time.Duration(runtime.GOMAXPROCS(0))
			h := s.Sample()
			if h.Stall != c.stall || h.ClockGap != c.gap || math.Abs(h.CPU-c.share) > 1e-9 {
				t.Errorf("got a stall of %s, a gap of %s, CPU %v; want %s, %s, %v",
					h.Stall, h.ClockGap, h.CPU, c.stall, c.gap, c.share)
			}
			if again := s.Sample(); again.Stall != 0 || again.ClockGap != 0 || again.CPU != h.CPU {
				t.Errorf("at once again: got %+v", again)
			}
		})
	}
}

func TestTheSamplerKnowsThisProcess(t *testing.T) {
	s := NewSampler()
	runtime.GC()
	h := s.Sample()
	if h.Heap == 0 || h.Goroutines < 2 || h.GCPause <= 0 {
		t.Errorf("got %+v", h)
	}
	if h.CPU < 0 || h.CPU > 1 || h.ClockGap > time.Hour {
		t.Errorf("got %+v", h)
	}
	if runtime.GOOS != "windows" && (h.FDs < 3 || h.FDs > 1000) {
		t.Errorf("got %d descriptors", h.FDs)
	}
	if processTime() <= 0 {
		t.Error("this process has used no processor time")
	}
}

func TestOpenDescriptorsAreCounted(t *testing.T) {
	before := openDescriptors()
	if before == 0 {
		if runtime.GOOS == "linux" || runtime.GOOS == "darwin" {
			t.Fatal("no descriptors are open")
		}
		return // this platform does not tell
	}
	for range 20 {
		f, err := os.Open(os.DevNull)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
	}
	// The runtime may open a few of its own with the first file.
	if got := openDescriptors() - before; got < 20 || got > 25 {
		t.Errorf("got %d more after opening 20 files", got)
	}
}

func TestListingDescriptorsIsThinnedOut(t *testing.T) {
	now := time.Now()
	var d descriptors
	counts := 0
	counting := func() int { counts++; return counts }
	d.list = counting
	d.spent = func(time.Time) time.Duration { return 5 * time.Millisecond }
	for range 60 {
		d.count(now)
		now = now.Add(time.Second)
	}
	if want := 12; counts != want {
		t.Errorf("counting takes 5 ms: counted %d times a minute, want %d", counts, want)
	}
	if got := d.count(now.Add(-time.Second)); got != counts {
		t.Errorf("in between: got %d, want the last count %d", got, counts)
	}
}

func TestWatchSeesAStallBetweenSamples(t *testing.T) {
	virtual.Test(t, func(t *testing.T) {
		s, _, _ := fakeSampler()
		var stalled atomic.Int64
		s.clock = func() clocks { return clocksAt(time.Now().Add(time.Duration(stalled.Load()))) }
		s.Sample()
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { s.Watch(ctx); close(done) }()
		time.Sleep(time.Second / 2)
		synctest.Wait()
		stalled.Store(400 * ms) // the process stands still in the middle of a second
		time.Sleep(100 * time.Millisecond)
		synctest.Wait()
		cancel()
		<-done
		if got := s.Sample().Stall; got != 400*time.Millisecond {
			t.Errorf("got a stall of %s, want 400 ms", got)
		}
	})
}

// Whoever goes on first after a stall counts it, and nobody counts it again.
func TestAStallCountsOnce(t *testing.T) {
	for _, c := range []struct {
		name       string
		afterwards func(look, sample func() time.Duration) []time.Duration
	}{
		{"seen by Watch first", func(look, sample func() time.Duration) []time.Duration {
			return []time.Duration{look(), sample(), look(), sample()}
		}},
		{"seen by Sample first", func(look, sample func() time.Duration) []time.Duration {
			return []time.Duration{sample(), look(), sample(), sample()}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, now, _ := fakeSampler()
			s.seen.Store(int64(now.now.Sub(s.origin)))
			now.now = now.now.Add(2*time.Second + beat)
			var stalled time.Duration
			for _, stall := range c.afterwards(
				func() time.Duration { s.look(now.now); return 0 },
				func() time.Duration { return s.Sample().Stall },
			) {
				stalled += stall
			}
			if stalled != 2*time.Second {
				t.Errorf("a stall of 2 s counts as %s in all", stalled)
			}
		})
	}
}

func TestALookThatComesLateTakesNothingBack(t *testing.T) {
	s, now, _ := fakeSampler()
	s.seen.Store(int64(now.now.Sub(s.origin)))
	s.look(now.now.Add(time.Second)) // after a stall, overtaking a look
	s.look(now.now)                  // whose clock was read before it
	s.look(now.now.Add(time.Second + beat))
	if got, want := s.Sample().Stall, time.Second-beat; got != want {
		t.Errorf("got a stall of %s, want %s", got, want)
	}
	s.look(now.now.Add(time.Second + 2*beat))
	if got := s.Sample().Stall; got != 0 {
		t.Errorf("then got a stall of %s, want none", got)
	}
}

func TestRuntimeHistogramsAreReadSinceTheLastLook(t *testing.T) {
	var d histogramDelta
	h := &metrics.Float64Histogram{
		Counts:  []uint64{0, 0, 0, 0},
		Buckets: []float64{math.Inf(-1), 0.001, 0.002, 0.004, math.Inf(1)},
	}
	for _, c := range []struct {
		name   string
		counts []uint64
		q      float64
		want   time.Duration
	}{
		{"nothing yet", []uint64{0, 0, 0, 0}, 0.99, 0},
		{"the median of ten", []uint64{4, 4, 2, 0}, 0.5, 2 * time.Millisecond},
		{"nothing new", []uint64{4, 4, 2, 0}, 0.5, 0},
		{"the slowest of the new ones", []uint64{100, 5, 2, 0}, 1, 2 * time.Millisecond},
		{"p99 of them", []uint64{1099, 6, 2, 0}, 0.99, time.Millisecond},
		{"past the last edge", []uint64{1099, 6, 2, 7}, 0.5, 4 * time.Millisecond},
	} {
		copy(h.Counts, c.counts)
		if got := d.quantile(h, c.q); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}
