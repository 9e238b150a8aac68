package report

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/internal/page"
)

// resultSchema is the version of result.json. Fields are only ever added to it;
// docs/result.schema.json is its JSON Schema.
const resultSchema = 1

// JSON writes the result of a run as in result.json: what --json prints.
func JSON(w io.Writer, run metrics.Run, outcome metrics.Outcome) error {
	return (&Run{Run: run, Outcome: outcome}).writeJSON(w)
}

func (r *Run) writeJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false) // p95<300ms is to be read
	if err := e.Encode(newResult(r)); err != nil {
		return fmt.Errorf("encoding the result: %w", err)
	}
	return nil
}

// result is result.json. Numbers have their unit in the name; a number that
// cannot be told, like a percentile of too few values, is null.
type result struct {
	Schema      int               `json:"schema"`
	Test        string            `json:"test"`
	RunID       string            `json:"run_id"`
	Version     string            `json:"version"`
	Host        string            `json:"host"`
	Target      string            `json:"target"`
	Started     string            `json:"started"`
	Ended       string            `json:"ended"`
	DurationS   float64           `json:"duration_s"`
	PlannedS    float64           `json:"planned_duration_s"`
	WarmupS     float64           `json:"warmup_s"`
	Seed        uint64            `json:"seed"`
	Passed      bool              `json:"passed"`
	Verdict     metrics.Verdict   `json:"verdict"`
	Interrupted bool              `json:"interrupted"`
	Aborted     string            `json:"aborted"`
	Error       string            `json:"error"`
	Totals      totalsResult      `json:"totals"`
	Requests    []requestResult   `json:"requests"`
	Groups      []requestResult   `json:"groups"`
	Stages      []requestResult   `json:"stages"`
	Errors      []errorResult     `json:"errors"`
	Checks      []checkResult     `json:"checks"`
	Thresholds  []thresholdResult `json:"thresholds"`
	Addresses   []addressResult   `json:"addresses"`
	Generator   generatorResult   `json:"generator"`
	Workers     []workerResult    `json:"workers"`
	Load        []loadResult      `json:"load"`
	Settings    map[string]string `json:"settings"`
}

type totalsResult struct {
	Requests      uint64        `json:"requests"`
	Errors        uint64        `json:"errors"`
	ErrorRate     float64       `json:"error_rate"`
	PerSecond     float64       `json:"requests_per_s"`
	Cancelled     uint64        `json:"requests_cancelled"`
	Iterations    uint64        `json:"iterations"`
	Failed        uint64        `json:"iterations_failed"`
	Interrupted   uint64        `json:"iterations_interrupted"`
	Dropped       uint64        `json:"dropped_iterations"`
	Late          uint64        `json:"late_iterations"`
	SetupFailed   uint64        `json:"setups_failed"`
	Panics        uint64        `json:"panics"`
	BytesSent     uint64        `json:"bytes_sent"`
	BytesReceived uint64        `json:"bytes_received"`
	PeakUsers     int           `json:"peak_users"`
	Response      latencyResult `json:"response_ms"`
	Service       latencyResult `json:"service_ms"`
	StartLag      latencyResult `json:"start_lag_ms"`
}

// latencyResult is a histogram in milliseconds. A percentile is null when fewer
// than ten values lie above it, and all but the count are without any value.
type latencyResult struct {
	Min   *float64 `json:"min"`
	Mean  *float64 `json:"mean"`
	P50   *float64 `json:"p50"`
	P75   *float64 `json:"p75"`
	P90   *float64 `json:"p90"`
	P95   *float64 `json:"p95"`
	P99   *float64 `json:"p99"`
	P999  *float64 `json:"p999"`
	Max   *float64 `json:"max"`
	Count uint64   `json:"count"`
	// CI95 has intervals that contain the true percentile with 95 % confidence.
	CI95 *intervalResult `json:"ci95,omitempty"`
}

type intervalResult struct {
	P50 *[2]float64 `json:"p50,omitempty"`
	P95 *[2]float64 `json:"p95,omitempty"`
	P99 *[2]float64 `json:"p99,omitempty"`
}

