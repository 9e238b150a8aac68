package threshold

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestParseIsTolerant(t *testing.T) {
	for _, tt := range []struct {
		text string
		want Rule
	}{
		{"p95<300ms", P95(300 * time.Millisecond)},
		{"  P95 < 300 ms ", P95(300 * time.Millisecond)},
		{"p(95)<300", P95(300 * time.Millisecond)},
		{"p(99.9) < 1.5s", P999(1500 * time.Millisecond)},
		{"p999<2s", P999(2 * time.Second)},
		{"p9999<2s", Quantile(0.9999, 2*time.Second)},
		{"p95%<2s", P95(2 * time.Second)},
		{"med<20ms", P50(20 * time.Millisecond)},
		{"avg<20ms", Mean(20 * time.Millisecond)},
		{"response time p95<1m30s", P95(90 * time.Second)},
		{"latency p95<1s", P95(time.Second)},
		{"Service-Time P99 ≤ 200ms", Rule{Metric: LatencyQuantile, Quantile: 0.99, Op: AtMost, Limit: 2e8, Service: true}},
		{"service_p99<200ms", P99(200 * time.Millisecond).OfService()},
		{"max<0.5", Max(500 * time.Microsecond)},
		{"max<20µs", Max(20 * time.Microsecond)},
		{"error rate < 1 %", ErrorRate(0.01)},
		{"error-rate<0.01", ErrorRate(0.01)},
		{"errors<1e-2", ErrorRate(0.01)},
		{"errors<1e0%", ErrorRate(0.01)},
		{"errors<1 percent", ErrorRate(0.01)},
		{"errors<=0", ErrorRate(0)},
		{"iteration_error_rate<5%", IterationErrorRate(0.05)},
		{"Iteration errors < 0.05", IterationErrorRate(0.05)},
		{"iteration failure rate<=0", IterationErrorRate(0)},
		{"failed iterations<1% on shopper over 10s", IterationErrorRate(0.01).On("shopper").Over(10 * time.Second)},
		{"checks≥99.9%", CheckRate(0.999)},
		{"checks>=1", CheckRate(1)},
		{"checks > 0.9", Rule{Metric: CheckShare, Op: Above, Limit: 0.9}},
		{"rps>=500", MinRate(500)},
		{"request_rate>=30/m", MinRate(0.5)},
		{"request_rate>=30/min", MinRate(0.5)},
		{"request_rate>=7200/h", MinRate(2)},
		{"rate>=500/s", MinRate(500)},
		{"rate >= 500 req/s", MinRate(500)},
		{"rate>100", Rule{Metric: RequestRate, Op: Above, Limit: 100}},
		{"rate>=1", MinRate(1)},
		{"throughput<=500rps", MaxRate(500)},
		{"requests>=10", MinCount(10)},
		{"dropped iterations<=3", MaxDropped(3)},
		{"p95<300ms on GET /items over 30", P95(300 * time.Millisecond).On("GET /items").Over(30 * time.Second)},
		{"p95<300ms on GET /items on sale abort", P95(300 * time.Millisecond).On("GET /items on sale").AbortAfter(0)},
		{"p95<300ms over 1m on 'GET \"/x\"'", P95(300 * time.Millisecond).On(`GET "/x"`).Over(time.Minute)},
		{"p95<300ms on `GET /x`", P95(300 * time.Millisecond).On("GET /x")},
		{"checks>=99% on \"page lists products\" abort  after 30", CheckRate(0.99).On("page lists products").AbortAfter(30 * time.Second)},
		{"errors<5% ABORT AFTER 30s OVER 10s", ErrorRate(0.05).AbortAfter(30 * time.Second).Over(10 * time.Second)},
		{"errors<5% abort over 10s", ErrorRate(0.05).AbortAfter(0).Over(10 * time.Second)},
	} {
		got, err := Parse(tt.text)
		if err != nil || got != tt.want {
			t.Errorf("Parse(%q) = %v, %v, want %v", tt.text, got, err, tt.want)
		}
	}
}

