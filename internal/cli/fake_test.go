package cli

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/loadforge/loadforge/internal/cluster"
	"github.com/loadforge/loadforge/internal/engine"
	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/pattern"
	"github.com/loadforge/loadforge/threshold"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// testdata is where the golden files are, from wherever a test has gone.
func testdata(name string) string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "testdata", name)
}

// A stage is where a command line is played: its streams, its environment and
// what it can use. Its zero value has nothing.
type stage struct {
	test    *Test
	tools   Tools
	env     map[string]string
	signals chan os.Signal
}

// A played command line is what came out of it.
type played struct {
	code     int
	out, err string
}

// play runs a command line, in the current directory.
func (s stage) play(t *testing.T, args ...string) played {
	t.Helper()
	var out, err bytes.Buffer
	code := s.app(&out, &err).main(t.Context(), args)
	return played{code, out.String(), err.String()}
}

func (s stage) app(out, err *bytes.Buffer) *app {
	return &app{
		test: s.test, tools: s.tools, in: strings.NewReader(""), out: out, err: err,
		getenv: lookup(s.env), environ: func() []string { return slices.Sorted(slices.Values(list(s.env))) },
		signals: func() (<-chan os.Signal, func()) { return s.signals, func() {} },
	}
}

// wants fails unless the exit code is that, and stderr has that text.
func (p played) wants(t *testing.T, code int, said string) {
	t.Helper()
	if p.code != code {
		t.Errorf("exit code is %d, want %d", p.code, code)
	}
	if !strings.Contains(p.err, said) {
		t.Errorf("it says\n%s\nwant\n%s", p.err, said)
	}
}

// A spy is a test whose users send nothing, and that remembers its settings.
type spy struct {
	defaults, overrides Target
	env                 Lookup
	plan                cluster.Plan // what Plan makes
	failed              error        // of Plan
	panics              bool
	closed              int
}

// newSpy has one load of two users.
func newSpy() *spy {
	s := new(spy)
	s.plan = cluster.Plan{Plan: engine.Plan{Name: "shop", Seed: 7, Loads: []engine.Load{idle("visitor")}}}
	s.plan.Run.Test, s.plan.Run.Target = "shop", "http://127.0.0.1:1"
	return s
}

func (s *spy) test() *Test {
	return &Test{Name: "shop", Plan: func(defaults, overrides Target, env Lookup) (cluster.Plan, error) {
		s.defaults, s.overrides, s.env = defaults, overrides, env
		if s.panics {
			panic("out of ideas")
		}
		p := s.plan
		p.Loads = slices.Clone(p.Loads)
		p.Close = func() { s.closed++ }
		return p, s.failed
	}}
}

// bare is a test whose load is the command line's default.
func (s *spy) bare() *Test {
	s.plan.Loads[0].Pattern = pattern.Constant{Level: DefaultUsers, For: DefaultDuration}
	t := s.test()
	t.Bare = true
	return t
}

func (s *spy) stage() stage { return stage{test: s.test()} }

// idle is a load of twenty iterations that take a millisecond and count as a
// request each. It ends with the last of them, however slow the machine is.
func idle(scenario string) engine.Load {
	return engine.Load{
		Scenario: scenario, Model: engine.Users, Pattern: pattern.Constant{Level: 2, For: time.Minute}, Iterations: 20,
		Tasks: []engine.Task{{Name: "idle"}},
		New: func(ctx context.Context, id engine.Identity, env engine.Env) engine.User {
			return &idler{ctx: ctx, env: env, shard: env.Recorder.Shard(id.User), name: env.Recorder.Name("GET /", metrics.Request)}
		},
	}
}

type idler struct {
	ctx   context.Context
	env   engine.Env
	shard *metrics.Shard
	name  metrics.NameID
}

func (*idler) Setup() error    { return nil }
func (*idler) Teardown() error { return nil }

func (u *idler) Run(engine.Iteration) error {
	select {
	case <-time.After(time.Millisecond):
	case <-u.ctx.Done():
	}
	u.shard.Record(&metrics.Sample{
		Name: u.name, Class: metrics.OK, Code: 200, End: time.Since(u.env.Start).Nanoseconds(),
		Service: int64(time.Millisecond), Response: int64(time.Millisecond),
	})
	return nil
}

// mute is a load of three iterations that send nothing.
func mute() engine.Load {
	l := idle("mute")
	l.Iterations = 3
	l.New = func(context.Context, engine.Identity, engine.Env) engine.User { return silent{} }
	return l
}

type silent struct{}

func (silent) Setup() error               { return nil }
func (silent) Teardown() error            { return nil }
func (silent) Run(engine.Iteration) error { return nil }

// failing is idle, but every iteration fails after its request.
func failing() engine.Load {
	l := idle("unlucky")
	made := l.New
	l.New = func(ctx context.Context, id engine.Identity, env engine.Env) engine.User {
		return unlucky{made(ctx, id, env)}
	}
	return l
}

type unlucky struct{ engine.User }

func (u unlucky) Run(i engine.Iteration) error {
	return errors.Join(u.User.Run(i), errors.New("sold out"))
}

// impossible is a threshold that no run passes.
func impossible() []threshold.Rule { return []threshold.Rule{threshold.P95(time.Nanosecond)} }

// inFolder makes a new directory the current one, with these files.
func inFolder(t *testing.T, files map[string]string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(files[name]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
