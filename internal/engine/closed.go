package engine

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/pattern"
)

// A closed load keeps as many users alive as its pattern says. User j lives
// while the whole number of the level is above j, so the last to come is the
// first to go.
type closed struct {
	*load
	planned int  // what the pattern asks for
	held    bool // it is not asked

	mu     sync.Mutex // of the following two: a change of the share has a goroutine of its own
	level  int        // users alive, over all workers
	seats  []*seat    // by user; nil for those of other workers and those yet to come
	budget *budget
	owing  atomic.Int64 // users that have not yet started PerUser iterations
}

// closedUser is what a user of the closed model has of its own.
type closedUser struct {
	due    time.Duration // when the schedule wanted it to start
	spread spread
}

// A spread says which pause of a user is cut to a random part.
type spread uint8

const (
	inStep       spread = iota // none
	spreadFirst                // one before its first iteration, which it makes for this
	spreadSecond               // the one after its first iteration
)

// maxPause bounds pauses to 36 years, so that times don't overflow.
const maxPause = 1 << 60

func newClosed(l *load) *closed {
	l.Pace = min(l.Pace, maxPause)
	peak := pattern.Whole(pattern.Max(l.Pattern))
	l.env.Users = peak
	c := &closed{load: l}
	c.budget = newBudget(l.Iterations, l.ownsIteration(peak), l.interrupt)
	if l.PerUser > 0 {
		c.owing.Store(int64(c.everyone()))
	}
	return c
}

// ownsIteration deals iterations as users are dealt, in turn: whoever has one has
// a user to do it.
func (l *load) ownsIteration(users int) func(int64) bool {
	return func(i int64) bool { return l.ownsFirst(i % int64(max(users, 1))) }
}

// everyone counts the users of this worker that the pattern ever asks for.
func (c *closed) everyone() (count int) {
	peak := 0
	for _, level := range pattern.Crossings(c.Pattern) {
		peak = max(peak, level)
	}
	for j := range peak {
		if c.ownsFirst(int64(j)) {
			count++
		}
	}
	return count
}

// follow starts and stops users when the curve crosses whole numbers. What the
// curve does meanwhile is nothing to a load that is held, but for its end.
func (c *closed) follow(s *sleeper) {
	for at, level := range pattern.Crossings(c.Pattern) {
		due := c.Offset + at
		hold, ok := c.holds.until(due, s)
		for ; hold != nil; hold, ok = c.holds.until(due, s) {
			c.hold(hold)
		}
		if !ok {
			return
		}
		c.planned = level
		if !c.held || due == c.end() {
			c.adjust(level, due)
		}
	}
}

// hold begins a hold. It is due now: nobody was to know of it earlier.
func (c *closed) hold(h *Hold) {
	level := c.planned
	if c.held = !h.Release; c.held {
		level = pattern.Whole(h.Level)
	}
	c.adjust(level, c.now())
}

// adjust makes level users live from the moment due on.
func (c *closed) adjust(level int, due time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	alone := level-c.level < 2
	for ; c.level < level; c.level++ {
		c.start(c.level, due, alone)
	}
	for ; c.level > level; c.level-- {
		c.finish(c.level-1, due)
	}
}

func (c *closed) start(number int, due time.Duration, alone bool) {
	for number >= len(c.seats) {
		c.seats = append(c.seats, nil)
	}
	if !c.mine(number, due) {
		return
	}
	if c.seats[number] == nil {
		c.seats[number] = &seat{number: number}
		if number >= c.env.Users {
			c.owing.Add(1) // beyond what the pattern asks for
		}
	}
	s := c.seats[number]
	if c.PerUser > 0 && s.iterations.Load() >= c.PerUser {
		return
	}
	u := newUser(c.load, s)
	u.due, u.spread = due, c.spreadOf(alone)
	if c.launch(u) {
		s.user = u
	}
}

// bounded says that the load ends by iterations.
func (c *closed) bounded() bool { return c.budget != nil || c.PerUser > 0 }

func (c *closed) mine(number int, at time.Duration) bool {
	if c.bounded() {
		return c.ownsFirst(int64(number))
	}
	return c.owns(int64(number), at)
}

