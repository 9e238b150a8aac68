// Package selftest measures the machine that is to measure: what it adds to
// every number, and how much load it can be trusted with.
//
//	result, err := selftest.Run(ctx, selftest.Config{Plan: plan})
//
// It runs the engine as it is against a server in the same process that does
// next to nothing. So all that takes time is the generator's own, the kernel's
// loopback, and that server's few instructions; a real target on another machine
// leaves the generator more processor than it has here. Nothing is estimated:
// what a result says was measured moments before, on the machine as busy as it
// was then.
package selftest

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"
	"time"

	"github.com/loadforge/loadforge/internal/cluster"
	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/internal/target"
	"github.com/loadforge/loadforge/pattern"
)

// Config says how to measure.
type Config struct {
	// Plan makes a plan of one load, whose iterations send one GET to a URL. Its
	// pattern does not matter.
	Plan func(url string) (cluster.Plan, error)
	// Each is how long each of the six runs takes, at most twice as long where
	// it can't keep up. Zero means 1.5 s.
	Each time.Duration
	// Step is told what is measured next. It may be nil.
	Step func(what string)
}

const defaultEach = 1500 * time.Millisecond

// ceilingUsers is how many users for each core look for the ceiling: enough to
// keep it busy while others wait for answers, few enough to stay in its caches.
const ceilingUsers = 16

// A Result is what was measured. Durations are in milliseconds or as named.
type Result struct {
	Schema  int    `json:"schema"` // 1
	Version string `json:"version"`
	System  string `json:"system"`
	Cores   int    `json:"cores"`

	Clock   Clock   `json:"clock"`
	Timer   Timer   `json:"timer"`
	Limits  Limits  `json:"limits"`
	Ceiling Ceiling `json:"ceiling"`
	Open    []Rate  `json:"open"` // by rising rate, up to the first that was not kept
	Trust   Trust   `json:"trust"`
}

// A Clock is how finely time can be read, and what that costs.
type Clock struct {
	ResolutionNS int64   `json:"resolution_ns"` // the smallest step seen
	ReadNS       float64 `json:"read_ns"`       // one reading
}

// A Timer is how late it rings that was set for a millisecond.
type Timer struct {
	LateP50 float64 `json:"late_p50_ms"`
	LateP99 float64 `json:"late_p99_ms"`
	LateMax float64 `json:"late_max_ms"`
}

// Limits are those of one process; zero means none, or not known.
type Limits struct {
	Descriptors int `json:"descriptors"`
	Ports       int `json:"ports"` // for connections from one address to one server
}

// A Ceiling is what users that never pause get through.
type Ceiling struct {
	Users         int     `json:"users"`
	RequestsPerS  float64 `json:"requests_per_s"`
	PerCorePerS   float64 `json:"requests_per_s_per_core"`
	CPUPerRequest float64 `json:"cpu_per_request_us"` // generator and server together
	CPUShare      float64 `json:"cpu_share"`
	ServiceP50    float64 `json:"service_p50_ms"`
	ServiceP99    float64 `json:"service_p99_ms"`
}

// A Rate is a run of the open model.
type Rate struct {
	Wanted     float64  `json:"wanted_per_s"`
	Achieved   float64  `json:"achieved_per_s"`
	Deviation  float64  `json:"deviation"` // of started from due, as a share: 0 is all
	Dropped    uint64   `json:"dropped"`
	LagP50     float64  `json:"start_lag_p50_ms"`
	LagP99     float64  `json:"start_lag_p99_ms"`
	ServiceP50 float64  `json:"service_p50_ms"`
	ServiceP99 float64  `json:"service_p99_ms"`
	CPUShare   float64  `json:"cpu_share"`
	Kept       bool     `json:"kept"`  // well enough to say something about a target
	State      string   `json:"state"` // the verdict of that run
	Reasons    []string `json:"reasons"`
}

// Trust is what follows.
type Trust struct {
	RequestsPerS float64 `json:"requests_per_s"` // the highest rate that was kept; 0 if none was
	LagP99       float64 `json:"start_lag_p99_ms"`
	Users        int     `json:"users"` // that can be connected to one server from one address
	// Because says what bounds the users: "descriptors", "ports" or "requests",
	// if each sends one a second.
	Because string `json:"users_because"`
}

// shares of the ceiling at which the open model is tried.
var shares = []float64{0.05, 0.1, 0.25, 0.5, 0.75}

// MaxDeviation and MaxLag are what a rate that is to be trusted may have: the
// promise for the achieved rate, and a start lag that is no reason in any verdict.
const (
	MaxDeviation = metrics.DroppedShare
	MaxLag       = metrics.MinLag
)

// Run measures, in about ten seconds.
func Run(ctx context.Context, c Config) (*Result, error) {
	if c.Each <= 0 {
		c.Each = defaultEach
	}
	if c.Step == nil {
		c.Step = func(string) {}
	}
	url, stop, err := target.StartBlank("127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start a server to measure against: %w", err)
	}
	defer stop()
	r := &Result{
		Schema: 1, System: runtime.GOOS + "/" + runtime.GOARCH, Cores: runtime.GOMAXPROCS(0),
		Limits: Limits(metrics.ReadLimits()),
	}
	c.Step("clock and timers")
	r.Clock, r.Timer = readClock(), ringTimers(c.Each/4)
	c.Step("as many requests as there is time for")
	if r.Ceiling, err = c.ceiling(ctx, url, r.Cores); err != nil {
		return nil, err
	}
	for _, share := range shares {
		rate := roundRate(share * r.Ceiling.RequestsPerS)
		c.Step(fmt.Sprintf("%.0f requests/s by the clock", rate))
		open, err := c.open(ctx, url, rate)
		if err != nil {
			return nil, err
		}
		r.Open = append(r.Open, open)
		if !open.Kept {
			break // nor would a higher one be
		}
	}
	r.trust()
	return r, nil
}

