package threshold

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestRulesHaveOneText(t *testing.T) {
	for _, tt := range []struct {
		rule Rule
		want string
	}{
		{P50(20 * time.Millisecond), "p50<20ms"},
		{P75(25 * time.Millisecond), "p75<25ms"},
		{P90(time.Minute), "p90<1m"},
		{P95(300 * time.Millisecond), "p95<300ms"},
		{P99(1500 * time.Millisecond), "p99<1.5s"},
		{P999(2 * time.Hour), "p99.9<2h"},
		{Quantile(0.9999, 90*time.Second), "p99.99<1m30s"},
		{Quantile(0.05, 250*time.Microsecond), "p5<250us"},
		{Quantile(0.005, 10*time.Minute), "p0.5<10m"},
		{Quantile(0.29, 3*time.Nanosecond), "p29<3ns"},
		{Mean(time.Hour + 10*time.Minute), "mean<1h10m"},
		{Min(time.Millisecond), "min<1ms"},
		{Max(2 * time.Second), "max<2s"},
		{P95(time.Second).OfService(), "service p95<1s"},
		{ErrorRate(0.01), "error_rate<1%"},
		{ErrorRate(0.07), "error_rate<7%"},
		{ErrorRate(0.00125), "error_rate<0.125%"},
		{ErrorRate(0), "error_rate<=0%"},
		{ErrorRate(1), "error_rate<100%"},
		{IterationErrorRate(0.01), "iteration_error_rate<1%"},
		{IterationErrorRate(0), "iteration_error_rate<=0%"},
		{IterationErrorRate(0.05).On("shopper").Over(10 * time.Second).AbortAfter(0), `iteration_error_rate<5% on "shopper" over 10s abort`},
		{CheckRate(0.999), "check_rate>=99.9%"},
		{CheckRate(1), "check_rate>=100%"},
		{MinRate(500), "request_rate>=500/s"},
		{MaxRate(0.5), "request_rate<=0.5/s"},
		{MinCount(1_000_000), "count>=1000000"},
		{MaxDropped(0), "dropped<=0"},
		{Rule{Metric: RequestRate, Op: Above, Limit: 3}, "request_rate>3/s"},
		{P99(time.Second).On("POST /x/{id}").Over(30 * time.Second).AbortAfter(time.Minute), `p99<1s on "POST /x/{id}" over 30s abort after 1m`},
		{ErrorRate(0.05).AbortAfter(0), "error_rate<5% abort"},
		{CheckRate(0.5).On("it's \"quoted\"\n\xff"), `check_rate>=50% on "it's \"quoted\"\n\xff"`},
	} {
		if got := tt.rule.String(); got != tt.want {
			t.Errorf("String() = %s, want %s", got, tt.want)
		}
		got, err := Parse(tt.want)
		if err != nil || got != tt.rule {
			t.Errorf("Parse(%s) = %+v, %v, want %+v", tt.want, got, err, tt.rule)
		}
	}
}

func TestRulesThatMakeNoSenseAreInvalid(t *testing.T) {
	for _, tt := range []struct {
		rule Rule
		want string
	}{
		{Rule{}, "it has no metric"},
		{Rule{Metric: 77}, "it has no metric"},
		{Rule{Metric: LatencyMean, Op: 9, Limit: 1}, "op(9) is no comparison"},
		{Quantile(0, time.Second), "quantile 0 is not between 0 and 1"},
		{Quantile(95, time.Second), "quantile 95 is not between 0 and 1; 0.95 is p95"},
		{Quantile(math.NaN(), time.Second), "quantile NaN"},
		{Rule{Metric: LatencyMax, Quantile: 0.5, Limit: 1}, "max takes no quantile"},
		{P95(0), "limit is not above zero"},
		{P95(-time.Second), "limit is not above zero"},
		{P95(math.MaxInt64), "limit is above 104 days"},
		{Rule{Metric: LatencyMean, Limit: 1.5}, "limit is not a whole number of nanoseconds"},
		{Rule{Metric: LatencyMean, Limit: math.NaN()}, "limit NaN is not a finite number"},
		{ErrorRate(math.NaN()), "limit NaN is not a finite number"},
		{ErrorRate(math.Inf(1)), "limit +Inf is not a finite number"},
		{ErrorRate(math.Inf(-1)), "limit -Inf is not a finite number"},
		{ErrorRate(5), "limit is above 100%; 0.01 is 1%"},
		{ErrorRate(-0.01), "limit is negative"},
		{IterationErrorRate(5), "limit is above 100%; 0.01 is 1%"},
		{IterationErrorRate(0.5).OfService(), "iteration_error_rate has no service time"},
		{MinRate(-1), "limit is negative"},
		{Rule{Metric: RequestCount, Op: AtLeast, Limit: 1.5}, "limit 1.5 is not a whole number"},
		{MaxDropped(-1), "limit is negative"},
		{Rule{Metric: ErrorShare}, "nothing is below zero; to allow none write error_rate<=0%"},
		{Rule{Metric: DroppedCount}, "nothing is below zero; to allow none write dropped<=0"},
		{Rule{Metric: CheckShare, Op: Above, Limit: 1}, "nothing is above 100%; to ask for all write check_rate>=100%"},
		{MaxDropped(3).On("GET /"), `dropped iterations have no request; leave out on "GET /"`},
		{P95(time.Second).Over(1500 * time.Millisecond), "window 1.5s is not a whole number of seconds"},
		{P95(time.Second).Over(-time.Second), "window -1s is not a whole number of seconds"},
		{P95(time.Second).AbortAfter(-time.Second), "grace time -1s is negative"},
		{Rule{Metric: LatencyMean, Limit: 1, Grace: 1}, "it has a grace time and no abort"},
		{MinCount(10).AbortAfter(time.Second), "a lower limit for the count is only known at the end of the run"},
		{ErrorRate(0.5).OfService(), "error_rate has no service time"},
	} {
		err := tt.rule.Validate()
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("Validate(%s) = %v, want an error with %q", tt.rule, err, tt.want)
		}
	}
}

