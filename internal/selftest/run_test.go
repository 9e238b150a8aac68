package selftest

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/loadforge/loadforge/internal/cluster"
	"github.com/loadforge/loadforge/internal/engine"
	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/pattern"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// quick makes a plan whose users claim to have sent a request, or not.
func quick(claim bool) func(string) (cluster.Plan, error) {
	return func(string) (cluster.Plan, error) {
		return cluster.Plan{Plan: engine.Plan{Name: "quick", Seed: 1, Loads: []engine.Load{{
			Scenario: "quick", Pattern: pattern.Constant{Level: 1, For: time.Second}, Tasks: []engine.Task{{Name: "claim"}},
			New: func(_ context.Context, id engine.Identity, env engine.Env) engine.User {
				return claimer{env, env.Recorder.Shard(id.User), claim}
			},
		}}}}, nil
	}
}

type claimer struct {
	env   engine.Env
	shard *metrics.Shard
	claim bool
}

func (claimer) Setup() error    { return nil }
func (claimer) Teardown() error { return nil }

func (c claimer) Run(engine.Iteration) error {
	time.Sleep(time.Millisecond)
	if c.claim {
		c.shard.Record(&metrics.Sample{
			Name: c.env.Recorder.Name("GET /", metrics.Request), Code: 200, End: time.Since(c.env.Start).Nanoseconds(),
			Service: int64(time.Millisecond), Response: int64(time.Millisecond),
		})
	}
	return nil
}

func TestItRunsWhatItSays(t *testing.T) {
	var steps []string
	r, err := Run(t.Context(), Config{Plan: quick(true), Each: 100 * time.Millisecond, Step: func(what string) { steps = append(steps, what) }})
	if err != nil {
		t.Fatal(err)
	}
	if r.Schema != 1 || r.Cores < 1 || r.Ceiling.Users != ceilingUsers*r.Cores || r.Ceiling.RequestsPerS <= 0 || r.Ceiling.ServiceP50 != 1 {
		t.Errorf("the result is %+v", r)
	}
	if len(r.Open) == 0 || len(r.Open) > len(shares) || len(steps) != len(r.Open)+2 {
		t.Errorf("of %v there are %+v", steps, r.Open)
	}
	for i, o := range r.Open {
		if o.Wanted <= 0 || o.Achieved <= 0 || i < len(r.Open)-1 && !o.Kept {
			t.Errorf("rate %d is %+v", i, o)
		}
	}
}

func TestWhatCantBeMeasured(t *testing.T) {
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for says, c := range map[string]struct {
		ctx  context.Context
		plan func(string) (cluster.Plan, error)
		want string
	}{
		"no plan":    {t.Context(), func(string) (cluster.Plan, error) { return cluster.Plan{}, errors.New("out of ideas") }, "out of ideas"},
		"no request": {t.Context(), quick(false), "was not reached: no request was sent"},
		"no time":    {gone, quick(true), "canceled"},
	} {
		_, err := Run(c.ctx, Config{Plan: c.plan, Each: 50 * time.Millisecond})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", says, err, c.want)
		}
	}
}
