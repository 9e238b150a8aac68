package cluster

import "sync"

// A Control acts on a run from outside: from a signal handler, or the buttons of
// a dashboard. It ends it, or holds its loads. The zero Control is ready to use, for one run. Its methods
// may be called by several goroutines, before, during and after the run.
type Control struct {
	mu     sync.Mutex
	level  stopLevel
	reason string
	asked  []asking // of loads, not taken yet
	bell   chan struct{}
}

// A stopLevel is how urgently a run has to end.
type stopLevel int

const (
	goOn stopLevel = iota
	stopGracefully
	stopNow
)

// Stop asks the run to end: the first call gracefully, as the plan has it, the
// second at once. The reason is for people and may be empty.
func (c *Control) Stop(reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.raise(min(c.level+1, stopNow), reason)
}

// StopGracefully asks the run to end as the plan has it. Asked again it does
// nothing.
func (c *Control) StopGracefully(reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.raise(stopGracefully, reason)
}

// StopNow asks the run to end at once.
func (c *Control) StopNow(reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.raise(stopNow, reason)
}

func (c *Control) raise(level stopLevel, reason string) {
	if level <= c.level {
		return
	}
	c.level, c.reason = level, reason
	select {
	case c.ring() <- struct{}{}:
	default: // it rings already
	}
}

// ring returns the channel that rings after each change.
func (c *Control) ring() chan struct{} {
	if c.bell == nil {
		c.bell = make(chan struct{}, 1)
	}
	return c.bell
}

// changes returns the channel that has a value after each change.
func (c *Control) changes() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ring()
}

// state says what was asked for last, and why.
func (c *Control) state() (stopLevel, string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.level, c.reason
}
