package metrics

// A NameID stands for a request name interned by [Recorder.Name]. The zero
// value stands for OtherName.
type NameID uint32

// A CheckID stands for the name of a check interned by [Recorder.Check]. The
// zero value stands for OtherName.
type CheckID uint32

// A Kind says what a name counts.
type Kind uint8

// The kinds of names. The order is part of the snapshot encoding.
const (
	Request Kind = iota // one request, or a custom step that stands for one
	Group               // a step that contains requests: shown by name, left out of the totals
)

// String returns the name that reports and the dashboard use.
func (k Kind) String() string {
	if k == Group {
		return "group"
	}
	return "request"
}

// A Stage says in which part of a user's life a sample was taken.
type Stage uint8

// The stages. Only Main counts into the totals. The order is part of the
// snapshot encoding.
const (
	Main Stage = iota
	Setup
	Teardown
)

// String returns the name that reports and the dashboard use.
func (s Stage) String() string {
	switch s {
	case Setup:
		return "setup"
	case Teardown:
		return "teardown"
	}
	return "main"
}

// A Sample is what happened to one request. Durations are in nanoseconds; the
// phases are zero when they did not happen (a reused connection has no DNS,
// Connect and TLS).
type Sample struct {
	Name     NameID
	Kind     Kind
	Stage    Stage
	Class    Class
	Code     uint16 // HTTP status, zero when there was no answer
	End      int64  // when the last byte arrived, nanoseconds since the start of the run; decides the second
	Service  int64  // first byte written to last byte read
	Response int64  // intended start to last byte read
	DNS      int64
	Connect  int64
	TLS      int64
	TTFB     int64 // first byte written to first byte read
	BytesOut int64
	BytesIn  int64
}