// readClock reads it often.
func readClock() (c Clock) {
	const readings = 200_000
	start := time.Now()
	last := start
	least := time.Duration(math.MaxInt64)
	for range readings {
		now := time.Now()
		if step := now.Sub(last); step > 0 {
			least = min(least, step)
		}
		last = now
	}
	return Clock{ResolutionNS: int64(least), ReadNS: float64(last.Sub(start).Nanoseconds()) / readings}
}

// ringTimers sets timers for a while.
func ringTimers(while time.Duration) Timer {
	const set = time.Millisecond
	var late []time.Duration
	for end := time.Now().Add(while); time.Now().Before(end) || len(late) < 10; {
		start := time.Now()
		time.Sleep(set)
		late = append(late, time.Since(start)-set)
	}
	slices.Sort(late)
	at := func(p float64) float64 { return millis(late[min(len(late)-1, int(p*float64(len(late))))]) }
	return Timer{LateP50: at(0.5), LateP99: at(0.99), LateMax: at(1)}
}

// run runs a plan under a load.
func (c *Config) run(ctx context.Context, url string, model cluster.Model, level float64) (*metrics.Outcome, error) {
	p, err := c.Plan(url)
	if err != nil {
		return nil, err
	}
	p.Graceful = c.Each
	for i := range p.Loads {
		p.Loads[i].Model, p.Loads[i].Pattern = model, pattern.Constant{Level: level, For: c.Each}
	}
	outcome, err := cluster.Local(ctx, p, cluster.Options{})
	switch {
	case err != nil:
		return nil, err
	case outcome.Interrupted || ctx.Err() != nil:
		return nil, context.Canceled
	case outcome.Summary.Requests == 0:
		return nil, fmt.Errorf("the server in this process was not reached: %s", firstError(outcome.Summary))
	}
	return &outcome, nil
}

func firstError(s *metrics.Summary) string {
	if len(s.Errs) > 0 {
		return s.Errs[0].Message
	}
	return "no request was sent"
}

func (c *Config) ceiling(ctx context.Context, url string, cores int) (Ceiling, error) {
	users := ceilingUsers * cores
	outcome, err := c.run(ctx, url, cluster.Users, float64(users))
	if err != nil {
		return Ceiling{}, err
	}
	s := outcome.Summary
	perSecond := float64(s.Requests) / c.Each.Seconds()
	return Ceiling{
		Users: users, RequestsPerS: round(perSecond, 0), PerCorePerS: round(perSecond/float64(cores), 0),
		CPUPerRequest: round(s.Health.CPUMean*float64(cores)*1e6/perSecond, 2), CPUShare: round(s.Health.CPUMean, 3),
		ServiceP50: millis(s.Service.P50), ServiceP99: millis(s.Service.P99),
	}, nil
}

func (c *Config) open(ctx context.Context, url string, rate float64) (Rate, error) {
	outcome, err := c.run(ctx, url, cluster.Rate, rate)
	if err != nil {
		return Rate{}, err
	}
	s := outcome.Summary
	r := Rate{
		Wanted: rate, Achieved: round(float64(s.Started)/c.Each.Seconds(), 1), Dropped: s.Dropped,
		LagP50: millis(s.Lag.P50), LagP99: millis(s.Lag.P99), ServiceP50: millis(s.Service.P50), ServiceP99: millis(s.Service.P99),
		CPUShare: round(s.Health.CPUMean, 3), State: string(outcome.Verdict.State), Reasons: outcome.Verdict.Reasons,
	}
	if s.Scheduled > 0 {
		r.Deviation = round(1-float64(s.Started)/float64(s.Scheduled), 6)
	}
	r.Kept = r.kept()
	return r, nil
}

// kept reports whether a rate was, well enough to say something about a target.
func (r *Rate) kept() bool {
	return r.Deviation <= MaxDeviation && r.LagP99 <= millis(MaxLag) && r.State != string(metrics.Invalid)
}

// trust draws the conclusions.
func (r *Result) trust() {
	for i := range r.Open {
		if r.Open[i].Kept {
			r.Trust.RequestsPerS, r.Trust.LagP99 = r.Open[i].Wanted, r.Open[i].LagP99
		}
	}
	r.Trust.Users, r.Trust.Because = int(r.Trust.RequestsPerS), "requests"
	if n := r.Limits.Descriptors - cluster.SpareDescriptors; r.Limits.Descriptors > 0 && n < r.Trust.Users {
		r.Trust.Users, r.Trust.Because = max(0, n), "descriptors"
	}
	if n := r.Limits.Ports; n > 0 && n < r.Trust.Users {
		r.Trust.Users, r.Trust.Because = n, "ports"
	}
}

// roundRate leaves two digits, which is as much as such a rate is worth.
func roundRate(x float64) float64 {
	unit := math.Pow(10, math.Max(0, math.Floor(math.Log10(math.Max(x, 1)))-1))
	return math.Max(1, math.Floor(x/unit)*unit)
}

func round(x float64, decimals int) float64 {
	unit := math.Pow(10, float64(decimals))
	return math.Round(x*unit) / unit
}

func millis(d time.Duration) float64 { return round(float64(d)/1e6, 4) }
