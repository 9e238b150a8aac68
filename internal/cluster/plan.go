package cluster

import (
	"context"
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
	// Sources is how many addresses of this machine connections come from. Zero
	// means 1.
	Sources int
	// Exposed says which public address the requests go to, in words and as far as
	// that is known before they are sent, or "". It asks for names only if it may.
	// Nil means that there is nothing to know.
	Exposed func(ctx context.Context, ask bool) string
	// StayPrivate has requests to public addresses refused from now on. It may be
	// nil.
	StayPrivate func()
	// Close releases what the plan's users share, after the last worker is
	// done. It may be nil.
	Close func()
}

// A Sink is told about a run as it goes: Begin once, Second for each finished
// second in order, End once, all from one goroutine that no other sink waits
// for.
//
// What a worker reports too late for its second comes as a further call for
// that second, with only the late part: add it up, don't replace. A second that
// no worker reported is skipped.
//
// A sink never stops the run. One that fails is reported once, in the progress
// and, for what it missed, in the verdict: after an error of Begin it is not
// called again, after one of Second it still gets End, to release what it
// holds. A slow one may fall half a minute behind before it misses seconds.
//
// Nothing passed to a sink may be changed by it; a Snapshot may be kept. A sink
// that is a fmt.Stringer is called by that name in messages.
type Sink interface {
	Begin(metrics.Run) error
	Second(*metrics.Snapshot, metrics.Progress) error
	End(metrics.Outcome) error
}
