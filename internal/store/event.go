package store

import (
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
)

// An Event is a moment of a run worth a mark on the time axis.
type Event struct {
	At   time.Duration `json:"at_ns"` // since the start of the run
	Kind EventKind     `json:"kind"`
	Text string        `json:"text"`
}

// An EventKind says where an event comes from.
type EventKind string

// The kinds of events.
const (
	Annotation EventKind = "annotation" // somebody's remark: a deploy, a failover
	Message    EventKind = "message"    // of the coordinator: why the run is stopping, what went wrong
	WarmedUp   EventKind = "warmed_up"  // the first second that counts begins
	Users      EventKind = "users"      // somebody fixed the level of a load, or gave it back to its pattern
)

// A Crossing is a threshold that began to fail, or to pass, during the run.
type Crossing struct {
	At     time.Duration           `json:"at_ns"` // since the start of the run
	Status metrics.ThresholdStatus `json:"status"`
}
