package history_test

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/history"
	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/internal/page"
	"github.com/loadforge/loadforge/internal/store"
)

var start = time.Date(2026, 11, 23, 10, 15, 0, 0, time.UTC)

func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func run(test string, at int) metrics.Run {
	return metrics.Run{
		Test: test, Start: start.Add(time.Duration(at) * time.Minute), Duration: time.Minute, Target: "https://shop.example", Workers: 1,
		Loads: []metrics.Load{{Scenario: "shopper", Model: "users", Pattern: "constant 50"}},
	}
}

func outcome() metrics.Outcome {
	return metrics.Outcome{
		Passed: true, Verdict: metrics.Verdict{State: metrics.Valid},
		Summary: &metrics.Summary{
			Duration: time.Minute, Requests: 6000, PerSecond: 100, ErrorRate: 0.01,
			Response: metrics.Latency{Count: 6000, P50: 10 * time.Millisecond, P95: 20 * time.Millisecond, P99: 30 * time.Millisecond},
		},
	}
}

// stored keeps a run and returns its directory; change may be nil.
func stored(t testing.TB, dir, test string, at int, change func(*metrics.Outcome)) string {
	t.Helper()
	w := must[*store.Writer](t)(store.Create(dir, run(test, at)))
	if err := w.Begin(run(test, at)); err != nil {
		t.Fatal(err)
	}
	o := outcome()
	if change != nil {
		change(&o)
	}
	if err := w.End(o); err != nil {
		t.Fatal(err)
	}
	return w.Dir()
}

// list opens the history of a directory and lists its runs.
func list(t testing.TB, dir string, f history.Filter) []page.Entry {
	t.Helper()
	h := must[*history.History](t)(history.Open(dir))
	defer func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	}()
	return must[[]page.Entry](t)(h.Runs(f))
}

func ids(entries []page.Entry) []string {
	names := []string{}
	for _, e := range entries {
		names = append(names, e.ID)
	}
	return names
}

