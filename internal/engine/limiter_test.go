package engine

import (
	"context"
	"errors"
	"math"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/loadforge/loadforge/internal/virtual"
)

func TestLimiterIsExactInTheLongRun(t *testing.T) {
	for _, rate := range []float64{0.1, 1, 3, 7.5, 100, 333, 5000} {
		virtual.Test(t, func(t *testing.T) {
			limiter := NewLimiter(rate)
			var sent atomic.Int64
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
			defer cancel()
			var users sync.WaitGroup
			for range 5 {
				users.Go(func() {
					for limiter.Wait(ctx) == nil && sent.Load() < 20_000 {
						sent.Add(1)
					}
				})
			}
			start := time.Now()
			users.Wait()
			want := rate * time.Since(start).Seconds()
			if got := float64(sent.Load()); math.Abs(got-want) > 6 {
				t.Errorf("at %v/s: %v requests, want %v", rate, got, want)
			}
		})
	}
}

func TestLimiterNeverLetsMoreThanTheBurstThrough(t *testing.T) {
	virtual.Test(t, func(t *testing.T) {
		limiter := NewLimiter(1000)
		time.Sleep(time.Hour) // unused tokens expire
		start := time.Now()
		for range 10 {
			if err := limiter.Wait(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if waited := time.Since(start); waited != 0 {
			t.Errorf("the burst waited %v, want 0", waited)
		}
		for range 1000 {
			if err := limiter.Wait(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if got, want := time.Since(start), time.Second; got != want {
			t.Errorf("1,000 more requests took %v, want %v", got, want)
		}
	})
}

func TestLimiterServesWhoAsksFirst(t *testing.T) {
	virtual.Test(t, func(t *testing.T) {
		limiter := NewLimiter(10)
		if err := limiter.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		var order []int
		var users sync.WaitGroup
		for i := range 20 {
			users.Go(func() {
				if err := limiter.Wait(t.Context()); err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				order = append(order, i)
			})
			synctest.Wait()
		}
		users.Wait()
		for i, user := range order {
			if user != i {
				t.Fatalf("served in the order %v", order)
			}
		}
	})
}

func TestLimiterGivesUpWithTheContext(t *testing.T) {
	virtual.Test(t, func(t *testing.T) {
		limiter := NewLimiter(0.01)
		if err := limiter.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		if got, want := limiter.Wait(ctx), context.DeadlineExceeded; !errors.Is(got, want) {
			t.Errorf("Wait returned %v, want %v", got, want)
		}
		if got, want := time.Since(start), time.Second; got != want {
			t.Errorf("Wait returned after %v, want %v", got, want)
		}
	})
}

func TestNoLimit(t *testing.T) {
	for _, rate := range []float64{0, -1, math.NaN(), math.Inf(1)} {
		limiter := NewLimiter(rate)
		if limiter != nil {
			t.Fatalf("NewLimiter(%v) is not nil", rate)
		}
		if err := limiter.Wait(t.Context()); err != nil {
			t.Errorf("a nil limiter returned %v", err)
		}
	}
}

func TestLimiterDoesNotAllocateWhenNotLimiting(t *testing.T) {
	limiter := NewLimiter(1e9)
	ctx := t.Context()
	if got := testing.AllocsPerRun(1000, func() { _ = limiter.Wait(ctx) }); got != 0 {
		t.Errorf("Wait allocates %v times, want 0", got)
	}
}

func BenchmarkLimiterNotLimiting(b *testing.B) {
	limiter := NewLimiter(1e9)
	b.ReportAllocs()
	for b.Loop() {
		_ = limiter.Wait(b.Context())
	}
}
