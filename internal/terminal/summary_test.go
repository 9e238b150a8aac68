package terminal

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
)

// summaries are outcomes by name.
func summaries() map[string]func() (metrics.Run, metrics.Outcome) {
	of := func(f *fixture, seconds int, change func(*metrics.Outcome)) func() (metrics.Run, metrics.Outcome) {
		return func() (metrics.Run, metrics.Outcome) {
			o := f.outcome(seconds)
			change(&o)
			return f.run, o
		}
	}
	passing := shop()
	passing.rules = passing.rules[:3]
	return map[string]func() (metrics.Run, metrics.Outcome){
		"passed":  of(passing, 120, func(*metrics.Outcome) {}),
		"failed":  of(shop(), 120, func(*metrics.Outcome) {}),
		"invalid": of(spoiled(), 120, func(o *metrics.Outcome) { o.Passed = true; o.Thresholds = o.Thresholds[:3] }),
		"hostile": of(hostile(), 75, func(*metrics.Outcome) {}),
		"several": of(several(), 120, func(o *metrics.Outcome) {
			o.Summary.Addresses = []metrics.AddressStats{
				{Name: "api.example.com", Address: "10.0.0.9", Opened: 5},
				{Name: "shop.example.com", Address: "10.0.0.1", Opened: 30},
				{Name: "shop.example.com", Address: "2001:db8::1", Opened: 10},
			}
		}),
		"calm":       of(calm(), 60, func(*metrics.Outcome) {}),
		"iterations": of(iterations(), 20, func(*metrics.Outcome) {}),
		"nothing": func() (metrics.Run, metrics.Outcome) {
			return shop().run, metrics.Outcome{Passed: true, Verdict: metrics.Verdict{State: metrics.Valid}}
		},
		"setup-failed": func() (metrics.Run, metrics.Outcome) {
			return shop().run, metrics.Outcome{Error: "test setup: creating the catalogue: POST https://shop.example.com/admin: 403 Forbidden"}
		},
		"interrupted": of(calm(), 34, func(o *metrics.Outcome) { o.Interrupted = true }),
		"aborted": of(shop(), 70, func(o *metrics.Outcome) {
			o.Passed, o.Aborted = false, `p99<250ms on "POST /checkout"`
			o.Thresholds[3].Aborted = true
		}),
		"troubled":   of(troubled(), 120, func(*metrics.Outcome) {}),
		"panicking":  of(panicking(), 60, func(*metrics.Outcome) {}),
		"down":       of(down(), 60, func(*metrics.Outcome) {}),
		"locked-out": of(lockedOut(), 60, func(*metrics.Outcome) {}),
	}
}

// troubled has a little of everything that can go wrong.
func troubled() *fixture {
	f := several()
	f.busy, f.rules = true, nil
	f.verdict = metrics.Verdict{State: metrics.Degraded, Reasons: []string{"80 iterations were dropped: no user was free"}}
	for i := range 40 {
		f.names = append(f.names, fixtureName{fmt.Sprintf("GET /page/%d", i), 0.001, 20 * time.Millisecond})
	}
	f.extra = func(s *metrics.Snapshot) {
		s.Loads[0].SetupFailed, s.Loads[0].Failed, s.Loads[0].Panics, s.Loads[0].Late = 2, 3, 1, 4
		s.Names = append(s.Names,
			metrics.NameStats{Name: "POST /login", Stage: metrics.Setup, Count: 4, ByClass: classes(metrics.OK, 2, metrics.Status4xx, 2)},
			metrics.NameStats{Name: "POST /logout", Stage: metrics.Teardown, Count: 1, ByClass: classes(metrics.Timeout, 1, metrics.OK, 0)})
		s.Names[0].ByClass[metrics.Generator] = 1
		s.Addresses = []metrics.AddressStats{
			{Name: "api.example.com", Address: "10.0.0.9", Opened: 5},
			{Name: "shop.example.com", Address: "10.0.0.1", Opened: 3},
			{Name: "shop.example.com", Address: "10.0.0.2", Opened: 2},
			{Name: "shop.example.com", Address: "2001:db8::1", Opened: 2},
			{Name: "shop.example.com", Address: "2001:db8::2", Opened: 1},
		}
		for i := range 8 {
			s.Checks = append(s.Checks, metrics.CheckStats{Name: fmt.Sprintf("total %d is right", i), Passed: 10, Failed: uint64(i)})
		}
		s.Errors = append(s.Errors, metrics.ErrorStats{
			Class: metrics.Panic, Name: "checkout", Message: "runtime error: index out of range [3] with length 3", Count: 1,
			Detail: "goroutine 7 [running]:\nshop.checkout(0x1)\n\tshop.go:42\n",
		})
	}
	return f
}

func classes(a metrics.Class, n uint64, b metrics.Class, m uint64) (by [metrics.NumClasses]uint64) {
	by[a], by[b] = n, m
	return by
}

func TestSummary(t *testing.T) {
	for name, make := range summaries() {
		t.Run(name, func(t *testing.T) {
			run, outcome := make()
			var b strings.Builder
			if err := Summary(&b, run, outcome, SummaryOptions{}); err != nil {
				t.Fatal(err)
			}
			golden(t, "summary-"+name, b.String())
			if got := strings.Count(b.String(), "\n"); got > 40 {
				t.Errorf("got %d lines, want at most 40", got)
			}
		})
	}
}

func TestVerboseSummaryLeavesNothingOut(t *testing.T) {
	run, outcome := summaries()["troubled"]()
	var b strings.Builder
	if err := Summary(&b, run, outcome, SummaryOptions{Verbose: true, ASCII: true, Width: 90}); err != nil {
		t.Fatal(err)
	}
	golden(t, "summary-troubled-verbose-ascii", b.String())
	for _, want := range []string{"GET /page/39", "total 1 is right", "shop.go:42", "back office, users"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is missing", want)
		}
	}
}

