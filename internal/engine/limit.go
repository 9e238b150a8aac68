package engine

import (
	"context"
	"sync"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
)

// A limit makes sure that a user who is to stop does. At the deadline its
// context is cancelled; if user code has not returned hangTime later, the user
// is given up, and its goroutine left behind, because nothing can end it. A
// teardown that begins after the stop has a deadline of its own.
type limit struct {
	mu       sync.Mutex
	timer    *time.Timer // nil until there is a deadline in the future
	deadline time.Duration
	on       bool // there is a deadline
	cut      bool // it has passed, the context is cancelled
	over     bool // the user has ended, or was given up
}

const (
	// hangTime is how long user code may take to notice that its context ended.
	hangTime = time.Second
	// teardownTime is how long the teardown of a stopping user may take.
	teardownTime = 5 * time.Second
)

// set gives the user a deadline, unless it has an earlier one.
func (m *limit) set(u *user, deadline time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.over || m.cut || m.on && deadline >= m.deadline {
		return
	}
	m.on = true
	m.arm(u, deadline)
}

// extend gives the teardown that begins its own time. If the user's context
// was cancelled it returns a new one, but not when the run is to end at once.
func (m *limit) extend(u *user) context.Context {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := u.load.now()
	switch {
	case !m.on || m.over:
		return nil
	case !m.cut:
		m.arm(u, now+teardownTime)
		return nil
	case u.load.engine.aborted.Load():
		m.arm(u, now+hangTime)
		return nil
	}
	m.cut = false
	u.ctx, u.cancel = context.WithCancel(u.load.engine.ctx)
	m.arm(u, now+teardownTime)
	return u.ctx
}

// end says that the user has ended, and whether it had not been given up.
func (m *limit) end() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.over {
		return false
	}
	m.over = true
	if m.timer != nil {
		m.timer.Stop()
	}
	return true
}

// arm sets the deadline. The caller holds the lock, as in what follows.
func (m *limit) arm(u *user, deadline time.Duration) {
	m.deadline = deadline
	left := deadline - u.load.now()
	switch {
	case left <= 0:
		m.expire(u)
	case m.timer == nil:
		m.timer = time.AfterFunc(left, func() { m.ring(u) })
	default:
		m.timer.Reset(left)
	}
}

// ring is called by the timer. It may come late, after the deadline was moved.
func (m *limit) ring(u *user) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.over {
		m.arm(u, m.deadline)
	}
}

func (m *limit) expire(u *user) {
	if !m.cut {
		m.cut = true
		u.cancel()
		m.arm(u, u.load.now()+hangTime)
		return
	}
	phase := u.phase.Load()
	if phase == idle || !u.phase.CompareAndSwap(phase, abandoned) {
		// Between two pieces of user code: it is on its way out.
		m.arm(u, u.load.now()+hangTime)
		return
	}
	m.over = true
	m.giveUp(u, phase)
}

func (m *limit) giveUp(u *user, phase int32) {
	now := u.load.now()
	if phase >= 0 {
		u.count(metrics.Interrupted, now)
	}
	u.count(metrics.UserStopped, now)
	u.load.abandon(hung{u, Hang{
		Scenario: u.load.Scenario,
		Task:     u.load.phaseName(phase),
		User:     u.id.User,
		For:      now - time.Duration(u.since.Load()),
	}})
}
