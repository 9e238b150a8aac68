package metrics

// A Class says what went wrong with a request, in the words of the report.
// OK is the zero value: nothing went wrong.
type Class uint8

// The classes of errors. The order is part of the snapshot encoding: append,
// never reorder.
const (
	OK        Class = iota
	DNS             // the name did not resolve
	Connect         // refused, unreachable
	TLS             // handshake or certificate
	Timeout         // a deadline passed; the message names the phase
	Reset           // the peer closed or reset the connection early
	Protocol        // the answer was not HTTP, or broke its rules
	Body            // the body could not be read or decoded
	Status4xx       // an unexpected 4xx answer
	Status5xx       // an unexpected 5xx answer
	Status          // any other unexpected status
	Redirect        // too many redirects, or one that leads nowhere
	Check           // the scenario's own verdict: a task, setup or step returned an error of its own. Its name is "task"
	Panic           // the scenario panicked
	Generator       // this machine's own limit (descriptors, ports): never the target's fault
	Cancelled       // the run ended first: counted apart, not an error

	NumClasses = int(Cancelled) + 1
)

var classNames = [NumClasses]string{
	"ok", "dns", "connect", "tls", "timeout", "reset", "protocol", "body",
	"status_4xx", "status_5xx", "status", "redirect", "task", "panic", "generator", "cancelled",
}

// String returns the name that reports and result.json use.
func (c Class) String() string {
	if int(c) >= NumClasses {
		return "unknown"
	}
	return classNames[c]
}

// IsError says whether the class counts into the target's error rate. A
// cancelled request was cut short by the end of the run, and a generator fault
// says nothing about the target.
func (c Class) IsError() bool {
	return c != OK && c != Cancelled && c != Generator
}