type requestResult struct {
	Name          string            `json:"name"`
	Stage         string            `json:"stage"`
	Count         uint64            `json:"count"`
	Errors        uint64            `json:"errors"`
	ErrorRate     float64           `json:"error_rate"`
	PerSecond     float64           `json:"requests_per_s"`
	BytesSent     uint64            `json:"bytes_sent"`
	BytesReceived uint64            `json:"bytes_received"`
	Status        map[string]uint64 `json:"status"`
	ByClass       map[string]uint64 `json:"errors_by_class"`
	Response      latencyResult     `json:"response_ms"`
	Service       latencyResult     `json:"service_ms"`
	Phases        phasesResult      `json:"phases_ms"`
}

type phasesResult struct {
	DNS     latencyResult `json:"dns"`
	Connect latencyResult `json:"connect"`
	TLS     latencyResult `json:"tls"`
	TTFB    latencyResult `json:"ttfb"`
}

type errorResult struct {
	Class   string  `json:"class"`
	Name    string  `json:"name"`
	Message string  `json:"message"`
	Detail  string  `json:"detail,omitempty"`
	Count   uint64  `json:"count"`
	FirstS  float64 `json:"first_s"`
	LastS   float64 `json:"last_s"`
}

type checkResult struct {
	Name   string `json:"name"`
	Passed uint64 `json:"passed"`
	Failed uint64 `json:"failed"`
}

type thresholdResult struct {
	Rule    string   `json:"rule"`
	Value   *float64 `json:"value"` // null: there was nothing to judge, which fails
	Unit    string   `json:"unit"`
	Limit   float64  `json:"limit"`
	Passed  bool     `json:"passed"`
	Aborted bool     `json:"aborted"`
	AtS     *float64 `json:"at_s,omitempty"` // end of the window the value is of
}

type addressResult struct {
	Name        string `json:"name"`
	Address     string `json:"address"`
	Connections uint64 `json:"connections"`
}

type generatorResult struct {
	CPUShare       float64  `json:"cpu_share"`
	CPUPeak        float64  `json:"cpu_share_peak"`
	StartLagP99    *float64 `json:"start_lag_p99_ms"`
	SchedMax       float64  `json:"sched_latency_p99_max_ms"`
	GCPauseMax     float64  `json:"gc_pause_max_ms"`
	HeapPeak       uint64   `json:"heap_peak_bytes"`
	FDsPeak        int      `json:"fds_peak"`
	FDLimit        int      `json:"fd_limit"`
	PortsPeak      int      `json:"ports_peak"`
	PortRange      int      `json:"port_range"`
	StallMax       float64  `json:"stall_max_ms"`
	ClockGapMax    float64  `json:"clock_gap_max_ms"`
	Errors         uint64   `json:"errors"`
	NamesOverflow  uint64   `json:"names_overflow"`
	MissingSeconds int      `json:"missing_seconds"`
	PartialSeconds int      `json:"partial_seconds"`
}

type workerResult struct {
	ID       int    `json:"id"`
	Requests uint64 `json:"requests"`
	Lost     bool   `json:"lost"`
}

type loadResult struct {
	Scenario   string  `json:"scenario"`
	Model      string  `json:"model"`
	Pattern    string  `json:"pattern"`
	OffsetS    float64 `json:"offset_s"`
	DurationS  float64 `json:"duration_s"`
	Peak       float64 `json:"peak"`
	Scheduled  uint64  `json:"scheduled"`
	Started    uint64  `json:"started"`
	Iterations uint64  `json:"iterations"`
	Failed     uint64  `json:"iterations_failed"`
	Dropped    uint64  `json:"dropped_iterations"`
	PeakUsers  int     `json:"peak_users"`
}

// newResult never makes a null list: those who read JSON loop over them.
func newResult(r *Run) *result {
	s := r.summary()
	out := &result{
		Schema:      resultSchema,
		Test:        page.Clean(r.Test),
		RunID:       page.Clean(r.ID),
		Version:     page.Clean(r.Version),
		Host:        page.Clean(r.Host),
		Target:      page.Clean(r.Target),
		Started:     r.Start.UTC().Format(time.RFC3339),
		Ended:       r.End.UTC().Format(time.RFC3339),
		DurationS:   secs(s.Duration),
		PlannedS:    secs(r.Duration),
		WarmupS:     secs(s.Warmup),
		Seed:        r.Seed,
		Passed:      r.Passed,
		Verdict:     metrics.Verdict{State: r.Verdict.State, Reasons: cleanAll(r.Verdict.Reasons)},
		Interrupted: r.Interrupted,
		Aborted:     page.Clean(r.Aborted),
		Error:       page.Clean(r.Error),
		Totals:      totalsOf(s),
		Requests:    []requestResult{},
		Groups:      []requestResult{},
		Stages:      []requestResult{},
		Errors:      []errorResult{},
		Checks:      []checkResult{},
		Thresholds:  []thresholdResult{},
		Addresses:   []addressResult{},
		Generator:   generatorOf(s),
		Workers:     []workerResult{},
		Load:        []loadResult{},
		Settings:    map[string]string{},
	}
	out.addNames(s)
	out.addProblems(s)
	out.addPlan(r, s)
	return out
}