func TestParseErrorsSayWhereAndWhat(t *testing.T) {
	for _, tt := range []struct {
		text string
		want string // after the text
	}{
		{"", "column 1: the rule is empty; write one such as p95<300ms or error_rate<1%"},
		{"  ", "column 3: the rule is empty; write one such as p95<300ms or error_rate<1%"},
		{"<300ms", "column 1: there is no metric before the comparison; " + expectedMetrics},
		{"p95", `column 4: there is no comparison after "p95"; expected <, <=, > or >= and a limit, as in p95<300ms`},
		{"service p95 300ms", `column 8: there is no comparison after "service"; expected <, <=, > or >= and a limit, as in p95<300ms`},
		{"hello", `column 1: unknown metric "hello"; ` + expectedMetrics},
		{"eror_rate<1%", `column 1: unknown metric "eror_rate"; did you mean "error_rate"?`},
		{"error_rtae<1%", `column 1: unknown metric "error_rtae"; did you mean "error_rate"?`},
		{"droped<1", `column 1: unknown metric "droped"; did you mean "dropped"?`},
		{"maen<1s", `column 1: unknown metric "maen"; did you mean "mean"?`},
		{"q95<1s", `column 1: unknown metric "q95"; did you mean "p95"?`},
		{"p100<1s", `column 1: "p100" is no percentile; percentiles are between 0 and 100, as in p95 or p99.9; the extremes are min and max`},
		{"p0<1s", `column 1: "p0" is no percentile; percentiles are between 0 and 100, as in p95 or p99.9; the extremes are min and max`},
		{"p(95<1s", `column 1: "p(95" is no percentile; percentiles are between 0 and 100, as in p95 or p99.9; the extremes are min and max`},
		{"p95==300ms", "column 4: a rule is a limit from above or below; expected <, <=, > or >="},
		{"p95!=300ms", "column 4: a rule is a limit from above or below; expected <, <=, > or >="},
		{"p95<", `column 5: there is no limit after "<"; expected a duration such as 300ms, 1.5s or 2m`},
		{"p95<300mx", `column 5: "300mx" is no limit for p95; expected a duration such as 300ms, 1.5s or 2m`},
		{"p95 < fast", `column 7: "fast" is no limit for p95; expected a duration such as 300ms, 1.5s or 2m`},
		{"p95<-3ms", "column 5: limit is not above zero; no response takes less than no time"},
		{"errors<5", `column 8: "5" is no limit for error_rate; did you mean 5%?`},
		{"errors<1", `column 8: "1" is no limit for error_rate; that is every request; did you mean 1%? Otherwise write 100%`},
		{"checks>=99.9", `column 9: "99.9" is no limit for check_rate; did you mean 99.9%?`},
		{"errors<500", "column 8: limit is above 100%; 0.01 is 1%"},
		{"errors<many", `column 8: "many" is no limit for error_rate; expected a percentage such as 1%, or a share such as 0.01`},
		{"errors<x%", `column 8: "x%" is no limit for error_rate; expected a percentage such as 1%, or a share such as 0.01`},
		{"errors<1e%", `column 8: "1e%" is no limit for error_rate; expected a percentage such as 1%, or a share such as 0.01`},
		{"errors<0%", "column 8: nothing is below zero; to allow none write error_rate<=0%"},
		{"rate<0.01", `column 6: "0.01" is no limit for rate; say which: error_rate<0.01 or request_rate<0.01/s`},
		{"rate<=5", `column 7: "5" is no limit for rate; say which: error_rate<=5% or request_rate<=5/s`},
		{"rate>0.99", `column 6: "0.99" is no limit for rate; say which: check_rate>0.99 or request_rate>0.99/s`},
		{"rate>fast", `column 6: "fast" is no limit for rate; expected a rate such as 500/s or 30/m`},
		{"iteration_errors<5", `column 18: "5" is no limit for iteration_error_rate; did you mean 5%?`},
		{"iteration_errors<1", `column 18: "1" is no limit for iteration_error_rate; that is every iteration; did you mean 1%? Otherwise write 100%`},
		{"iteration_eror_rate<5%", `column 1: unknown metric "iteration_eror_rate"; did you mean "iteration_error_rate"?`},
		{"rps>=fast", `column 6: "fast" is no limit for request_rate; expected a rate such as 500/s or 30/m`},
		{"rps>=1e999", `column 6: "1e999" is no limit for request_rate; expected a rate such as 500/s or 30/m`},
		{"count>=1.5", "column 8: limit 1.5 is not a whole number up to 9007199254740992"},
		{"count>=ten", `column 8: "ten" is no limit for count; expected a whole number`},
		{"p95<1s ovr 30s", `column 8: unexpected "ovr"; did you mean "over"?`},
		{"p95<1s abrot", `column 8: unexpected "abrot"; did you mean "abort"?`},
		{"p95<1s please", `column 8: unexpected "please"; expected on "NAME", over WINDOW, abort, or the end`},
		{"p95<1s && p99<2s", `column 8: unexpected "&&"; one rule holds one condition; give several rules`},
		{"p95<1s on", `column 10: there is no name after "on"; expected a name such as "GET /orders/{id}"`},
		{"p95<1s on over 30s", `column 11: there is no name after "on"; expected a name such as "GET /orders/{id}"`},
		{`p95<1s on "GET`, `column 11: the quoted name does not end or is malformed; write it as "GET /orders/{id}"`},
		{`p95<1s on 'GET`, `column 11: the quoted name does not end or is malformed; write it as "GET /orders/{id}"`},
		{`p95<1s on ""`, `column 11: the quoted name does not end or is malformed; write it as "GET /orders/{id}"`},
		{"p95<1s over", `column 12: there is no time after "over"; expected a duration such as 30s or 2m`},
		{"p95<1s over soon", `column 13: "soon" is not a time; expected a duration such as 30s or 2m`},
		{"p95<1s over 1.5s", "column 8: window 1.5s is not a whole number of seconds"},
		{"p95<1s over 0s", "column 8: the window has no length; leave it out for the whole run"},
		{"p95<1s over 5s over 6s", "column 16: this clause was given before; give it once"},
		{"p95<1s abort after", `column 19: there is no time after "after"; expected a duration such as 30s or 2m`},
		{"p95<1s abort after -5s", "column 8: grace time -5s is negative"},
		{"count>=5 abort", "column 10: a lower limit for the count is only known at the end of the run; leave out abort or count over a window"},
		{"dropped<=5 on checkout", `column 12: dropped iterations have no request; leave out on "checkout"`},
		{"service error_rate<1%", "column 1: error_rate has no service time; only latencies have"},
		{"µµµ p95<1s", `column 1: unknown metric "µµµ p95"; ` + expectedMetrics},
		{"p95<1s µ", `column 8: unexpected "µ"; expected on "NAME", over WINDOW, abort, or the end`},
	} {
		_, err := Parse(tt.text)
		var parseError *ParseError
		if !errors.As(err, &parseError) {
			t.Errorf("Parse(%q) = %v, want a *ParseError", tt.text, err)
			continue
		}
		_, got, _ := strings.Cut(err.Error(), `": `)
		for strings.HasPrefix(tt.text, "p95<1s on") && !strings.HasPrefix(got, "column") {
			_, got, _ = strings.Cut(got, `": `) // the text itself has quotes
		}
		if got != tt.want {
			t.Errorf("Parse(%q):\n got %s\nwant %s", tt.text, got, tt.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"p95<300ms", `p99<1s on "POST /x/{id}" over 30s abort after 30s`, "service p(99.9) <= 1.5 s",
		"error rate < 1 %", "checks>=99.9%", "rate>=30/m", "count>=10", "dropped<=0", "p95<1s on 'x' abort",
		"errors<1e-3%", "max<1h2m3.000004s", "p95≥µ",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		rule, err := Parse(text)
		if err != nil {
			var parseError *ParseError
			if !errors.As(err, &parseError) || parseError.Problem == "" || err.Error() == "" {
				t.Fatalf("Parse(%q) = %v, want a *ParseError that says what is wrong", text, err)
			}
			return
		}
		if err := rule.Validate(); err != nil {
			t.Fatalf("Parse(%q) returned an invalid rule: %v", text, err)
		}
		again, err := Parse(rule.String())
		if err != nil || again != rule {
			t.Fatalf("Parse(%q) = %+v, whose text %q parses to %+v, %v", text, rule, rule.String(), again, err)
		}
	})
}
