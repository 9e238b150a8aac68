package engine

import (
	"sync"

	"github.com/loadforge/loadforge/internal/metrics"
)

// An open load starts iterations when its timetable says, whatever the users
// are doing: it hands each arrival to the user that became free last, whose
// connection is warm. When nobody is free it adds a user to the pool, and when
// the pool is full the arrival waits for the first user to become free.
type open struct {
	*load
	max    int // users the pool may grow to
	room   int // arrivals that may wait for users that are busy
	nobody int // number of the last user that was asked whether it is ours

	mu       sync.Mutex
	free     *user // top of the stack
	waiting  queue
	size     int // of the pool
	starting int // users of the pool that have not yet asked for work in their life
	closed   bool
	dropping bool
}

// openUser is what a user of the open model has of its own. Below is guarded by
// the lock of the load, starting too.
type openUser struct {
	mail     chan arrival
	below    *user // the next on the stack of free users
	starting bool
}

// quit is the number of the arrival that sends a user home.
const quit = -1

func newOpen(l *load) *open {
	l.env.Users = positive(l.MaxUsers, DefaultMaxUsers)
	o := &open{load: l, nobody: -1}
	o.max = max(1, o.share(l.env.Users))
	o.room = max(1, o.share(positive(l.Backlog, DefaultBacklog)))
	return o
}

func positive(n, otherwise int) int {
	if n > 0 {
		return n
	}
	return otherwise
}

// share counts the numbers below n that this worker owns.
func (o *open) share(n int) (count int) {
	for i := range n {
		if o.owns(int64(i)) {
			count++
		}
	}
	return count
}

// follow hands out the arrivals at their times. A load with a bound on its
// iterations is over with the last of them.
func (o *open) follow(s *sleeper) {
	table := newTimetable(&o.Load, o.key, o.engine.options.Owns)
	for a, ok := table.take(); ok; a, ok = table.take() {
		if !s.until(a.due) {
			return
		}
		o.offer(a)
	}
	if o.Iterations == 0 {
		s.until(o.end())
	}
}

// offer hands an arrival to a free user, lets it wait for one, or drops it.
func (o *open) offer(a arrival) {
	o.count(metrics.Scheduled, a.due)
	o.mu.Lock()
	if u := o.free; u != nil {
		o.free, u.below = u.below, nil
		o.mu.Unlock()
		u.mail <- a
		return
	}
	// An arrival that a new user will come for does not take up room.
	grows := o.size < o.max
	accepted := !o.dropping && (grows || o.waiting.length-o.starting < o.room)
	if accepted {
		o.waiting.push(a)
	}
	grows = grows && accepted && o.starting < o.waiting.length
	if grows {
		o.size++
		o.starting++
	}
	o.mu.Unlock()
	if !accepted {
		o.count(metrics.Dropped, a.due)
	}
	if grows {
		o.grow()
	}
}

// grow adds a user to the pool, in which it is counted already.
func (o *open) grow() {
	u := newUser(o.load, &seat{number: o.nextNumber()})
	u.mail = make(chan arrival, 1)
	u.starting = true
	if !o.launch(u) {
		o.left(u)
	}
}

// nextNumber returns the next user number that belongs to this worker, so that
// no two users of the load have the same.
func (o *open) nextNumber() int {
	const sparse = 1 << 20 // nobody owns so little; don't search for ever
	for next := o.nobody + 1; next < o.nobody+sparse; next++ {
		if o.owns(int64(next)) {
			o.nobody = next
			return next
		}
	}
	o.nobody++
	return o.nobody
}

// work runs arrivals until the load is closed and none is left.
func (o *open) work(u *user) (crashed bool) {
	free := o.now()
	for {
		a, waited, ok := o.next(u)
		if !ok {
			return false
		}
		now := o.now()
		asked := a.due
		if waited {
			asked = max(asked, free) // it is the pool's size that made it wait
		}
		u.shard.Start(o.index, int64(now), int64(now-asked))
		it := Iteration{
			Number:    a.number,
			Task:      o.deck.deal(o.key, a.number),
			Intended:  a.due,
			Scheduled: true,
			Key:       extend(o.key, uint64(a.number)),
		}
		var alive bool
		if free, alive = u.run(it, now); !alive {
			return true
		}
	}
}

// next returns the arrival that waits longest, or waits for one to come.
func (o *open) next(u *user) (a arrival, waited, ok bool) {
	o.mu.Lock()
	o.started(u)
	if o.waiting.length > 0 && u.ctx.Err() == nil {
		a = o.waiting.pop()
		o.mu.Unlock()
		return a, true, true
	}
	if o.closed {
		o.mu.Unlock()
		return arrival{}, false, false
	}
	u.below, o.free = o.free, u
	o.mu.Unlock()
	a = <-u.mail
	return a, false, a.number != quit
}

// started takes a user off the count of those starting. The caller holds the
// lock.
func (o *open) started(u *user) {
	if u.starting {
		u.starting = false
		o.starting--
	}
}

func (o *open) left(u *user) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.started(u)
	o.size--
}

// wants lets a user begin while there is work, or may be, and counts it as
// starting.
func (o *open) wants(u *user) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	wanted := !o.closed || o.waiting.length > 0 && u.ctx.Err() == nil
	if wanted && !u.starting {
		u.starting = true
		o.starting++
	}
	return wanted
}

// close sends the free users home, and the others when nothing waits any more.
func (o *open) close(keep bool) {
	o.mu.Lock()
	o.closed = true
	free := o.free
	o.free = nil
	var dropped []arrival
	if !keep {
		o.dropping = true
		dropped = o.waiting.empty()
	}
	o.mu.Unlock()
	for u := free; u != nil; {
		below := u.below
		u.below = nil
		u.mail <- arrival{number: quit}
		u = below
	}
	for _, a := range dropped {
		o.count(metrics.Dropped, a.due)
	}
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
