package clustertest

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/internal/virtual"
)

// A Figures is how a case ended, in numbers that must agree.
type Figures struct {
	Fault                       string
	Generated, Merged           int // snapshots
	Scheduled, Executed, Missed int // arrivals
}

// String is a row of a table.
func (f Figures) String() string {
	return fmt.Sprintf("| %s | %d | %d | %d | %d | %d |", f.Fault, f.Generated, f.Merged, f.Scheduled, f.Executed, f.Missed)
}

// A trial is one case of the suite.
type trial struct {
	fault   string
	workers int
	length  time.Duration
	harm    func(*stage) // runs beside; the run starts about a second after it
	// Which of the arrivals may be missed: those due between two times since
	// the start of the load. Zero means none.
	missFrom, missTo time.Duration
	state            metrics.State // of the verdict; empty means any
	always           bool          // in real time too, where all take minutes
	nobody           bool          // may be lost
}

func trials() []trial { return append(deaths(), troubles()...) }

// deaths are those of processes.
func deaths() []trial {
	const s = time.Second
	return []trial{
		{fault: "none", workers: 3, length: 5 * s, state: metrics.Valid},
		{
			fault: "a worker killed", workers: 4, length: 14 * s, missFrom: 2 * s, missTo: 11 * s, state: metrics.Degraded,
			harm: func(st *stage) { st.after(4 * s); st.kill("b") },
		},
		{
			fault: "a worker killed and started again", workers: 3, length: 18 * s, missFrom: 2 * s, missTo: 14 * s, state: metrics.Degraded,
			harm: func(st *stage) {
				st.after(4 * s)
				st.kill("b")
				st.after(6 * s)
				st.hire("b")
			},
		},
		{
			fault: "the coordinator killed and started again", workers: 3, length: 10 * s, state: metrics.Valid, always: true,
			harm: func(st *stage) {
				st.after(5 * s)
				st.crash()
				st.after(6 * s)
				st.conduct(3, st.keeper.resume())
			},
		},
		{
			fault: "the coordinator away for longer than a lease", workers: 3, length: 22 * s, missFrom: 2 * s, missTo: 20 * s, state: metrics.Invalid, // all were lost
			harm: func(st *stage) {
				st.after(5 * s)
				st.crash()
				st.after(11 * s)
				st.conduct(3, st.keeper.resume())
			},
		},
	}
}

// troubles are those of networks, and the coming and going of workers.
func troubles() []trial {
	const s = time.Second
	return []trial{
		{
			fault: "a partition of ten seconds", workers: 4, length: 24 * s, missFrom: 2 * s, missTo: 22 * s, state: metrics.Degraded,
			harm: func(st *stage) {
				st.after(4 * s)
				st.bed.Cut("c", true)
				st.after(14 * s)
				st.bed.Cut("c", false)
			},
		},
		{
			fault: "a short partition", workers: 3, length: 8 * s, state: metrics.Valid,
			harm: func(st *stage) {
				st.after(3 * s)
				st.bed.Cut("c", true)
				st.after(4500 * time.Millisecond)
				st.bed.Cut("c", false)
			},
		},
		{
			fault: "a slow worker, whose line stands still every other moment", workers: 3, length: 10 * s, state: metrics.Valid,
			harm: func(st *stage) {
				for at := 3 * s; at < 9*s; at += 700 * time.Millisecond {
					st.after(at)
					st.bed.Cut("c", true)
					st.after(at + 300*time.Millisecond)
					st.bed.Cut("c", false)
				}
			},
		},
		{
			fault: "a worker cut off while the load ends", workers: 3, length: 5 * s, nobody: true, state: metrics.Degraded, // seconds were given out without it
			harm: func(st *stage) {
				st.after(5500 * time.Millisecond)
				st.bed.Cut("c", true)
				st.after(11 * s)
				st.bed.Cut("c", false)
			},
		},
		{
			fault: "40 % of the acknowledgements lost", workers: 3, length: 8 * s, state: metrics.Valid, always: true,
			harm: func(st *stage) { st.bed.LoseAcks(0.4) },
		},
		{
			fault: "a worker that joins late", workers: 2, length: 10 * s, state: metrics.Valid,
			harm: func(st *stage) { st.after(3 * s); st.hire("late") },
		},
		{
			fault: "a worker that leaves", workers: 3, length: 14 * s, state: metrics.Valid,
			harm: func(st *stage) { st.after(4 * s); st.fire("b") },
		},
	}
}

