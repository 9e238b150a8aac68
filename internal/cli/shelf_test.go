package cli

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/internal/store"
)

// A shelf has a run if, and only if, it opens it.
func TestTheShelfKnowsWhatItHas(t *testing.T) {
	dir := t.TempDir()
	results, elsewhere := filepath.Join(dir, "results"), filepath.Join(dir, "elsewhere")
	for id, in := range map[string]string{"one": results, "two": elsewhere, "three": elsewhere} {
		w, err := store.Create(in, metrics.Run{ID: id})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Begin(metrics.Run{}); err != nil {
			t.Fatal(err)
		}
		if err := w.End(metrics.Outcome{Summary: &metrics.Summary{}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(results, "notes"), 0o755); err != nil {
		t.Fatal(err)
	}
	s := shelf{results: []string{results}, single: []string{filepath.Join(elsewhere, "two")}}
	for id, want := range map[string]bool{
		"one": true, "two": true, "three": false, "notes": false, "latest": false, "": false, ".": false, "..": false,
		"../elsewhere/three": false, "one/../one": false, "one/": false,
	} {
		has, err := s.Has(id)
		if has != want || err != nil {
			t.Errorf("it has %q: %v, %v; want %v", id, has, err, want)
		}
		reader, err := s.Open(id)
		if (err == nil) != want {
			t.Errorf("it opens %q: %v", id, err)
		}
		if err == nil {
			reader.Close()
		}
	}
	if _, err := (shelf{results: []string{filepath.Join(dir, "gone")}}).Has("one"); err == nil {
		t.Error("results that are gone are no trouble")
	}
}
