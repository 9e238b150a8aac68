package target

import "time"

// A queue is one server with first come, first served, as arithmetic: all it
// knows is when the server is free again.
type queue struct {
	free time.Duration
}

// enter adds a request that needs 1/capacity of a second and returns how long
// it waits for its turn. It is refused if that is more than limit, and then
// takes no capacity.
func (q *queue) enter(now time.Duration, capacity float64, limit time.Duration) (wait time.Duration, refused bool) {
	if !(capacity > 0) {
		return 0, false
	}
	q.free = max(q.free, now)
	wait = q.free - now
	if wait > limit {
		return wait, true
	}
	q.free += time.Duration(float64(time.Second) / capacity)
	return wait, false
}