func TestRulesThatLookOddButMakeSenseAreValid(t *testing.T) {
	for _, r := range []Rule{
		{Metric: ErrorShare, Op: Above, Limit: 0.5}, // a rate limiter is expected to refuse
		{Metric: LatencyMin, Op: AtLeast, Limit: 1},
		MinCount(10).Over(10 * time.Second).AbortAfter(time.Second),
		MaxDropped(10).Over(time.Second),
		MinRate(0),
		CheckRate(0).On(" "),
	} {
		if err := r.Validate(); err != nil {
			t.Errorf("Validate() = %v, want nil", err)
		}
	}
}

func TestJudge(t *testing.T) {
	const ms = 1e6
	for _, tt := range []struct {
		name  string
		rule  Rule
		value float64
		ok    bool
		want  Outcome
	}{
		{"below an upper limit passes", P95(300 * time.Millisecond), 81 * ms, true, Outcome{Passed: true, Value: 81 * ms, Distance: 219 * ms}},
		{"at a strict upper limit fails", P95(300 * time.Millisecond), 300 * ms, true, Outcome{Value: 300 * ms}},
		{"above an upper limit fails", P95(300 * time.Millisecond), 400 * ms, true, Outcome{Value: 400 * ms, Distance: -100 * ms}},
		{"at an inclusive upper limit passes", ErrorRate(0), 0, true, Outcome{Passed: true}},
		{"above an inclusive upper limit fails", MaxDropped(3), 4, true, Outcome{Value: 4, Distance: -1}},
		{"at an inclusive lower limit passes", CheckRate(1), 1, true, Outcome{Passed: true, Value: 1}},
		{"a share of failed iterations fails", IterationErrorRate(0.05), 0.25, true, Outcome{Value: 0.25, Distance: -0.2}},
		{"below a lower limit fails", MinRate(500), 400, true, Outcome{Value: 400, Distance: -100}},
		{"above a lower limit passes", MinCount(5), 7, true, Outcome{Passed: true, Value: 7, Distance: 2}},
		{"at a strict lower limit fails", Rule{Metric: RequestRate, Op: Above, Limit: 5}, 5, true, Outcome{Value: 5}},
		{"above a strict lower limit passes", Rule{Metric: RequestRate, Op: Above, Limit: 5}, 6, true, Outcome{Passed: true, Value: 6, Distance: 1}},
		{"no data fails an upper limit", P95(time.Second), 0, false, Outcome{NoData: true}},
		{"no data fails even where zero would pass", MaxDropped(5), 0, false, Outcome{NoData: true}},
		{"what is no number is no data", ErrorRate(0.5), math.NaN(), true, Outcome{NoData: true}},
		{"what is infinite is no data", MinRate(5), math.Inf(1), true, Outcome{NoData: true}},
		{"an unknown comparison never passes", Rule{Metric: RequestRate, Op: 9, Limit: 5}, 5, true, Outcome{Value: 5}},
	} {
		if got := tt.rule.Judge(tt.value, tt.ok); got != tt.want {
			t.Errorf("%s: Judge(%v, %v) = %+v, want %+v", tt.name, tt.value, tt.ok, got, tt.want)
		}
	}
}