// summary is the summary of a run, empty if it has none.
func (r *Run) summary() *metrics.Summary {
	if r.Summary == nil {
		return new(metrics.Summary)
	}
	return r.Summary
}

func (out *result) addNames(s *metrics.Summary) {
	for i := range s.Names {
		n := requestOf(&s.Names[i])
		if s.Names[i].Kind == metrics.Group {
			out.Groups = append(out.Groups, n)
		} else {
			out.Requests = append(out.Requests, n)
		}
	}
	for i := range s.Stages {
		out.Stages = append(out.Stages, requestOf(&s.Stages[i]))
	}
}

func (out *result) addProblems(s *metrics.Summary) {
	for i := range s.Errs {
		e := &s.Errs[i]
		out.Errors = append(out.Errors, errorResult{
			Class: e.Class.String(), Name: page.Clean(e.Name), Message: page.Clean(e.Message), Detail: page.CleanLines(e.Detail),
			Count: e.Count, FirstS: secs(e.First), LastS: secs(e.Last),
		})
	}
	for _, c := range s.Checks {
		out.Checks = append(out.Checks, checkResult{Name: page.Clean(c.Name), Passed: c.Passed, Failed: c.Failed})
	}
}

// addWorkers tells what each worker did. The log has their snapshots merged:
// when the run has no outcome, or one of an earlier version, that is known of
// one alone only.
func (out *result) addWorkers(r *Run, s *metrics.Summary) {
	for _, w := range r.Outcome.Workers {
		out.Workers = append(out.Workers, workerResult{ID: w.ID, Requests: w.Requests, Lost: w.Lost})
	}
	if len(out.Workers) == 0 && r.Run.Workers == 1 {
		out.Workers = append(out.Workers, workerResult{Requests: s.Requests})
	}
}

func (out *result) addPlan(r *Run, s *metrics.Summary) {
	for _, t := range r.Outcome.Thresholds {
		out.Thresholds = append(out.Thresholds, thresholdOf(&t))
	}
	for _, a := range s.Addresses {
		out.Addresses = append(out.Addresses, addressResult{Name: page.Clean(a.Name), Address: page.Clean(a.Address), Connections: a.Opened})
	}
	out.addWorkers(r, s)
	for i := range r.Loads {
		var done metrics.LoadStats
		if i < len(s.Loads) {
			done = s.Loads[i]
		}
		out.Load = append(out.Load, loadOf(&r.Loads[i], &done))
	}
	for name, value := range r.Settings {
		out.Settings[page.Clean(name)] = page.Clean(value)
	}
}

func totalsOf(s *metrics.Summary) totalsResult {
	return totalsResult{
		Requests:      s.Requests,
		Errors:        s.Errors,
		ErrorRate:     round(s.ErrorRate, 6),
		PerSecond:     round(s.PerSecond, 3),
		Cancelled:     s.Cancelled,
		Iterations:    s.Iterations,
		Failed:        s.Failed,
		Interrupted:   s.Interrupted,
		Dropped:       s.Dropped,
		Late:          s.Late,
		SetupFailed:   s.SetupFailed,
		Panics:        s.Panics,
		BytesSent:     s.BytesOut,
		BytesReceived: s.BytesIn,
		PeakUsers:     s.PeakUsers,
		Response:      latencyOf(&s.Response),
		Service:       latencyOf(&s.Service),
		StartLag:      latencyOf(&s.Lag),
	}
}

// reliable is a percentile in milliseconds, nil when too few values lie above.
func reliable(l *metrics.Latency, p float64, d time.Duration) *float64 {
	if !l.Reliable(p) {
		return nil
	}
	return number(millis(d))
}

