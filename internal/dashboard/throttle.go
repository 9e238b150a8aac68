package dashboard

import (
	"sync"
	"time"
)

// A throttle lets something happen a number of times at once, and then once in
// a while. It is the generic cell rate algorithm: all it keeps is when the last
// thing that happened would have, had all of them kept that distance.
type throttle struct {
	burst int
	every time.Duration

	mu   sync.Mutex
	last time.Time
}

// take reports whether it may happen, and counts it if so.
func (t *throttle) take(now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	next, ok := spend(t.last, now, t.burst, t.every)
	t.last = next
	return ok
}

// spend is one step of the algorithm.
func spend(last, now time.Time, burst int, every time.Duration) (time.Time, bool) {
	if last.Before(now) {
		last = now
	}
	if last.Sub(now) > time.Duration(burst-1)*every {
		return last, false
	}
	return last.Add(every), true
}
