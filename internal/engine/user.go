package engine

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
)

// A user is one virtual user: a goroutine that leads one life after the other,
// a new one after each failed setup and each panic, until it is told to stop.
//
// The fields of the first block belong to that goroutine.
type user struct {
	load     *load
	seat     *seat
	shard    *metrics.Shard
	id       Identity
	key      uint64 // Key(seed, load, user, life)
	self     User   // nil between lives
	failures int    // failed setups and panics in a row
	lost     bool   // given up as hung: nothing it does counts any more
	arrived  bool
	closedUser
	openUser

	source Source // of think times
	rand   rand.Rand

	ctx    context.Context
	cancel context.CancelFunc

	// stopping and timer wake a user that sleeps: stop sets the flag and then
	// the timer to zero; sleep sets the timer and then looks at the flag.
	stopping atomic.Bool
	timer    atomic.Pointer[time.Timer]

	// phase says in which piece of user code the user is, and since when.
	phase atomic.Int32
	since atomic.Int64

	limit limit
}

// A seat is a user's number. The curve may fill it several times.
type seat struct {
	number     int
	lives      atomic.Int64
	iterations atomic.Int64 // started by all who had the seat; counted only where bounded
	user       *user        // who has the seat now; the schedule's goroutine only
}

// The phases of a user; from zero on it is the index of the task that runs.
const (
	idle int32 = -iota - 1
	inNew
	inSetup
	inThink
	inTeardown
	abandoned
)

func newUser(l *load, s *seat) *user {
	u := &user{
		load:  l,
		seat:  s,
		shard: l.engine.options.Recorder.Shard(s.number),
		id:    Identity{Load: l.index, User: s.number},
	}
	u.phase.Store(idle)
	u.rand = *rand.New(&u.source)
	return u
}

// main is the user's goroutine. User code may end it with runtime.Goexit, as
// testing.T.FailNow does; the user then goes on in another one.
func (u *user) main() {
	returned := false
	defer func() {
		if !returned {
			u.fled()
		}
	}()
	u.lead()
	returned = true
}

// lead leads the user's lives.
func (u *user) lead() {
	u.arrive()
	u.teardown() // of a life that ended with its goroutine
	for again := true; again && u.mayLive(); {
		again = !u.begin() || u.load.model.work(u)
		u.teardown()
	}
	u.leave()
}

// arrive counts the user's start, once.
func (u *user) arrive() {
	if u.arrived {
		return
	}
	u.arrived = true
	now := u.load.now()
	u.count(metrics.UserStarted, now)
	if u.load.Model == Users {
		u.count(metrics.Scheduled, u.due)
		u.shard.Lag(int64(now), int64(now-u.due))
	}
}

// leave ends the user, unless the engine has given it up already.
func (u *user) leave() {
	if u.lost || !u.limit.end() {
		return
	}
	u.cancel()
	u.count(metrics.UserStopped, u.load.now())
	u.load.model.left(u)
	u.load.forget(u)
}

// mayLive waits out the penalty for failures and says whether to begin another
// life.
func (u *user) mayLive() bool {
	if u.lost {
		return false
	}
	if d := u.penalty(); d > 0 && !u.sleep(d) {
		return false
	}
	return u.load.model.wants(u)
}

const (
	minPenalty = 200 * time.Millisecond // the random half of it is taken off
	maxPenalty = 10 * time.Second
)

// penalty is the pause before another try: it doubles with each failure in a
// row and is random by half, so that users who failed together don't come back
// together. The first panic after an iteration that went well costs nothing:
// such an iteration sets failures to -1.
func (u *user) penalty() time.Duration {
	if u.failures <= 0 {
		return 0
	}
	full := min(minPenalty<<min(u.failures-1, 10), maxPenalty)
	part := unit(extend(extend(u.key, 0), drawBackoff))
	return full - time.Duration(part*float64(full/2))
}

// begin makes and sets up a new User and says whether that went well.
func (u *user) begin() bool {
	u.id.Life = int(u.seat.lives.Add(1) - 1)
	u.key = extend(extend(u.load.key, uint64(u.id.User)), uint64(u.id.Life))
	err := u.step(inNew, u.create)
	if err == nil && !u.lost {
		err = u.step(inSetup, u.self.Setup)
	}
	if u.lost {
		return false
	}
	if err != nil && u.ctx.Err() == nil {
		u.failures = max(u.failures, 0) + 1
		u.count(metrics.SetupFailed, u.load.now())
	}
	return err == nil
}

func (u *user) create() error {
	u.self = u.load.New(u.ctx, u.id, u.load.env)
	if u.self == nil {
		return fmt.Errorf("making a user of scenario %s: New returned none", u.load.Scenario)
	}
	return nil
}