// wants fails unless the history lists these directories.
func wants(t testing.TB, dir string, f history.Filter, dirs ...string) {
	t.Helper()
	want := []string{}
	for _, d := range dirs {
		want = append(want, filepath.Base(d))
	}
	if got := ids(list(t, dir, f)); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestRunsAreListedTheNewestFirst(t *testing.T) {
	dir := t.TempDir()
	a, b, c := stored(t, dir, "shop", 1, nil), stored(t, dir, "api", 3, nil), stored(t, dir, "shop", 2, nil)
	wants(t, dir, history.Filter{}, b, c, a)
	wants(t, dir, history.Filter{Test: "shop"}, c, a)
	wants(t, dir, history.Filter{Limit: 2}, b, c)
}

// The shape of an entry is a promise to the page: docs/page-data.md.
func TestAnEntrySaysWhatBecameOfTheRun(t *testing.T) {
	dir := t.TempDir()
	id := filepath.Base(stored(t, dir, "shop", 0, nil))
	got := string(must[[]byte](t)(json.Marshal(list(t, dir, history.Filter{})[0])))
	want := fmt.Sprintf(`{"id":%q,"test":"shop","started":"2026-11-23T10:15:00Z","duration_s":60,"state":"passed","verdict":"valid",`+
		`"requests":6000,"requests_per_s":100,"error_rate":0.01,"p50_ms":10,"p95_ms":20,"p99_ms":30,"target":"https://shop.example","pattern":"constant 50"}`, id)
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestStates(t *testing.T) {
	for _, c := range []struct {
		want   string
		change func(*metrics.Outcome)
	}{
		{"passed", nil},
		{"failed", func(o *metrics.Outcome) { o.Passed = false }},
		{"interrupted", func(o *metrics.Outcome) { o.Interrupted, o.Passed = true, false }},
		{"error", func(o *metrics.Outcome) { o.Error = "setup failed" }},
		{"passed", func(o *metrics.Outcome) { o.Summary = nil }},
	} {
		dir := t.TempDir()
		stored(t, dir, "shop", 0, c.change)
		if got := list(t, dir, history.Filter{})[0].State; got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestARunIsLiveThenCutThenEnded(t *testing.T) {
	dir := t.TempDir()
	w := must[*store.Writer](t)(store.Create(dir, run("shop", 0)))
	if err := w.Begin(run("shop", 0)); err != nil {
		t.Fatal(err)
	}
	h := must[*history.History](t)(history.Open(dir))
	defer h.Close()
	state := func() page.Entry { return must[[]page.Entry](t)(h.Runs(history.Filter{}))[0] }
	if got := state(); got.State != "live" || got.Requests != nil || got.P95 != nil || got.Duration != nil {
		t.Errorf("while it goes on: %+v", got)
	}
	_ = w.Close()
	if got := state(); got.State != "cut" || got.Verdict == "" {
		t.Errorf("when it was killed: %+v", got)
	}
	w = must[*store.Writer](t)(store.Append(w.Dir()))
	if err := w.End(outcome()); err != nil {
		t.Fatal(err)
	}
	if got := state(); got.State != "passed" || *got.Requests != 6000 {
		t.Errorf("when it ended: %+v", got)
	}
}

func TestRunsAddedAndDeletedByHandAreNoticed(t *testing.T) {
	dir, elsewhere := t.TempDir(), t.TempDir()
	a, b := stored(t, dir, "shop", 1, nil), stored(t, dir, "shop", 2, nil)
	wants(t, dir, history.Filter{}, b, a)
	if err := os.RemoveAll(b); err != nil {
		t.Fatal(err)
	}
	c := stored(t, elsewhere, "shop", 3, nil)
	if err := os.CopyFS(filepath.Join(dir, filepath.Base(c)), os.DirFS(c)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "notes.txt"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "no run"), 0o755); err != nil {
		t.Fatal(err)
	}
	wants(t, dir, history.Filter{}, c, a)
}

func TestADirectoryWithoutRunsHasNone(t *testing.T) {
	wants(t, t.TempDir(), history.Filter{})
	missing := filepath.Join(t.TempDir(), "results")
	wants(t, missing, history.Filter{})
	if _, err := os.Stat(missing); !errors.Is(err, fs.ErrNotExist) {
		t.Error("looking at results made their directory")
	}
}

// Whatever is in the place of the index, the runs are listed, and what is ours
// to replace is replaced.
func TestAnIndexThatIsNoneIsMadeAnew(t *testing.T) {
	for name, spoil := range map[string]func(t *testing.T, path string){
		"deleted":   func(t *testing.T, path string) { _ = os.Remove(path) },
		"empty":     func(t *testing.T, path string) { overwrite(t, path, nil) },
		"not one":   func(t *testing.T, path string) { overwrite(t, path, []byte(strings.Repeat("no database ", 1000))) },
		"truncated": func(t *testing.T, path string) { truncate(t, path, 5000) },
		"scribbled": scribble,
		"older": func(t *testing.T, path string) {
			execute(t, path, "DROP TABLE runs; CREATE TABLE runs (x); PRAGMA user_version = 0")
		},
		"of others": func(t *testing.T, path string) { execute(t, path, "DROP TABLE runs; CREATE TABLE runs (x)") },
		"no table":  func(t *testing.T, path string) { execute(t, path, "DROP TABLE runs") },
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, "history.db")
		a := stored(t, dir, "shop", 1, nil)
		for i := range 40 { // more than a page of the file
			stored(t, dir, "api", -i, nil)
		}
		wants(t, dir, history.Filter{Test: "shop"}, a)
		spoil(t, path)
		b := stored(t, dir, "shop", 2, nil)
		wants(t, dir, history.Filter{Test: "shop"}, b, a)
		if got := list(t, dir, history.Filter{}); len(got) != 42 {
			t.Errorf("%s: %d runs, want 42", name, len(got))
		}
		if got := rows(t, path); got != 42 {
			t.Errorf("%s: the index has %d runs, want 42", name, got)
		}
	}
}

func overwrite(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
}

func truncate(t *testing.T, path string, size int64) {
	t.Helper()
	if err := os.Truncate(path, size); err != nil {
		t.Fatal(err)
	}
}

// scribble writes over all but the first page.
func scribble(t *testing.T, path string) {
	t.Helper()
	b := must[[]byte](t)(os.ReadFile(path))
	for i := 4096; i < len(b); i++ {
		b[i] = byte(i * 7)
	}
	overwrite(t, path, b)
}

func execute(t *testing.T, path, statements string) {
	t.Helper()
	db := must[*sql.DB](t)(sql.Open("sqlite", path))
	defer db.Close()
	if _, err := db.Exec(statements); err != nil {
		t.Fatal(err)
	}
}

func rows(t *testing.T, path string) (n int) {
	t.Helper()
	db := must[*sql.DB](t)(sql.Open("sqlite", path))
	defer db.Close()
	if err := db.QueryRow("SELECT count(*) FROM runs").Scan(&n); err != nil {
		t.Error(err)
	}
	return n
}

// An index that another version made, or that can't be written, stays as it is.
func TestAnIndexThatIsNotOursIsLeftAlone(t *testing.T) {
	for name, spoil := range map[string]func(t *testing.T, path string){
		"newer":       func(t *testing.T, path string) { execute(t, path, "DROP TABLE runs; PRAGMA user_version = 99") },
		"a directory": func(t *testing.T, path string) { _ = os.Remove(path); _ = os.Mkdir(path, 0o755) },
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, "history.db")
		a := stored(t, dir, "shop", 1, nil)
		wants(t, dir, history.Filter{}, a)
		spoil(t, path)
		before := must[os.FileInfo](t)(os.Stat(path))
		wants(t, dir, history.Filter{}, a)
		if after := must[os.FileInfo](t)(os.Stat(path)); after.ModTime() != before.ModTime() || after.IsDir() != before.IsDir() {
			t.Errorf("%s: it was changed", name)
		}
	}
}

// What another program keeps under the name of the index is not ours to change,
// be it damaged or not.
func TestADatabaseOfAnotherProgramIsLeftAlone(t *testing.T) {
	const foreign = "CREATE TABLE runs (x); INSERT INTO runs VALUES ('mine'); "
	for name, put := range map[string]func(t *testing.T, path string){
		"that says so":            func(t *testing.T, path string) { execute(t, path, foreign+"PRAGMA application_id = 7") },
		"that says nothing":       func(t *testing.T, path string) { execute(t, path, foreign) },
		"of the same version":     func(t *testing.T, path string) { execute(t, path, foreign+"PRAGMA user_version = 1") },
		"with a table of its own": func(t *testing.T, path string) { execute(t, path, "CREATE TABLE songs (x)") },
		"that is damaged": func(t *testing.T, path string) {
			execute(t, path, foreign+"CREATE TABLE songs (x); INSERT INTO songs VALUES (zeroblob(100000)); PRAGMA application_id = 7")
			truncate(t, path, 50_000)
		},
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, "history.db")
		put(t, path)
		before := must[[]byte](t)(os.ReadFile(path))
		a := stored(t, dir, "shop", 1, nil)
		wants(t, dir, history.Filter{}, a)
		if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, before) {
			t.Errorf("one %s was changed, %v", name, err)
		}
	}
}

