// Package page makes what the live dashboard and report.html read of a run: a
// page, as docs/page-data.md describes it.
//
// Of a run that goes on, second by second:
//
//	b := page.New(run)
//	bucket, wider := b.Add(snapshot)       // a second, or a part of one that came late
//	row := b.Row(bucket, known)            // what to tell those who look on; when wider, a reset instead
//	events := b.Remarks(snapshot, &progress)
//	status := b.Live(&progress)
//	err := b.Encode(w, seq, &status)       // all of it, for those who come
//
// Of a stored run:
//
//	b, status, err := page.FromStore(reader)
//
// # Guarantees
//
// Counts are exact, and so are percentiles: buckets become wider by merging
// histograms, never by averaging. Only a part of a second that comes more than
// [Late] buckets late finds the histograms of its bucket gone: it still counts,
// but leaves the percentiles of that bucket alone; the page of the stored run
// has them right. The same input makes the same bytes.
//
// A builder belongs to one goroutine at a time. It takes memory by buckets and
// names, not by requests: some 3 MiB for an hour of 20 names. Beyond the buckets
// a second takes a bit: some 60 KiB a day.
package page

import (
	"time"

	"github.com/loadforge/loadforge/internal/hdr"
	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/internal/store"
)

// MaxBuckets is how many buckets a page has before they double.
const MaxBuckets = 3600

// farthest bounds the time axis, in buckets, against a second that can't be.
const farthest = 1 << 18

// Late is how many buckets late a part of a second may come to be in the
// percentiles of its own.
const Late = kept

type nameKey struct {
	name  string
	kind  metrics.Kind
	stage metrics.Stage
}

// A Builder makes the page of a run. [New] and [FromStore] make one.
type Builder struct {
	run      metrics.Run
	names    []Name
	numbers  map[nameKey]int
	dists    []hdr.Histogram // response times by name, warm-up left out
	cells    cells
	measured measured
	axes     []*axis // the page's, and wider ones that may follow it
	events   []Event
	watch    store.Watch
	workers  workers
}

// New returns the page of a run that is to begin. Its buckets are a second wide,
// and double whenever they become more than [MaxBuckets].
func New(run metrics.Run) *Builder {
	b := newBuilder(run, 1)
	for width := 2; width <= widest(run.Duration); width *= 2 {
		b.axes = append(b.axes, newAxis(width, len(run.Loads)))
	}
	return b
}

// widest is how wide buckets may become. Every width takes room from the start:
// histograms that were merged into a bucket can't be told apart, but merging
// each second into some more is cheap. A run may take longer than planned, by
// its drain or because a user holds it.
func widest(planned time.Duration) int {
	if planned == 0 {
		planned = 5 * 24 * time.Hour
	}
	width := 2
	for time.Duration(width*MaxBuckets)*time.Second < 2*planned {
		width *= 2
	}
	return width
}

// NewWidth returns the page of a run in buckets of so many seconds, which stay
// as wide.
func NewWidth(run metrics.Run, width int) *Builder { return newBuilder(run, width) }

func newBuilder(run metrics.Run, width int) *Builder {
	return &Builder{
		run:      run,
		numbers:  map[nameKey]int{},
		cells:    cells{width: width},
		measured: newMeasured(),
		axes:     []*axis{newAxis(width, len(run.Loads))},
	}
}

// Add adds a second, or a part of one that came late, and returns its bucket.
// Wider says that the buckets have doubled: all of them are others now, and rows
// of before mean nothing any more. It keeps nothing of s. Seconds before the
// start or years after it are passed over; their bucket is -1.
func (b *Builder) Add(s *metrics.Snapshot) (bucket int, wider bool) {
	last := b.axes[len(b.axes)-1]
	if s.Second < 0 || s.Second/last.width >= farthest {
		return -1, false
	}
	for len(b.axes) > 1 && s.Second/b.axes[0].width >= MaxBuckets {
		b.axes, wider = b.axes[1:], true
	}
	part := b.part(s)
	for i := len(b.axes) - 1; i >= 0; i-- {
		bucket = b.axes[i].add(&part)
	}
	b.cells.reach(s.Second)
	warmup := time.Duration(s.Second)*time.Second < b.run.Warmup
	for i := range s.Names {
		n := &s.Names[i]
		b.cells.add(part.names[i], s.Second, &n.Response)
		if !warmup {
			b.dists[part.names[i]].Merge(&n.Response)
		}
	}
	return bucket, wider
}

// part finds what of a snapshot is new.
func (b *Builder) part(s *metrics.Snapshot) second {
	part := second{Snapshot: s, names: make([]int, len(s.Names))}
	left := s.Length
	for at := s.Second; ; at++ {
		before, seen := b.measured.at(at)
		if !seen {
			part.fresh++
		}
		after := max(before, min(left, time.Second))
		b.measured.set(at, after)
		part.length += after - before
		if left -= time.Second; left <= 0 || at-s.Second >= MaxBuckets {
			break
		}
	}
	for i := range s.Names {
		part.names[i] = b.number(&s.Names[i])
	}
	return part
}

// number is the place of a name in the page.
func (b *Builder) number(n *metrics.NameStats) int {
	key := nameKey{n.Name, n.Kind, n.Stage}
	i, known := b.numbers[key]
	if !known {
		i = len(b.names)
		b.numbers[key] = i
		b.names = append(b.names, Name{Name: Clean(n.Name), Kind: n.Kind.String(), Stage: n.Stage.String()})
		b.dists = append(b.dists, hdr.Histogram{})
	}
	return i
}

// Names are the names so far. The list only grows, and its beginning stays.
func (b *Builder) Names() []Name { return b.names[:len(b.names):len(b.names)] }

// Width is how many seconds a bucket has.
func (b *Builder) Width() int { return b.axes[0].width }

// Buckets is how many buckets there are.
func (b *Builder) Buckets() int { return b.axes[0].count }
