package httpclient

import (
	"sync"
	"time"
)

// A sweeper looks at every watch of a client once a tick. Watches lie side by
// side in blocks, a cache line each, so that a look at ten thousand is cheap.
type sweeper struct {
	mu     sync.Mutex
	blocks []*[64]watch
	free   []*watch

	once       sync.Once
	stop, done chan struct{}
}

// tick is how late the end of a long wait may be noticed.
const tick = 50 * time.Millisecond

func newSweeper() *sweeper {
	s := &sweeper{stop: make(chan struct{}), done: make(chan struct{})}
	go s.run()
	return s
}

func (s *sweeper) run() {
	defer close(s.done)
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			s.sweep(Now())
		case <-s.stop:
			return
		}
	}
}

func (s *sweeper) sweep(now int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, block := range s.blocks {
		for i := range block {
			block[i].sweep(now)
		}
	}
}

// add returns a watch that is being looked at.
func (s *sweeper) add() *watch {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.free) == 0 {
		block := new([64]watch)
		s.blocks = append(s.blocks, block)
		for i := range block {
			s.free = append(s.free, &block[i])
		}
	}
	w := s.free[len(s.free)-1]
	s.free = s.free[:len(s.free)-1]
	return w
}

// remove takes a watch back.
func (s *sweeper) remove(w *watch) {
	w.disarm()
	w.guard(nil, nil)
	w.context.Store(0)
	s.mu.Lock()
	defer s.mu.Unlock()
	w.interrupted.Store(false)
	s.free = append(s.free, w)
}

// interrupt interrupts every watch that is in use.
func (s *sweeper) interrupt() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, block := range s.blocks {
		for i := range block {
			block[i].interrupt()
		}
	}
	for _, w := range s.free {
		w.interrupted.Store(false)
	}
}

func (s *sweeper) close() {
	s.once.Do(func() { close(s.stop) })
	<-s.done
}
