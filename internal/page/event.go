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

// Remarks adds what is new in the progress with a second, and returns it: what
// the store keeps of it, too.
func (b *Builder) Remarks(s *metrics.Snapshot, p *metrics.Progress) []Event {
	from := len(b.events)
	b.markAll(b.watch.Second(s, p))
	return b.events[from:len(b.events):len(b.events)]
}

func (b *Builder) markAll(events []store.Event, crossings []store.Crossing) {
	for _, e := range events {
		b.Mark(Event{At: seconds(e.At), Kind: string(e.Kind), Text: e.Text})
	}
	for _, c := range crossings {
		b.Mark(crossing(c.At, &c.Status))
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
