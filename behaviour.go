package loadforge

import (
	"context"
	"errors"
	"fmt"

	"github.com/loadforge/loadforge/internal/engine"
)

// A behaviour is a [Scenario] whose S is forgotten: what the engine's plan is
// made of. This file is the only place where that happens.
type behaviour interface {
	describe() *traits
	user(*VU) engine.User
}

// traits are what of a scenario does not depend on S.
type traits struct {
	name     string
	tasks    []engine.Task
	think    Think
	arrivals Arrivals
	maxUsers int
	backlog  int
	problems []error
}

type erased[S any] struct {
	Scenario[S]
	traits traits
}

func erase[S any](s Scenario[S]) behaviour {
	e := &erased[S]{Scenario: s, traits: traits{
		name: s.Name, think: s.Think, arrivals: s.Arrivals, maxUsers: s.MaxUsers, backlog: s.Backlog,
	}}
	for i, task := range s.Tasks {
		e.traits.tasks = append(e.traits.tasks, engine.Task{Name: task.Name, Weight: task.Weight})
		if task.Run == nil {
			e.traits.problem("task %d %q has no Run", i, task.Name)
		}
	}
	if s.Think.err != "" {
		e.traits.problem("Think: %s", s.Think.err)
	}
	return e
}

func (t *traits) problem(format string, args ...any) {
	t.problems = append(t.problems, fmt.Errorf("scenario %q: "+format, append([]any{t.name}, args...)...))
}

func (e *erased[S]) describe() *traits { return &e.traits }

func (e *erased[S]) user(vu *VU) engine.User { return &user[S]{scenario: &e.Scenario, vu: vu} }

var _ engine.Rebinder = (*user[struct{}])(nil)

// A user is one virtual user as the engine drives it.
type user[S any] struct {
	scenario *Scenario[S]
	vu       *VU
	state    *S
}

var errNoUser = errors.New("the scenario's New returned nil, not a user's state")

// Setup makes the user's state and runs the scenario's own setup.
func (u *user[S]) Setup() error {
	u.vu.enterSetup()
	u.state = new(S)
	if u.scenario.New != nil {
		u.state = u.scenario.New(u.vu)
	}
	if u.state == nil {
		return u.vu.settle("setup", errNoUser)
	}
	if u.scenario.Setup == nil {
		return nil
	}
	return u.vu.settle("setup", u.scenario.Setup(u.state, u.vu))
}

// Run does one iteration.
func (u *user[S]) Run(it engine.Iteration) error {
	u.vu.enter(it)
	task := &u.scenario.Tasks[it.Task]
	err := task.Run(u.state, u.vu)
	u.vu.leave()
	return u.vu.settle(task.Name, err)
}

// Rebind lets a user that was cut short run its teardown.
func (u *user[S]) Rebind(ctx context.Context) {
	u.vu.ctx = ctx
	u.vu.session.Reset()
}

// Teardown runs the scenario's teardown and lets go of the connections.
func (u *user[S]) Teardown() error {
	defer u.vu.close()
	if u.scenario.Teardown == nil || u.state == nil {
		return nil
	}
	u.vu.enterTeardown()
	return u.vu.settle("teardown", u.scenario.Teardown(u.state, u.vu))
}

// settle counts an error that is no request's own: those have been counted
// when they happened.
func (vu *VU) settle(task string, err error) error {
	if err == nil {
		return nil // before errors.As, which makes its target escape
	}
	var request *RequestError
	if errors.As(err, &request) || vu.ctx.Err() != nil {
		return err
	}
	vu.taskError(task, err)
	return err
}
