package httpclient

import (
	"context"
	"math"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// A watch is what others need to end a session's wait: the sweeper when its
// time is over, a context or a caller when it is cancelled. They poke the
// connection; the session then wakes, asks for the verdict, and goes on if
// there was none. A poke too many does no harm, so nobody has to agree on when.
//
// Setting a deadline on the connection for every request would cost 4 % of it.
// One store to due, seen by a sweep every tick, costs nothing measurable.
type watch struct {
	due         atomic.Int64  // when the present wait is over; 0: no wait. The lowest two bits are flags.
	context     atomic.Uint32 // number of the context watched now; 0: none
	ended       atomic.Uint32 // number of the latest watched context that has ended
	interrupted atomic.Bool
	contexts    uint32 // numbers given so far; the session's

	mu     sync.Mutex
	conn   net.Conn           // what to poke; nil: nothing
	cancel context.CancelFunc // ends a lookup or dial; nil: none
	seen   int64              // due at the last sweep; the sweeper's
}

const (
	// again asks the sweeper to poke a wait that lasts longer than a tick, be it
	// over or not. See wire.go for who needs that.
	again = 1
	// soon says that due is near, and the connection has a deadline of its own.
	soon  = 2
	flags = again | soon

	precise = 2 * time.Second // shorter waits get a deadline of their own
	never   = math.MaxInt64 &^ flags
)

// longAgo is a deadline that has passed.
var longAgo = time.Unix(1, 0)

// arm starts a wait that ends at due. flag is again or 0.
func (w *watch) arm(conn net.Conn, now, due, flag int64) {
	if due-now < int64(precise) {
		flag |= soon
		_ = conn.SetDeadline(time.Now().Add(time.Duration(due - now)))
	}
	w.due.Store(due&^flags | flag)
}

// disarm ends the wait.
func (w *watch) disarm() { w.due.Store(0) }

// once takes back the wish to be poked again.
func (w *watch) once() { w.due.Store(w.due.Load() &^ again) }

// verdict says why the wait is over, or nil if it is not.
func (w *watch) verdict() error {
	if w.cut() {
		return errCancelled
	}
	if due := w.due.Load() &^ flags; due != 0 && Now() >= due {
		return errOverdue
	}
	return nil
}

// cut reports whether the session is to stop.
func (w *watch) cut() bool {
	if w.interrupted.Load() {
		return true
	}
	number := w.context.Load()
	return number != 0 && number == w.ended.Load()
}

// calm takes back the past deadline that a poke has left on the connection.
func (w *watch) calm(conn net.Conn) {
	var deadline time.Time
	if due := w.due.Load(); due&soon != 0 {
		deadline = time.Now().Add(time.Duration(due&^flags - Now()))
	}
	_ = conn.SetDeadline(deadline)
}

// guard makes conn and cancel what a poke hits.
func (w *watch) guard(conn net.Conn, cancel context.CancelFunc) {
	w.mu.Lock()
	w.conn, w.cancel = conn, cancel
	w.mu.Unlock()
}

// poke wakes whoever waits.
func (w *watch) poke() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.conn != nil {
		_ = w.conn.SetDeadline(longAgo)
	}
	if w.cancel != nil && w.cut() {
		w.cancel()
	}
}

// interrupt ends the wait and all later ones.
func (w *watch) interrupt() {
	w.interrupted.Store(true)
	w.poke()
}

// follow makes the end of ctx a cut, and returns what ends that. A later follow
// replaces this one, whether it was ended or not: contexts have numbers.
func (w *watch) follow(ctx context.Context) (unfollow func() bool) {
	w.contexts++
	number := w.contexts
	w.context.Store(number)
	if ctx.Err() != nil {
		w.end(number)
	}
	return context.AfterFunc(ctx, func() {
		w.end(number)
		w.poke()
	})
}

// end notes that a context has ended; a number never replaces a later one.
func (w *watch) end(number uint32) {
	for {
		ended := w.ended.Load()
		if int32(number-ended) <= 0 || w.ended.CompareAndSwap(ended, number) {
			return
		}
	}
}

// sweep pokes the session if its time is over.
func (w *watch) sweep(now int64) {
	due := w.due.Load()
	if due == 0 {
		return
	}
	if now >= due&^flags || due&again != 0 && due == w.seen {
		w.poke()
	}
	w.seen = due
}
