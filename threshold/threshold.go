// Package threshold says what passing means, as data.
//
// A [Rule] compares one number of a run with a limit: the 95th percentile of
// the response time, the share of failed requests, the share of checks that
// held. Rules are plain values. They are written in a test,
//
//	Thresholds: []threshold.Rule{
//		threshold.P95(300 * time.Millisecond),
//		threshold.P99(time.Second).On("POST /webhooks/{source}"),
//		threshold.CheckRate(0.999),
//		threshold.ErrorRate(0.05).AbortAfter(30 * time.Second),
//	}
//
// or as text, on the command line and in configuration files, see [Parse]:
//
//	p95<300ms
//	p99<1s on "POST /webhooks/{source}" over 30s
//	error_rate<5% abort after 30s
//	iteration_error_rate<1% on "shopper"
//
// ErrorRate is about requests. An iteration that panics, or whose task returns
// an error, may have sent none that failed: that is what IterationErrorRate is
// about.
//
// [Rule.String] and [Parse] are inverse: the text of a valid rule parses to
// that rule. A rule does not know how its number is measured; whoever measures
// hands it to [Rule.Judge].
//
// # What is judged when
//
// Without a window a rule is judged on the whole run so far, and at the end on
// the whole run. With a window ([Rule.Over]) it is judged every second on the
// last seconds of the run, and it has failed as soon as it failed once. A rule
// with [Rule.AbortAfter] ends the run when it fails after its grace time.
//
// No data fails: a rule for a request that was never sent does not pass. It
// does not abort the run either, the request may still come.
//
// Everything in this package is a pure function of its arguments and safe for
// concurrent use.
package threshold

import "time"

// A Rule is one condition that a run has to meet. Build one with P95,
// ErrorRate and their like, or as a literal, which [Rule.Validate] checks. The
// zero value has no metric and is not valid. Rules are comparable with ==.
type Rule struct {
	// Metric is the number that is compared.
	Metric Metric
	// Quantile is the quantile of LatencyQuantile, between 0 and 1: 0.95 is
	// p95. It is zero for every other metric.
	Quantile float64
	// Op is how the number compares with Limit. Zero means [Below].
	Op Op
	// Limit is in the unit of the metric: nanoseconds for latencies, a share
	// between 0 and 1 for error and check rates, requests per second for
	// request rates, a whole number for counts.
	Limit float64
	// Name restricts the rule to one request, for CheckShare to one check, for
	// IterationErrorShare to one scenario. Empty means all of them.
	Name string
	// Window is the length of the sliding window that is judged, in whole
	// seconds. Zero means the whole run.
	Window time.Duration
	// Abort ends the run when the rule fails.
	Abort bool
	// Grace is how long after the start of the run Abort takes effect.
	Grace time.Duration
	// Service judges service time (the request on the wire) in place of
	// response time (from the intended start). Latencies only.
	Service bool
}

// P50 asks for a median response time below limit.
func P50(limit time.Duration) Rule { return Quantile(0.5, limit) }

// P75 asks for a 75th percentile of the response time below limit.
func P75(limit time.Duration) Rule { return Quantile(0.75, limit) }

// P90 asks for a 90th percentile of the response time below limit.
func P90(limit time.Duration) Rule { return Quantile(0.9, limit) }

// P95 asks for a 95th percentile of the response time below limit.
func P95(limit time.Duration) Rule { return Quantile(0.95, limit) }

// P99 asks for a 99th percentile of the response time below limit.
func P99(limit time.Duration) Rule { return Quantile(0.99, limit) }

// P999 asks for a 99.9th percentile of the response time below limit.
func P999(limit time.Duration) Rule { return Quantile(0.999, limit) }

// Quantile asks for quantile q of the response time, 0 < q < 1, below limit.
func Quantile(q float64, limit time.Duration) Rule {
	return Rule{Metric: LatencyQuantile, Quantile: q, Limit: float64(limit)}
}

// Mean asks for a mean response time below limit.
func Mean(limit time.Duration) Rule { return Rule{Metric: LatencyMean, Limit: float64(limit)} }

// Min asks for a fastest response below limit.
func Min(limit time.Duration) Rule { return Rule{Metric: LatencyMin, Limit: float64(limit)} }

// Max asks for a slowest response below limit.
func Max(limit time.Duration) Rule { return Rule{Metric: LatencyMax, Limit: float64(limit)} }

// ErrorRate asks for a share of failed requests below limit: 0.01 is 1 %.
// ErrorRate(0) tolerates no error at all.
func ErrorRate(limit float64) Rule {
	r := Rule{Metric: ErrorShare, Limit: limit}
	if limit == 0 {
		r.Op = AtMost
	}
	return r
}

// IterationErrorRate asks for a share of failed iterations, of those that came
// to an end, below limit: 0.01 is 1 %. An iteration fails when its task returns
// an error or panics. IterationErrorRate(0) tolerates none at all.
func IterationErrorRate(limit float64) Rule {
	r := ErrorRate(limit)
	r.Metric = IterationErrorShare
	return r
}

// CheckRate asks that at least this share of checks held: 0.999 is 99.9 %.
func CheckRate(least float64) Rule {
	return Rule{Metric: CheckShare, Op: AtLeast, Limit: least}
}

// MinRate asks for at least this many requests per second.
func MinRate(perSecond float64) Rule {
	return Rule{Metric: RequestRate, Op: AtLeast, Limit: perSecond}
}

// MaxRate asks for at most this many requests per second.
func MaxRate(perSecond float64) Rule {
	return Rule{Metric: RequestRate, Op: AtMost, Limit: perSecond}
}

// MinCount asks for at least n requests.
func MinCount(n int) Rule {
	return Rule{Metric: RequestCount, Op: AtLeast, Limit: float64(n)}
}

// MaxDropped asks for at most n dropped iterations.
func MaxDropped(n int) Rule {
	return Rule{Metric: DroppedCount, Op: AtMost, Limit: float64(n)}
}

// On returns the rule for one request, named by its method and path template
// ("GET /orders/{id}") or by the name it was given; for CheckRate, for one
// check; for IterationErrorRate, for one scenario.
func (r Rule) On(name string) Rule {
	r.Name = name
	return r
}

// Over returns the rule judged on a sliding window, in whole seconds, in place
// of the whole run.
func (r Rule) Over(window time.Duration) Rule {
	r.Window = window
	return r
}

// AbortAfter returns the rule that ends the run when it fails. In the first
// grace of the run it is not judged for that, because a few early requests say
// little; zero judges from the first second.
func (r Rule) AbortAfter(grace time.Duration) Rule {
	r.Abort, r.Grace = true, grace
	return r
}

// OfService returns the rule for service time in place of response time.
func (r Rule) OfService() Rule {
	r.Service = true
	return r
}