// rebalance starts and stops the users that have changed hands.
func (c *closed) rebalance(at time.Duration) {
	if c.bounded() {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for number := range c.level {
		s := c.seats[number]
		has := s != nil && s.user != nil
		switch mine := c.owns(int64(number), at); {
		case mine && !has:
			c.start(number, at, false)
		case has && !mine:
			c.finish(number, at)
		}
	}
}

func (c *closed) spreadOf(alone bool) spread {
	switch {
	case c.Together:
		return inStep
	case alone:
		return spreadSecond
	}
	return spreadFirst
}

func (c *closed) finish(number int, due time.Duration) {
	if s := c.seats[number]; s != nil && s.user != nil {
		s.user.stop(due + c.engine.plan.graceful())
		s.user = nil
	}
}

func (c *closed) close(bool)         {}
func (c *closed) left(*user)         {}
func (c *closed) wants(u *user) bool { return !u.stopping.Load() }

// work runs the user's iterations: pause, iterate, pause, iterate.
func (c *closed) work(u *user) (crashed bool) {
	free := c.now()
	start := free + c.phase(u)
	for n := int64(0); ; n++ {
		due, alive := c.pause(u, n, start, free)
		if !alive {
			return true
		}
		now, ok := c.wait(u, due, free)
		if !ok {
			return false
		}
		if free, alive = u.run(c.iteration(u, n, due), now); !alive {
			return true
		}
		if c.PerUser > 0 && u.seat.iterations.Load() >= c.PerUser {
			return false
		}
	}
}

// wait sleeps until due and counts the start of an iteration. It returns false
// when there shall be none.
func (c *closed) wait(u *user, due, free time.Duration) (now time.Duration, ok bool) {
	now = free
	if due > free {
		if !u.sleep(due - free) {
			return now, false
		}
		now = c.now()
	}
	if now >= c.end() || !c.mayIterate(u) {
		return now, false
	}
	c.countStart(u, now, due, free)
	return now, true
}

func (c *closed) iteration(u *user, n int64, due time.Duration) Iteration {
	return Iteration{
		Number:    n,
		Task:      c.deck.deal(u.key, n),
		Intended:  due,
		Scheduled: c.Pace > 0,
		Key:       extend(u.key, uint64(n)),
	}
}

// phase is by how much the paced iterations of a user are shifted, in its first
// life.
func (c *closed) phase(u *user) time.Duration {
	if c.Pace == 0 || u.spread == inStep {
		return 0
	}
	u.spread = inStep
	return time.Duration(u.part() * float64(c.Pace))
}

// part is a random number from 0 to 1, the same for a life each time.
func (u *user) part() float64 { return unit(extend(extend(u.key, 0), drawSpread)) }

// pause returns when iteration n is due, for a user that became free at free.
func (c *closed) pause(u *user, n int64, start, free time.Duration) (due time.Duration, alive bool) {
	switch {
	case c.Pace > 0:
		return start + time.Duration(n)*c.Pace, true
	case c.Think == nil || n == 0 && u.spread != spreadFirst:
		return free, true
	}
	think, alive := u.think(n, free)
	if u.spread != inStep {
		u.spread = inStep
		think = time.Duration(u.part() * float64(think))
	}
	return free + think, alive
}

// think draws the pause before iteration n. It is user code and may panic.
func (u *user) think(n int64, now time.Duration) (pause time.Duration, alive bool) {
	u.source.Reset(extend(extend(u.key, uint64(n)), drawThink))
	u.enter(inThink, now)
	pause, err := draw(u.load.Think, &u.rand)
	if !u.exit() {
		return 0, false
	}
	if c := crashOf(err); c != nil {
		u.failures++
		u.crashed(c, inThink)
		return 0, false
	}
	return min(max(0, pause), maxPause), true
}

func draw(think func(*rand.Rand) time.Duration, r *rand.Rand) (pause time.Duration, err error) {
	defer catch(&err)
	return think(r), nil
}

// mayIterate says whether the user may start another iteration, and takes it
// off the bounds.
func (c *closed) mayIterate(u *user) bool {
	if u.stopping.Load() || !c.engine.mayStart() || !c.budget.take() {
		return false
	}
	if c.PerUser > 0 && u.seat.iterations.Add(1) == c.PerUser && c.owing.Add(-1) == 0 {
		c.interrupt()
	}
	return true
}

// countStart counts the start of an iteration. Its lag is what the engine is to
// blame for: not that the user was busy when its pace asked for the next one,
// which makes it late only.
// Where nothing but the end of the last iteration asks for one there is none.
func (c *closed) countStart(u *user, now, due, free time.Duration) {
	if c.Pace > 0 || due > free {
		u.shard.Start(c.index, int64(now), int64(now-max(due, free)), now-due > metrics.LateAfter)
		return
	}
	u.count(metrics.Started, now)
}
