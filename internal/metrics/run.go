package metrics

import (
	"time"

	"github.com/loadforge/loadforge/threshold"
)

// A Run describes a run to those who show it or keep it: everything known
// before the first request.
type Run struct {
	ID         string // names the run directory: 20261123-101500_shop_4f2a
	Test       string
	Version    string // of LoadForge
	Host       string // operating system and architecture, cores
	Target     string // base URL, secrets redacted
	Start      time.Time
	Duration   time.Duration // planned, without graceful stop; 0 when only bounded by iterations
	Warmup     time.Duration // planned; seconds that begin before it are left out of the totals
	Seed       uint64
	Workers    int
	Loads      []Load
	Thresholds []threshold.Rule
	Settings   map[string]string // plan echo: further settings by flag name, secrets redacted
}

// A Load is one scenario under one pattern, in words and as points to draw.
type Load struct {
	Scenario string
	Model    string // "users" or "rate"
	Pattern  string // in words
	Offset   time.Duration
	Duration time.Duration
	Peak     float64
	MaxUsers int // limit of the pool of users in the open model, zero in the closed one, which has none
	Phases   []Phase
	Curve    []float64 // level at evenly spaced times over Duration, at most 601 points, both ends included
}

// A Phase is a named piece of a pattern, on the time axis of the run.
type Phase struct {
	Name       string
	Start, End time.Duration
	From, To   float64
}
