package dashboard

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
)

// serveMetrics answers a Prometheus server, in its text format. That is written
// by hand: the client library makes a scenario's binary 3 MB larger and its link
// half as long again, and all that is needed of it is this.
func (l *Live) serveMetrics(w http.ResponseWriter, _ *http.Request) {
	l.mu.Lock()
	run, progress, state := l.run, l.progress, l.status.State
	l.mu.Unlock()
	watching, _ := l.stream.watching()
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	_, _ = w.Write(expose(&run, &progress, state, watching))
}

// An exposition is the text of a scrape.
type exposition struct{ strings.Builder }

// expose writes how a run stands. Counters leave the warm-up out, as all totals.
func expose(run *metrics.Run, p *metrics.Progress, state string, watching int) []byte {
	var e exposition
	e.family("loadforge_run_info", "gauge", "The run, as labels.")
	e.sample("loadforge_run_info", 1, "run", run.ID, "test", run.Test, "target", run.Target, "version", run.Version)
	e.family("loadforge_run_state", "gauge", "1 for what the run does: waiting, setup, running, stopping or finished.")
	e.sample("loadforge_run_state", 1, "state", state)
	e.number("loadforge_run_elapsed_seconds", "gauge", "How long the load has lasted.", p.Elapsed.Seconds())
	e.number("loadforge_dashboard_clients", "gauge", "Browsers that look on.", float64(watching))
	if p.Now != nil {
		e.now(p.Now)
	}
	if p.Total != nil {
		e.totals(p.Total)
	}
	e.family("loadforge_threshold_passed", "gauge", "Whether a threshold holds so far.")
	for _, t := range p.Thresholds {
		e.sample("loadforge_threshold_passed", truth(t.Passed), "rule", t.Rule)
	}
	e.family("loadforge_verdict", "gauge", "1 for how far the result can be trusted: valid, degraded or invalid.")
	if p.Verdict.State != "" {
		e.sample("loadforge_verdict", 1, "state", string(p.Verdict.State))
	}
	return []byte(e.String())
}

// now writes the levels of the latest second.
func (e *exposition) now(s *metrics.Snapshot) {
	e.family("loadforge_users", "gauge", "Users alive.")
	for i := range s.Loads {
		e.sample("loadforge_users", float64(s.Loads[i].Active), "scenario", s.Loads[i].Scenario)
	}
	e.family("loadforge_target", "gauge", "What the load asks for: users, or iterations started per second.")
	for i := range s.Loads {
		e.sample("loadforge_target", s.Loads[i].Target, "scenario", s.Loads[i].Scenario)
	}
	h := &s.Health
	e.number("loadforge_generator_cpu_ratio", "gauge", "Share of its cores that the generator uses.", h.CPU)
	e.number("loadforge_generator_start_lag_seconds", "gauge", "99th percentile of how late iterations start.", float64(s.Lag.Quantile(0.99))/1e9)
	e.number("loadforge_generator_scheduler_latency_seconds", "gauge", "99th percentile of how long work waits for a processor.", h.SchedLatency.Seconds())
	e.number("loadforge_generator_heap_bytes", "gauge", "Memory in use.", float64(h.Heap))
	e.number("loadforge_generator_open_fds", "gauge", "Open descriptors.", float64(h.FDs))
	e.number("loadforge_generator_goroutines", "gauge", "Goroutines.", float64(h.Goroutines))
}

