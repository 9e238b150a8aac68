package terminal

import (
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/threshold"
)

// A fixture is a run that never happened: the same numbers every time.
type fixture struct {
	run       metrics.Run
	names     []fixtureName
	perUser   float64 // requests a second
	slow      float64 // how much slower the target gets at its peak
	failing   float64 // share of requests that fail at the peak
	rules     []metrics.ThresholdStatus
	verdict   metrics.Verdict
	messageAt map[int]string
	complaint string // the message of every error
	dropping  uint64 // iterations a second
	busy      bool   // the generator's machine is
	extra     func(*metrics.Snapshot)

	rand  *rand.Rand
	total metrics.Total
}

type fixtureName struct {
	name   string
	share  float64
	median time.Duration
}

// shop is a test of one scenario under ramp, hold and spike.
func shop() *fixture {
	run := metrics.Run{
		ID: "20261123-101500_shop_4f2a", Test: "shop", Target: "https://shop.example.com", Duration: 2 * time.Minute, Workers: 1,
		Start: time.Date(2026, 11, 23, 10, 15, 0, 0, time.UTC), Seed: 42,
		Loads: []metrics.Load{{
			Scenario: "shopper", Model: "users", Pattern: "ramp 0 -> 200 over 30s, hold 200 for 30s, spike to 600, hold 200 for 30s",
			Duration: 2 * time.Minute, Peak: 600,
			Phases: []metrics.Phase{
				{Name: "ramp", Start: 0, End: 30 * time.Second, From: 0, To: 200},
				{Name: "hold", Start: 30 * time.Second, End: 60 * time.Second, From: 200, To: 200},
				{Name: "spike: rise", Start: 60 * time.Second, End: 65 * time.Second, From: 200, To: 600},
				{Name: "spike: hold", Start: 65 * time.Second, End: 80 * time.Second, From: 600, To: 600},
				{Name: "spike: fall", Start: 80 * time.Second, End: 90 * time.Second, From: 600, To: 200},
				{Name: "hold", Start: 90 * time.Second, End: 120 * time.Second, From: 200, To: 200},
			},
		}},
	}
	drawCurve(&run.Loads[0])
	return &fixture{
		run: run, perUser: 4.2, slow: 3.5, failing: 0.02,
		names: []fixtureName{
			{"GET /items", 0.40, 14 * time.Millisecond},
			{"GET /items/{id}", 0.24, 12 * time.Millisecond},
			{"POST /cart", 0.12, 25 * time.Millisecond},
			{"GET /search?q=", 0.08, 46 * time.Millisecond},
			{"POST /checkout", 0.06, 88 * time.Millisecond},
			{"GET /cart", 0.06, 13 * time.Millisecond},
			{"PUT /profile", 0.03, 31 * time.Millisecond},
			{"POST /auth/login", 0.01, 61 * time.Millisecond},
		},
		rules: []metrics.ThresholdStatus{
			{Rule: "p95<300ms", Unit: "ms", Limit: 300},
			{Rule: "error_rate<1%", Unit: "%", Limit: 1},
			{Rule: "request_rate>=500/s", Unit: "/s", Limit: 500},
			{Rule: `p99<250ms on "POST /checkout"`, Unit: "ms", Limit: 250},
		},
		verdict: metrics.Verdict{State: metrics.Valid},
		rand:    rand.New(rand.NewPCG(42, 1)),
	}
}

// drawCurve makes the points of a load's curve from its phases.
func drawCurve(l *metrics.Load) {
	for i := range 601 {
		t := l.Offset + l.Duration*time.Duration(i)/600
		l.Curve = append(l.Curve, levelAt(l, t))
	}
}

func levelAt(l *metrics.Load, t time.Duration) float64 {
	for _, p := range l.Phases {
		if t >= p.Start && t <= p.End {
			return p.From + (p.To-p.From)*float64(t-p.Start)/float64(p.End-p.Start)
		}
	}
	return 0
}

