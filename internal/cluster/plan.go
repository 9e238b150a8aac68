package cluster

import (
	"time"

	"github.com/loadforge/loadforge/internal/engine"
	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/threshold"
)

// The words of a plan, for those who may not import the engine.
type (
	// Load is one scenario under one pattern.
	Load = engine.Load
	// Model gives the level of a pattern its unit.
	Model = engine.Model
)

// The workload models.
const (
	Users = engine.Users
	Rate  = engine.Rate
)

// A Plan is one run over any number of workers.
type Plan struct {
	engine.Plan
	Thresholds []threshold.Rule
	// Warmup leaves the first part of the run out of the totals.
	Warmup time.Duration
	// Run is what sinks are told about the run; the coordinator fills in what
	// follows from the plan (loads, duration, seed, thresholds).
	Run metrics.Run
	// Close releases what the plan's users share, after the last worker is
	// done. It may be nil.
	Close func()
}

// A Sink is told about a run as it goes. The coordinator calls it from one
// goroutine: Begin once, Second for each finished second in order, End once.
// A sink that fails is reported once and not called again; it never stops the
// run. Nothing passed to a sink may be changed by it; a Snapshot may be kept.
type Sink interface {
	Begin(metrics.Run) error
	Second(*metrics.Snapshot, metrics.Progress) error
	End(metrics.Outcome) error
}
