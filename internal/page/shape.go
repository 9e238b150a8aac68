package page

// Version is the version of the page, which a reader has to know.
const Version = 1

// header is the JSON part of a page.
type header struct {
	Version int          `json:"v"`
	Seq     uint64       `json:"seq"`
	Run     runShape     `json:"run"`
	Loads   []loadShape  `json:"loads"`
	Status  Status       `json:"status"`
	Events  []Event      `json:"events"`
	Names   []Name       `json:"names"`
	Buckets axisShape    `json:"buckets"`
	Cells   axisShape    `json:"cells"`
	Columns []columnNote `json:"columns"`
}

type axisShape struct {
	Count int `json:"count"`
	Width int `json:"width_s"`
}

type columnNote struct {
	ID  string `json:"id"`
	N   int    `json:"n"`
	Opt bool   `json:"opt,omitempty"`
}

type runShape struct {
	ID       string            `json:"id"`
	Test     string            `json:"test"`
	Version  string            `json:"version"`
	Host     string            `json:"host"`
	Target   string            `json:"target"`
	Started  string            `json:"started"`
	Duration float64           `json:"duration_s"`
	Warmup   float64           `json:"warmup_s"`
	Seed     string            `json:"seed"`
	Workers  int               `json:"workers"`
	Settings map[string]string `json:"settings"`
}

type loadShape struct {
	Scenario string       `json:"scenario"`
	Model    string       `json:"model"`
	Pattern  string       `json:"pattern"`
	Offset   float64      `json:"offset_s"`
	Duration float64      `json:"duration_s"`
	Peak     float64      `json:"peak"`
	MaxUsers int          `json:"max_users"`
	Phases   []phaseShape `json:"phases"`
	Curve    []float64    `json:"curve"`
}

type phaseShape struct {
	Name  string  `json:"name"`
	Start float64 `json:"start_s"`
	End   float64 `json:"end_s"`
	From  float64 `json:"from"`
	To    float64 `json:"to"`
}

// A Name is what columns, cells and totals are kept by.
type Name struct {
	Name  string `json:"name"`
	Kind  string `json:"kind"`  // "request", "group"
	Stage string `json:"stage"` // "main", "setup", "teardown"
}

// An Event is a moment worth a mark on the time axis.
type Event struct {
	At     float64 `json:"at_s"`
	Kind   string  `json:"kind"` // "annotation", "message", "warmed_up", "threshold", "users"
	Text   string  `json:"text"`
	Passed *bool   `json:"passed,omitempty"` // of a threshold
}

// A Row is one bucket as it is now: what a live page is told.
type Row struct {
	Bucket int                 `json:"b"`
	Names  []Name              `json:"names,omitempty"` // new ones
	Values map[string]int64    `json:"v"`               // by column; what is left out is 0 or no value
	Heat   map[string][]uint64 `json:"heat,omitempty"`  // by name: gaps and counts of its cell buckets
}

// A Status is how a run stands, or how it ended. Its lists are never nil in
// JSON, but for Names.
type Status struct {
	State       string        `json:"state"` // "waiting", "setup", "running", "stopping", "finished", "cut"
	Elapsed     float64       `json:"elapsed_s"`
	Message     string        `json:"message"`
	Passed      *bool         `json:"passed"` // nil until it ended
	Interrupted bool          `json:"interrupted"`
	Aborted     string        `json:"aborted"`
	Error       string        `json:"error"`
	Verdict     Verdict       `json:"verdict"`
	Thresholds  []Threshold   `json:"thresholds"`
	Totals      Totals        `json:"totals"`
	Names       []NameTotals  `json:"names"` // in the order of the page's names; nil in a stream: as before
	Errors      []ErrorTotals `json:"errors"`
	Checks      []CheckTotals `json:"checks"`
	Loads       []LoadTotals  `json:"loads"`
	Addresses   []Address     `json:"addresses"`
	Generator   Generator     `json:"generator"`
	Workers     []Worker      `json:"workers"`
	Controls    bool          `json:"controls"`       // whether stop, annotate and users are offered
	Dist        []uint64      `json:"dist,omitempty"` // in a stream: the distribution of all requests, as [Builder.Dist] has it
}

// A Verdict is the generator's judgement of itself.
type Verdict struct {
	State   string   `json:"state"`
	Reasons []string `json:"reasons"`
}

// A Threshold is a rule and how it stands. Limit, Value, Latest and Distance are
// in Unit.
type Threshold struct {
	Rule     string   `json:"rule"`
	Metric   string   `json:"metric"`
	Name     string   `json:"name"`
	Op       string   `json:"op"`
	Limit    float64  `json:"limit"`
	Unit     string   `json:"unit"`
	Value    *float64 `json:"value"`
	Latest   *float64 `json:"latest"`
	Distance *float64 `json:"distance"`
	Window   float64  `json:"window_s"`
	At       float64  `json:"at_s"`
	Passed   bool     `json:"passed"`
	Aborted  bool     `json:"aborted"`
}

