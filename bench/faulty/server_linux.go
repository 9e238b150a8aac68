package main

import (
	"bufio"
	"net"
	"sync"
	"sync/atomic"
)

// A mood is how the server is.
type mood int32

const (
	healthy mood = iota
	faulty
	closed
)

// A server answers connections as its mood is.
type server struct {
	mood atomic.Int32
	read atomic.Int64 // whole requests
	nth  atomic.Int64 // requests that came in faulty times

	mu   sync.Mutex
	idle map[net.Conn]bool // those that wait for a request
	open int               // connections
	made map[string]int64  // by class; "ok" is an answer, "cut" a connection that it closed on a client
}

func newServer() *server {
	return &server{idle: map[net.Conn]bool{}, made: map[string]int64{}}
}

// turn changes the mood. Who closes lets idle connections go; a request may be
// under way on each, and on those that are busy the next one may be.
func (s *server) turn(m mood) {
	s.mood.Store(int32(m))
	if m != closed {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.made["cut"] += int64(s.open)
	for c := range s.idle {
		_ = c.Close()
	}
	clear(s.idle)
}

// accept serves a connection until one of the two sides ends it.
func (s *server) accept(c net.Conn) {
	s.count(+1)
	defer s.count(-1)
	defer c.Close()
	in := bufio.NewReaderSize(c, 4<<10)
	for s.await(c, in) {
		f := s.next()
		went := f.do(c)
		s.note(f.class, went)
		if !went || f.class != ok || mood(s.mood.Load()) == closed {
			return
		}
	}
}

func (s *server) count(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open += n
}

// note counts what became of a request. An answer that could not be given in
// full is one for which the client had no patience.
func (s *server) note(class string, went bool) {
	if class == ok && !went {
		class = "unheard"
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.made[class]++
}

// await reads a request, and reports whether there is one.
func (s *server) await(c net.Conn, in *bufio.Reader) bool {
	s.mu.Lock()
	if mood(s.mood.Load()) == closed {
		s.mu.Unlock()
		return false
	}
	s.idle[c] = true
	s.mu.Unlock()
	whole := readRequest(in)
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.idle[c] {
		return false // closed meanwhile, whatever came
	}
	delete(s.idle, c)
	if whole {
		s.read.Add(1)
	}
	return whole
}

// readRequest reads the header of a request. Requests have no body here.
func readRequest(in *bufio.Reader) bool {
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return false
		}
		if len(line) <= 2 {
			return true
		}
	}
}

// next is what to do with a request: in faulty times something else each time,
// with good answers in between.
func (s *server) next() fault {
	if mood(s.mood.Load()) == healthy {
		return fault{class: ok, do: answers}
	}
	n := s.nth.Add(1)
	if n%2 == 0 {
		return fault{class: ok, do: answers}
	}
	return faults[int(n/2)%len(faults)]
}

func (s *server) outcomes() map[string]int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make(map[string]int64, len(s.made))
	for class, n := range s.made {
		all[class] = n
	}
	return all
}