// second makes the next second of the run and says where it then stands.
func (f *fixture) second(second int) (*metrics.Snapshot, metrics.Progress) {
	s := &metrics.Snapshot{Worker: -1, Second: second, Length: time.Second, Workers: f.run.Workers, Covered: 1}
	end := time.Duration(second+1) * time.Second
	pressure := 0.0
	for i := range f.run.Loads {
		l := &f.run.Loads[i]
		level := levelAt(l, end)
		if l.Peak > 0 {
			pressure = max(pressure, level/l.Peak)
		}
		s.Loads = append(s.Loads, f.load(l, level))
	}
	requests := 0.0
	for i := range s.Loads {
		requests += float64(s.Loads[i].Active) * f.perUser
	}
	f.fill(s, requests, math.Pow(pressure, 4))
	if f.extra != nil {
		f.extra(s)
	}
	f.total.Add(s)
	return s, f.progress(s, end)
}

func (f *fixture) load(l *metrics.Load, level float64) metrics.LoadStats {
	stats := metrics.LoadStats{Scenario: l.Scenario, Target: level, Active: int(level), Busy: int(level * 0.7)}
	stats.Started = uint64(level * 0.8)
	if l.Model == "rate" {
		stats.Active, stats.Busy, stats.Started = int(level/8)+4, int(level/16)+1, uint64(level)
		stats.Scheduled, stats.Dropped = stats.Started+f.dropping, f.dropping
	}
	stats.Finished = stats.Started
	return stats
}

func (f *fixture) fill(s *metrics.Snapshot, requests, pressure float64) {
	for _, n := range f.names {
		stats := metrics.NameStats{Name: n.name, Count: uint64(requests * n.share)}
		median := float64(n.median) * (1 + f.slow*pressure)
		for range stats.Count {
			took := median * math.Exp(0.45*f.rand.NormFloat64())
			stats.Response.Record(int64(took))
			stats.Service.Record(int64(took * 0.95))
			s.Lag.Record(int64(200e3 * math.Exp(0.3*f.rand.NormFloat64())))
		}
		f.fail(s, &stats, uint64(float64(stats.Count)*f.failing*pressure))
		stats.BytesIn, stats.BytesOut = stats.Count*2900, stats.Count*310
		s.Names = append(s.Names, stats)
	}
	sortNames(s.Names)
	s.Checks = []metrics.CheckStats{{Name: "page lists products", Passed: uint64(requests * 0.4)}}
	s.Health = metrics.Health{
		CPU: 0.2 + 0.3*pressure, SchedLatency: 90 * time.Microsecond, GCPause: 110 * time.Microsecond,
		Heap: 41 << 20, Goroutines: 700, FDs: 640, FDLimit: 65536,
	}
	if f.busy {
		s.Health.CPU, s.Health.FDs = 0.98, 65536
		s.Checks[0].Failed = 3
	}
	for i := range s.Errors {
		if f.complaint != "" {
			s.Errors[i].Message = f.complaint
		}
	}
}

func (f *fixture) fail(s *metrics.Snapshot, n *metrics.NameStats, failed uint64) {
	n.ByClass[metrics.OK] = n.Count - failed
	if failed == 0 {
		return
	}
	slow := failed / 4
	n.ByClass[metrics.Status5xx], n.ByClass[metrics.Timeout] = failed-slow, slow
	at := time.Duration(s.Second) * time.Second
	s.Errors = append(s.Errors, metrics.ErrorStats{
		Class: metrics.Status5xx, Name: n.Name, Message: "503 Service Unavailable", Count: failed - slow, First: at, Last: at,
	})
	if slow > 0 {
		s.Errors = append(s.Errors, metrics.ErrorStats{
			Class: metrics.Timeout, Name: n.Name, Message: "no response headers within 5s", Count: slow, First: at, Last: at,
		})
	}
}

func sortNames(names []metrics.NameStats) {
	for i := range names {
		for j := i; j > 0 && names[j].Name < names[j-1].Name; j-- {
			names[j], names[j-1] = names[j-1], names[j]
		}
	}
}

func (f *fixture) progress(s *metrics.Snapshot, end time.Duration) metrics.Progress {
	sum := f.total.Summary(end)
	p := metrics.Progress{
		State: "running", Elapsed: end, Now: s, Total: sum, Verdict: f.verdict, Message: f.messageAt[s.Second],
	}
	for _, rule := range f.rules {
		p.Thresholds = append(p.Thresholds, judge(rule, sum))
	}
	return p
}

