package store

import (
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
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

func TestRunWithoutCheckpointIsNotResumed(t *testing.T) {
	if _, _, err := Resume(t.TempDir()); err == nil {
		t.Error("an empty directory was resumed")
	}
}
