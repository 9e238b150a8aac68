package loadforge

import (
	"fmt"
	"strings"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
)

// A Result is a finished run in numbers.
type Result struct {
	// Passed says that every threshold held and the test's setup and teardown
	// succeeded.
	Passed bool
	// Verdict is "valid", "degraded" or "invalid": whether this machine
	// measured the target or itself. Reasons says why.
	Verdict string
	Reasons []string

	Requests          uint64
	Errors            uint64
	ErrorRate         float64 // Errors / Requests
	RequestsPerSecond float64
	Iterations        uint64
	DroppedIterations uint64
	Duration          time.Duration

	// Response is the time from when a request was due to its last byte,
	// Service from its first byte sent.
	Response Latency
	Service  Latency

	// Names has each request name.
	Names []NameResult
	// Thresholds has each threshold of the test, in its order.
	Thresholds []ThresholdResult
}

// Latency is a distribution of times.
type Latency struct {
	Min, Mean, P50, P90, P95, P99, P999, Max time.Duration
}

// A NameResult is one request name of a [Result].
type NameResult struct {
	Name      string
	Count     uint64
	Errors    uint64
	ErrorRate float64
	Response  Latency
	Service   Latency
}

// A ThresholdResult is one threshold of a [Result].
type ThresholdResult struct {
	Rule   string
	Value  float64 // in Unit: "ms", "%", "/s" or ""
	Unit   string
	Passed bool
}

// Name returns the result of one request name, and whether there is any.
func (r *Result) Name(name string) (NameResult, bool) {
	for _, n := range r.Names {
		if n.Name == name {
			return n, true
		}
	}
	return NameResult{}, false
}

// String returns the result as a few lines of text.
func (r *Result) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "passed: %t, verdict: %s", r.Passed, r.Verdict)
	if len(r.Reasons) > 0 {
		fmt.Fprintf(&b, " (%s)", strings.Join(r.Reasons, "; "))
	}
	fmt.Fprintf(&b, "\n%d requests in %s, %.1f/s, %d errors (%.2f %%)\n",
		r.Requests, r.Duration.Round(time.Millisecond), r.RequestsPerSecond, r.Errors, 100*r.ErrorRate)
	fmt.Fprintf(&b, "response p50 %s, p95 %s, p99 %s, max %s", r.Response.P50, r.Response.P95, r.Response.P99, r.Response.Max)
	for _, t := range r.Thresholds {
		fmt.Fprintf(&b, "\nthreshold %s: %.4g %s, passed: %t", t.Rule, t.Value, t.Unit, t.Passed)
	}
	return b.String()
}

func resultOf(o metrics.Outcome) *Result {
	r := &Result{Passed: o.Passed, Verdict: string(o.Verdict.State), Reasons: o.Verdict.Reasons}
	for _, t := range o.Thresholds {
		r.Thresholds = append(r.Thresholds, ThresholdResult{t.Rule, t.Value, t.Unit, t.Passed})
	}
	if s := o.Summary; s != nil {
		r.fill(s)
	}
	return r
}

func (r *Result) fill(s *metrics.Summary) {
	r.Requests, r.Errors, r.ErrorRate, r.RequestsPerSecond = s.Requests, s.Errors, s.ErrorRate, s.PerSecond
	r.Iterations, r.DroppedIterations, r.Duration = s.Iterations, s.Dropped, s.Duration
	r.Response, r.Service = latencyOf(s.Response), latencyOf(s.Service)
	for i := range s.Names {
		n := &s.Names[i]
		r.Names = append(r.Names, NameResult{
			Name: n.Name, Count: n.Count, Errors: n.Errors, ErrorRate: n.ErrorRate,
			Response: latencyOf(n.Response), Service: latencyOf(n.Service),
		})
	}
}

func latencyOf(l metrics.Latency) Latency {
	return Latency{l.Min, l.Mean, l.P50, l.P90, l.P95, l.P99, l.P999, l.Max}
}