func TestSummaryFitsEveryWidth(t *testing.T) {
	for name, make := range summaries() {
		run, outcome := make()
		for width := 1; width <= 130; width += 6 {
			for _, o := range []SummaryOptions{{Width: width}, {Width: width, Color: true, ASCII: true, Verbose: true}} {
				var b strings.Builder
				if err := Summary(&b, run, outcome, o); err != nil {
					t.Fatal(err)
				}
				lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
				check(t, name, lines, newLook(o.Color, o.ASCII), width, len(lines)+1)
			}
		}
	}
}

func TestSummarySaysWhatFailed(t *testing.T) {
	valid := metrics.Verdict{State: metrics.Valid}
	some := &metrics.Summary{Requests: 10, Duration: time.Minute}
	for _, c := range []struct {
		name    string
		outcome metrics.Outcome
		want    []string
	}{
		{"no thresholds", metrics.Outcome{Passed: true, Verdict: valid, Summary: some}, []string{"✓ FINISHED"}},
		{
			"errors without thresholds",
			metrics.Outcome{Passed: true, Verdict: valid, Summary: &metrics.Summary{Requests: 10, Errors: 5}},
			[]string{"! FINISHED", "50.0% of the requests failed, and no threshold says whether that is too much"},
		},
		{
			"invalid",
			metrics.Outcome{Passed: true, Verdict: metrics.Verdict{State: metrics.Invalid, Reasons: []string{"too slow"}}, Summary: some},
			[]string{"✗ INVALID", "! invalid: too slow"},
		},
		{
			"interrupted by hand",
			metrics.Outcome{Passed: true, Interrupted: true, Verdict: valid, Summary: some},
			[]string{"! INTERRUPTED", "stopped after 1m"},
		},
		{
			"interrupted and failed",
			metrics.Outcome{Interrupted: true, Verdict: valid, Summary: some},
			[]string{"✗ FAILED", "stopped after 1m"},
		},
		{
			"interrupted before anything was measured",
			metrics.Outcome{Passed: true, Interrupted: true, Verdict: metrics.Verdict{State: metrics.Invalid, Reasons: []string{"nothing was measured"}}},
			[]string{"! INTERRUPTED", "stopped after 0s\n", "! invalid: nothing was measured"},
		},
		{
			"interrupted and invalid",
			metrics.Outcome{Passed: true, Interrupted: true, Verdict: metrics.Verdict{State: metrics.Invalid, Reasons: []string{"too slow"}}, Summary: some},
			[]string{"! INTERRUPTED", "! invalid: too slow"},
		},
		{
			"failed iterations and thresholds that hold",
			metrics.Outcome{
				Passed: true, Verdict: valid, Summary: &metrics.Summary{Requests: 10, Iterations: 238, Failed: 78},
				Thresholds: []metrics.ThresholdStatus{{Rule: "error_rate<1%", Unit: "%", Limit: 1, Known: true, Passed: true}},
			},
			[]string{"✓ PASSED", "\n ! 78 of 238 iterations failed\n"},
		},
		{
			"failed iterations without thresholds",
			metrics.Outcome{Passed: true, Verdict: valid, Summary: &metrics.Summary{Requests: 10, Iterations: 1, Failed: 1}},
			[]string{"! FINISHED", "\n ! 1 of 1 iteration failed\n", "no errors"},
		},
		{
			"failed setups",
			metrics.Outcome{Passed: true, Verdict: valid, Summary: &metrics.Summary{Requests: 10, Iterations: 10, SetupFailed: 1}},
			[]string{"! FINISHED", "\n ! the setup of a user failed 1 time\n"},
		},
		{
			"a threshold without data",
			metrics.Outcome{
				Verdict: valid, Summary: some,
				Thresholds: []metrics.ThresholdStatus{{Rule: `p95<300ms on "GET /"`, Unit: "ms", Limit: 300}},
			},
			[]string{"✗ FAILED", "1 of 1 threshold failed", `✗ p95<300ms on "GET /"     no data`},
		},
		{"no summary", metrics.Outcome{Passed: true, Verdict: valid}, []string{"! NO REQUESTS", "nothing to judge"}},
		{"an error", metrics.Outcome{Error: "setup: no\x1b[2J such host"}, []string{"✗ FAILED", "setup: no?[2J such host"}},
	} {
		var b strings.Builder
		if err := Summary(&b, shop().run, c.outcome, SummaryOptions{}); err != nil {
			t.Fatal(err)
		}
		for _, want := range c.want {
			if !strings.Contains(b.String(), want) {
				t.Errorf("%s: %q is missing in\n%s", c.name, want, b.String())
			}
		}
	}
}

func TestSummaryKeepsTheOrderOfTheOutcome(t *testing.T) {
	run, outcome := summaries()["failed"]()
	if err := Summary(&strings.Builder{}, run, outcome, SummaryOptions{}); err != nil {
		t.Fatal(err)
	}
	if got := outcome.Thresholds[0].Rule; got != "p95<300ms" {
		t.Errorf("the summary changed the outcome: %q came first", got)
	}
}

type brokenWriter struct{ calls int }

func (w *brokenWriter) Write([]byte) (int, error) {
	w.calls++
	return 0, errors.New("broken pipe")
}

func TestSummaryReportsWriteErrors(t *testing.T) {
	err := Summary(&brokenWriter{}, shop().run, metrics.Outcome{}, SummaryOptions{})
	if err == nil || err.Error() != "writing the summary: broken pipe" {
		t.Errorf("got %v", err)
	}
}
