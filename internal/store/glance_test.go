package store_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/internal/store"
)

// written stores a run of some seconds; end may be nil.
func written(t *testing.T, dir string, seconds int, end *metrics.Outcome) string {
	t.Helper()
	w := must[*store.Writer](t)(store.Create(dir, testRun()))
	if err := w.Begin(testRun()); err != nil {
		t.Fatal(err)
	}
	for n := range seconds {
		if err := w.Second(second(n, 20, 200), metrics.Progress{}); err != nil {
			t.Fatal(err)
		}
	}
	if end == nil {
		_ = w.Close()
	} else if err := w.End(*end); err != nil {
		t.Fatal(err)
	}
	return w.Dir()
}

func TestAGlanceSeesTheOutcomeOfALongLog(t *testing.T) {
	want := metrics.Outcome{Passed: true, Summary: &metrics.Summary{Requests: 7}}
	dir := written(t, t.TempDir(), 180, &want)
	if size := must[os.FileInfo](t)(os.Stat(filepath.Join(dir, "run.frames"))).Size(); size < 1<<20 {
		t.Fatalf("the log has only %d bytes", size)
	}
	g := must[*store.Glimpse](t)(store.Glance(dir))
	if g.Live || g.Outcome == nil || g.Outcome.Summary.Requests != 7 || g.Run.Test != "shop" {
		t.Errorf("got %+v", g)
	}
}

func TestAGlanceTellsWhoIsAtWork(t *testing.T) {
	w := must[*store.Writer](t)(store.Create(t.TempDir(), testRun()))
	if err := w.Begin(testRun()); err != nil {
		t.Fatal(err)
	}
	if g := must[*store.Glimpse](t)(store.Glance(w.Dir())); !g.Live || g.Outcome != nil {
		t.Errorf("while it is written: %+v", g)
	}
	_ = w.Close()
	if g := must[*store.Glimpse](t)(store.Glance(w.Dir())); g.Live || g.Outcome != nil {
		t.Errorf("when it was cut: %+v", g)
	}
	if _, err := store.Glance(t.TempDir()); err == nil {
		t.Error("a directory that is no run is one")
	}
}

// A run is listed if, and only if, it can be opened by its name.
func TestListedRunsCanBeOpened(t *testing.T) {
	dir := t.TempDir()
	ended := written(t, dir, 1, &metrics.Outcome{})
	for _, name := range []string{"before upgrade", ".hidden", "con(1)", "-rf"} {
		if err := os.CopyFS(filepath.Join(dir, name), os.DirFS(ended)); err != nil {
			t.Skip(err) // not all systems allow these names
		}
	}
	marks := must[map[string]string](t)(store.Marks(dir))
	if len(marks) != 5 {
		t.Errorf("got %v, want five runs", marks)
	}
	for name := range marks {
		r, err := store.OpenRun(dir, name)
		if err != nil {
			t.Errorf("%q is listed, but: %v", name, err)
			continue
		}
		r.Close()
	}
	for _, name := range []string{"latest", "", ".", "..", "before upgrade/", "./before upgrade", "../" + filepath.Base(dir), "none", "a\x00b"} {
		if _, err := store.OpenRun(dir, name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%q: got %v, want that there is no such run", name, err)
		}
	}
}

func TestMarksChangeWithTheirRuns(t *testing.T) {
	dir := t.TempDir()
	a, b := written(t, dir, 2, nil), written(t, dir, 2, nil)
	before := must[map[string]string](t)(store.Marks(dir))
	if again := must[map[string]string](t)(store.Marks(dir)); len(before) != 2 || !reflect.DeepEqual(again, before) {
		t.Errorf("got %v, then %v", before, again)
	}
	w := must[*store.Writer](t)(store.Append(a))
	if err := w.End(metrics.Outcome{}); err != nil {
		t.Fatal(err)
	}
	after := must[map[string]string](t)(store.Marks(dir))
	if name := filepath.Base(a); after[name] == before[name] {
		t.Error("a run changed and its mark did not")
	}
	if name := filepath.Base(b); after[name] != before[name] {
		t.Error("a run did not change and its mark did")
	}
}
