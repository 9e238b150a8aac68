package store

import "github.com/loadforge/loadforge/internal/metrics"

// A Watch finds what is to be remarked of a run between its seconds: a message,
// the end of the warm-up, thresholds that begin to fail or to pass. The zero
// value is ready for a run that is to begin; [Reader.Watch] is for one that goes
// on. It belongs to one goroutine at a time.
type Watch struct {
	message string
	warm    bool
	failing map[string]bool // by rule: it failed when last seen
}

// Second returns what is new in the progress with a second.
func (w *Watch) Second(s *metrics.Snapshot, p *metrics.Progress) (events []Event, crossings []Crossing) {
	at := s.End()
	if p.Message != "" && p.Message != w.message {
		events = append(events, Event{At: at, Kind: Message, Text: p.Message})
	}
	w.message = p.Message
	if p.Total != nil && p.Total.Warmup > 0 && !w.warm && at > p.Total.Warmup {
		w.warm = true
		events = append(events, Event{At: p.Total.Warmup, Kind: WarmedUp, Text: "warm-up ended"})
	}
	for _, status := range p.Thresholds {
		if w.cross(status.Rule, status.Known && !status.Passed) {
			crossings = append(crossings, Crossing{At: at, Status: status})
		}
	}
	return events, crossings
}

// cross notes whether a rule fails, and reports whether that is new.
func (w *Watch) cross(rule string, fails bool) bool {
	if w.failing[rule] == fails {
		return false
	}
	if w.failing == nil {
		w.failing = map[string]bool{}
	}
	w.failing[rule] = fails
	return true
}
