package cluster

import (
	"log/slog"
	"time"
)

// Options say how a plan is run. The zero value runs it on one worker and
// tells nobody.
type Options struct {
	// Sinks are told about the run; see [Sink].
	Sinks []Sink
	// Control ends the run early. It may be nil.
	Control *Control
	// Workers is how many workers the run has. Zero means 1.
	Workers int
	// Transport is where the workers of [Run] come from. It must be nil for
	// [Local], which starts its own.
	Transport Transport
	// Logger gets what is worth knowing later. Nil means silent.
	Logger *slog.Logger

	// Join is how long the run waits for its workers, and again for them to be
	// ready. Zero means a minute.
	Join time.Duration
	// Lead is the time between the last worker's readiness and the start, in
	// which the news has to reach all workers. Zero means 1.5 s, and 10 ms for
	// Local.
	Lead time.Duration
	// Lease is how long a worker may be silent before it counts as lost, and
	// how long it goes on without the coordinator. Zero means 10 s; negative
	// means for ever, and that is also what zero means for Local: in one
	// process nobody gets lost. Less than [MinLease] is nothing to build on.
	Lease time.Duration
	// OnLoss says what becomes of the share of a worker that is lost, or leaves.
	OnLoss Policy
	// Open lets workers join while the run goes on: new ones, and those that
	// were lost and come back.
	Open bool
	// Digest is that of the program and data that all workers must run. Empty
	// means that nobody checks.
	Digest string
	// Resume takes up a run whose coordinator has died. Nil means a new run.
	Resume *Resume
	// Hook limits the test's Setup and, on its own, the test's Teardown. Zero
	// means a minute.
	Hook time.Duration
	// Virtual is for tests in virtual time; see [Worker].
	Virtual bool
}

// A Policy says what becomes of a share that nobody runs any more.
type Policy uint8

const (
	// Rebalance gives it to the other workers, a tenth of the load a second.
	Rebalance Policy = iota
	// Continue goes on without it.
	Continue
	// Abort ends the run.
	Abort
)

// MinLease is the shortest lease that a healthy worker keeps: a third of it is
// longer than news takes over a network, and a busy process stands still.
const MinLease = time.Second

// Defaults of [Options].
const (
	DefaultJoin  = time.Minute
	DefaultLead  = 1500 * time.Millisecond
	DefaultLease = 10 * time.Second
	DefaultHook  = time.Minute

	localLead = 10 * time.Millisecond
)

func (o Options) withDefaults() Options {
	if o.Control == nil {
		o.Control = &Control{}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	o.Workers = max(1, o.Workers)
	o.Join = orElse(o.Join, DefaultJoin)
	o.Lead = orElse(o.Lead, DefaultLead)
	o.Hook = orElse(o.Hook, DefaultHook)
	o.Lease = max(0, orElse(o.Lease, DefaultLease)) // from here on, zero means for ever
	return o
}

func orElse(d, def time.Duration) time.Duration {
	if d == 0 {
		return def
	}
	return d
}