// The first indexes did not say whose they are: they are taken, not made anew.
func TestAnIndexOfBeforeIsTaken(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "history.db")
	a := stored(t, dir, "shop", 1, nil)
	wants(t, dir, history.Filter{}, a)
	execute(t, path, "PRAGMA application_id = 0; UPDATE runs SET test = 'as before'")
	if got := list(t, dir, history.Filter{}); len(got) != 1 || got[0].Test != "as before" {
		t.Errorf("got %+v, want what the index had", got)
	}
	b := stored(t, dir, "shop", 2, nil)
	wants(t, dir, history.Filter{}, b, a)
	if got := rows(t, path); got != 2 {
		t.Errorf("the index has %d runs, want 2", got)
	}
}

func TestALinkInThePlaceOfTheIndexIsNotFollowed(t *testing.T) {
	dir, victim := t.TempDir(), filepath.Join(t.TempDir(), "victim")
	overwrite(t, victim, []byte("mine"))
	if err := os.Symlink(victim, filepath.Join(dir, "history.db")); err != nil {
		t.Skip(err)
	}
	a := stored(t, dir, "shop", 1, nil)
	wants(t, dir, history.Filter{}, a)
	if got := string(must[[]byte](t)(os.ReadFile(victim))); got != "mine" {
		t.Errorf("the file it leads to has %q", got)
	}
}

