package page

import (
	"fmt"
	"strconv"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/internal/store"
)

// Mark adds a moment to the page: somebody's remark, a change of the load.
func (b *Builder) Mark(e Event) {
	e.Text = Clean(e.Text)
	b.events = append(b.events, e)
}

// Remarks adds what is new in the progress with a second, and returns it: a
// message, the end of the warm-up, thresholds that begin to fail or to pass.
// They are those that the store keeps, and by the same rules.
func (b *Builder) Remarks(s *metrics.Snapshot, p *metrics.Progress) []Event {
	from := len(b.events)
	if p.Message != "" && p.Message != b.message {
		b.Mark(Event{At: seconds(s.End()), Kind: string(store.Message), Text: p.Message})
	}
	b.message = p.Message
	if p.Total != nil && p.Total.Warmup > 0 && !b.warm && s.End() > p.Total.Warmup {
		b.warm = true
		b.Mark(Event{At: seconds(p.Total.Warmup), Kind: string(store.WarmedUp), Text: "warm-up ended"})
	}
	for i := range p.Thresholds {
		b.cross(s.End(), &p.Thresholds[i])
	}
	return b.events[from:len(b.events):len(b.events)]
}

// cross notes a threshold that changed.
func (b *Builder) cross(at time.Duration, s *metrics.ThresholdStatus) {
	fails := s.Known && !s.Passed
	if fails != b.failing[s.Rule] {
		b.failing[s.Rule] = fails
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
