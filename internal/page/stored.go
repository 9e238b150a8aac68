package page

import (
	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/internal/store"
)

// FromStore returns the page of a stored run, also of one that was cut or still
// goes on, as far as it got. Its buckets are as wide as they would be live.
func FromStore(r *store.Reader) (*Builder, Status) {
	b, replay := NewStored(r), NewReplay(r)
	for s, err := range r.Snapshots() {
		if err != nil {
			replay.Unreadable()
			continue
		}
		b.Add(s)
		replay.Add(s)
	}
	outcome := replay.Outcome()
	return b, b.Stored(r, &outcome)
}

// NewStored returns a page for a stored run, with its events. Its seconds are
// for the caller to add.
func NewStored(r *store.Reader) *Builder {
	run := r.Run()
	run.Warmup = Warmup(r)
	width := 1
	for r.Last()/width >= MaxBuckets {
		width *= 2
	}
	b := NewWidth(run, width)
	b.axes[0].kept = 0 // the store gives each second once, and in order
	b.markAll(r.Events(), r.Crossings())
	return b
}

// CatchUp adds what is stored of a run that goes on, for whoever comes to show
// it when it has begun already: what comes next goes on from there. Seconds that
// can't be read are passed over.
func (b *Builder) CatchUp(r *store.Reader) {
	b.markAll(r.Events(), r.Crossings())
	b.watch = r.Watch()
	b.workers.behind = r.Last() >= 0
	for s, err := range r.Snapshots() {
		if err == nil {
			b.Add(s)
		}
	}
}

// Stored is what a stored run came to.
func (b *Builder) Stored(r *store.Reader, o *metrics.Outcome) Status {
	s := b.Ended(o)
	switch {
	case r.Outcome() != nil:
	case r.Live():
		s.State, s.Passed, s.Interrupted = "running", nil, false
	default:
		s.State = "cut"
	}
	return s
}