// Run runs the suite on beds. Bubbled are those that work in virtual time. In
// real time most cases are left out, unless LOADFORGE_FAULTS is set.
func Run(t *testing.T, make Maker, bubbled bool) {
	for _, tr := range trials() {
		t.Run(tr.fault, func(t *testing.T) {
			if !bubbled {
				if !tr.always && os.Getenv("LOADFORGE_FAULTS") == "" {
					t.Skip("make faults runs it")
				}
				t.Parallel()
				tr.run(t, make(t), bubbled)
				return
			}
			virtual.Test(t, func(t *testing.T) { tr.run(t, make(t), bubbled) })
		})
	}
	t.Run("schedule", func(t *testing.T) { schedule(t, make, bubbled) })
}

// run runs a case and looks at what came out.
func (tr *trial) run(t *testing.T, bed Bed, bubbled bool) {
	st := newStage(t, bed, tr.length, bubbled)
	tr.play(st)
	bed.Close()
	tr.judge(st)
}

func (tr *trial) play(st *stage) {
	st.conduct(tr.workers, nil)
	for i := range tr.workers {
		st.hire(string(rune('a' + i)))
	}
	st.begun = time.Now()
	if tr.harm != nil {
		tr.harm(st)
	}
	st.end()
}

func (tr *trial) judge(st *stage) {
	t := st.t
	if st.err != nil {
		t.Errorf("the run ended with %v", st.err)
	}
	outcome := st.keeper.outcome
	if outcome.Summary == nil {
		t.Fatal("the run has no outcome")
	}
	if tr.state != "" && outcome.Verdict.State != tr.state {
		t.Errorf("verdict = %+v, want %s", outcome.Verdict, tr.state)
	}
	for _, w := range outcome.Workers {
		if tr.nobody && w.Lost {
			t.Errorf("worker %s was lost: %v", w.Name, outcome.Verdict.Reasons)
		}
	}
	f := tr.figures(st)
	t.Log(f)
	if f.Generated != f.Merged {
		t.Errorf("%d snapshots were generated, %d merged; verdict %v", f.Generated, f.Merged, outcome.Verdict.Reasons)
	}
	if f.Scheduled != f.Executed+f.Missed {
		t.Errorf("%d arrivals were scheduled, %d executed and %d missed", f.Scheduled, f.Executed, f.Missed)
	}
	if tr.missTo == 0 && f.Missed > 0 {
		t.Errorf("%d arrivals were missed, want none", f.Missed)
	}
}

// figures counts, and reports what should not have been: an arrival executed
// twice, or missed at a time when nobody was away.
func (tr *trial) figures(st *stage) Figures {
	f := Figures{Fault: tr.fault, Generated: len(st.ledger.generated), Merged: st.keeper.count(), Scheduled: scheduled(tr.length)}
	next := int64(0)
	var before deed
	for _, d := range st.ledger.executed() {
		if d.number < next {
			st.t.Errorf("arrival %d, due at %v, was executed twice: by %s and %s", d.number, d.due, before.worker, d.worker)
			continue
		}
		f.Missed += int(d.number - next)
		if d.number > next && (d.due < tr.missFrom || before.due > tr.missTo) {
			st.t.Errorf("%d arrivals between %v and %v were missed, want them only from %v to %v", d.number-next, before.due, d.due, tr.missFrom, tr.missTo)
		}
		before, next = d, d.number+1
		f.Executed++
	}
	f.Missed += f.Scheduled - int(next)
	return f
}

// Outage runs a case in which something of the bed itself fails in the fifth
// second of ten, and nothing may be lost for it.
func Outage(t *testing.T, bed Bed, fault string, fail func()) {
	const s = time.Second
	tr := trial{
		fault: fault, workers: 3, length: 10 * s, nobody: true,
		harm: func(st *stage) { st.after(5 * s); fail() },
	}
	tr.run(t, bed, false)
}

// schedule checks that a seed gives the same schedule for any number of
// workers.
func schedule(t *testing.T, make Maker, bubbled bool) {
	const length = 3 * time.Second
	var want []deed
	for _, n := range []int{1, 2, 7} {
		tr := trial{fault: fmt.Sprint(n, " workers"), workers: n, length: length, state: metrics.Valid}
		var got []deed
		play := func(t *testing.T) {
			bed := make(t)
			st := newStage(t, bed, length, bubbled)
			tr.play(st)
			bed.Close()
			tr.judge(st)
			got = st.ledger.executed()
		}
		if bubbled {
			virtual.Test(t, play)
		} else {
			play(t)
		}
		for i := range got {
			got[i].worker = ""
		}
		if want == nil {
			want = got
		}
		compare(t, n, got, want)
	}
}

func compare(t *testing.T, workers int, got, want []deed) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d workers executed %d arrivals, one worker %d", workers, len(got), len(want))
	}
	for i := range got {
		if got[i] != want[i] {
			t.Fatalf("%d workers: arrival %+v, want %+v", workers, got[i], want[i])
		}
	}
}
