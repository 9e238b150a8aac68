package terminal

import (
	"errors"
	"io"
	"sync"
	"syscall"
	"time"
)

// An outlet writes what it is given, later and from a goroutine of its own, so
// that no one has to wait for a terminal. What does not fit in its buffer is
// dropped, and after a failed write everything is.
type outlet struct {
	out  io.Writer
	done chan struct{} // closed when the goroutine has ended

	mu      sync.Mutex
	wake    *sync.Cond
	buf     []byte
	writing bool
	closed  bool
	silent  bool // a write has failed
}

const (
	outletBuffer = 1 << 20
	// patience is how long a screen waits at its end for a slow terminal.
	patience = 2 * time.Second
)

func newOutlet(out io.Writer) *outlet {
	o := &outlet{out: out, done: make(chan struct{})}
	o.wake = sync.NewCond(&o.mu)
	go o.run()
	return o
}

// Write never fails and never blocks.
func (o *outlet) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.closed && !o.silent && len(o.buf)+len(p) <= outletBuffer {
		o.buf = append(o.buf, p...)
		o.wake.Signal()
	}
	return len(p), nil
}

func (o *outlet) writeString(s string) { _, _ = o.Write([]byte(s)) }

// idle reports whether everything has been written.
func (o *outlet) idle() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.buf) == 0 && !o.writing
}

// close ends the goroutine and waits for it, but not for ever: a write to a
// terminal that is held by Ctrl-S can't be cancelled.
func (o *outlet) close(wait time.Duration) {
	o.mu.Lock()
	o.closed = true
	o.wake.Signal()
	o.mu.Unlock()
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-o.done:
	case <-timer.C:
	}
}

func (o *outlet) run() {
	defer close(o.done)
	for {
		p := o.next()
		if p == nil {
			return
		}
		err := o.writeAll(p)
		o.mu.Lock()
		o.writing = false
		if err != nil {
			o.silent, o.buf = true, nil
		}
		o.mu.Unlock()
	}
}

// next waits for bytes to write and returns nil at the end.
func (o *outlet) next() []byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	for len(o.buf) == 0 {
		if o.closed {
			return nil
		}
		o.wake.Wait()
	}
	p := o.buf
	o.buf, o.writing = nil, true
	return p
}

// writeAll writes p. Another process may have set the terminal, which it shares,
// to non-blocking: that is no reason to fall silent.
func (o *outlet) writeAll(p []byte) error {
	for tries := 0; ; tries++ {
		n, err := o.out.Write(p)
		p = p[max(0, min(n, len(p))):]
		if err == nil || len(p) == 0 {
			return nil
		}
		if !errors.Is(err, syscall.EAGAIN) || tries == 100 {
			return err
		}
		time.Sleep(10 * time.Millisecond)
	}
}
