package wire

import (
	"context"
	"fmt"
	"sync"
)

// A Hub is the coordinator's end of one stream for each of its workers.
type Hub struct {
	in      chan Frame
	done    chan struct{}
	mu      sync.Mutex
	streams map[string]*Stream
	running sync.WaitGroup
}

// NewHub makes a hub without workers.
func NewHub() *Hub {
	return &Hub{in: make(chan Frame, streamRoom), done: make(chan struct{}), streams: map[string]*Stream{}}
}

// Attach adds the stream of the worker at an address. When the stream ends the
// coordinator gets the frame that last makes, from that worker: the worker has
// gone, and that is certain.
func (h *Hub) Attach(address string, s *Stream, last func() Frame) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.streams[address] = s
	h.running.Go(func() {
		for f := range s.Frames() {
			h.pass(address, f)
		}
		h.pass(address, last())
	})
}

func (h *Hub) pass(address string, f Frame) {
	f.Address = address
	select {
	case h.in <- f:
	case <-h.done:
	}
}

// Frames implements [Carrier].
func (h *Hub) Frames() <-chan Frame { return h.in }

// Post implements [Carrier].
func (h *Hub) Post(ctx context.Context, f Frame) error {
	h.mu.Lock()
	s := h.streams[f.Address]
	h.mu.Unlock()
	if s == nil {
		return fmt.Errorf("send to worker %q: no such worker", f.Address)
	}
	return s.Post(ctx, f)
}

// Close ends all streams.
func (h *Hub) Close() {
	close(h.done)
	h.mu.Lock()
	for _, s := range h.streams {
		_ = s.Close()
	}
	h.mu.Unlock()
	h.running.Wait()
}
