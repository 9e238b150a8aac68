package threshold

import "fmt"

// A Metric is a number of a run that a rule can limit. Its constants say the
// unit of Rule.Limit and of the value given to Rule.Judge.
type Metric uint8

// The metrics. The zero Metric is none of them.
const (
	// LatencyQuantile is a quantile of the latency in nanoseconds.
	LatencyQuantile Metric = iota + 1
	// LatencyMean is the mean latency in nanoseconds.
	LatencyMean
	// LatencyMin is the lowest latency in nanoseconds.
	LatencyMin
	// LatencyMax is the highest latency in nanoseconds.
	LatencyMax
	// ErrorShare is failed requests / requests, 0 to 1.
	ErrorShare
	// CheckShare is checks that held / checks, 0 to 1.
	CheckShare
	// RequestRate is requests per second.
	RequestRate
	// RequestCount is the number of requests.
	RequestCount
	// DroppedCount is the number of dropped iterations.
	DroppedCount
	// IterationErrorShare is failed iterations / finished iterations, 0 to 1.
	IterationErrorShare
)

// String returns the word of the metric in the text of a rule. For
// LatencyQuantile, which is p95 or p99.9 there, it returns "quantile".
func (m Metric) String() string {
	switch m {
	case LatencyQuantile:
		return "quantile"
	case LatencyMean:
		return "mean"
	case LatencyMin:
		return "min"
	case LatencyMax:
		return "max"
	case ErrorShare:
		return "error_rate"
	case CheckShare:
		return "check_rate"
	case RequestRate:
		return "request_rate"
	case RequestCount:
		return "count"
	case DroppedCount:
		return "dropped"
	case IterationErrorShare:
		return "iteration_error_rate"
	}
	return fmt.Sprintf("metric(%d)", uint8(m))
}

// Latency reports whether the metric is a time in nanoseconds.
func (m Metric) Latency() bool { return m >= LatencyQuantile && m <= LatencyMax }

// Share reports whether the metric is a share between 0 and 1.
func (m Metric) Share() bool {
	return m == ErrorShare || m == CheckShare || m == IterationErrorShare
}

// Display converts a value of the metric to the unit people read it in, and
// names that unit: "ms", "%", "/s", or "" for counts.
func (m Metric) Display(value float64) (scaled float64, unit string) {
	switch {
	case m.Latency():
		return value / 1e6, "ms"
	case m.Share():
		return value * 100, "%"
	case m == RequestRate:
		return value, "/s"
	}
	return value, ""
}

func (m Metric) known() bool { return m >= LatencyQuantile && m <= IterationErrorShare }

// An Op compares a measured value with a limit.
type Op uint8

// The comparisons. The zero Op is Below.
const (
	Below   Op = iota // value < limit
	AtMost            // value <= limit
	Above             // value > limit
	AtLeast           // value >= limit
)

// String returns the operator as it is written in the text of a rule.
func (o Op) String() string {
	switch o {
	case Below:
		return "<"
	case AtMost:
		return "<="
	case Above:
		return ">"
	case AtLeast:
		return ">="
	}
	return fmt.Sprintf("op(%d)", uint8(o))
}

func (o Op) known() bool { return o <= AtLeast }

// upper reports whether the limit is one from above.
func (o Op) upper() bool { return o == Below || o == AtMost }

func (o Op) holds(value, limit float64) bool {
	switch o {
	case Below:
		return value < limit
	case AtMost:
		return value <= limit
	case Above:
		return value > limit
	case AtLeast:
		return value >= limit
	}
	return false
}