// judge fills in what a threshold measures.
func judge(t metrics.ThresholdStatus, sum *metrics.Summary) metrics.ThresholdStatus {
	rule, err := threshold.Parse(t.Rule)
	if err != nil {
		panic(err)
	}
	value, ok := 0.0, sum.Requests > 0
	switch latency := &sum.Response; {
	case rule.Metric == threshold.ErrorShare:
		value = sum.ErrorRate
	case rule.Metric == threshold.RequestRate:
		value = sum.PerSecond
	case rule.Metric == threshold.CheckShare:
		value = 1 - float64(sum.CheckFailed)/float64(max(1, sum.Checked))
	default:
		for i := range sum.Names {
			if sum.Names[i].Name == rule.Name {
				latency = &sum.Names[i].Response
			}
		}
		value = float64(quantile(latency, rule.Quantile))
	}
	outcome := rule.Judge(value, ok)
	t.Known, t.Passed = ok, outcome.Passed
	t.Value, _ = rule.Metric.Display(outcome.Value)
	t.Distance, _ = rule.Metric.Display(outcome.Distance)
	return t
}

// board runs the fixture for so many seconds and returns the last board.
func (f *fixture) board(seconds int) *board {
	t := tracker{plan: planOf(f.run), hint: "Ctrl-C stops gracefully, a second one now"}
	b := t.first()
	for i := range seconds {
		b = t.second(f.second(i))
	}
	return b
}

// outcome runs the fixture to the end.
func (f *fixture) outcome(seconds int) metrics.Outcome {
	var last metrics.Progress
	for i := range seconds {
		_, last = f.second(i)
	}
	o := metrics.Outcome{Passed: true, Verdict: f.verdict, Thresholds: last.Thresholds, Summary: last.Total}
	for _, t := range o.Thresholds {
		o.Passed = o.Passed && t.Passed
	}
	return o
}

// fixtures are the fixtures by name.
func fixtures() map[string]func() *fixture {
	return map[string]func() *fixture{
		"shop": shop, "several": several, "calm": calm, "hostile": hostile, "spoiled": spoiled, "iterations": iterations,
		"panicking": panicking, "down": down, "locked-out": lockedOut,
	}
}

// several is a run of three loads, one of them open.
func several() *fixture {
	f := shop()
	f.run.Test, f.run.Workers = "black friday", 4
	second := metrics.Load{
		Scenario: "webhooks", Model: "rate", Pattern: "200/s for 1m30s", Offset: 30 * time.Second, Duration: 90 * time.Second, Peak: 200,
		Phases: []metrics.Phase{{Name: "constant", Start: 30 * time.Second, End: 2 * time.Minute, From: 200, To: 200}},
	}
	third := metrics.Load{
		Scenario: "back office", Model: "users", Pattern: "ramp 0 -> 12 over 2m", Duration: 2 * time.Minute, Peak: 12,
		Phases: []metrics.Phase{{Name: "ramp", End: 2 * time.Minute, To: 12}},
	}
	drawCurve(&second)
	drawCurve(&third)
	f.run.Loads = append(f.run.Loads, second, third)
	f.dropping = 1
	return f
}

// calm is a small open-model run without errors and thresholds.
func calm() *fixture {
	f := shop()
	f.run.Test, f.run.Duration = "calm", time.Minute
	f.run.Loads = []metrics.Load{{
		Scenario: "reader", Model: "rate", Pattern: "20/s for 1m", Duration: time.Minute, Peak: 20,
		Phases: []metrics.Phase{{Name: "constant", End: time.Minute, From: 20, To: 20}},
	}}
	drawCurve(&f.run.Loads[0])
	f.perUser, f.slow, f.failing, f.rules = 3, 0, 0, nil
	f.names = f.names[:1]
	return f
}

