package engine

import (
	"github.com/loadforge/loadforge/internal/metrics"
)

// An open load starts iterations when its timetable says, whatever the users
// are doing.
type open struct {
	*load
	pool pool
	last int // the last user number taken, or passed over because it is not ours
}

func newOpen(l *load) *open {
	l.env.Users = positive(l.MaxUsers, DefaultMaxUsers)
	o := &open{load: l, last: -1}
	o.pool.max = max(1, o.share(l.env.Users))
	o.pool.room = max(1, o.share(positive(l.Backlog, DefaultBacklog)))
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
	for {
		next, more := table.peek()
		if !more {
			if table.over() {
				return
			}
			next.due = o.end()
		}
		hold, ok := o.holds.until(next.due, s)
		switch {
		case !ok:
			return
		case hold != nil:
			table.turn(hold)
		case !more:
			return
		default:
			table.step()
			o.offer(next)
		}
	}
}

// offer hands an arrival to a free user, lets it wait for one, or drops it.
func (o *open) offer(a arrival) {
	o.count(metrics.Scheduled, a.due)
	user, accepted, grows := o.pool.place(a)
	switch {
	case user != nil:
		user.mail <- a
	case !accepted:
		o.count(metrics.Dropped, a.due)
	case grows:
		o.grow()
	}
}

// grow adds a user to the pool, in which it is counted already.
func (o *open) grow() {
	u := newUser(o.load, &seat{number: o.nextNumber()})
	u.mail = make(chan arrival, 1)
	u.starting = true
	if !o.launch(u) {
		o.pool.leave(u)
	}
}

// nextNumber returns the next user number that belongs to this worker, so that
// no two users of the load have the same.
func (o *open) nextNumber() int {
	const sparse = 1 << 20 // nobody owns so little; don't search for ever
	for next := o.last + 1; next < o.last+sparse; next++ {
		if o.owns(int64(next)) {
			o.last = next
			return next
		}
	}
	o.last++
	return o.last
}

// work runs arrivals until the load is closed and none is left.
func (o *open) work(u *user) (crashed bool) {
	free := o.now()
	for {
		a, waited, ok := o.pool.next(u)
		if !ok {
			return false
		}
		now := o.now()
		wanted := a.due
		if waited {
			wanted = max(wanted, free) // the size of the pool made it wait
		}
		u.shard.Start(o.index, int64(now), int64(now-wanted), now-a.due > metrics.LateAfter)
		var alive bool
		if free, alive = u.run(o.iteration(a), now); !alive {
			return true
		}
	}
}

func (o *open) iteration(a arrival) Iteration {
	return Iteration{
		Number:    a.number,
		Task:      o.deck.deal(o.key, a.number),
		Intended:  a.due,
		Scheduled: true,
		Key:       extend(o.key, uint64(a.number)),
	}
}

func (o *open) wants(u *user) bool { return o.pool.wants(u) }

func (o *open) left(u *user) { o.pool.leave(u) }

func (o *open) close(keep bool) {
	for _, a := range o.pool.close(keep) {
		o.count(metrics.Dropped, a.due)
	}
}