// The index may go away while it is open: the next one makes it anew.
func TestAnIndexThatVanishesIsNoLoss(t *testing.T) {
	dir := t.TempDir()
	h := must[*history.History](t)(history.Open(dir))
	defer h.Close()
	for i := range 3 {
		stored(t, dir, "shop", i, nil)
		if got := len(must[[]page.Entry](t)(h.Runs(history.Filter{}))); got != i+1 {
			t.Errorf("%d runs, want %d", got, i+1)
		}
		if got := len(list(t, dir, history.Filter{})); got != i+1 {
			t.Errorf("%d runs for another, want %d", got, i+1)
		}
		_ = os.Remove(filepath.Join(dir, "history.db"))
	}
}

// TestMain lets the test's own binary be another process that uses the index.
func TestMain(m *testing.M) {
	if dir := os.Getenv("LOADFORGE_TEST_HISTORY"); dir != "" {
		os.Exit(useHistory(dir))
	}
	os.Exit(m.Run())
}

func useHistory(dir string) int {
	for range 20 {
		h, err := history.Open(dir)
		if err != nil {
			fmt.Println(err)
			return 1
		}
		runs, err := h.Runs(history.Filter{})
		if err != nil || len(runs) < 10 {
			fmt.Println(len(runs), err)
			return 1
		}
		if err := h.Close(); err != nil {
			fmt.Println(err)
			return 1
		}
	}
	return 0
}

func TestSeveralProcessesUseTheIndexAtOnce(t *testing.T) {
	dir := t.TempDir()
	for i := range 10 {
		stored(t, dir, "shop", i, nil)
	}
	var others sync.WaitGroup
	for range 4 {
		others.Go(func() {
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), "LOADFORGE_TEST_HISTORY="+dir)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
	h := must[*history.History](t)(history.Open(dir))
	defer h.Close()
	for i := range 10 {
		stored(t, dir, "shop", 10+i, nil)
		var goroutines sync.WaitGroup
		for range 3 {
			goroutines.Go(func() {
				if runs, err := h.Runs(history.Filter{}); err != nil || len(runs) != 11+i {
					t.Errorf("%d runs, %v; want %d", len(runs), err, 11+i)
				}
			})
		}
		goroutines.Wait()
	}
	others.Wait()
	if got := rows(t, filepath.Join(dir, "history.db")); got != 20 {
		t.Errorf("the index has %d runs, want 20", got)
	}
}

// thousand keeps a thousand runs.
func thousand(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	original := stored(t, t.TempDir(), "shop", 0, nil)
	for i := range 1000 {
		to := filepath.Join(dir, fmt.Sprintf("20261123-%06d_shop_%04x", i, i))
		if err := os.CopyFS(to, os.DirFS(original)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestAThousandRuns(t *testing.T) {
	dir := thousand(t)
	if got := len(list(t, dir, history.Filter{})); got != 1000 {
		t.Errorf("%d runs, want 1000", got)
	}
	if err := os.RemoveAll(filepath.Join(dir, "20261123-000007_shop_0007")); err != nil {
		t.Fatal(err)
	}
	if got := len(list(t, dir, history.Filter{})); got != 999 {
		t.Errorf("%d runs, want 999", got)
	}
}

// BenchmarkRuns lists a thousand runs: with an index, and while it is made.
func BenchmarkRuns(b *testing.B) {
	dir := thousand(b)
	b.Run("made anew", func(b *testing.B) {
		for b.Loop() {
			_ = os.Remove(filepath.Join(dir, "history.db"))
			list(b, dir, history.Filter{})
		}
	})
	b.Run("up to date", func(b *testing.B) {
		for b.Loop() {
			list(b, dir, history.Filter{})
		}
	})
}