// hostile is a run whose target has sent everything that breaks screens.
func hostile() *fixture {
	f := shop()
	f.run.Test = "evil\x1b[2J\x1b]0;owned\x07"
	f.run.Target = "https://\u202egpj.exe\u2066/\r\nPASSED"
	f.names = []fixtureName{
		{"GET /\x1b[31mred\x1b[0m\x9b2J", 0.3, 14 * time.Millisecond},
		{"GET /z" + "a\u0301\u0302\u0303\u0304\u0305\u0306\u0307" + "lgo", 0.2, 12 * time.Millisecond},
		{"GET /日本語のとても長い名前のリクエストでもちゃんと切られますように/詳細", 0.2, 25 * time.Millisecond},
		{"GET /👩‍👩‍👧‍👦/🇩🇪/\u200b\ufeff\u00ad", 0.1, 25 * time.Millisecond},
		{"POST /a/very/long/path/that/goes/on/and/on/and/on/until/nobody/can/read/it/any/more/at/all", 0.1, 25 * time.Millisecond},
		{"", 0.1, 25 * time.Millisecond},
	}
	f.complaint = "\x1b]8;;http://evil\x07click\x1b]8;;\x07\nsecond line\tand \xff\xfe bytes"
	f.messageAt = map[int]string{74: "stopping\x1b[1A\x1b[2K because\r\nfake line"}
	f.rules[0].Rule = `p95<300ms on "GET /\x1b[31mred"`
	f.rules = f.rules[:3]
	f.extra = func(s *metrics.Snapshot) {
		for _, address := range []string{"10.0.0.1\x1b[2J", "10.0.0.2"} {
			name := "\x1b]0;owned\x07\u202e" + strings.Repeat("host.", 40)
			s.Addresses = append(s.Addresses, metrics.AddressStats{Name: name, Address: address, Opened: 1})
		}
	}
	f.verdict = metrics.Verdict{State: metrics.Degraded, Reasons: []string{"worker \x1b[5mblink\x1b[0m was lost"}}
	return f
}

// spoiled is a run whose generator was too slow.
func spoiled() *fixture {
	f := shop()
	f.verdict = metrics.Verdict{State: metrics.Invalid, Reasons: []string{
		"iterations started late: 412 ms behind their schedule at the median, 38 % of the median response time; use more machines or fewer users",
		"the processors of this machine were busy above 95 % for 34 seconds",
		"2,412 requests failed by this machine's own limits (open files 65,536 of 65,536)",
	}}
	f.messageAt = map[int]string{74: "the generator can't keep up: 412 ms behind schedule"}
	f.dropping = 40
	f.busy = true
	return f
}

// iterations is a run that ends after a number of iterations, whenever that is.
func iterations() *fixture {
	f := calm()
	f.run.Test, f.run.Duration, f.run.Target = "iterations", 0, ""
	f.run.Loads = []metrics.Load{{
		Scenario: "reader", Model: "users", Pattern: "10 users, 5,000 iterations", Peak: 10, Duration: time.Hour,
		Phases: []metrics.Phase{{Name: "constant", End: time.Hour, From: 10, To: 10}},
	}}
	return f
}

// panicking is a run of which one iteration in four panics, and no request fails.
func panicking() *fixture {
	f := calm()
	f.run.Test = "panicking"
	f.rules = []metrics.ThresholdStatus{{Rule: "error_rate<1%", Unit: "%", Limit: 1}}
	f.extra = func(s *metrics.Snapshot) {
		s.Loads[0].Failed, s.Loads[0].Panics = 5, 5
		s.Errors = append(s.Errors, metrics.ErrorStats{
			Class: metrics.Panic, Name: "visit", Message: "runtime error: invalid memory address or nil pointer dereference", Count: 5,
		})
	}
	return f
}

// down is a run against a target that does not listen.
func down() *fixture {
	f := calm()
	f.run.Test, f.run.Target = "down", "http://127.0.0.1:9"
	f.extra = func(s *metrics.Snapshot) {
		n := &s.Names[0]
		n.ByClass = classes(metrics.Connect, n.Count, metrics.OK, 0)
		s.Loads[0].Failed = s.Loads[0].Finished
		s.Errors = append(s.Errors, metrics.ErrorStats{Class: metrics.Connect, Name: n.Name, Message: "connection refused", Count: n.Count})
	}
	return f
}

// lockedOut is a run in which most users fail to log in.
func lockedOut() *fixture {
	f := calm()
	f.run.Test = "locked out"
	f.extra = func(s *metrics.Snapshot) {
		s.Loads[0].SetupFailed = 2
		s.Names = append(s.Names, metrics.NameStats{
			Name: "POST /login", Stage: metrics.Setup, Count: 3, ByClass: classes(metrics.OK, 1, metrics.Status4xx, 2),
		})
		s.Errors = append(s.Errors, metrics.ErrorStats{Class: metrics.Status4xx, Name: "POST /login", Message: "401 Unauthorized", Count: 2})
	}
	return f
}
