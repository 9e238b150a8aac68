package loadforge

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/loadforge/loadforge/internal/cli"
	"github.com/loadforge/loadforge/internal/cluster"
	"github.com/loadforge/loadforge/internal/engine"
	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/threshold"
)

// plan turns the test into what the coordinator runs.
func (t Test) plan(defaults, overrides cli.Target, env cli.Lookup) (cluster.Plan, error) {
	return t.discreetPlan(defaults, overrides, env, new(secrets))
}

// discreetPlan is plan with secrets that are known before those of the settings.
func (t Test) discreetPlan(defaults, overrides cli.Target, env cli.Lookup, hide *secrets) (cluster.Plan, error) {
	settings, err := t.settle(defaults, overrides, env, hide)
	if err != nil {
		return cluster.Plan{}, &ConfigError{err}
	}
	h, err := settings.open()
	if err != nil {
		return cluster.Plan{}, &ConfigError{err}
	}
	p := cluster.Plan{
		Plan: engine.Plan{
			Name: t.name(), Seed: t.Seed, MaxRate: t.MaxRate, Graceful: t.GracefulStop,
			Setup: h.once(t.Setup), Teardown: h.once(t.Teardown), Redact: h.secrets.hide,
		},
		Thresholds: t.Thresholds,
		Warmup:     t.Warmup,
		Run:        metrics.Run{Test: t.name(), Target: redactURL(settings.baseURL), Seed: t.Seed},
		Close:      h.client.Close,
		Sources:    len(settings.http.LocalAddr),
	}
	if !settings.http.AllowPublic {
		p.Exposed, p.StayPrivate = h.exposed, h.client.StayPrivate
	}
	books := &library{house: h, books: map[*metrics.Recorder]*book{}}
	for _, l := range t.Load {
		p.Loads = append(p.Loads, l.plan(h, books))
	}
	if err := t.problems(); err != nil {
		h.client.Close()
		return cluster.Plan{}, &ConfigError{err}
	}
	return p, nil
}

// exposed says which public address the base URL leads to, "" for none.
func (h *house) exposed(ctx context.Context, ask bool) string {
	if h.base.target == nil {
		return ""
	}
	return h.client.Public(ctx, h.base.target, ask)
}

// name falls back to the program's.
func (t Test) name() string {
	if t.Name != "" {
		return t.Name
	}
	return strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe")
}

// problems finds what the engine can't know: it sees names and weights, not
// functions. All are reported at once.
func (t Test) problems() error {
	var all []error
	if len(t.Load) == 0 {
		all = append(all, errors.New("the test has no load; give Test.Load at least one scenario.Users(pattern) or scenario.Rate(pattern)"))
	}
	for i, l := range t.Load {
		if l.scenario == nil {
			all = append(all, fmt.Errorf("load %d is empty; make it with scenario.Users(pattern) or scenario.Rate(pattern)", i))
			continue
		}
		all = append(all, l.scenario.describe().problems...)
	}
	all = append(all, thresholdProblems(t.Thresholds)...)
	return errors.Join(all...)
}

func thresholdProblems(rules []threshold.Rule) []error {
	var all []error
	for _, rule := range rules {
		if err := rule.Validate(); err != nil {
			all = append(all, err)
		}
	}
	return all
}

func (l Load) plan(h *house, books *library) engine.Load {
	if l.scenario == nil {
		return engine.Load{}
	}
	s := l.scenario.describe()
	out := engine.Load{
		Scenario: s.name, Model: l.model, Pattern: l.pattern, Offset: l.offset,
		Arrivals: s.arrivals, MaxUsers: s.maxUsers, Backlog: s.backlog,
		Iterations: l.total, PerUser: l.each, Tasks: s.tasks,
		Think: s.think.pause, Pace: s.think.pace,
	}
	out.New = func(ctx context.Context, id engine.Identity, env engine.Env) engine.User {
		return l.scenario.user(h.newVU(ctx, id, env, books.of(env.Recorder), &l))
	}
	return out
}

// A library has one book of templates for each recorder: names are interned
// by it.
type library struct {
	house *house
	mu    sync.Mutex
	books map[*metrics.Recorder]*book
}

func (l *library) of(r *metrics.Recorder) *book {
	l.mu.Lock()
	defer l.mu.Unlock()
	b, ok := l.books[r]
	if !ok {
		b = newBook(l.house.base, l.house.secrets, r)
		l.books[r] = b
	}
	return b
}

// once makes the test's own setup or teardown: a user that is not recorded.
func (h *house) once(f func(*VU) error) func(context.Context) error {
	if f == nil {
		return nil
	}
	return func(ctx context.Context) (err error) {
		vu := h.visitor(ctx, newBook(h.base, h.secrets, nil))
		defer vu.close()
		defer func() {
			if p := recover(); p != nil {
				err = &ScenarioError{h.secrets.hideError(fmt.Errorf("panic: %v", p))}
			}
		}()
		if err := f(vu); err != nil {
			return &ScenarioError{h.secrets.hideError(err)}
		}
		return nil
	}
}
