package loadforge

import (
	"time"

	"github.com/loadforge/loadforge/internal/engine"
	"github.com/loadforge/loadforge/pattern"
)

// A Scenario is what one kind of user does. S is the state of one user; its
// methods are the tasks.
type Scenario[S any] struct {
	// Name is shown in reports and must differ between the scenarios of a test.
	Name string
	// New makes the state of a user. Nil means new(S).
	New func(*VU) *S
	// Setup runs once for each user before its first task. If it fails, the
	// user is started again after a pause; its requests are reported apart.
	Setup func(*S, *VU) error
	// Tasks are chosen by weight.
	Tasks []Task[S]
	// Teardown runs once for each user, also when the run is stopped.
	Teardown func(*S, *VU) error
	// Think is the pause between tasks in the closed model.
	Think Think

	// Arrivals says how the open model spaces its iterations: [Even] or
	// [Poisson].
	Arrivals Arrivals
	// MaxUsers bounds the users of the open model; zero means 10,000.
	// Iterations that find no free user wait for one, and Backlog bounds how
	// many may wait; zero means 10,000. Past both an iteration is dropped,
	// counted and shown.
	MaxUsers int
	Backlog  int
}

// A Task is one thing a user does.
type Task[S any] struct {
	Name string
	// Weight is how often the task runs in proportion to the others. Zero
	// means 1. The proportions are exact: of sum-of-weights iterations in a
	// row each task gets precisely its weight, in random order.
	Weight int
	// Run does the task. An error fails the iteration; errors of requests are
	// counted on their own whether they are returned or not.
	Run func(*S, *VU) error
}

// Arrivals says how the iterations of the open model are spaced.
type Arrivals = engine.Arrivals

const (
	// Even spaces iterations evenly along the pattern. It is the default.
	Even = engine.Even
	// Poisson spaces them at random, as independent visitors come.
	Poisson = engine.Poisson
)

// Func is a scenario of a single task without state.
func Func(name string, run func(*VU) error) Scenario[struct{}] {
	task := Task[struct{}]{Name: name}
	if run != nil {
		task.Run = func(_ *struct{}, vu *VU) error { return run(vu) }
	}
	return Scenario[struct{}]{Name: name, Tasks: []Task[struct{}]{task}}
}

// A Load is a scenario under a pattern, made by [Scenario.Users] or
// [Scenario.Rate].
type Load struct {
	scenario behaviour
	model    engine.Model
	pattern  pattern.Pattern
	offset   time.Duration
	total    int64
	each     int64
}

// Users runs the scenario in the closed model: the level of p is the number of
// users at work at any time, each starting its next task when the last is done
// and its pause over.
func (s Scenario[S]) Users(p pattern.Pattern) Load {
	return Load{scenario: erase(s), model: engine.Users, pattern: p}
}

// Rate runs the scenario in the open model: the level of p is the number of
// iterations started per second, whether or not earlier ones have finished.
func (s Scenario[S]) Rate(p pattern.Pattern) Load {
	return Load{scenario: erase(s), model: engine.Rate, pattern: p}
}

// After delays the load from the start of the run.
func (l Load) After(d time.Duration) Load {
	l.offset = d
	return l
}

// Times ends the load after n iterations of all its users together, or at the
// end of its pattern if that comes first.
func (l Load) Times(n int64) Load {
	l.total = n
	return l
}

// TimesEach ends each user of the closed model after n iterations.
func (l Load) TimesEach(n int64) Load {
	l.each = n
	return l
}
