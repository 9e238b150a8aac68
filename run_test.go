package loadforge

import (
	"context"
	"errors"
	"math"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/cli"
	"github.com/loadforge/loadforge/pattern"
	"github.com/loadforge/loadforge/threshold"
)

func visit(vu *VU) error { return vu.Get("/products/{id}", 1+vu.Rand.IntN(100)).Err() }

func TestRunCountsWhatTheServerCounts(t *testing.T) {
	second := time.Second
	tests := map[string]func(Scenario[struct{}]) Load{
		"closed, constant": func(s Scenario[struct{}]) Load { return s.Users(pattern.Constant{Level: 5, For: second}) },
		"closed, up and down": func(s Scenario[struct{}]) Load {
			return s.Users(pattern.Sequence{pattern.Ramp{To: 20, For: second}, pattern.Ramp{From: 20, For: second / 2}})
		},
		"open, spike": func(s Scenario[struct{}]) Load {
			return s.Rate(pattern.Spike{Base: 50, Peak: 500, Start: second / 2, Hold: second / 2, SettleFor: second / 2})
		},
		"open, poisson": func(s Scenario[struct{}]) Load {
			s.Arrivals = Poisson
			return s.Rate(pattern.Constant{Level: 300, For: second})
		},
		"bounded": func(s Scenario[struct{}]) Load {
			return s.Users(pattern.Constant{Level: 5, For: time.Minute}).Times(123)
		},
	}
	for name, load := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			demo, url := demoTarget(t)
			scenario := Func("visitor", visit)
			scenario.Think = Between(time.Millisecond, 20*time.Millisecond)
			result, err := Run(t.Context(), Test{BaseURL: url, Load: []Load{load(scenario)}})
			if err != nil {
				t.Fatal(err)
			}
			if got, want := result.Requests, demo.Stats().Total; got != want || got == 0 {
				t.Errorf("reported %d requests, the server counted %d", got, want)
			}
			if result.Errors != 0 || result.Iterations != result.Requests {
				t.Errorf("%d errors, %d iterations: %s", result.Errors, result.Iterations, result)
			}
			if name == "bounded" && result.Iterations != 123 {
				t.Errorf("got %d iterations, want 123", result.Iterations)
			}
		})
	}
}

func TestOpenRunStartsWhatItsPatternSays(t *testing.T) {
	demo, url := demoTarget(t)
	curve := pattern.Sum{
		pattern.Diurnal{Low: 50, High: 400, Period: time.Second, PeakAt: 500 * time.Millisecond, For: 2 * time.Second},
		pattern.Ramp{To: 200, For: 2 * time.Second},
	}
	result, err := Run(t.Context(), Test{BaseURL: url, Load: []Load{Func("visitor", visit).Rate(curve)}})
	if err != nil {
		t.Fatal(err)
	}
	// Arrival k is due where the integral reaches k + 1/2.
	want := uint64(math.Round(pattern.Integral(curve, curve.Duration())))
	if result.Iterations != want || demo.Stats().Total != want || result.DroppedIterations != 0 {
		t.Errorf("got %d iterations, the server counted %d, want %d", result.Iterations, demo.Stats().Total, want)
	}
}

// A shopper of dsl.go's kind: state, setup, teardown.
type customer struct{ token string }

func (c *customer) login(vu *VU) error {
	resp := vu.Post("/login", JSON(map[string]string{"email": "a@example.com", "password": "b"}))
	c.token = resp.JSON("token").String()
	vu.Header.SetBearer(c.token)
	return resp.Err()
}

func (c *customer) buy(vu *VU) error {
	if c.token == "" {
		return errors.New("nobody logged in")
	}
	return vu.Post("/orders", JSON(map[string]int{"product": 1})).Err()
}

func (c *customer) logout(vu *VU) error { return vu.Post("/logout", NoBody).Err() }

