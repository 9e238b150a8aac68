package store

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
)

// A run that could not become the latest when it began does so when it ends,
// unless a later one has.
func TestARunBecomesTheLatestAtLast(t *testing.T) {
	results := t.TempDir()
	latest := filepath.Join(results, latestName)
	begin := func(after time.Duration) *Writer {
		t.Helper()
		run := metrics.Run{Test: "shop", Start: time.Now().Add(after)}
		w, err := Create(results, run)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Begin(run); err != nil {
			t.Fatal(err)
		}
		return w
	}
	end := func(w *Writer) {
		t.Helper()
		if err := w.End(metrics.Outcome{Summary: &metrics.Summary{}}); err != nil {
			t.Fatal(err)
		}
	}
	points := func(to *Writer) {
		t.Helper()
		root, err := os.OpenRoot(results)
		if err != nil {
			t.Fatal(err)
		}
		defer closeRoot(root)
		if id, err := readLatest(root); err != nil || id != to.ID() {
			t.Errorf("latest is %s, %v, want %s", id, err, to.ID())
		}
	}
	// Something is in the way, as if there had been no descriptor left.
	if err := os.MkdirAll(filepath.Join(latest, "x"), 0o755); err != nil {
		t.Fatal(err)
	}
	first := begin(0)
	second := begin(time.Hour)
	if err := os.RemoveAll(latest); err != nil {
		t.Fatal(err)
	}
	end(first)
	points(first)
	end(second)
	points(second)

	if err := os.Remove(latest); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(latest, "x"), 0o755); err != nil {
		t.Fatal(err)
	}
	third := begin(2 * time.Hour)
	if err := os.RemoveAll(latest); err != nil {
		t.Fatal(err)
	}
	fourth := begin(3 * time.Hour)
	end(third)
	points(fourth)
	end(fourth)
}
