package page

import (
	"fmt"
	"strconv"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
)

// Mark adds a moment to the page: somebody's remark, a change of the load.
func (b *Builder) Mark(e Event) {
	e.Text = Clean(e.Text)
	b.events = append(b.events, e)
}

// Remarks adds what is new in the progress with a second, and returns it: a
// message, the end of the warm-up, thresholds that begin to fail or to pass.
// They are those that the store keeps.
func (b *Builder) Remarks(s *metrics.Snapshot, p *metrics.Progress) []Event {
	from := len(b.events)
	if p.Message != "" && p.Message != b.message {
		b.Mark(Event{At: seconds(s.End()), Kind: "message", Text: p.Message})
	}
	b.message = p.Message
	if warmup := b.run.Warmup; warmup > 0 && !b.warm && s.End() > warmup {
		b.warm = true
		b.Mark(Event{At: seconds(warmup), Kind: "warmed_up", Text: "warm-up ended"})
	}
	for i := range p.Thresholds {
		b.cross(i, s.End(), &p.Thresholds[i])
	}
	return b.events[from:len(b.events):len(b.events)]
}

// cross notes a threshold that changed.
func (b *Builder) cross(i int, at time.Duration, s *metrics.ThresholdStatus) {
	for len(b.failing) <= i {
		b.failing = append(b.failing, false)
	}
	fails := s.Known && !s.Passed
	if fails != b.failing[i] {
		b.failing[i] = fails
		b.Mark(crossing(at, s))
	}
}

func crossing(at time.Duration, s *metrics.ThresholdStatus) Event {
	passed, verb := s.Passed, "passes again"
	if !passed {
		verb = "fails"
	}
	value := strconv.FormatFloat(decimals(s.Latest, 3), 'f', -1, 64)
	if s.Unit != "" {
		value += " " + s.Unit
	}
	return Event{At: seconds(at), Kind: "threshold", Text: fmt.Sprintf("%s %s: %s", s.Rule, verb, value), Passed: &passed}
}
