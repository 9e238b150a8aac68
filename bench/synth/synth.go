// Package synth makes up runs that look like real ones, of any size and the same
// each time: users that come and go over a day, a spike, an incident in which the
// target is slow and fails. It is for trying out and measuring what shows runs.
//
//	dir, err := synth.Plan{Seconds: 3600, Names: 20}.Write("results")
package synth

import (
	"fmt"
	"math"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/internal/store"
	"github.com/loadforge/loadforge/threshold"
)

// A Plan says what to make up.
type Plan struct {
	Seconds int
	Names   int
	Seed    uint64
	Rate    float64   // requests a second, about; 0 means 25 for each name
	Start   time.Time // of the run; zero means 23 November 2026, 10:15 UTC
	Slow    float64   // latencies are that many times as long; 0 means once
	Cut     bool      // the run has no end, as if its process had been killed
}

// Write makes up a run in a results directory and returns its directory.
func (p Plan) Write(dir string) (string, error) {
	p = p.withDefaults()
	run := p.Run()
	w, err := store.Create(dir, run)
	if err != nil {
		return "", err
	}
	if err := w.Begin(run); err != nil {
		return "", err
	}
	total, judge := metrics.Total{Warmup: run.Warmup}, metrics.NewJudge(run.Thresholds)
	judge.Warmup = run.Warmup
	total.StopAt(run.Duration)
	judge.StopAt(run.Duration)
	m := newMaker(p)
	for second := range p.Seconds {
		if m.gap(second) {
			continue
		}
		s := m.second(second)
		total.Add(s)
		judge.Add(s)
		progress := metrics.Progress{State: "running", Now: s, Thresholds: judge.Status(), Message: m.message(second)}
		if second*10 > p.Seconds { // the store notes the end of the warm-up by it
			progress.Total = &metrics.Summary{Warmup: run.Warmup}
		}
		if err := w.Second(s, progress); err != nil {
			return "", err
		}
		if second == p.Seconds/2 {
			if err := w.Annotate(s.End(), "deploy 2.3.1"); err != nil {
				return "", err
			}
		}
	}
	return w.Dir(), p.end(w, &total, judge)
}

func (p Plan) withDefaults() Plan {
	p.Seconds, p.Names = max(1, p.Seconds), max(1, p.Names)
	if p.Rate == 0 {
		p.Rate = 25 * float64(p.Names)
	}
	if p.Slow == 0 {
		p.Slow = 1
	}
	if p.Start.IsZero() {
		p.Start = time.Date(2026, 11, 23, 10, 15, 0, 0, time.UTC)
	}
	return p
}

func (p Plan) end(w *store.Writer, total *metrics.Total, judge *metrics.Judge) error {
	if p.Cut {
		return w.Close()
	}
	sum := total.Summary(0)
	outcome := metrics.Outcome{
		Summary: sum,
		Verdict: metrics.Assess(sum, metrics.Facts{MaxUsers: []int{0, 200}, Workers: 1}),
		End:     p.Start.Add(sum.Duration),
	}
	outcome.Thresholds, outcome.Passed = judge.Final()
	return w.End(outcome)
}

// Run is what is known of the run before its first second.
func (p Plan) Run() metrics.Run {
	p = p.withDefaults()
	length := time.Duration(p.Seconds) * time.Second
	shopper := metrics.Load{
		Scenario: "shopper", Model: "users", Pattern: "diurnal 40 to 200 with a spike to 400 for a thirtieth of the time",
		Duration: length, Peak: 400,
	}
	for i := range 601 {
		shopper.Curve = append(shopper.Curve, p.level(float64(i)/600))
	}
	for _, phase := range []struct {
		name     string
		from, to float64
	}{{"morning", 0, spikeFrom}, {"spike", spikeFrom, spikeTo}, {"afternoon", spikeTo, 1}} {
		shopper.Phases = append(shopper.Phases, metrics.Phase{
			Name: phase.name, Start: time.Duration(phase.from * float64(length)), End: time.Duration(phase.to * float64(length)),
			From: p.level(phase.from), To: p.level(phase.to),
		})
	}
	hook := metrics.Load{
		Scenario: "webhook", Model: "rate", Pattern: "constant 5/s", Duration: length, Peak: 5, MaxUsers: 200, Curve: []float64{5, 5},
		Phases: []metrics.Phase{{Name: "constant", End: length, From: 5, To: 5}},
	}
	return metrics.Run{
		Test: "shop", Version: "synthetic", Host: "linux/amd64, 8 cores, go1.26", Target: "https://shop.example", Start: p.Start,
		Duration: length, Warmup: min(length/20, time.Minute).Truncate(time.Second), Seed: p.Seed, Workers: 1,
		Loads: []metrics.Load{shopper, hook},
		Thresholds: []threshold.Rule{
			threshold.P95(400 * time.Millisecond), threshold.P99(3 * time.Second), threshold.ErrorRate(0.01),
			threshold.P95(500 * time.Millisecond).On(Name(1)).Over(30 * time.Second), threshold.CheckRate(0.99),
		},
		Settings: map[string]string{"timeout": "30s", "graceful-stop": "30s"},
	}
}

// Name is the name of request i.
func Name(i int) string {
	things := []string{"items", "items/{id}", "cart", "search", "checkout", "profile", "orders", "orders/{id}", "stock", "prices"}
	method := "GET"
	if i%5 == 2 {
		method = "POST"
	}
	if i < len(things) {
		return method + " /" + things[i]
	}
	return fmt.Sprintf("%s /v%d/%s", method, i/len(things), things[i%len(things)])
}

// Where in a run, from 0 to 1, things happen.
const (
	spikeFrom, spikeTo       = 0.40, 0.4334
	incidentFrom, incidentTo = 0.70, 0.74
)

// level is how many users there are at a time of the run, from 0 to 1: most in
// the middle, twice as many in the spike.
func (p Plan) level(at float64) float64 {
	level := 120 - 80*math.Cos(2*math.Pi*at)
	if at >= spikeFrom && at < spikeTo {
		level *= 2
	}
	return math.Min(level, 400)
}
