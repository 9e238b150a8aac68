package engine

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/loadforge/loadforge/pattern"
)

func TestASleeperWakesAtTheMomentInVirtualTime(t *testing.T) {
	virtually(t, func(t *testing.T) {
		start := time.Now()
		s := newSleeper(start, make(chan struct{}), nil, false)
		defer s.close()
		for _, due := range []time.Duration{0, 1, ms, ms, time.Hour, time.Minute} {
			before := time.Since(start)
			if !s.until(due) {
				t.Fatal("a sleeper that nobody halts was halted")
			}
			if got, want := time.Since(start), max(due, before); got != want {
				t.Errorf("woke at %v, want %v", got, want)
			}
		}
	})
}

func TestAHaltEndsTheSleepAtOnce(t *testing.T) {
	virtually(t, func(t *testing.T) {
		halt := make(chan struct{})
		start := time.Now()
		s := newSleeper(start, halt, nil, false)
		defer s.close()
		later(s1, func() { close(halt) })
		if s.until(time.Hour) || s.until(0) {
			t.Error("until is true, want false after a halt")
		}
		if got := time.Since(start); got != s1 {
			t.Errorf("woke at %v, want %v", got, s1)
		}
	})
}

func TestAPreciseSleeperIsNeverEarly(t *testing.T) {
	start := time.Now()
	s := newSleeper(start, make(chan struct{}), nil, true)
	defer s.close()
	for i := range 200 {
		due := time.Duration(i) * 97 * time.Microsecond
		if i == 100 {
			due += 3 * ms
		}
		if !s.until(due) {
			t.Fatal("a sleeper that nobody halts was halted")
		}
		if got := time.Since(start); got < due {
			t.Errorf("woke at %v, before %v", got, due)
		}
	}
}

func TestAPreciseSleeperHeedsAHalt(t *testing.T) {
	halt := make(chan struct{})
	s := newSleeper(time.Now(), halt, nil, true)
	defer s.close()
	time.AfterFunc(ms, func() { close(halt) })
	if s.until(time.Hour) {
		t.Error("until is true, want false after a halt")
	}
}

func TestAPreciseRunMissesNothing(t *testing.T) {
	var early, count atomic.Int64
	s := &script{quiet: true}
	start := time.Now()
	s.run = func(_ *fake, it Iteration) error {
		count.Add(1)
		if time.Since(start) < it.Intended {
			early.Add(1)
		}
		return nil
	}
	closed := users(pattern.Constant{Level: 5, For: 300 * ms}, s)
	closed.Pace = 5 * ms
	open := rate(pattern.Constant{Level: 5000, For: 300 * ms}, s)
	r := newTrial(t, Plan{Loads: []Load{open, closed}}, Options{Precise: true}, s)
	report := r.Run(context.Background(), start)
	stats := r.recorder.Finish(report.Elapsed).Loads
	if got := stats[0].Started; got != 1500 || stats[0].Dropped != 0 {
		t.Errorf("%d arrivals started, %d dropped, want 1,500 and none", got, stats[0].Dropped)
	}
	if got := stats[0].Finished + stats[1].Finished; got != uint64(count.Load()) {
		t.Errorf("%d iterations counted, %d ran", got, count.Load())
	}
	if n := early.Load(); n > 0 {
		t.Errorf("%d iterations began before their time", n)
	}
}
