package engine

import (
	"time"

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
	o.pool.resize(o.limits(0))
	return o
}

// limits are the size of the pool and its room at a moment.
func (o *open) limits(at time.Duration) (users, room int) {
	users = max(1, o.share(positive(o.MaxUsers, DefaultMaxUsers), at))
	return users, max(1, o.share(positive(o.Backlog, DefaultBacklog), at))
}

// rebalance changes the limits of the pool. Whose arrivals are whose is in the
// timetable.
func (o *open) rebalance(at time.Duration) { o.pool.resize(o.limits(at)) }

func positive(n, otherwise int) int {
	if n > 0 {
		return n
	}
	return otherwise
}

// share counts the numbers below n that this worker owns.
func (o *open) share(n int, at time.Duration) (count int) {
	for i := range n {
		if o.owns(int64(i), at) {
			count++
		}
	}
	return count
}

// follow hands out the arrivals at their times. A load with a bound on its
// iterations is over with the last of them.
func (o *open) follow(s *sleeper) {
	table := newTimetable(&o.Load, o.key, o.engine.shares)
	table.known = nothing
	for {
		next, found := table.peek()
		due := next.due
		switch {
		case found == noMore && table.over():
			return
		case found == noMore:
			due = o.end()
		case found == undecided && !o.holds.before(due):
			due -= Settled
		}
		hold, ok := o.holds.until(due, s)
		switch {
		case !ok:
			return
		case hold != nil:
			table.turn(hold)
		case found == noMore:
			return
		case found == undecided:
			table.know(o.holds.first(o.now() + Settled))
		default:
			table.step()
			o.offer(next)
		}
	}
}

// offer hands an arrival to a free user, lets it wait for one, or drops it.
func (o *open) offer(a arrival) {
	o.count(metrics.Scheduled, a.due)
	if !o.engine.mayStart() {
		o.count(metrics.Dropped, a.due)
		return
	}
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
		if o.owns(int64(next), o.now()) {
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
		if !o.engine.mayStart() {
			o.count(metrics.Dropped, a.due)
			continue
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
