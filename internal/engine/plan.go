package engine

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/pattern"
)

// A Model gives the level of a pattern its unit.
type Model uint8

const (
	// Users is the closed model: the level is the number of virtual users alive.
	Users Model = iota
	// Rate is the open model: the level is iterations started per second.
	Rate
)

// Arrivals says how the iterations of the open model are spaced.
type Arrivals uint8

const (
	// Even starts arrival k when the integral of the pattern reaches k + 1/2.
	Even Arrivals = iota
	// Poisson draws the arrivals of a Poisson process with the pattern's rate.
	Poisson
)

// A Plan is what the engine runs. It is a value: the engine never changes it.
type Plan struct {
	Name string
	Seed uint64
	// Loads run side by side, each with its own pattern and offset.
	Loads []Load
	// MaxRate caps the requests per second of all users of all workers; zero
	// means no cap.
	MaxRate float64
	// Graceful is how long a stopping user may finish its iteration. Zero
	// means DefaultGraceful; negative means not at all.
	Graceful time.Duration
	// Redact takes out of names, errors and stacks what nobody should read, before
	// they are recorded. Nil leaves them as they are.
	Redact func(string) string
	// Setup runs once before, Teardown once after all users of all workers.
	// Either may be nil. The coordinator calls them, not the engine.
	Setup    func(context.Context) error
	Teardown func(context.Context) error
}

// A Load is one scenario under one pattern.
type Load struct {
	Scenario string
	Model    Model
	Pattern  pattern.Pattern
	// Offset delays the pattern from the start of the run.
	Offset time.Duration
	// Arrivals, MaxUsers and Backlog belong to the open model. MaxUsers is the
	// size the pool of users may grow to and Backlog how many arrivals may wait
	// for one of them, on all workers together; each worker has its share, at
	// least one. MaxUsers zero means DefaultMaxUsers; Backlog zero means
	// DefaultBacklog.
	Arrivals Arrivals
	MaxUsers int
	Backlog  int
	// Iterations ends the load after that many iterations of all users of all
	// workers, PerUser after that many of each user, all its lives together
	// (closed model). Zero: no bound. The last ones have as long to finish as
	// any other: until the end of the pattern, and Plan.Graceful. A bound is no
	// deadline, and a single iteration may take longer than the grace.
	Iterations int64
	PerUser    int64
	// Tasks names the tasks and their weights; zero weight means 1.
	Tasks []Task
	// Think returns the pause after an iteration of the closed model; nil
	// means none.
	Think func(*rand.Rand) time.Duration
	// Pace, when positive, starts iterations of the closed model that far
	// apart instead; one that comes late starts at once and counts its wait.
	Pace time.Duration
	// Together makes users that the pattern starts at one moment begin their
	// iterations at that moment, in step. By default the engine spreads them
	// over one pause; see the package documentation.
	Together bool
	// New makes the behaviour of one user. ctx ends when the user must stop at
	// once; work in flight should then return.
	New func(ctx context.Context, id Identity, env Env) User
}

// A Task is one thing a user does.
type Task struct {
	Name   string
	Weight int
}

// An Identity tells one user from all others of its scenario.
type Identity struct {
	Load int // index into Plan.Loads
	User int // from 0, the same whatever the number of workers
	Life int // how often this user was made before: after a panic, a failed setup, or when the curve came back
}

// An Env is what a user gets from the run it lives in.
type Env struct {
	Start    time.Time // of the run, with a monotonic reading
	Seed     uint64
	Recorder *metrics.Recorder
	Limiter  *Limiter // nil means no limit
	Users    int      // the most users the load's pattern asks for (closed), or MaxUsers (open)
	// Deals says whether row i of data of which each row is used once is this
	// worker's to use. Who may use a row is settled when the run begins: what
	// moves later does not take rows along, which may have been used. Nil means
	// that all are.
	Deals func(i int64) bool
}

// An Iteration is one pass of one user through one task.
type Iteration struct {
	// Number is the arrival's number in the open model, the same whatever the
	// number of workers; in the closed model it counts this user's iterations.
	Number int64
	Task   int
	// Intended is when the iteration was due, since the start of the run, and
	// Scheduled says whether a schedule asked for it: open model and pacing.
	Intended  time.Duration
	Scheduled bool
	// Key seeds the random choices of the iteration; see [Source].
	Key uint64
}

// A User is the behaviour of one virtual user. The engine calls its methods
// from one goroutine at a time: Setup once, Run any number of times, Teardown
// once, also after a failed Setup or a panic.
//
// An error of Run counts the iteration as failed and one of Setup makes the
// engine try again with a new User; the engine keeps no messages but those of
// panics. A User that wants its errors listed records them itself.
type User interface {
	Setup() error
	Run(Iteration) error
	Teardown() error
}

// A Rebinder is a User that can go on under another context. When the context
// given to New has ended because the user took too long to stop, Rebind is
// called before Teardown with a new one, which ends when Teardown must.
type Rebinder interface{ Rebind(context.Context) }

// Defaults of a plan's zero values.
const (
	DefaultGraceful = 30 * time.Second
	DefaultMaxUsers = 10_000
	DefaultBacklog  = 10_000
)