func number(x float64) *float64 { return &x }

func latencyOf(l *metrics.Latency) latencyResult {
	out := latencyResult{Count: l.Count}
	if l.Count == 0 {
		return out
	}
	out.Min, out.Mean, out.Max = number(millis(l.Min)), number(millis(l.Mean)), number(millis(l.Max))
	out.P50 = reliable(l, 0.5, l.P50)
	out.P75 = reliable(l, 0.75, l.P75)
	out.P90 = reliable(l, 0.9, l.P90)
	out.P95 = reliable(l, 0.95, l.P95)
	out.P99 = reliable(l, 0.99, l.P99)
	out.P999 = reliable(l, 0.999, l.P999)
	ci := intervalResult{P50: interval(l.CI50), P95: interval(l.CI95), P99: interval(l.CI99)}
	if ci != (intervalResult{}) {
		out.CI95 = &ci
	}
	return out
}

func interval(ends [2]time.Duration) *[2]float64 {
	if ends == [2]time.Duration{} {
		return nil
	}
	return &[2]float64{millis(ends[0]), millis(ends[1])}
}

func requestOf(n *metrics.NameSummary) requestResult {
	out := requestResult{
		Name:          page.Clean(n.Name),
		Stage:         n.Stage.String(),
		Count:         n.Count,
		Errors:        n.Errors,
		ErrorRate:     round(n.ErrorRate, 6),
		PerSecond:     round(n.PerSecond, 3),
		BytesSent:     n.BytesOut,
		BytesReceived: n.BytesIn,
		Status:        map[string]uint64{},
		ByClass:       map[string]uint64{},
		Response:      latencyOf(&n.Response),
		Service:       latencyOf(&n.Service),
		Phases: phasesResult{
			DNS: latencyOf(&n.DNS), Connect: latencyOf(&n.Connect), TLS: latencyOf(&n.TLS), TTFB: latencyOf(&n.TTFB),
		},
	}
	for _, c := range n.Codes {
		out.Status[strconv.Itoa(int(c.Code))] = c.Count
	}
	for class, count := range n.ByClass {
		if c := metrics.Class(class); count > 0 && c != metrics.OK {
			out.ByClass[c.String()] = count
		}
	}
	return out
}

func thresholdOf(t *metrics.ThresholdStatus) thresholdResult {
	out := thresholdResult{
		Rule: page.Clean(t.Rule), Unit: t.Unit, Limit: round(t.Limit, 6), Passed: t.Passed, Aborted: t.Aborted,
	}
	if t.Known {
		out.Value = number(round(t.Value, 6))
	}
	if t.At > 0 {
		out.AtS = number(secs(t.At))
	}
	return out
}

func generatorOf(s *metrics.Summary) generatorResult {
	h := &s.Health
	return generatorResult{
		CPUShare:       round(h.CPUMean, 4),
		CPUPeak:        round(h.CPUPeak, 4),
		StartLagP99:    reliable(&s.Lag, 0.99, s.Lag.P99),
		SchedMax:       millis(h.SchedP99Peak),
		GCPauseMax:     millis(h.GCPauseMax),
		HeapPeak:       h.HeapPeak,
		FDsPeak:        h.FDsPeak,
		FDLimit:        h.FDLimit,
		PortsPeak:      h.PortsPeak,
		PortRange:      h.PortRange,
		StallMax:       millis(h.StallMax),
		ClockGapMax:    millis(h.ClockGapMax),
		Errors:         h.Generator,
		NamesOverflow:  h.NamesOverflow,
		MissingSeconds: h.Missing,
		PartialSeconds: h.Partial,
	}
}

func loadOf(l *metrics.Load, done *metrics.LoadStats) loadResult {
	return loadResult{
		Scenario:   page.Clean(l.Scenario),
		Model:      l.Model,
		Pattern:    page.Clean(l.Pattern),
		OffsetS:    secs(l.Offset),
		DurationS:  secs(l.Duration),
		Peak:       round(l.Peak, 6),
		Scheduled:  done.Scheduled,
		Started:    done.Started,
		Iterations: done.Finished,
		Failed:     done.Failed,
		Dropped:    done.Dropped,
		PeakUsers:  done.Active,
	}
}
