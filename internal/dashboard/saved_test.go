package dashboard

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/internal/page"
	"github.com/loadforge/loadforge/internal/store"
)

// A folder is a shelf of one results directory.
type folder struct {
	dir    string
	failed error
}

func (f folder) Runs(context.Context) (list []page.Entry, err error) {
	runs, err := store.List(f.dir)
	for _, r := range runs {
		list = append(list, page.Entry{ID: r.Run.ID, Test: r.Run.Test})
	}
	return list, errors.Join(err, f.failed)
}

func (f folder) Has(id string) (bool, error) {
	marks, err := store.Marks(f.dir)
	if f.failed != nil {
		return false, f.failed
	}
	return marks[id] != "", err
}

func (f folder) Open(id string) (*store.Reader, error) {
	if f.failed != nil {
		return nil, f.failed
	}
	return store.OpenRun(f.dir, id)
}

// results is a directory with a run that ended and one that goes on, whose
// writer it returns.
func results(t *testing.T) (dir string, live *store.Writer) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "results")
	write := func(id string, seconds int) *store.Writer {
		run := testRun()
		run.ID = id
		w, err := store.Create(dir, run)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Begin(run); err != nil {
			t.Fatal(err)
		}
		for i := range seconds {
			keep(t, w, i)
		}
		return w
	}
	if err := write("ended", 4).End(metrics.Outcome{Passed: true, Summary: &metrics.Summary{Requests: 9}}); err != nil {
		t.Fatal(err)
	}
	live = write("live", 2)
	t.Cleanup(func() { _ = live.Close() })
	return dir, live
}

func keep(t *testing.T, w *store.Writer, number int) {
	t.Helper()
	if err := w.Second(second(number, 2), metrics.Progress{}); err != nil {
		t.Fatal(err)
	}
}

func TestSavedRunsAreServed(t *testing.T) {
	dir, writer := results(t)
	saved := NewSaved(folder{dir: dir})
	for path, source := range map[string]string{"": "history", "runs/ended/": "stored", "runs/live/": "stored"} {
		w := ask(saved, "GET", "http://localhost/"+path, "")
		if w.Code != 200 || !strings.Contains(w.Body.String(), `content="`+source+`"`) {
			t.Errorf("/%s is %d, want the app with source %s", path, w.Code, source)
		}
	}
	for _, path := range []string{"api/v1/runs", "runs/live/api/v1/runs"} {
		var list struct{ Runs []page.Entry }
		if err := json.Unmarshal(ask(saved, "GET", "http://localhost/"+path, "").Body.Bytes(), &list); err != nil || len(list.Runs) != 2 {
			t.Errorf("/%s lists %v, %v", path, list, err)
		}
	}
	for _, path := range []string{"api/v1/runs/ended/page", "runs/ended/api/v1/page", "runs/live/api/v1/runs/ended/page"} {
		h := decodeHead(t, ask(saved, "GET", "http://localhost/"+path, "").Body.Bytes())
		if h.Status.State != "finished" || h.Buckets.Count != 4 || h.Status.Totals.Requests != 9 || h.Run.ID != "ended" {
			t.Errorf("/%s is %+v", path, h)
		}
	}
	for more := range 3 { // a run that goes on is shown as far as it has come
		h := decodeHead(t, ask(saved, "GET", "http://localhost/runs/live/api/v1/page", "").Body.Bytes())
		if h.Status.State != "running" || h.Buckets.Count != 2+more {
			t.Errorf("the run that goes on is %+v", h)
		}
		keep(t, writer, 2+more)
	}
	if w := ask(saved, "GET", "http://localhost/runs/live", ""); w.Code != http.StatusTemporaryRedirect && w.Code != http.StatusMovedPermanently {
		t.Errorf("a run without a slash is %d", w.Code)
	}
}

// A closed book is a shelf whose runs nobody may read.
type closedBook struct {
	folder
	t *testing.T
}

