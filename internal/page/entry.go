package page

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/internal/store"
)

// The states of an [Entry].
const (
	StatePassed      = "passed"
	StateFailed      = "failed"
	StateInterrupted = "interrupted"
	StateBroken      = "error" // its setup failed, or the like
	StateCut         = "cut"   // it has no end
	StateLive        = "live"  // it goes on
)

// An Entry is a run in a list of runs. Numbers that are not known are nil.
type Entry struct {
	ID        string    `json:"id"` // names its directory
	Test      string    `json:"test"`
	Started   time.Time `json:"started"`
	Duration  *float64  `json:"duration_s"`
	State     string    `json:"state"`
	Verdict   string    `json:"verdict"` // empty while it is live
	Requests  *uint64   `json:"requests"`
	PerSecond *float64  `json:"requests_per_s"`
	ErrorRate *float64  `json:"error_rate"`
	P50       *float64  `json:"p50_ms"`
	P95       *float64  `json:"p95_ms"`
	P99       *float64  `json:"p99_ms"`
	Target    string    `json:"target"`
	Pattern   string    `json:"pattern"` // of all loads, in words
}

// longestReplay is how long a run may be that is read from end to end for an
// entry, as one has to be that was cut.
const longestReplay = 6 * 3600

// Entries returns the entries of all runs of a results directory, the newest
// first. What is no run, or can't be read, is left out. Package history is the
// quick way to a thousand of them.
func Entries(dir string) ([]Entry, error) {
	marks, err := store.Marks(dir)
	if err != nil {
		return nil, err
	}
	list := []Entry{}
	for name := range marks {
		if e, err := EntryOf(filepath.Join(dir, name)); err == nil {
			list = append(list, e)
		}
	}
	slices.SortFunc(list, func(a, b Entry) int {
		return cmp.Or(b.Started.Compare(a.Started), cmp.Compare(b.ID, a.ID))
	})
	return list, nil
}

// EntryOf returns the entry of a run, whose directory it takes. Of one that ended
// that takes a millisecond, whatever its length. One that was cut is added up.
func EntryOf(dir string) (Entry, error) {
	g, err := store.Glance(dir)
	if err != nil {
		return Entry{}, err
	}
	e := entryOf(&g.Run)
	e.ID = filepath.Base(dir)
	switch {
	case g.Live:
		e.State = StateLive
	case g.Outcome != nil && g.Outcome.Summary != nil:
		e.end(g.Outcome)
	default:
		err = e.replay(dir)
	}
	return e, err
}

func entryOf(r *metrics.Run) Entry {
	e := Entry{Test: Clean(r.Test), Started: r.Start.UTC(), Target: Clean(r.Target)}
	var patterns []string
	for i := range r.Loads {
		pattern := Clean(r.Loads[i].Pattern)
		if len(r.Loads) > 1 {
			pattern = fmt.Sprintf("%s: %s", Clean(r.Loads[i].Scenario), pattern)
		}
		patterns = append(patterns, pattern)
	}
	e.Pattern = strings.Join(patterns, "; ")
	return e
}

// end notes how the run ended.
func (e *Entry) end(o *metrics.Outcome) {
	switch {
	case o.Error != "":
		e.State = StateBroken
	case o.Interrupted:
		e.State = StateInterrupted
	case !o.Passed:
		e.State = StateFailed
	default:
		e.State = StatePassed
	}
	e.Verdict = string(o.Verdict.State)
	if o.Summary != nil {
		e.sum(o.Summary)
	}
}

func (e *Entry) sum(s *metrics.Summary) {
	e.Duration = number(seconds(s.Duration))
	e.Requests = &s.Requests
	e.PerSecond = number(decimals(s.PerSecond, 3))
	e.ErrorRate = number(decimals(s.ErrorRate, 6))
	e.P50 = reliable(&s.Response, 0.5, s.Response.P50)
	e.P95 = reliable(&s.Response, 0.95, s.Response.P95)
	e.P99 = reliable(&s.Response, 0.99, s.Response.P99)
}

// replay adds up a run that has no totals.
func (e *Entry) replay(dir string) error {
	r, err := store.Open(dir)
	if err != nil {
		return err
	}
	defer r.Close()
	e.State = StateCut
	if r.Outcome() == nil && r.Last() > longestReplay {
		return nil
	}
	replay := NewReplay(r)
	for s, err := range r.Snapshots() {
		if err != nil {
			replay.Unreadable()
			continue
		}
		replay.Add(s)
	}
	outcome := replay.Outcome()
	e.end(&outcome)
	if r.Outcome() == nil {
		e.State = StateCut
	}
	return nil
}
