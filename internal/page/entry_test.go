package page_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/internal/page"
	"github.com/loadforge/loadforge/internal/store"
)

func TestTheEntryOfACutRunIsAddedUp(t *testing.T) {
	r := stored(t, (*store.Writer).Close)
	e := must[page.Entry](t)(page.EntryOf(r.Dir()))
	_, whole := synthPage()
	if e.State != page.StateCut || *e.Requests != whole.Totals.Requests || *e.P95 != *whole.Totals.Response.P95 || *e.Duration != 329.6 {
		t.Errorf("got %+v", e)
	}
	if want := "shopper: ramp 0 -> 20 over 60s, hold 20 for 270s; hook: constant 2.5"; e.Pattern != want {
		t.Errorf("the pattern is %q, want %q", e.Pattern, want)
	}
}

// A run that ended while the disk was full has its totals in its seconds.
func TestTheEntryOfARunWithoutTotalsIsAddedUp(t *testing.T) {
	r := stored(t, func(w *store.Writer) error { return w.End(metrics.Outcome{Passed: true}) })
	e := must[page.Entry](t)(page.EntryOf(r.Dir()))
	if e.State != page.StatePassed || *e.Requests == 0 {
		t.Errorf("got %+v", e)
	}
}

func TestWhatIsNoRunHasNoEntry(t *testing.T) {
	if _, err := page.EntryOf(t.TempDir()); err == nil {
		t.Error("no error")
	}
	r := stored(t, (*store.Writer).Close)
	if err := os.WriteFile(filepath.Join(r.Dir(), "run.json"), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := page.EntryOf(r.Dir()); err == nil {
		t.Error("no error for a damaged run.json")
	}
}

func TestEntriesAreTheNewestFirst(t *testing.T) {
	dir := t.TempDir()
	for _, at := range []int{2, 3, 1} {
		run := synthRun()
		run.ID, run.Start = "", run.Start.Add(time.Duration(at)*time.Hour)
		w := must[*store.Writer](t)(store.Create(dir, run))
		if err := w.Begin(run); err != nil {
			t.Fatal(err)
		}
		_ = w.Close()
	}
	if err := os.Mkdir(filepath.Join(dir, "no run"), 0o755); err != nil {
		t.Fatal(err)
	}
	list := must[[]page.Entry](t)(page.Entries(dir))
	if len(list) != 3 || !list[0].Started.After(list[1].Started) || !list[1].Started.After(list[2].Started) {
		t.Errorf("got %+v", list)
	}
}
