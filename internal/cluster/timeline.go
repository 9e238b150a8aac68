package cluster

import (
	"math"
	"slices"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
)

// A timeline puts the snapshots of all workers together by second, each exactly
// once, and gives the seconds out in order. It is a value without clock: the
// caller says which seconds are overdue.
type timeline struct {
	workers []attendance
	epochs  []Epoch // with their tables, at least one
	tables  []Table
	open    map[int]*openSecond // reported by some, not given out yet
	next    int                 // all seconds before were given out
	seen    int                 // all seconds from here were never reported
}

// An attendance is what a timeline knows of one worker.
type attendance struct {
	from    int // nobody waits for its seconds before
	epochs  map[uint32]*sequence
	end     int  // the worker has nothing to report from this second on
	lost    bool // nobody waits for it any more
	missing []int
}

type openSecond struct {
	merged *metrics.Snapshot
	from   []bool // by worker
}

func newTimeline(table Table) *timeline {
	t := &timeline{open: map[int]*openSecond{}, epochs: []Epoch{{}}, tables: []Table{table}}
	t.admit(table.Workers())
	return t
}

// admit makes the timeline know n workers.
func (t *timeline) admit(n int) {
	for len(t.workers) < n {
		t.workers = append(t.workers, attendance{epochs: map[uint32]*sequence{}, end: math.MaxInt})
	}
}

// divide adds a later division of the load.
func (t *timeline) divide(epoch Epoch, table Table) {
	t.epochs, t.tables = append(t.epochs, epoch), append(t.tables, table)
	t.admit(table.Workers())
}

// share is a worker's part of the load in a second.
func (t *timeline) share(worker, second int) float64 {
	i := len(t.epochs) - 1
	for i > 0 && t.epochs[i].From >= time.Duration(second+1)*time.Second {
		i--
	}
	return t.tables[i].Share(worker)
}

// add takes in a snapshot, unless it did so before. One that comes after its
// second was given out is returned: it has to be given out on its own.
func (t *timeline) add(s *metrics.Snapshot) (late *metrics.Snapshot) {
	if s.Worker < 0 || s.Worker >= len(t.workers) || !t.workers[s.Worker].first(s) {
		return nil
	}
	t.seen = max(t.seen, s.Second+1)
	worker := &t.workers[s.Worker]
	s.Workers, s.Covered = 1, t.share(s.Worker, s.Second)
	if s.Second < t.next {
		worker.missing = slices.DeleteFunc(worker.missing, func(second int) bool { return second == s.Second })
		return s
	}
	t.merge(s)
	return nil
}

// met reports whether a snapshot was taken in before.
func (t *timeline) met(s *metrics.Snapshot) bool {
	met := t.workers[s.Worker].epochs[s.Epoch]
	return met != nil && met.has(s.Seq)
}

func (a *attendance) first(s *metrics.Snapshot) bool {
	if a.epochs[s.Epoch] == nil {
		a.epochs[s.Epoch] = &sequence{}
	}
	return a.epochs[s.Epoch].add(s.Seq)
}

// merge adds a snapshot to its second. That of a lone worker stays as it is:
// the usual run, on one machine, copies nothing.
func (t *timeline) merge(s *metrics.Snapshot) {
	second := t.open[s.Second]
	if second == nil {
		second = &openSecond{}
		t.open[s.Second] = second
	}
	second.from = append(second.from, make([]bool, len(t.workers)-len(second.from))...)
	second.from[s.Worker] = true
	switch {
	case second.merged != nil:
		second.merged.Merge(s)
	case len(t.workers) == 1:
		second.merged = s
	default:
		second.merged = &metrics.Snapshot{}
		second.merged.Merge(s)
	}
}

// finish notes that a worker reports nothing from a second on.
func (t *timeline) finish(worker, end int) { t.workers[worker].end = end }

// lose notes that nobody needs to wait for a worker any more.
func (t *timeline) lose(worker int) { t.workers[worker].lost = true }

// await notes that a worker reports again, from a second on.
func (t *timeline) await(worker, from int) {
	a := &t.workers[worker]
	a.lost, a.from, a.end = false, from, math.MaxInt
}

// pop gives out, in order, the seconds that are final: all workers that had to
// report them did, or they are overdue, which is all before the given one. A
// second that nobody reported is passed over.
func (t *timeline) pop(overdue int) []*metrics.Snapshot {
	var final []*metrics.Snapshot
	for t.complete(t.next) || t.next < overdue && (t.awaited() || t.next < t.horizon()) {
		if s := t.close(t.next); s != nil {
			final = append(final, s)
		}
		t.next++
	}
	return final
}

// complete reports whether nobody is waited for in a second of the run.
func (t *timeline) complete(second int) bool {
	if second >= t.horizon() {
		return false
	}
	for w := range t.workers {
		worker := &t.workers[w]
		if !worker.lost && worker.from <= second && worker.end > second && !t.reported(second, w) {
			return false
		}
	}
	return true
}

// horizon is the first second that nobody spoke of.
func (t *timeline) horizon() int {
	horizon := t.seen
	for _, worker := range t.workers {
		if worker.end != math.MaxInt {
			horizon = max(horizon, worker.end)
		}
	}
	return horizon
}

// awaited reports whether some worker is still running.
func (t *timeline) awaited() bool {
	return slices.ContainsFunc(t.workers, func(a attendance) bool { return !a.lost && a.end == math.MaxInt })
}

func (t *timeline) reported(second, worker int) bool {
	s := t.open[second]
	return s != nil && worker < len(s.from) && s.from[worker]
}

// close makes the final snapshot of a second, or nil if there is none, and
// notes who is missing in it. A worker that had ended before is not: it covers
// its share by doing nothing.
func (t *timeline) close(second int) *metrics.Snapshot {
	ended := 0.0
	for w := range t.workers {
		worker := &t.workers[w]
		switch {
		case t.reported(second, w):
		case worker.end <= second:
			ended += t.share(w, second)
		case worker.from <= second:
			worker.missing = append(worker.missing, second)
		}
	}
	if t.open[second] == nil {
		return nil
	}
	snapshot := t.open[second].merged
	snapshot.Covered += ended
	delete(t.open, second)
	return snapshot
}

// whole reports whether all snapshots that a worker sent in an epoch are in.
func (t *timeline) whole(worker int, epoch uint32, sent uint64) bool {
	sequence := t.workers[worker].epochs[epoch]
	return sent == 0 || sequence != nil && sequence.complete(sent)
}
