package virtual

import (
	"runtime"
	"sync"
	"testing"
	"time"
)

// Without Test this crashes the race detector within the first bubbles.
func TestTimersThatRingAtOnceInParallel(t *testing.T) {
	before := runtime.GOMAXPROCS(0)
	for range 50 {
		Test(t, func(*testing.T) {
			var waiters sync.WaitGroup
			for range 4 {
				waiters.Go(func() {
					for range 200 {
						<-time.NewTimer(0).C
					}
				})
			}
			waiters.Wait()
		})
	}
	if got := runtime.GOMAXPROCS(0); got != before {
		t.Errorf("the process has %d processors afterwards, want %d", got, before)
	}
}

func TestTestsInParallelShareTheProcessor(t *testing.T) {
	before := runtime.GOMAXPROCS(0)
	t.Run("together", func(t *testing.T) {
		for range 3 {
			t.Run("bubble", func(t *testing.T) {
				t.Parallel()
				Test(t, func(t *testing.T) {
					start := time.Now()
					time.Sleep(time.Hour)
					if got, want := time.Since(start), time.Hour; got != want {
						t.Errorf("an hour took %v", got)
					}
					if got := runtime.GOMAXPROCS(0); raceDetector && got != 1 {
						t.Errorf("%d processors in a bubble, want 1", got)
					}
				})
			})
		}
	})
	if got := runtime.GOMAXPROCS(0); got != before {
		t.Errorf("the process has %d processors afterwards, want %d", got, before)
	}
}
