package metrics

import "time"

// A Summary is a whole run in numbers, made by [Total.Summary].
type Summary struct {
	Duration    time.Duration // from the start to the end of the last second
	Warmup      time.Duration // of that, left out of all that follows but Addresses
	Loaded      time.Duration // what requests per second are the mean over: whole seconds with load, or all if there is none
	Requests    uint64        // finished in the main stage
	Errors      uint64
	ErrorRate   float64 // Errors / Requests, 0 without requests
	PerSecond   float64 // requests of Loaded / Loaded
	Cancelled   uint64  // cut by the end of the run
	BytesOut    uint64
	BytesIn     uint64
	Iterations  uint64 // finished
	Failed      uint64
	Interrupted uint64
	Scheduled   uint64
	Started     uint64
	Late        uint64
	Dropped     uint64
	SetupFailed uint64
	Panics      uint64
	PeakUsers   int // most users alive at once
	Checked     uint64
	CheckFailed uint64

	Response Latency
	Service  Latency
	Lag      Latency

	Names  []NameSummary // main stage, by count descending
	Stages []NameSummary // setup and teardown
	Checks []CheckStats
	Errs   []ErrorStats // by count descending
	Loads  []LoadStats  // totals per load; Target, Active (as Peak) and Busy are peaks
	Health HealthSummary
	// Addresses are by name, then by connections descending, OtherName last.
	// They are of the whole run, warm-up included. Nil in runs of earlier versions.
	Addresses []AddressStats `json:",omitempty"`
}

// A NameSummary is one request name over the whole run.
type NameSummary struct {
	Name      string
	Kind      Kind
	Stage     Stage
	Count     uint64
	Errors    uint64
	ErrorRate float64
	PerSecond float64 // while there was load; in setup and teardown of the whole run
	ByClass   [NumClasses]uint64
	Codes     []CodeCount
	BytesOut  uint64
	BytesIn   uint64
	Response  Latency
	Service   Latency
	DNS       Latency
	Connect   Latency
	TLS       Latency
	TTFB      Latency
}

// A Latency is a histogram in the few numbers people quote. All of them are set
// whatever Count is; [Latency.Reliable] says which percentiles to show.
type Latency struct {
	Count              uint64
	Min, Mean, Max     time.Duration
	P50, P75, P90, P95 time.Duration
	P99, P999          time.Duration
	// Intervals that contain the true percentile with 95 % confidence, lower
	// and upper end. They are zero where the percentile is not reliable.
	CI50, CI95, CI99 [2]time.Duration
}

// HealthSummary is the generator over the whole run, warm-up left out.
type HealthSummary struct {
	CPUMean, CPUPeak float64
	LagP99           time.Duration
	SchedP99Peak     time.Duration
	GCPauseMax       time.Duration
	HeapPeak         uint64
	FDsPeak          int
	FDLimit          int
	PortsPeak        int
	PortRange        int
	StallMax         time.Duration
	ClockGapMax      time.Duration
	Generator        uint64 // requests that failed by this machine's own limits
	NamesOverflow    uint64 // samples counted under OtherName

	Seconds  int           // that have a snapshot
	Missing  int           // that have none, before the last one that has
	Partial  int           // of Seconds: not all workers reported
	Busy     int           // of Seconds: CPU above BusyCPU
	Strained int           // of Seconds, busy or with a LongWait: waiting for a processor was a good part of the response time
	Stalled  time.Duration // sum of the stalls of MinStall and more
}

// A State is how far a result can be trusted.
type State string

// The states of a verdict.
const (
	Valid    State = "valid"
	Degraded State = "degraded"
	Invalid  State = "invalid"
)

// A Verdict is the generator's judgement of itself: whether the numbers say
// something about the target or about the machine that measured.
type Verdict struct {
	State   State    `json:"state"`
	Reasons []string `json:"reasons"`
}

// A ThresholdStatus is one threshold as it stands. Of a rule with a window, Value
// is that of the worst window so far.
type ThresholdStatus struct {
	Rule     string
	Value    float64 // in Unit
	Unit     string  // "ms", "%", "/s", ""
	Limit    float64
	Distance float64       // from Value to Limit in Unit, negative when it fails
	Latest   float64       // Value, or that of the latest window
	At       time.Duration // end of the window that Value is of, zero without one
	Known    bool          // false while there is no data
	Passed   bool
	Aborted  bool // it ended the run
}

// A Progress is where a live run stands: what screens show once a second.
type Progress struct {
	State      string // "waiting", "setup", "running", "stopping", "finished"
	Elapsed    time.Duration
	Now        *Snapshot // the latest merged second, nil before the first
	Total      *Summary  // so far
	Thresholds []ThresholdStatus
	Verdict    Verdict
	Message    string         // one line worth showing, for example why the run is stopping
	Workers    []WorkerStatus // by ID
}

// A WorkerStatus is one worker of a run, as far as the coordinator knows.
type WorkerStatus struct {
	ID       int
	Name     string  // for people: host name, pod name
	Requests uint64  // of the main stage, finished so far, warm-up included
	Active   int     // users alive at the end of its latest second
	Share    float64 // of the load now, from 0 to 1
	Lost     bool
	CPU      float64 // share of its cores in its latest second, from 0 to 1
}

// An Outcome is how a run ended.
type Outcome struct {
	Passed      bool
	Interrupted bool   // by a signal or a stop request
	Aborted     string // the threshold that ended it, if one did
	Error       string // setup failure and the like
	Verdict     Verdict
	Thresholds  []ThresholdStatus
	Summary     *Summary
	End         time.Time
	Workers     []WorkerStatus `json:",omitempty"` // by ID; nil in runs of earlier versions
}