func (c closedBook) Open(id string) (*store.Reader, error) {
	c.t.Errorf("the run %s was read", id)
	return nil, errors.New("closed")
}

func TestTheAppIsServedWithoutReadingTheRun(t *testing.T) {
	dir, _ := results(t)
	saved := NewSaved(closedBook{folder{dir: dir}, t})
	for id, status := range map[string]int{"ended": 200, "live": 200, "none": 404} {
		if w := ask(saved, "GET", "http://localhost/runs/"+id+"/", ""); w.Code != status {
			t.Errorf("%s is %d, want %d", id, w.Code, status)
		}
	}
}

func TestNothingButRunsIsServed(t *testing.T) {
	dir, _ := results(t)
	outside := filepath.Join(filepath.Dir(dir), "outside")
	if err := os.CopyFS(outside, os.DirFS(filepath.Join(dir, "ended"))); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "note.txt"), []byte("secret"), 0o644); err != nil {
		t.Fatal(err)
	}
	linked := os.Symlink(outside, filepath.Join(dir, "link")) == nil
	saved := NewSaved(folder{dir: dir})
	for _, id := range []string{
		"none", "latest", "..", ".", "%2e%2e", "..%2foutside", "%2fetc%2fpasswd", "ended%2f..%2fended", "ended%00", "note.txt", "link",
		`..%5coutside`, "C:", "con", "ENDED%2F", strings.Repeat("a", 300), "run.json", ".%2fended", "%ff",
	} {
		if id == "link" && !linked {
			continue
		}
		for _, path := range []string{"/runs/" + id + "/", "/runs/" + id + "/api/v1/page", "/api/v1/runs/" + id + "/page"} {
			w := ask(saved, "GET", "http://localhost"+path, "")
			redirected := w.Code == http.StatusMovedPermanently || w.Code == http.StatusTemporaryRedirect // a clean path
			if w.Code != 404 && !redirected {
				t.Errorf("%s is %d %.80s", path, w.Code, w.Body)
			}
			if strings.Contains(w.Body.String(), filepath.Dir(dir)) {
				t.Errorf("%s tells of %s", path, w.Body)
			}
		}
	}
}

func TestAShelfThatFails(t *testing.T) {
	saved := NewSaved(folder{failed: errors.New("the disk is gone")})
	for _, path := range []string{"api/v1/runs", "runs/x/", "runs/x/api/v1/page"} {
		if w := ask(saved, "GET", "http://localhost/"+path, ""); w.Code != 500 || !strings.Contains(w.Body.String(), "the disk is gone") {
			t.Errorf("/%s is %d %s", path, w.Code, w.Body)
		}
	}
	none := NewLive(LiveConfig{})
	if w := ask(none, "GET", "http://localhost/api/v1/runs", ""); w.Body.String() != `{"runs":[]}`+"\n" {
		t.Errorf("without a shelf there are %s", w.Body)
	}
	if w := ask(none, "GET", "http://localhost/api/v1/runs/x/page", ""); w.Code != 404 {
		t.Errorf("a page of no shelf is %d", w.Code)
	}
}

// Pages of runs that did not change are made once, and few are kept.
func TestPagesOfStoredRunsAreKept(t *testing.T) {
	dir, writer := results(t)
	l := newLibrary(folder{dir: dir})
	made := func(id string) []byte {
		t.Helper()
		b, err := l.page(t.Context(), l.named(id))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	first := made("ended")
	made("live")
	if again := made("ended"); &again[0] != &first[0] {
		t.Error("a page that was there was made again")
	}
	for i := range 2 * pagesKept {
		keep(t, writer, 2+i)
		made("live")
	}
	if n := len(l.pages); n != pagesKept {
		t.Errorf("%d pages are kept, want %d", n, pagesKept)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	l.busy <- struct{}{}
	if _, err := l.page(ctx, l.named("ended")); err == nil {
		t.Error("who has gone waits for a page")
	}
}
