package engine

import "sync"

// A pool brings arrivals and users together. An arrival goes to the user that
// became free last, whose connection is warm. When nobody is free the pool asks
// for another user, and when it is full the arrival waits for the first user to
// become free.
type pool struct {
	max  int // users it may grow to
	room int // arrivals that may wait for users that are busy

	mu       sync.Mutex
	free     *user // top of the stack
	waiting  queue
	size     int // users
	starting int // of those, the ones that have not yet asked for work in their life
	closed   bool
	dropping bool
}

// openUser is what a user of the open model has of its own. The pool's lock
// guards below and starting.
type openUser struct {
	mail     chan arrival // has room for one
	below    *user        // the next on the stack of free users
	starting bool
}

// quit is the number of the arrival that sends a user home.
const quit = -1

// resize sets the limits. Users past them stay until they go by themselves.
func (p *pool) resize(users, room int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.max, p.room = users, room
}

// place finds the user that an arrival goes to, who must be sent it. If there
// is none the arrival waits, or is not accepted; the pool may then count on
// another user to be started.
func (p *pool) place(a arrival) (to *user, accepted, grows bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if to = p.free; to != nil {
		p.free, to.below = to.below, nil
		return to, true, false
	}
	// An arrival that a new user will come for does not take up room.
	grows = p.size < p.max
	if p.dropping || !grows && p.waiting.length-p.starting >= p.room {
		return nil, false, false
	}
	p.waiting.push(a)
	if grows = grows && p.starting < p.waiting.length; grows {
		p.size++
		p.starting++
	}
	return nil, true, grows
}

// next returns the arrival that waits longest, or waits for one to come. It
// returns false when the user is to go home.
func (p *pool) next(u *user) (a arrival, waited, ok bool) {
	p.mu.Lock()
	p.started(u)
	if p.waiting.length > 0 && u.ctx.Err() == nil {
		a = p.waiting.pop()
		p.mu.Unlock()
		return a, true, true
	}
	if p.closed {
		p.mu.Unlock()
		return arrival{}, false, false
	}
	u.below, p.free = p.free, u
	p.mu.Unlock()
	a = <-u.mail
	return a, false, a.number != quit
}

// started takes a user off the count of those starting. The caller holds the
// lock.
func (p *pool) started(u *user) {
	if u.starting {
		u.starting = false
		p.starting--
	}
}

// wants lets a user begin a life while there is work, or may be, and counts it
// as starting.
func (p *pool) wants(u *user) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	wanted := !p.closed || p.waiting.length > 0 && u.ctx.Err() == nil
	if wanted && !u.starting {
		u.starting = true
		p.starting++
	}
	return wanted
}

// leave takes a user out of the pool.
func (p *pool) leave(u *user) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.started(u)
	p.size--
}

// close sends the free users home, and the others when nothing waits any more.
// Unless told to keep what waits, it returns that and accepts no more.
func (p *pool) close(keep bool) (dropped []arrival) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	for p.free != nil {
		u := p.free
		p.free, u.below = u.below, nil
		u.mail <- arrival{number: quit} // has room: who is free has no mail
	}
	if !keep {
		p.dropping = true
		dropped = p.waiting.empty()
	}
	return dropped
}

// A queue is a ring of arrivals, first in, first out. It grows and never
// shrinks; the zero queue is empty.
type queue struct {
	ring   []arrival // its length is zero or a power of two
	first  int
	length int
}

func (q *queue) push(a arrival) {
	if q.length == len(q.ring) {
		q.grow()
	}
	q.ring[(q.first+q.length)&(len(q.ring)-1)] = a
	q.length++
}

func (q *queue) pop() arrival {
	a := q.ring[q.first]
	q.first = (q.first + 1) & (len(q.ring) - 1)
	q.length--
	return a
}

func (q *queue) grow() {
	ring := make([]arrival, max(16, 2*len(q.ring)))
	for i := range q.length {
		ring[i] = q.ring[(q.first+i)&(len(q.ring)-1)]
	}
	q.ring, q.first = ring, 0
}

// empty removes and returns all that wait.
func (q *queue) empty() []arrival {
	all := make([]arrival, 0, q.length)
	for q.length > 0 {
		all = append(all, q.pop())
	}
	return all
}
