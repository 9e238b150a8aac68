package target

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/loadforge/loadforge/internal/virtual"
)

func TestStallClock(t *testing.T) {
	s := newStall(2*time.Second, 10*time.Second)
	for _, tt := range []struct {
		name              string
		start, work, want time.Duration
	}{
		{"work before a stall takes its time", 1 * time.Second, time.Second, 2 * time.Second},
		{"work into a stall is frozen", 7 * time.Second, 1500 * time.Millisecond, 10500 * time.Millisecond},
		{"work up to a stall is frozen, too", 7 * time.Second, time.Second, 10 * time.Second},
		{"work that comes in a stall starts at its end", 9 * time.Second, time.Millisecond, 10001 * time.Millisecond},
		{"so does no work", 9 * time.Second, 0, 10 * time.Second},
		{"the end of a stall is after it", 10 * time.Second, time.Millisecond, 10001 * time.Millisecond},
		{"long work spans several stalls", 1 * time.Second, 20 * time.Second, 25 * time.Second},
	} {
		if got := s.wall(s.worked(tt.start) + tt.work); got != tt.want {
			t.Errorf("%s: from %v for %v ends at %v, want %v", tt.name, tt.start, tt.work, got, tt.want)
		}
	}
}

func TestStallClockRunsOrStands(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		length := time.Duration(rapid.Int64Range(0, 1e10).Draw(t, "length"))
		every := time.Duration(rapid.Int64Range(0, 1e11).Draw(t, "every"))
		start := time.Duration(rapid.Int64Range(0, 1e13).Draw(t, "start"))
		later := start + time.Duration(rapid.Int64Range(0, 1e12).Draw(t, "more"))
		s := newStall(length, every)
		if a, b := s.worked(start), s.worked(later); b < a || b-a > later-start {
			t.Fatalf("the clock went from %v to %v in %v", a, b, later-start)
		}
		wall := s.wall(s.worked(start))
		if wall < start || wall-start > length {
			t.Fatalf("at %v the clock says it is %v", start, wall)
		}
		if got := s.worked(wall); got != s.worked(start) {
			t.Fatalf("the clock shows %v at %v and %v at %v", s.worked(start), start, got, wall)
		}
	})
}

// This is the server of the coordinated-omission test. Arrivals at 1,000/s see
// the latencies that arithmetic says: a fifth of them comes in a stall and
// waits evenly between 0 and 2 s, so that P(wait > x) = 0.1 (2 - x).
func TestStallServerHasTheLatenciesOfArithmetic(t *testing.T) {
	virtual.Test(t, func(t *testing.T) {
		target := New(Config{Latency: time.Millisecond, Stall: 2 * time.Second, StallEvery: 10 * time.Second, Trace: 5})
		const arrivals = 10_000
		took := make(chan time.Duration, arrivals)
		begin := time.Now()
		for k := range arrivals {
			time.Sleep(time.Until(begin.Add(time.Duration(k)*time.Millisecond + 500*time.Microsecond)))
			go func() {
				sent := time.Now()
				ask(target, "GET", "/", "")
				took <- time.Since(sent)
			}()
		}
		var all []time.Duration
		for range arrivals {
			all = append(all, <-took)
		}
		slices.Sort(all)
		for _, tt := range []struct {
			quantile float64
			want     time.Duration
		}{
			{0.5, time.Millisecond},
			{0.79, time.Millisecond},
			{0.95, 1500 * time.Millisecond},
			{0.99, 1900 * time.Millisecond},
			{1, 2000 * time.Millisecond},
		} {
			got := all[int(tt.quantile*(arrivals-1))]
			if d := got - tt.want; d < -2*time.Millisecond || d > 2*time.Millisecond {
				t.Errorf("quantile %v is %v, want %v", tt.quantile, got, tt.want)
			}
		}
		checkArrivals(t, target)
	})
}

func checkArrivals(t *testing.T, target *Target) {
	t.Helper()
	s := target.Stats()
	for second, n := range s.PerSecond[:10] {
		if n != 1000 {
			t.Errorf("second %d had %d arrivals, want 1000: they count when they come", second, n)
		}
	}
	if got := target.Arrivals(); len(got) != 5 || got[4] != 4500*time.Microsecond {
		t.Errorf("the trace is %v, want five arrivals up to 4.5ms", got)
	}
	if s.Total != 10_000 || s.Status[200] != 10_000 || s.InFlight != 0 || s.PeakInFlight < 2000 {
		t.Errorf("got %d requests, %d answered, at most %d at a time", s.Total, s.Status[200], s.PeakInFlight)
	}
}

func TestAResetRestartsTheStallClock(t *testing.T) {
	virtual.Test(t, func(t *testing.T) {
		target := New(Config{Stall: 2 * time.Second, StallEvery: 10 * time.Second})
		time.Sleep(9 * time.Second)
		target.Reset()
		if got := took(target, "GET", "/"); got != 0 {
			t.Errorf("right after the reset a request took %v", got)
		}
		time.Sleep(9 * time.Second)
		if got := took(target, "GET", "/"); got != time.Second {
			t.Errorf("in the stall a request took %v, want 1s", got)
		}
	})
}

func TestADelayFreezesToo(t *testing.T) {
	virtual.Test(t, func(t *testing.T) {
		target := New(Config{Stall: 2 * time.Second, StallEvery: 10 * time.Second})
		time.Sleep(7 * time.Second)
		if got := took(target, "GET", "/delay/1500"); got != 3500*time.Millisecond {
			t.Errorf("got %v, want 3.5s", got)
		}
	})
}
