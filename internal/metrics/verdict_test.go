package metrics

import (
	"strings"
	"testing"
	"time"
)

// measured is the summary of a minute without a flaw: 1,000 arrivals a second,
// answers in 40 ms (median) to 160 ms (p99).
func measured() *Summary {
	return &Summary{
		Duration:   time.Minute,
		Requests:   60_000,
		Scheduled:  60_000,
		Started:    60_000,
		Iterations: 60_000,
		Names:      []NameSummary{{Name: "GET /", Count: 60_000}},
		Response: Latency{
			Count: 60_000, P50: 40 * time.Millisecond, P90: 120 * time.Millisecond,
			P99: 160 * time.Millisecond, Max: 300 * time.Millisecond,
		},
		Lag:    Latency{Count: 60_000, P50: 50 * time.Microsecond, P90: 100 * time.Microsecond, P99: 300 * time.Microsecond},
		Loads:  []LoadStats{{Scenario: "shopper", Active: 50, Scheduled: 60_000, Started: 60_000}},
		Health: HealthSummary{Seconds: 60, CPUMean: 0.3, CPUPeak: 0.5},
	}
}

func TestVerdicts(t *testing.T) {
	for _, c := range []struct {
		name    string
		run     func(*Summary, *Facts)
		state   State
		reasons []string
	}{
		{"a healthy run", func(*Summary, *Facts) {}, Valid, nil},
		{"a target that answers nothing but errors", func(s *Summary, _ *Facts) {
			s.Errors, s.ErrorRate = s.Requests, 1
		}, Valid, nil},
		{"a target that is down", func(s *Summary, _ *Facts) {
			s.Errors, s.ErrorRate, s.Response = s.Requests, 1, Latency{}
			s.Lag.P99 = time.Second
		}, Valid, nil},
		{"a target that is slow beyond measure", func(s *Summary, _ *Facts) {
			s.Response.P50, s.Response.P90, s.Response.P99 = 10*time.Second, 20*time.Second, 30*time.Second
			s.Lag.P99 = 2 * time.Second
			s.Health.Stalled, s.Health.StallMax = 700*time.Millisecond, 350*time.Millisecond
			s.Health.Busy, s.Health.CPUPeak = 60, 1
		}, Valid, nil},

		{"start lag that is a good part of the response time", func(s *Summary, _ *Facts) {
			s.Lag.P99 = 48 * time.Millisecond
		}, Degraded, []string{"start lag p99 was 48 ms, 30 % of the response time's 160 ms"}},
		{"start lag that is small beside the response time", func(s *Summary, _ *Facts) {
			s.Lag.P99 = 39 * time.Millisecond
		}, Valid, nil},
		{"start lag of a few milliseconds, whatever the response time", func(s *Summary, _ *Facts) {
			s.Lag.P99, s.Response.P99 = 4900*time.Microsecond, 5*time.Millisecond
		}, Valid, nil},
		{"few starts: their p90 is judged", func(s *Summary, _ *Facts) {
			s.Started, s.Lag = 500, Latency{Count: 500, P90: 60 * time.Millisecond, P99: time.Second}
		}, Degraded, []string{"start lag p90 was 60 ms, 50 % of the response time's 120 ms"}},
		{"a handful of starts: the median is judged", func(s *Summary, _ *Facts) {
			s.Started, s.Lag = 50, Latency{Count: 50, P50: 12 * time.Millisecond}
		}, Degraded, []string{"start lag median was 12 ms, 30 % of the response time's 40 ms"}},
		{"too few starts to judge", func(s *Summary, _ *Facts) {
			s.Started, s.Lag = 10, Latency{Count: 10, P50: time.Second, P90: time.Second, P99: time.Second}
		}, Valid, nil},
		{"users without a schedule: how late they were born is no part of the latencies", func(s *Summary, _ *Facts) {
			s.Lag = Latency{Count: 2000, P50: time.Second, P90: time.Second, P99: time.Second}
		}, Valid, nil},
		{"many users born at once: the percentile they may make up is passed over", func(s *Summary, f *Facts) {
			s.Lag.P99, f.MaxUsers = 48*time.Millisecond, []int{0}
			s.Loads[0].Scheduled = 1000
		}, Valid, nil},
		{"thousands of users born at once that think for long: even the median may be theirs", func(s *Summary, f *Facts) {
			s.Started, f.MaxUsers = 1389, []int{0}
			s.Lag = Latency{Count: 5389, P50: 25 * time.Millisecond, P90: 60 * time.Millisecond, P99: 80 * time.Millisecond}
			s.Loads[0].Scheduled = 4000
		}, Valid, nil},
		{"iterations of many users that come late as well", func(s *Summary, f *Facts) {
			s.Lag.P90, f.MaxUsers = 48*time.Millisecond, []int{0}
			s.Loads[0].Scheduled = 1000
		}, Degraded, []string{"start lag p90 was 48 ms, 40 % of the response time's 120 ms"}},
		{"start lag that is most of the response time", func(s *Summary, _ *Facts) {
			s.Lag.P50, s.Lag.P99 = 30*time.Millisecond, time.Second
		}, Invalid, []string{"start lag was 30 ms in the median, 75 % of the median response time of 40 ms: this machine measured mostly itself"}},
		{"starts that waited for a free user are late because of the target", func(s *Summary, f *Facts) {
			s.Lag.P50, s.Lag.P99, f.MaxUsers = 30*time.Millisecond, time.Second, []int{50}
		}, Valid, nil},
		{"unless the processors were busy, too", func(s *Summary, f *Facts) {
			s.Lag.P99, f.MaxUsers = time.Second, []int{50}
			s.Health.Busy, s.Health.Strained, s.Health.SchedP99Peak = 12, 12, 9*time.Millisecond
		}, Degraded, []string{
			"start lag p99 was 1.0 s, 625 % of the response time's 160 ms",
			"CPU was above 90 % of the machine for 12 of 60 seconds, and work waited for it up to 9.0 ms where the median response took 40 ms",
		}},

		{"a busy machine that is fast enough", func(s *Summary, _ *Facts) {
			s.Health.Busy, s.Health.CPUPeak = 60, 1
		}, Valid, nil},
		{"a busy machine that makes requests wait", func(s *Summary, _ *Facts) {
			s.Health.Busy, s.Health.Strained, s.Health.SchedP99Peak = 30, 12, 6*time.Millisecond
		}, Degraded, []string{"CPU was above 90 % of the machine for 30 of 60 seconds, and work waited for it up to 6.0 ms where the median response took 40 ms"}},
		{"a machine whose processors others have", func(s *Summary, _ *Facts) {
			s.Health.Busy, s.Health.Strained, s.Health.SchedP99Peak = 1, 12, 200*time.Millisecond
		}, Degraded, []string{"in 12 of 60 seconds work waited for a processor, up to 200 ms where the median response took 40 ms: others used this machine"}},
		{"a few strained seconds", func(s *Summary, _ *Facts) {
			s.Health.Busy, s.Health.Strained = 6, 6
		}, Valid, nil},

		{"a process that stood still", func(s *Summary, _ *Facts) {
			s.Health.Stalled, s.Health.StallMax = 900*time.Millisecond, 650*time.Millisecond
		}, Degraded, []string{"this process stood still for 900 ms of 60.0 s (650 ms at most): nothing was sent or read meanwhile"}},
		{"one short stall in a minute", func(s *Summary, _ *Facts) {
			s.Health.Stalled, s.Health.StallMax = 250*time.Millisecond, 250*time.Millisecond
		}, Valid, nil},
		{"a process that stood still for long", func(s *Summary, _ *Facts) {
			s.Health.Stalled, s.Health.StallMax = 12*time.Second, 12*time.Second
		}, Invalid, []string{"this process stood still for 12.0 s of 60.0 s (12.0 s at most): nothing was sent or read meanwhile"}},
		{"a machine that slept", func(s *Summary, _ *Facts) {
			s.Health.ClockGapMax = 150 * time.Second
		}, Degraded, []string{"the clock jumped or the machine slept for 2m30s; latencies around that moment are not the target's"}},
		{"a clock that drifts", func(s *Summary, _ *Facts) { s.Health.ClockGapMax = 5 * time.Millisecond }, Valid, nil},

		{"descriptors ran out", func(s *Summary, _ *Facts) {
			s.Health.Generator, s.Health.FDsPeak, s.Health.FDLimit = 37, 1020, 1024
		}, Degraded, []string{"37 of 60,000 requests failed on this machine's own limits, not the target's (1,020 of 1,024 descriptors in use; raise the limit with ulimit -n)"}},
		{"ports ran out", func(s *Summary, _ *Facts) {
			s.Health.Generator, s.Health.PortsPeak, s.Health.PortRange = 10_000, 28_000, 28_232
		}, Invalid, []string{"10,000 of 60,000 requests failed on this machine's own limits, not the target's (28,000 of 28,232 local ports in use; reuse connections or widen the range)"}},
		{"what ran out is known by the errors alone", func(s *Summary, _ *Facts) {
			s.Health.Generator, s.Health.FDsPeak, s.Health.FDLimit = 37, 53, 64
			s.Errs = []ErrorStats{
				{Class: Timeout, Message: "timeout: waiting for the answer", Count: 60},
				{Class: Generator, Message: "too many open files: raise the limit with ulimit -n", Count: 37},
			}
		}, Degraded, []string{"37 of 60,000 requests failed on this machine's own limits, not the target's (too many open files: raise the limit with ulimit -n)"}},
		{
			"something else ran out", func(s *Summary, _ *Facts) { s.Health.Generator = 1 },
			Degraded,
			[]string{"1 of 60,000 requests failed on this machine's own limits, not the target's"},
		},

		{"arrivals that the pool had no user for", func(s *Summary, f *Facts) {
			s.Loads[0].Dropped, f.MaxUsers = 312, []int{50}
		}, Degraded, []string{"312 of 60,000 iterations of shopper (0.5 %) were dropped, all users were busy (max users 50): the target saw less load than planned, and their latencies are missing"}},
		{"arrivals that were not started in time", func(s *Summary, f *Facts) {
			s.Loads[0].Dropped, f.MaxUsers = 30_000, []int{500}
		}, Degraded, []string{"30,000 of 60,000 iterations of shopper (50 %) were dropped, they could not be started in time: the target saw less load than planned, and their latencies are missing"}},
		{"less than a thousandth of the arrivals", func(s *Summary, _ *Facts) { s.Loads[0].Dropped = 60 }, Valid, nil},
		{"arrivals that waited long for a user", func(s *Summary, f *Facts) {
			s.Loads[0].Late, f.MaxUsers = 45_000, []int{50}
		}, Degraded, []string{"45,000 of 60,000 iterations of shopper (75 %) started late, all users were busy (max users 50): meanwhile the target saw a lower rate than planned"}},
		{"a few arrivals that waited for a user", func(s *Summary, f *Facts) {
			s.Loads[0].Late, f.MaxUsers = 600, []int{50}
		}, Valid, nil},
		{"late arrivals while there were users to spare", func(s *Summary, f *Facts) {
			s.Loads[0].Late, f.MaxUsers = 45_000, []int{51}
		}, Valid, nil},
		{"users that are slower than their pace", func(s *Summary, f *Facts) {
			s.Loads[0].Late, f.MaxUsers = 45_000, []int{0}
		}, Valid, nil},
		{"a small load beside a large one", func(s *Summary, f *Facts) {
			s.Loads = append(s.Loads, LoadStats{Scenario: "hooks", Active: 2, Scheduled: 10, Dropped: 5})
			f.MaxUsers = []int{0, 2}
		}, Degraded, []string{"5 of 10 iterations of hooks (50 %) were dropped, all users were busy (max users 2): the target saw less load than planned, and their latencies are missing"}},

		{
			"a second without data", func(s *Summary, _ *Facts) { s.Health.Seconds, s.Health.Missing = 59, 1 },
			Degraded,
			[]string{"1 of 60 seconds have no data"},
		},
		{
			"mostly no data", func(s *Summary, _ *Facts) { s.Health.Seconds, s.Health.Missing = 20, 40 },
			Invalid,
			[]string{"40 of 60 seconds have no data"},
		},
		{
			"seconds some workers did not report", func(s *Summary, _ *Facts) { s.Health.Partial = 3 },
			Degraded,
			[]string{"in 3 of 60 seconds not all workers reported"},
		},
		{
			"a lost worker", func(_ *Summary, f *Facts) { f.Workers, f.Lost = 8, 2 },
			Degraded,
			[]string{"2 of 8 workers were lost"},
		},
		{
			"no worker left", func(_ *Summary, f *Facts) { f.Workers, f.Lost = 8, 8 },
			Invalid,
			[]string{"8 of 8 workers were lost"},
		},

		{
			"too many names", func(s *Summary, _ *Facts) { s.Health.NamesOverflow = 12_000 },
			Degraded,
			[]string{`12,000 of 60,000 requests are counted under "(other)", as there are more than 2,000 names: use path templates, or name the requests`},
		},
		{"a few names too many", func(s *Summary, _ *Facts) { s.Health.NamesOverflow = 500 }, Valid, nil},

		{
			"nothing", func(s *Summary, _ *Facts) { *s = Summary{} },
			Invalid,
			[]string{"nothing was measured: no request was sent"},
		},
		{
			"a run that was cut in its warm-up", func(s *Summary, _ *Facts) {
				*s = Summary{Duration: 4 * time.Second, Warmup: 4 * time.Second}
			},
			Invalid,
			[]string{"nothing was measured: all of the run was warm-up"},
		},
		{
			"users that never got ready", func(s *Summary, _ *Facts) {
				*s = Summary{SetupFailed: 12, Stages: []NameSummary{{Name: "POST /login", Stage: Setup, Count: 12}}}
			},
			Invalid,
			[]string{"nothing was measured: no user got through its setup (12 failed tries)"},
		},
		{
			"users that had nothing to do", func(s *Summary, _ *Facts) {
				*s = Summary{Stages: []NameSummary{{Name: "POST /login", Stage: Setup, Count: 12}}}
			},
			Invalid,
			[]string{"nothing was measured: no request was sent but in setup and teardown"},
		},
		{"nothing yet", func(s *Summary, f *Facts) { *s, f.Running = Summary{}, true }, Valid, nil},
		{
			"iterations without requests", func(s *Summary, _ *Facts) { *s = Summary{Iterations: 1200} },
			Invalid,
			[]string{"nothing was measured: 1,200 iterations sent no request"},
		},
		{"a target that never answers", func(s *Summary, _ *Facts) {
			*s = Summary{Cancelled: 50, Names: []NameSummary{{Name: "GET /"}}}
		}, Invalid, []string{"nothing was measured: none of 50 requests finished before the end of the run"}},
		{"nothing but steps", func(s *Summary, _ *Facts) {
			*s = Summary{Iterations: 5, Names: []NameSummary{{Name: "query", Kind: Group, Count: 5}}}
		}, Valid, nil},

		{"the worst reason comes first", func(s *Summary, f *Facts) {
			f.Workers, f.Lost = 2, 1
			s.Health.Seconds, s.Health.Missing = 10, 50
		}, Invalid, []string{"50 of 60 seconds have no data", "1 of 2 workers were lost"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var facts Facts
			s := measured()
			c.run(s, &facts)
			got := Assess(s, facts)
			if got.State != c.state || strings.Join(got.Reasons, "\n") != strings.Join(c.reasons, "\n") {
				t.Errorf("got %s\n\t%s\nwant %s\n\t%s", got.State, strings.Join(got.Reasons, "\n\t"), c.state, strings.Join(c.reasons, "\n\t"))
			}
			if got.Reasons == nil {
				t.Error("reasons are nil: null in JSON")
			}
		})
	}
}

func TestWordsForNumbers(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{number(0), "0"},
		{number(999), "999"},
		{number(1000), "1,000"},
		{number(1234567), "1,234,567"},
		{percent(0.00123), "0.1 %"},
		{percent(0.0996), "10 %"},
		{percent(1), "100 %"},
		{duration(250 * time.Nanosecond), "0 µs"},
		{duration(42 * time.Microsecond), "42 µs"},
		{duration(1500 * time.Microsecond), "1.5 ms"},
		{duration(48 * time.Millisecond), "48 ms"},
		{duration(2 * time.Second), "2.0 s"},
		{duration(90 * time.Minute), "1h30m0s"},
		{seconds(1), "1 second"},
		{seconds(3600), "3,600 seconds"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}