// A Latency is a histogram in milliseconds. What fewer than ten values lie above
// is nil.
type Latency struct {
	Count uint64      `json:"count"`
	Min   *float64    `json:"min"`
	Mean  *float64    `json:"mean"`
	Max   *float64    `json:"max"`
	P50   *float64    `json:"p50"`
	P75   *float64    `json:"p75"`
	P90   *float64    `json:"p90"`
	P95   *float64    `json:"p95"`
	P99   *float64    `json:"p99"`
	P999  *float64    `json:"p999"`
	CI50  *[2]float64 `json:"ci50,omitempty"`
	CI95  *[2]float64 `json:"ci95,omitempty"`
	CI99  *[2]float64 `json:"ci99,omitempty"`
}

// Totals are the run in numbers, its warm-up left out.
type Totals struct {
	Requests         uint64  `json:"requests"`
	Errors           uint64  `json:"errors"`
	ErrorRate        float64 `json:"error_rate"`
	PerSecond        float64 `json:"requests_per_s"`
	Cancelled        uint64  `json:"cancelled"`
	Iterations       uint64  `json:"iterations"`
	IterationsFailed uint64  `json:"iterations_failed"`
	Interrupted      uint64  `json:"interrupted_iterations"`
	Dropped          uint64  `json:"dropped_iterations"`
	Late             uint64  `json:"late_iterations"`
	BytesSent        uint64  `json:"bytes_sent"`
	BytesReceived    uint64  `json:"bytes_received"`
	PeakUsers        int     `json:"peak_users"`
	Checks           uint64  `json:"checks"`
	ChecksFailed     uint64  `json:"checks_failed"`
	SetupFailed      uint64  `json:"setup_failed"`
	Panics           uint64  `json:"panics"`
	Response         Latency `json:"response_ms"`
	Service          Latency `json:"service_ms"`
	StartLag         Latency `json:"start_lag_ms"`
}

// NameTotals are the totals of a name. Classes has all that is not ok.
type NameTotals struct {
	Count         uint64            `json:"count"`
	Errors        uint64            `json:"errors"`
	ErrorRate     float64           `json:"error_rate"`
	PerSecond     float64           `json:"requests_per_s"`
	BytesSent     uint64            `json:"bytes_sent"`
	BytesReceived uint64            `json:"bytes_received"`
	Status        map[string]uint64 `json:"status"`
	Classes       map[string]uint64 `json:"classes"`
	Response      Latency           `json:"response_ms"`
	Service       Latency           `json:"service_ms"`
	Phases        Phases            `json:"phases_ms"`
}

// Phases are the parts of requests, of those in which they happened.
type Phases struct {
	DNS     Latency `json:"dns"`
	Connect Latency `json:"connect"`
	TLS     Latency `json:"tls"`
	TTFB    Latency `json:"ttfb"`
}

// ErrorTotals are equal errors.
type ErrorTotals struct {
	Class   string  `json:"class"`
	Name    string  `json:"name"`
	Message string  `json:"message"`
	Detail  string  `json:"detail"`
	Count   uint64  `json:"count"`
	First   float64 `json:"first_s"`
	Last    float64 `json:"last_s"`
}

// CheckTotals are the outcomes of a check.
type CheckTotals struct {
	Name   string `json:"name"`
	Passed uint64 `json:"passed"`
	Failed uint64 `json:"failed"`
}

// LoadTotals are the iterations of a load, and its peak of users.
type LoadTotals struct {
	Finished  uint64 `json:"finished"`
	Failed    uint64 `json:"failed"`
	Dropped   uint64 `json:"dropped"`
	Scheduled uint64 `json:"scheduled"`
	Started   uint64 `json:"started"`
	Late      uint64 `json:"late"`
	Peak      int    `json:"peak"`
}

// An Address is one that connections to a host were opened to, warm-up included.
type Address struct {
	Name        string `json:"name"`    // of the host; "(other)" for all past [metrics.MaxAddresses]
	Address     string `json:"address"` // "" under "(other)"
	Connections uint64 `json:"connections"`
}

// Generator is how the machine that measured fared.
type Generator struct {
	CPUMean       float64  `json:"cpu_mean"`
	CPUPeak       float64  `json:"cpu_peak"`
	LagP99        *float64 `json:"lag_p99_ms"`
	SchedP99Peak  float64  `json:"sched_p99_peak_ms"`
	GCPauseMax    float64  `json:"gc_pause_max_ms"`
	HeapPeak      uint64   `json:"heap_peak_bytes"`
	FDsPeak       int      `json:"fds_peak"`
	FDLimit       int      `json:"fd_limit"`
	PortsPeak     int      `json:"ports_peak"`
	PortRange     int      `json:"port_range"`
	StallMax      float64  `json:"stall_max_ms"`
	ClockGapMax   float64  `json:"clock_gap_max_ms"`
	OwnErrors     uint64   `json:"own_errors"`
	NamesOverflow uint64   `json:"names_overflow"`
	Seconds       int      `json:"seconds"`
	Missing       int      `json:"missing"`
	Partial       int      `json:"partial"`
}

// A Worker is one worker of a run.
type Worker struct {
	ID       int     `json:"id"`
	Name     string  `json:"name"`
	Requests uint64  `json:"requests"`
	Active   int     `json:"active"`
	Share    float64 `json:"share"`
	Lost     bool    `json:"lost"`
	CPU      float64 `json:"cpu"`
}