// teardown ends the current life, if there is one.
func (u *user) teardown() {
	if u.self == nil || u.lost {
		return
	}
	self, ctx := u.self, u.limit.extend(u)
	u.self = nil
	_ = u.step(inTeardown, func() error { // its error is for the User to record
		if r, ok := self.(Rebinder); ok && ctx != nil {
			r.Rebind(ctx)
		}
		return self.Teardown()
	})
}

// step runs user code that is not an iteration.
func (u *user) step(phase int32, f func() error) error {
	u.enter(phase, u.load.now())
	err := guard(f)
	if !u.exit() {
		return err
	}
	if c := crashOf(err); c != nil {
		u.crashed(c, phase)
	}
	return err
}

// run runs an iteration that starts now. It returns when it ended, and whether
// the user lives on.
//
// A panic ends in it, without a call in between: what a waiting user has on its
// stack counts (internal/httpclient/swift.go says why).
func (u *user) run(it Iteration, now time.Duration) (end time.Duration, alive bool) {
	u.enter(int32(it.Task), now)
	defer func() {
		if cause := recover(); cause != nil {
			end, alive = u.ended(crashBy(cause), it.Task)
		}
	}()
	return u.ended(u.self.Run(it), it.Task)
}

// ended counts the end of an iteration.
func (u *user) ended(err error, task int) (end time.Duration, alive bool) {
	end = u.load.now()
	if !u.exit() {
		return end, false
	}
	if err == nil {
		u.shard.Finish(u.load.index, int64(end), false)
		u.failures = -1
		return end, true
	}
	return end, u.failed(err, int32(task), end)
}

// failed counts an iteration that returned an error and says whether the user
// lives on.
func (u *user) failed(err error, task int32, end time.Duration) bool {
	c := crashOf(err)
	if c == nil && u.ctx.Err() != nil {
		u.count(metrics.Interrupted, end)
		return true
	}
	u.shard.Finish(u.load.index, int64(end), true)
	if c == nil {
		u.failures = -1
		return true
	}
	u.failures++
	u.crashed(c, task)
	return false
}

// crashed counts a panic.
func (u *user) crashed(c *crash, phase int32) {
	now := int64(u.load.now())
	u.shard.Count(u.load.index, metrics.Panicked, now)
	u.shard.Error(metrics.Panic, u.load.phaseName(phase), c.message, c.stack, now)
}

// fled counts what a goroutine left unfinished that user code has ended, and
// lets the user go on in a new one.
func (u *user) fled() {
	now := u.load.now()
	phase := u.phase.Load()
	if !u.exit() {
		return
	}
	switch {
	case phase >= 0:
		u.shard.Finish(u.load.index, int64(now), true)
	case phase == inNew || phase == inSetup:
		u.count(metrics.SetupFailed, now)
	}
	u.failures = max(u.failures, 0) + 1
	u.crashed(&crash{message: "runtime.Goexit was called, as testing.T.FailNow does"}, phase)
	go u.main()
}

// enter notes that user code begins, exit that it has ended. Exit returns false
// if the engine has given the user up in between: it is then on its own and
// must count nothing.
func (u *user) enter(phase int32, now time.Duration) {
	u.since.Store(int64(now))
	u.phase.Store(phase)
}

func (u *user) exit() bool {
	u.lost = u.phase.Swap(idle) == abandoned
	return !u.lost
}

// phaseName names a phase for people.
func (l *load) phaseName(phase int32) string {
	switch phase {
	case inNew:
		return "new user"
	case inSetup:
		return "setup"
	case inThink:
		return "think time"
	case inTeardown:
		return "teardown"
	}
	return l.Tasks[phase].Name
}

// sleep pauses for d, and returns false as soon as the user is to stop.
func (u *user) sleep(d time.Duration) bool {
	timer := u.timer.Load()
	if timer == nil {
		timer = time.NewTimer(d)
		u.timer.Store(timer)
	} else {
		timer.Reset(d)
	}
	if !u.stopping.Load() {
		<-timer.C
	}
	return !u.stopping.Load()
}

// wake ends the user's pause, and those it would make later. Called again it
// does nothing.
func (u *user) wake() {
	if u.stopping.Swap(true) {
		return
	}
	if timer := u.timer.Load(); timer != nil {
		timer.Reset(0)
	}
}

// stop tells the user to end by the deadline: it does not pause and starts
// nothing new. An earlier deadline replaces a later one.
func (u *user) stop(deadline time.Duration) {
	u.wake()
	u.limit.set(u, deadline)
}

func (u *user) count(event metrics.Event, at time.Duration) {
	u.shard.Count(u.load.index, event, int64(at))
}
