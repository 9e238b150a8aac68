package cluster

import (
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/loadforge/loadforge/internal/metrics"
)

// measured makes a worker's snapshot of a second in which it started as many
// iterations as the second's number, and ten times the worker's.
func measured(worker, second int) *metrics.Snapshot {
	return &metrics.Snapshot{
		Worker: worker, Epoch: 1, Seq: uint64(second), Second: second, Workers: 1, Covered: 1,
		Loads: []metrics.LoadStats{{Started: uint64(second + 10*worker)}},
	}
}

// given is what a test wants to see of a second.
type given struct {
	second  int
	started uint64
	covered float64
}

func givenOf(snapshots []*metrics.Snapshot) (g []given) {
	for _, s := range snapshots {
		g = append(g, given{s.Second, s.Loads[0].Started, s.Covered})
	}
	return g
}

func TestTimeline(t *testing.T) {
	type step struct {
		says    string
		do      func(*timeline) *metrics.Snapshot // returns what came late
		overdue int
		given   []given
		late    []given
	}
	add := func(worker, second int) func(*timeline) *metrics.Snapshot {
		return func(l *timeline) *metrics.Snapshot { return l.add(measured(worker, second)) }
	}
	nothing := func(*timeline) *metrics.Snapshot { return nil }
	table := newTimeline(Shares([]float64{1, 1, 2}))
	for _, step := range []step{
		{"the first report makes no second final", add(0, 0), 0, nil, nil},
		{"nor does the second", add(1, 0), 0, nil, nil},
		{"the same report again counts for nothing", add(0, 0), 0, nil, nil},
		{"the last report does", add(2, 0), 0, []given{{0, 30, 1}}, nil},
		{"a report after that counts for nothing if it was there before", add(2, 0), 0, nil, nil},
		{"a later second waits for the earlier", add(0, 2), 0, nil, nil},
		{"also when complete", func(l *timeline) *metrics.Snapshot { l.add(measured(1, 2)); return l.add(measured(2, 2)) }, 0, nil, nil},
		{"a second nobody reported is passed over when overdue", nothing, 2, []given{{2, 36, 1}}, nil},
		{"what comes later comes alone", add(2, 1), 2, nil, []given{{1, 21, 0.5}}},
		{"an overdue second is given out with those that are there", add(2, 3), 4, []given{{3, 23, 0.5}}, nil},
		{"a worker that ended covers its share", func(l *timeline) *metrics.Snapshot {
			l.finish(2, 4)
			l.add(measured(0, 4))
			return l.add(measured(1, 4))
		}, 4, []given{{4, 18, 1}}, nil},
		{"one that was lost does not", func(l *timeline) *metrics.Snapshot { l.lose(1); return l.add(measured(0, 5)) }, 4, []given{{5, 5, 0.75}}, nil},
		{"but it may come back", add(1, 5), 4, nil, []given{{5, 15, 0.25}}},
		{"when all have ended nothing more comes", func(l *timeline) *metrics.Snapshot { l.finish(0, 6); return nil }, 100, nil, nil},
	} {
		var late []*metrics.Snapshot
		if s := step.do(table); s != nil {
			late = append(late, s)
		}
		if got := givenOf(late); !slices.Equal(got, step.late) {
			t.Errorf("%s: late %v, want %v", step.says, got, step.late)
		}
		if got := givenOf(table.pop(step.overdue)); !slices.Equal(got, step.given) {
			t.Errorf("%s: given out %v, want %v", step.says, got, step.given)
		}
	}
	for w, want := range [][]int{{1, 3}, {1, 3}, nil} {
		if got := table.workers[w].missing; !slices.Equal(got, want) {
			t.Errorf("worker %d misses seconds %v, want %v", w, got, want)
		}
	}
}

func TestTimelinePassesOverStrangers(t *testing.T) {
	timeline := newTimeline(Table{})
	for _, worker := range []int{-1, 1} {
		if late := timeline.add(measured(worker, 0)); late != nil || timeline.seen > 0 {
			t.Errorf("worker %d was counted", worker)
		}
	}
}

// Whatever the transport does to the order and number of snapshots, each
// counts once, and the seconds come in order.
func TestTimelineCountsEachSnapshotOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		workers, seconds := rapid.IntRange(1, 4).Draw(t, "workers"), rapid.IntRange(1, 6).Draw(t, "seconds")
		var sent []*metrics.Snapshot
		var want uint64
		for w := range workers {
			for s := range seconds {
				copies := rapid.IntRange(0, 3).Draw(t, "copies")
				for range copies {
					sent = append(sent, measured(w, s))
				}
				if copies > 0 {
					want += uint64(s + 10*w)
				}
			}
		}
		sent = rapid.Permutation(sent).Draw(t, "order")

		timeline := newTimeline(Shares(make([]float64, workers)))
		var total metrics.Total
		var order []int
		overdue := 0
		collect := func() {
			for _, s := range timeline.pop(overdue) {
				order = append(order, s.Second)
				total.Add(s)
			}
		}
		for _, s := range sent {
			if late := timeline.add(s); late != nil {
				total.Add(late)
			}
			overdue = max(overdue, rapid.IntRange(0, seconds).Draw(t, "overdue"))
			collect()
		}
		for w := range workers {
			timeline.finish(w, seconds)
			timeline.lose(w)
		}
		collect()
		if got := total.Summary(0).Started; got != want {
			t.Fatalf("%d iterations, want %d", got, want)
		}
		if !slices.IsSorted(order) || len(slices.Compact(slices.Clone(order))) != len(order) {
			t.Fatalf("seconds came as %v, want each once and in order", order)
		}
	})
}

func TestTimelineOfOneWorkerCopiesNothing(t *testing.T) {
	timeline := newTimeline(Table{})
	s := measured(0, 0)
	timeline.add(s)
	if got := timeline.pop(0); !reflect.DeepEqual(got, []*metrics.Snapshot{s}) || got[0] != s {
		t.Errorf("given out %v, want the very snapshot", got)
	}
}

func TestTimelineMergesTwoReportsOfOneWorker(t *testing.T) {
	timeline := newTimeline(Table{})
	timeline.add(measured(0, 1))
	restarted := measured(0, 1)
	restarted.Epoch, restarted.Seq = 2, 0
	timeline.add(restarted)
	timeline.add(measured(0, 0))
	if got, want := givenOf(timeline.pop(0)), []given{{0, 0, 1}, {1, 2, 1}}; !slices.Equal(got, want) {
		t.Errorf("given out %v, want %v", got, want)
	}
}

func TestTimelineIsWhole(t *testing.T) {
	timeline := newTimeline(Table{})
	if !timeline.whole(0, 1, 0) || timeline.whole(0, 1, 1) {
		t.Error("want whole without snapshots, and not with one that is missing")
	}
	timeline.add(measured(0, 1))
	if timeline.whole(0, 1, 2) {
		t.Error("whole with a gap")
	}
	timeline.add(measured(0, 0))
	if !timeline.whole(0, 1, 2) || timeline.whole(0, 2, 1) {
		t.Error("want whole in the epoch that sent, and not in another")
	}
}
