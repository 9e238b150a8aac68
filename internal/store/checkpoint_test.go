package store

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/threshold"
)

func TestResumedRunIsThatOfItsCheckpoint(t *testing.T) {
	w, err := Create(t.TempDir(), metrics.Run{Test: "shop", Start: time.Now(), Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	second := func(w *Writer, n, workers int) {
		t.Helper()
		if err := w.Second(&metrics.Snapshot{Second: n, Length: time.Second, Workers: workers}, metrics.Progress{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Begin(metrics.Run{Test: "shop", Workers: 2}); err != nil {
		t.Fatal(err)
	}
	for n, workers := range []int{2, 1, 2, 1} {
		second(w, min(n, 2), workers) // the last is a part of second 2
	}
	if err := w.Keep([]byte("state")); err != nil {
		t.Fatal(err)
	}
	second(w, 3, 2)
	if err := w.Close(); err != nil { // as if its process had been killed
		t.Fatal(err)
	}

	again, state, err := Resume(w.Dir())
	if err != nil || string(state) != "state" {
		t.Fatalf("state = %q, %v", state, err)
	}
	var got []int
	for s, err := range again.Seconds() {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, s.Second, s.Workers)
	}
	if want := []int{0, 2, 1, 1, 2, 2, 2, 1}; len(got) != len(want) || got[6] != 2 || got[7] != 1 {
		t.Errorf("seconds and workers = %v, want %v", got, want)
	}
	if err := again.Begin(metrics.Run{Test: "shop", Workers: 2}); err != nil {
		t.Fatal(err)
	}
	second(again, 3, 1)
	if err := again.End(metrics.Outcome{Passed: true}); err != nil {
		t.Fatal(err)
	}
	r, err := Open(w.Dir())
	if err != nil || r.Last() != 3 || r.Outcome() == nil {
		t.Errorf("reader = %v, %v", r, err)
	}
	r.Close()
}

// What the log has of a run is not remarked a second time when it is resumed,
// and what was cut off of it is.
func TestAResumedRunGoesOnWithItsRemarks(t *testing.T) {
	progress := func(passed bool) metrics.Progress {
		status := metrics.ThresholdStatus{Rule: "p95<300ms", Known: true, Passed: passed}
		return metrics.Progress{Total: &metrics.Summary{Warmup: time.Second}, Thresholds: []metrics.ThresholdStatus{status}}
	}
	run := metrics.Run{Test: "shop", Warmup: time.Second, Thresholds: []threshold.Rule{threshold.P95(300 * time.Millisecond)}}
	for _, c := range []struct {
		name string
		kept int // seconds of the checkpoint
	}{{"before the warm-up ended", 1}, {"after", 2}} {
		w, err := Create(t.TempDir(), run)
		if err != nil {
			t.Fatal(err)
		}
		err = w.Begin(run)
		for n := range 3 {
			if n == c.kept {
				err = errors.Join(err, w.Keep(nil))
			}
			err = errors.Join(err, w.Second(&metrics.Snapshot{Second: n, Length: time.Second}, progress(n == 0)))
		}
		if err = errors.Join(err, w.Close()); err != nil {
			t.Fatal(err)
		}
		again, _, err := Resume(w.Dir())
		if err != nil {
			t.Fatal(err)
		}
		err = again.Begin(run)
		for n := c.kept; n < 5; n++ {
			err = errors.Join(err, again.Second(&metrics.Snapshot{Second: n, Length: time.Second}, progress(n == 4)))
		}
		if err = errors.Join(err, again.End(metrics.Outcome{})); err != nil {
			t.Fatal(err)
		}
		r, err := Open(w.Dir())
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if got := r.Events(); len(got) != 1 || got[0].Kind != WarmedUp {
			t.Errorf("%s: events = %v, want the end of the warm-up once", c.name, got)
		}
		if got := r.Crossings(); len(got) != 2 || got[0].Status.Passed || !got[1].Status.Passed {
			t.Errorf("%s: crossings = %v, want that it fails and passes again", c.name, got)
		}
	}
}

// A full disk costs a resumed run nothing but what finds no room.
func TestAResumedRunOutlivesAFullDisk(t *testing.T) {
	w, err := Create(t.TempDir(), metrics.Run{Test: "shop"})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Begin(metrics.Run{Test: "shop"}), w.Keep(nil), w.Close()); err != nil {
		t.Fatal(err)
	}
	again, _, err := Resume(w.Dir())
	if err != nil {
		t.Fatal(err)
	}
	var warned []error
	again.Warn = func(err error) { warned = append(warned, err) }
	name := filepath.Join(w.Dir(), runName) // a directory can't be replaced by a file
	if err := errors.Join(os.Remove(name), os.MkdirAll(filepath.Join(name, "x"), 0o755)); err != nil {
		t.Fatal(err)
	}
	if err := again.Begin(metrics.Run{Test: "shop"}); err != nil || len(warned) != 1 || warned[0] == nil {
		t.Errorf("begin: %v, warned %v; want no error and a warning", err, warned)
	}
	if err := again.Second(&metrics.Snapshot{Length: time.Second}, metrics.Progress{}); err != nil {
		t.Error(err)
	}
	if err := again.End(metrics.Outcome{Passed: true}); err != nil {
		t.Error(err)
	}
	g, err := os.Open(filepath.Join(w.Dir(), logName))
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	if outcome, err := outcomeAtEnd(g); err != nil || outcome == nil || !outcome.Passed {
		t.Errorf("the log ends with %v, %v; want the outcome", outcome, err)
	}
}

func TestRunWithoutCheckpointIsNotResumed(t *testing.T) {
	if _, _, err := Resume(t.TempDir()); err == nil {
		t.Error("an empty directory was resumed")
	}
}