func TestUsersAreSetUpAndTornDown(t *testing.T) {
	demo, url := demoTarget(t)
	customers := Scenario[customer]{
		Name:     "customer",
		Setup:    (*customer).login,
		Tasks:    []Task[customer]{{Name: "buy", Run: (*customer).buy}},
		Teardown: (*customer).logout,
		Think:    Fixed(5 * time.Millisecond),
	}
	result, err := Run(t.Context(), Test{
		BaseURL: url,
		Load:    []Load{customers.Users(pattern.Constant{Level: 7, For: 500 * time.Millisecond})},
		Thresholds: []threshold.Rule{
			threshold.ErrorRate(0.01), threshold.P95(30 * time.Second).On("POST /orders"),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if !result.Passed {
		t.Error(result)
	}
	routes := demo.Stats().Routes
	if routes["POST /login"].Count != 7 || routes["POST /logout"].Count != 7 {
		t.Errorf("%d logins, %d logouts, want 7 of each", routes["POST /login"].Count, routes["POST /logout"].Count)
	}
	orders, ok := result.Name("POST /orders")
	if !ok || orders.Count != routes["POST /orders"].Count || orders.Count != result.Requests {
		t.Errorf("orders: %+v of %d requests, the server counted %d", orders, result.Requests, routes["POST /orders"].Count)
	}
}

func TestRunFailsItsThresholds(t *testing.T) {
	_, url := demoTarget(t)
	broken := Func("broken", func(vu *VU) error { return vu.Get("/status/{code}", 500).Err() })
	broken.Think = Fixed(time.Millisecond)
	result, err := Run(t.Context(), Test{
		BaseURL:    url,
		Load:       []Load{broken.Users(pattern.Constant{Level: 2, For: time.Minute})},
		Thresholds: []threshold.Rule{threshold.ErrorRate(0.05).AbortAfter(time.Second)},
	})
	if err != nil {
		t.Fatal(err)
	}
	if result.Passed || result.Duration > 30*time.Second || result.ErrorRate != 1 {
		t.Errorf("passed %t after %s with error rate %v; want it aborted", result.Passed, result.Duration, result.ErrorRate)
	}
	if !strings.Contains(result.String(), "passed: false") {
		t.Errorf("got %q", result)
	}
}

func TestRunSurvivesItsScenario(t *testing.T) {
	_, url := demoTarget(t)
	var calls atomic.Int64
	wild := Scenario[struct{}]{Name: "wild", Think: Fixed(time.Millisecond), Tasks: []Task[struct{}]{
		{Name: "panic", Run: func(*struct{}, *VU) error { panic("the scenario's own mistake") }},
		{Name: "error", Run: func(*struct{}, *VU) error { return errors.New("no stock") }},
		{Name: "fine", Run: func(_ *struct{}, vu *VU) error {
			calls.Add(1)
			return vu.Get("/").Err()
		}},
	}}
	result, err := Run(t.Context(), Test{BaseURL: url, Load: []Load{wild.Users(pattern.Constant{Level: 2, For: 2 * time.Second})}})
	if err != nil {
		t.Fatal(err)
	}
	if calls.Load() == 0 || result.Requests != uint64(calls.Load()) {
		t.Errorf("the healthy task ran %d times, %d requests were counted", calls.Load(), result.Requests)
	}
	if result.Errors != 0 {
		t.Errorf("errors of the scenario count against the target: %s", result)
	}
}

func TestAUserWithoutStateDoesNothing(t *testing.T) {
	_, url := demoTarget(t)
	var ran atomic.Int64
	stateless := Scenario[int]{
		Name: "stateless", Think: Fixed(10 * time.Millisecond),
		New:   func(*VU) *int { return nil },
		Tasks: []Task[int]{{Name: "add", Run: func(*int, *VU) error { ran.Add(1); return nil }}},
	}
	load := []Load{stateless.Users(pattern.Constant{Level: 1, For: time.Second})}
	if _, err := Run(t.Context(), Test{BaseURL: url, Load: load}); err != nil {
		t.Fatal(err)
	}
	if n := ran.Load(); n != 0 {
		t.Errorf("its task ran %d times", n)
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	_, url := demoTarget(t)
	ctx, cancel := context.WithCancel(t.Context())
	slow := Func("slow", func(vu *VU) error {
		cancel()
		return vu.Get("/delay/{ms}", 60_000).Err()
	})
	result, err := Run(ctx, Test{BaseURL: url, Load: []Load{slow.Users(pattern.Constant{Level: 1, For: time.Hour})}})
	if err != nil {
		t.Fatal(err)
	}
	if result.Errors != 0 {
		t.Errorf("a request cut by the end of the run counts as an error: %s", result)
	}
}

func TestRunRefusesWhatIsNotSound(t *testing.T) {
	good := Func("good", visit).Users(pattern.Constant{Level: 1, For: time.Second})
	tests := map[string]Test{
		"the test has no load":            {},
		"load 0 is empty":                 {Load: []Load{{}}},
		`task 0 "x" has no Run`:           {Load: []Load{Func("x", nil).Users(pattern.Constant{Level: 1, For: 1})}},
		"needs 0 <= low <= high":          {Load: []Load{Scenario[int]{Name: "x", Think: Between(2, 1), Tasks: []Task[int]{{Run: func(*int, *VU) error { return nil }}}}.Users(pattern.Constant{Level: 1, For: 1})}},
		"must start with http":            {BaseURL: "localhost", Load: []Load{good}},
		"Level must be from 0":            {Load: []Load{Func("x", visit).Users(pattern.Constant{Level: -1, For: 1})}},
		"pattern: must not be nil":        {Warmup: 1, Load: []Load{Func("x", visit).Users(nil)}},
		"the variable NOWHERE is not set": {BaseURL: "${NOWHERE}", Load: []Load{good}},
	}
	for want, test := range tests {
		_, err := Run(t.Context(), test)
		var config *ConfigError
		if !errors.As(err, &config) || !strings.Contains(err.Error(), want) || !errors.Is(err, ErrLoadForge) {
			t.Errorf("got %v (%T), want a ConfigError with %q", err, err, want)
		}
	}
}

func TestRunTellsSetupFromTeardown(t *testing.T) {
	_, url := demoTarget(t)
	load := []Load{Func("x", visit).Users(pattern.Constant{Level: 1, For: 100 * time.Millisecond})}
	fails := func(*VU) error { return errors.New("no database") }
	for name, test := range map[string]Test{
		"set up the test: no database":    {BaseURL: url, Load: load, Setup: fails},
		"tear down the test: no database": {BaseURL: url, Load: load, Teardown: fails},
		"set up the test: panic: oh":      {BaseURL: url, Load: load, Setup: func(*VU) error { panic("oh") }},
	} {
		_, err := Run(t.Context(), test)
		var scenario *ScenarioError
		if !errors.As(err, &scenario) || err.Error() != name {
			t.Errorf("got %v, want %q", err, name)
		}
	}
	seeded := ""
	ok := Test{BaseURL: url, Load: load, Setup: func(vu *VU) error {
		seeded = vu.Get("/products/{id}", 1).JSON("name").String()
		return nil
	}}
	if result, err := Run(t.Context(), ok); err != nil || seeded == "" || result.Requests == 0 {
		t.Errorf("got %v, %v, seeded %q", result, err, seeded)
	}
}

func TestDemoTestIsSound(t *testing.T) {
	test := demoTest("http://127.0.0.1:1")
	p, err := test.Plan(cli.Target{}, cli.Target{}, env(nil))
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if err := p.Validate(); err != nil {
		t.Error(err)
	}
	if got := p.Loads[0].Pattern.Duration(); got != 20*time.Second {
		t.Errorf("the demo lasts %s, want 20 s", got)
	}
}

// A mistyped host must not become an attack, whoever starts the run. Requests go
// through a proxy of the test: nothing leaves this machine.
func TestRunKeepsHighLoadsPrivate(t *testing.T) {
	second := time.Second
	users := func(n float64) Load {
		return Func("visitor", visit).Users(pattern.Constant{Level: n, For: time.Minute}).Times(100)
	}
	rate := func(r float64) Load { return Func("visitor", visit).Rate(pattern.Constant{Level: r, For: second / 2}) }
	const public = "203.0.113.1"
	for _, c := range []struct {
		says    string
		host    string
		load    Load
		limit   float64
		consent bool
		want    string
	}{
		{"few users", public, users(50), 0, false, ""},
		{"many users", public, users(51), 0, false, "203.0.113.1 is a public address, and 51 users are more than the 50 users"},
		{"many users that are meant", public, users(51), 0, true, ""},
		{"many users of a private address", "10.0.0.1", users(51), 0, false, ""},
		{"a low rate", public, rate(100), 0, false, ""},
		{"a high rate", public, rate(101), 0, false, "101 iterations/s are more than"},
		{"a high rate with a limit", public, rate(101), 80, false, ""},
	} {
		t.Run(c.says, func(t *testing.T) {
			t.Parallel()
			demo, proxy := demoTarget(t)
			_, err := Run(t.Context(), Test{
				BaseURL: "http://" + c.host, Load: []Load{c.load}, MaxRate: c.limit,
				HTTP: HTTP{Proxy: proxy, AllowPublic: c.consent},
			})
			if c.want == "" {
				if err != nil || demo.Stats().Total == 0 {
					t.Errorf("%d requests were sent, %v; want some", demo.Stats().Total, err)
				}
				return
			}
			var config *ConfigError
			if !errors.As(err, &config) || !strings.Contains(err.Error(), c.want) || !strings.HasSuffix(err.Error(), "say so with HTTP.AllowPublic") {
				t.Errorf("got %v, want a ConfigError with %q and a hint", err, c.want)
			}
			if n := demo.Stats().Total; n > 0 {
				t.Errorf("%d requests were sent", n)
			}
		})
	}
}

// What only a scenario names is refused when it is reached.
func TestRunKeepsAStrayScenarioPrivate(t *testing.T) {
	demo, proxy := demoTarget(t)
	var refused atomic.Int64
	stray := Func("stray", func(vu *VU) error {
		err := vu.Get("http://203.0.113.1/").Err()
		if err != nil && strings.Contains(err.Error(), "a public address needs --allow-public at this load") {
			refused.Add(1)
		}
		return err
	})
	_, err := Run(t.Context(), Test{
		BaseURL: "http://10.0.0.1", HTTP: HTTP{Proxy: proxy},
		Load: []Load{stray.Users(pattern.Constant{Level: 51, For: time.Minute}).Times(100)},
	})
	if err != nil || refused.Load() != 100 || demo.Stats().Total != 0 {
		t.Errorf("%v: %d requests were refused, %d sent; want 100 and none", err, refused.Load(), demo.Stats().Total)
	}
}
