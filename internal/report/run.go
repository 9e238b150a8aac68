package report

import (
	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/internal/page"
	"github.com/loadforge/loadforge/internal/store"
)

// A Run is all that reports say about one run.
type Run struct {
	metrics.Run
	metrics.Outcome      // of a run that was cut: as far as it got
	Cut             bool // the run has no end

	page     *page.Builder // nil where nobody asked for it
	status   page.Status
	baseline []byte // a page, nil without one
}

// read takes a stored run in. Each second is shown to each, which may be nil.
func read(r *store.Reader, paged bool, each func(*moment)) *Run {
	run := &Run{Run: r.Run(), Cut: r.Outcome() == nil}
	if paged {
		run.page = page.NewStored(r)
	}
	replay := page.NewReplay(r)
	m := moment{models: models(run.Loads)}
	for s, err := range r.Snapshots() {
		if err != nil {
			replay.Unreadable()
			continue
		}
		replay.Add(s)
		if paged {
			run.page.Add(s)
		}
		if each != nil {
			m.take(s)
			each(&m)
		}
	}
	run.Outcome = replay.Outcome()
	if paged {
		run.status = run.page.Stored(r, &run.Outcome)
	}
	return run
}

// models are the models of loads, in plan order.
func models(loads []metrics.Load) []string {
	list := make([]string, len(loads))
	for i := range loads {
		list[i] = loads[i].Model
	}
	return list
}
