package cluster

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
)

// Limits of what a sink may cost the run.
const (
	// sinkRoom is how many seconds wait for a slow sink; those after are lost
	// to it. A slow disk may stall that long, and it bounds the memory.
	sinkRoom = 30
	// sinkPatience is how long the end of a run waits for the sinks to take
	// what is left, and again for their End.
	sinkPatience = 30 * time.Second
)

// A courier brings a run to one sink, on its own goroutine: a sink that is slow
// or hangs delays neither the run nor other sinks. Its methods are called by
// one goroutine, the coordinator's.
type courier struct {
	sink    Sink
	orders  chan func()
	stopped chan struct{}

	// Of the courier's goroutine.
	unopened bool // Begin failed: no End
	broken   bool // Begin or Second failed: no more seconds

	mu      sync.Mutex
	problem error // the first
	lost    int   // seconds the sink did not get

	reported bool // of the coordinator
}

func newCourier(sink Sink) *courier {
	c := &courier{sink: sink, orders: make(chan func(), sinkRoom), stopped: make(chan struct{})}
	go func() {
		defer close(c.stopped)
		for order := range c.orders {
			order()
		}
	}()
	return c
}

// begin tells the sink of the run. It must come first.
func (c *courier) begin(run metrics.Run) {
	c.orders <- func() {
		if err := c.sink.Begin(run); err != nil {
			c.unopened, c.broken = true, true
			c.note(fmt.Errorf("begin: %w", err), 0)
		}
	}
}

// second brings a second, or loses it when too many are waiting.
func (c *courier) second(s *metrics.Snapshot, p metrics.Progress) {
	select {
	case c.orders <- func() { c.deliver(s, p) }:
	default:
		c.note(fmt.Errorf("too slow: %d seconds were waiting", sinkRoom), 1)
	}
}

func (c *courier) deliver(s *metrics.Snapshot, p metrics.Progress) {
	if c.broken {
		c.note(nil, 1)
		return
	}
	if err := c.sink.Second(s, p); err != nil {
		c.broken = true
		c.note(fmt.Errorf("second %d: %w", s.Second, err), 1)
	}
}

// keep lets the sink keep a state, after all seconds before, and says how that
// went from the courier's goroutine. Where no room is left it says so at once.
func (c *courier) keep(state []byte, then func(error)) {
	select {
	case c.orders <- func() { then(c.keepNow(state)) }:
	default:
		then(errBusy)
	}
}

func (c *courier) keepNow(state []byte) error {
	if c.broken || c.lostAny() {
		return errBroken // the seconds it lacks are in no checkpoint
	}
	err := c.sink.(Keeper).Keep(state)
	if err != nil {
		c.note(fmt.Errorf("checkpoint: %w", err), 0)
	}
	return err
}

var (
	// errBusy says that a sink can't keep a state now.
	errBusy = errors.New("the sink is behind")
	// errBroken says that it can't keep one any more.
	errBroken = errors.New("the sink has missed seconds")
)

func (c *courier) lostAny() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lost > 0
}

// drain waits until the sink has taken all it was sent, or ctx ends.
func (c *courier) drain(ctx context.Context) {
	taken := make(chan struct{})
	c.order(ctx, func() { close(taken) })
	select {
	case <-taken:
	case <-ctx.Done():
		c.note(fmt.Errorf("still busy after %v", sinkPatience), 0)
	}
}

// end tells the sink how the run ended and waits until its goroutine has gone,
// or ctx ends. It must come last.
func (c *courier) end(ctx context.Context, outcome metrics.Outcome) {
	c.order(ctx, func() {
		if c.unopened {
			return
		}
		if err := c.sink.End(outcome); err != nil {
			c.note(fmt.Errorf("end: %w", err), 0)
		}
	})
	close(c.orders)
	select {
	case <-c.stopped:
	case <-ctx.Done():
		c.note(fmt.Errorf("still busy after %v", sinkPatience), 0)
	}
}

func (c *courier) order(ctx context.Context, f func()) {
	select {
	case c.orders <- f:
	case <-ctx.Done():
	}
}

// note keeps the first problem and counts lost seconds.
func (c *courier) note(problem error, lost int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lost += lost
	if c.problem == nil && problem != nil {
		c.problem = fmt.Errorf("%s: %w", sinkName(c.sink), problem)
	}
}

// trouble returns how many seconds the sink missed, and the first problem, if
// there was one.
func (c *courier) trouble() (lost int, problem error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lost, c.problem
}

// sinkName is what messages call a sink: its own String, or its type.
func sinkName(sink Sink) string {
	if named, ok := sink.(fmt.Stringer); ok {
		return named.String()
	}
	return strings.TrimPrefix(fmt.Sprintf("%T", sink), "*")
}