func TestAborts(t *testing.T) {
	rule := ErrorRate(0.05).AbortAfter(30 * time.Second)
	failed, passed, empty := rule.Judge(0.5, true), rule.Judge(0, true), rule.Judge(0, false)
	for _, tt := range []struct {
		name    string
		rule    Rule
		outcome Outcome
		elapsed time.Duration
		want    bool
	}{
		{"a failure after the grace aborts", rule, failed, 31 * time.Second, true},
		{"a failure at the end of the grace aborts", rule, failed, 30 * time.Second, true},
		{"a failure in the grace does not", rule, failed, 29 * time.Second, false},
		{"a pass does not", rule, passed, time.Minute, false},
		{"no data does not", rule, empty, time.Minute, false},
		{"without grace the first failure aborts", ErrorRate(0.05).AbortAfter(0), failed, 0, true},
		{"a rule that does not abort does not", ErrorRate(0.05), failed, time.Minute, false},
	} {
		if got := tt.rule.Aborts(tt.outcome, tt.elapsed); got != tt.want {
			t.Errorf("%s: Aborts = %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestDisplayUnits(t *testing.T) {
	for _, tt := range []struct {
		metric Metric
		value  float64
		want   float64
		unit   string
	}{
		{LatencyQuantile, 81.4e6, 81.4, "ms"},
		{LatencyMax, 2e9, 2000, "ms"},
		{ErrorShare, 0.25, 25, "%"},
		{CheckShare, 1, 100, "%"},
		{IterationErrorShare, 0.5, 50, "%"},
		{RequestRate, 500, 500, "/s"},
		{DroppedCount, 7, 7, ""},
	} {
		got, unit := tt.metric.Display(tt.value)
		if got != tt.want || unit != tt.unit {
			t.Errorf("%s.Display(%v) = %v %q, want %v %q", tt.metric, tt.value, got, unit, tt.want, tt.unit)
		}
	}
}

func TestUnknownConstantsHaveText(t *testing.T) {
	if got := Metric(99).String(); got != "metric(99)" {
		t.Errorf("Metric(99) = %s", got)
	}
	if got := LatencyQuantile.String(); got != "quantile" {
		t.Errorf("LatencyQuantile = %s", got)
	}
	for _, r := range []Rule{{}, ErrorRate(math.NaN()), ErrorRate(math.Inf(-1)), ErrorRate(-0.5), MinRate(math.Inf(1))} {
		if r.String() == "" {
			t.Errorf("%#v has no text", r)
		}
	}
}

func TestRulesTravelAsText(t *testing.T) {
	want := []Rule{P95(300 * time.Millisecond), ErrorRate(0.01).On("GET /")}
	data, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got []Rule
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	if got[0] != want[0] || got[1] != want[1] {
		t.Errorf("got %v, want %v", got, want)
	}
	if _, err := json.Marshal(Rule{}); err == nil {
		t.Error("an invalid rule was marshalled")
	}
	if err := json.Unmarshal([]byte(`["p95"]`), &got); err == nil {
		t.Error("an invalid text was unmarshalled")
	}
}

func TestTextParsesBackToTheSameRule(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := anyRule(t)
		if err := want.Validate(); err != nil {
			t.Fatalf("the generator made an invalid rule: %v", err)
		}
		got, err := Parse(want.String())
		if err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Fatalf("%s: got %+v, want %+v", want, got, want)
		}
	})
}

// anyRule draws a valid rule.
func anyRule(t *rapid.T) Rule {
	r := Rule{
		Metric: Metric(rapid.IntRange(int(LatencyQuantile), int(IterationErrorShare)).Draw(t, "metric")),
		Op:     Op(rapid.IntRange(0, int(AtLeast)).Draw(t, "op")),
		Window: time.Duration(rapid.IntRange(0, 1e6).Draw(t, "window")) * time.Second,
	}
	if r.Metric != DroppedCount {
		r.Name = rapid.String().Draw(t, "name")
	}
	switch {
	case r.Metric.Latency():
		r.Service = rapid.Bool().Draw(t, "service")
		r.Limit = float64(rapid.Int64Range(1, maxExact).Draw(t, "nanoseconds"))
	case r.Metric.Share():
		r.Limit = rapid.Float64Range(0, 1).Draw(t, "share")
	case r.Metric == RequestRate:
		r.Limit = rapid.Float64Range(0, math.MaxFloat64).Draw(t, "rate")
	default:
		r.Limit = float64(rapid.Int64Range(0, maxExact).Draw(t, "count"))
	}
	if r.Metric == LatencyQuantile {
		r.Quantile = rapid.Float64Range(math.SmallestNonzeroFloat64, math.Nextafter(1, 0)).Draw(t, "quantile")
	}
	if r.checkPossible() != nil {
		r.Op = AtMost
	}
	if rapid.Bool().Draw(t, "abort") {
		r = r.AbortAfter(time.Duration(rapid.Int64Range(0, math.MaxInt64).Draw(t, "grace")))
	}
	if r.checkAbort() != nil {
		r.Abort, r.Grace = false, 0
	}
	return r
}