// totals writes what adds up.
func (e *exposition) totals(s *metrics.Summary) {
	e.family("loadforge_requests_total", "counter", "Finished requests.")
	each(s, func(n *metrics.NameSummary, labels []string) {
		e.sample("loadforge_requests_total", float64(n.Count), labels...)
	})
	e.family("loadforge_request_errors_total", "counter", "Requests that failed, by class.")
	each(s, func(n *metrics.NameSummary, labels []string) {
		for class, count := range n.ByClass {
			if c := metrics.Class(class); c.IsError() && count > 0 {
				e.sample("loadforge_request_errors_total", float64(count), append(labels, "class", c.String())...)
			}
		}
	})
	e.family("loadforge_response_seconds", "summary", "Response time: from when a request was due.")
	each(s, func(n *metrics.NameSummary, labels []string) {
		e.latency("loadforge_response_seconds", &n.Response, labels)
	})
	e.family("loadforge_service_seconds", "summary", "Service time: from when a request was sent.")
	each(s, func(n *metrics.NameSummary, labels []string) {
		e.latency("loadforge_service_seconds", &n.Service, labels)
	})
	e.loads(s)
	e.family("loadforge_checks_total", "counter", "Checks, by result.")
	for _, c := range s.Checks {
		e.sample("loadforge_checks_total", float64(c.Passed), "check", c.Name, "result", "passed")
		e.sample("loadforge_checks_total", float64(c.Failed), "check", c.Name, "result", "failed")
	}
	e.number("loadforge_sent_bytes_total", "counter", "Bytes sent.", float64(s.BytesOut))
	e.number("loadforge_received_bytes_total", "counter", "Bytes received.", float64(s.BytesIn))
}

// each calls f for the names of all stages.
func each(s *metrics.Summary, f func(n *metrics.NameSummary, labels []string)) {
	for _, names := range [][]metrics.NameSummary{s.Names, s.Stages} {
		for i := range names {
			n := &names[i]
			f(n, []string{"name", n.Name, "kind", n.Kind.String(), "stage", n.Stage.String()})
		}
	}
}

func (e *exposition) loads(s *metrics.Summary) {
	for _, c := range []struct {
		name, help string
		of         func(*metrics.LoadStats) uint64
	}{
		{"loadforge_iterations_started_total", "Iterations started.", func(l *metrics.LoadStats) uint64 { return l.Started }},
		{"loadforge_iterations_total", "Iterations finished.", func(l *metrics.LoadStats) uint64 { return l.Finished }},
		{"loadforge_iterations_failed_total", "Iterations that failed.", func(l *metrics.LoadStats) uint64 { return l.Failed }},
		{"loadforge_iterations_dropped_total", "Arrivals that could not be started.", func(l *metrics.LoadStats) uint64 { return l.Dropped }},
	} {
		e.family(c.name, "counter", c.help)
		for i := range s.Loads {
			e.sample(c.name, float64(c.of(&s.Loads[i])), "scenario", s.Loads[i].Scenario)
		}
	}
}

// latency writes a summary. Percentiles with too few values above them are
// none.
func (e *exposition) latency(name string, l *metrics.Latency, labels []string) {
	for _, q := range []struct {
		of    float64
		value time.Duration
	}{{0.5, l.P50}, {0.9, l.P90}, {0.95, l.P95}, {0.99, l.P99}, {0.999, l.P999}} {
		value := q.value.Seconds()
		if !l.Reliable(q.of) {
			value = math.NaN()
		}
		e.sample(name, value, append(labels, "quantile", strconv.FormatFloat(q.of, 'g', -1, 64))...)
	}
	e.sample(name+"_sum", l.Mean.Seconds()*float64(l.Count), labels...)
	e.sample(name+"_count", float64(l.Count), labels...)
}

func (e *exposition) number(name, kind, help string, value float64) {
	e.family(name, kind, help)
	e.sample(name, value)
}

func (e *exposition) family(name, kind, help string) {
	e.WriteString("# HELP " + name + " " + help + "\n# TYPE " + name + " " + kind + "\n")
}

// sample writes a line; labels are names and values in turn.
func (e *exposition) sample(name string, value float64, labels ...string) {
	escape := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)
	e.WriteString(name)
	for i := 0; i+1 < len(labels); i += 2 {
		e.WriteString(map[bool]string{true: "{", false: ","}[i == 0] + labels[i] + `="`)
		_, _ = escape.WriteString(e, strings.ToValidUTF8(labels[i+1], "?"))
		e.WriteString(`"`)
	}
	if len(labels) > 0 {
		e.WriteString("}")
	}
	e.WriteString(" " + strconv.FormatFloat(value, 'g', -1, 64) + "\n")
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
