package metrics

import (
	"time"

	"github.com/loadforge/loadforge/internal/hdr"
)

// A Snapshot is one second of one worker, or of several merged. Counts are of
// that second alone unless a field says otherwise.
type Snapshot struct {
	Worker  int           // -1 when merged from several
	Epoch   uint32        // rises when a worker restarts
	Seq     uint64        // rises by one with each snapshot of a worker's epoch
	Second  int           // index from the start of the run
	Length  time.Duration // one second, shorter for the last
	Loads   []LoadStats   // one per load of the plan, in plan order
	Names   []NameStats   // only names seen in this second; sorted by Stage, then Name
	Checks  []CheckStats  // sorted by Name
	Errors  []ErrorStats  // grouped by class, name and message; at most MaxErrors a snapshot
	Lag     hdr.Histogram // start lag: actual minus scheduled start, less the wait for a free user
	Health  Health
	Workers int // how many workers are merged in
	Peak    int // most users of all loads alive at once, at any moment of the second
	// Covered is the share of the run's weight whose workers have reported
	// this second: 1 when all did.
	Covered float64
	// Addresses are what connections were opened to; sorted by Name, then
	// Address. Nil in snapshots of earlier versions.
	Addresses []AddressStats
}

// LoadStats counts the users and iterations of one load.
type LoadStats struct {
	Scenario    string
	Target      float64 // the pattern's level at the end of the second, this worker's share: users, or iterations per second
	Active      int     // users alive at the end of the second (closed: running; open: pool size)
	Busy        int     // users inside an iteration at the end of the second
	Peak        int     // most users alive at once, at any moment of the second
	Scheduled   uint64  // arrivals due in the second (open), users due to start (closed)
	Started     uint64  // iterations started
	Late        uint64  // of those, started more than LateAfter behind schedule
	Dropped     uint64  // arrivals that found no free user and no room to wait
	Finished    uint64  // iterations that came to an end
	Failed      uint64  // of those, with an error
	Interrupted uint64  // iterations cut by the end of the run
	SetupFailed uint64  // users whose setup failed (each try counts)
	Panics      uint64
}

// LateAfter is how far behind its schedule a start counts as late.
const LateAfter = 10 * time.Millisecond

// NameStats is what happened under one request name.
type NameStats struct {
	Name     string
	Kind     Kind
	Stage    Stage
	Count    uint64             // finished requests, errors included, cancelled ones not
	ByClass  [NumClasses]uint64 // ByClass[OK] + errors + Generator = Count; Cancelled stands apart
	Codes    []CodeCount        // sorted by Code
	BytesOut uint64
	BytesIn  uint64
	Response hdr.Histogram // of finished requests that got as far as being sent
	Service  hdr.Histogram
	DNS      hdr.Histogram // the phases: only of requests in which they happened
	Connect  hdr.Histogram
	TLS      hdr.Histogram
	TTFB     hdr.Histogram
}

// Errors counts the requests whose class is an error of the target.
func (n *NameStats) Errors() uint64 {
	var sum uint64
	for c, count := range n.ByClass {
		if Class(c).IsError() {
			sum += count
		}
	}
	return sum
}

// CodeCount counts the answers with one HTTP status.
type CodeCount struct {
	Code  uint16
	Count uint64
}

// CheckStats counts the outcomes of one named check.
type CheckStats struct {
	Name   string
	Passed uint64
	Failed uint64
}

// ErrorStats groups equal errors and keeps one message of them.
type ErrorStats struct {
	Class   Class
	Name    string // request name, or task name for Check and Panic
	Message string // at most MaxMessage bytes, valid UTF-8
	Count   uint64
	First   time.Duration // since the start of the run
	Last    time.Duration
	Detail  string // for example the stack of a panic; kept once
}

// Limits that keep a snapshot bounded whatever the scenario and target do.
const (
	MaxNames   = 2000 // distinct names of a worker; past that, they count under OtherName
	MaxChecks  = 1000 // likewise for checks
	MaxErrors  = 100  // groups of errors; past that, they count under OtherName, a group a class
	MaxName    = 200  // bytes, as the following
	MaxMessage = 300
	MaxDetail  = 4096
	OtherName  = "(other)"
	Unnamed    = "(unnamed)" // stands for an empty name
)

// Health is how the generator itself fared in the second.
type Health struct {
	CPU           float64       // share of the machine's cores this process may use, 0 to 1
	SchedLatency  time.Duration // p99 of how long runnable goroutines waited for a processor
	GCPause       time.Duration // longest stop of the second
	Heap          uint64        // bytes in use
	Goroutines    int
	FDs           int // open descriptors, 0 where the platform does not say
	FDLimit       int
	ClockGap      time.Duration // how far the wall clock or a suspend moved against the monotonic clock
	Stall         time.Duration // how long this process stood still: the latest of its own ticks
	PortsInUse    int           // local ports in use, 0 where unknown
	PortRange     int
	NamesOverflow uint64 // samples counted under OtherName
}
