package store_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/internal/store"
	"github.com/loadforge/loadforge/threshold"
)

// begun makes a run that has begun.
func begun(t *testing.T, dir string, run metrics.Run) *store.Writer {
	t.Helper()
	w := must[*store.Writer](t)(store.Create(dir, run))
	if err := w.Begin(run); err != nil {
		t.Fatal(err)
	}
	return w
}

func TestNothingLeavesTheResultsDirectory(t *testing.T) {
	for _, id := range []string{
		"../outside", "..", ".", "/abs", `..\outside`, "a/b", "latest", "CON", "x\x00y", ".hidden", "-rf", "trailing.",
		strings.Repeat("x", 300), "\xff", "a\nb",
	} {
		t.Run("", func(t *testing.T) {
			parent := t.TempDir()
			run := testRun()
			run.ID = id
			run.Test = id
			w := must[*store.Writer](t)(store.Create(filepath.Join(parent, "results"), run))
			defer w.Close()
			if w.ID() == id || filepath.Dir(w.Dir()) != filepath.Join(parent, "results") {
				t.Errorf("id %q: the run is in %s", id, w.Dir())
			}
			if entries := must[[]os.DirEntry](t)(os.ReadDir(parent)); len(entries) != 1 {
				t.Errorf("id %q: beside the results there is %v", id, entries)
			}
		})
	}
}

func TestALatestThatPointsOutsideIsNotFollowed(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links need a privilege there")
	}
	parent := t.TempDir()
	outside := filepath.Join(parent, "outside")
	secret := begun(t, outside, testRun())
	_ = secret.Close()
	results := filepath.Join(parent, "results")
	if err := os.Mkdir(results, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(secret.Dir(), filepath.Join(results, "latest")); err != nil {
		t.Fatal(err)
	}
	if r, err := store.Open(results); err == nil {
		t.Errorf("it opened %s", r.Dir())
	}
}

func TestARunKeepsItsNameIfThatIsFit(t *testing.T) {
	run := testRun()
	run.ID = "20261123-101500_shop_4f2a"
	dir := t.TempDir()
	w := must[*store.Writer](t)(store.Create(dir, run))
	defer w.Close()
	if w.ID() != run.ID || w.String() != "results" {
		t.Errorf("got %q", w.ID())
	}
	if _, err := store.Create(dir, run); !errors.Is(err, os.ErrExist) {
		t.Errorf("a second run of that name: got %v, want that it exists", err)
	}
}

func TestNamesOfRunsSortByTime(t *testing.T) {
	id := store.NewID("My Shop", start)
	if want := "20261123-101500_my-shop_"; !strings.HasPrefix(id, want) || len(id) != len(want)+4 {
		t.Errorf("got %q, want %q and four digits", id, want)
	}
	if id := store.NewID("shop", time.Time{}); id < "2026" {
		t.Errorf("without a start: got %q, want one of now", id)
	}
}

func TestEveryFieldOfARunIsKept(t *testing.T) {
	var run metrics.Run
	fill(reflect.ValueOf(&run).Elem())
	run.Thresholds = []threshold.Rule{threshold.P99(time.Second).On("GET /x").Over(30 * time.Second), threshold.ErrorRate(0.05).AbortAfter(time.Minute)}
	w := begun(t, t.TempDir(), run)
	_ = w.Close()
	run.ID = w.ID()
	r := must[*store.Reader](t)(store.Open(w.Dir()))
	r.Close()
	if got := r.Run(); !reflect.DeepEqual(got, run) {
		t.Errorf("got  %+v\nwant %+v", got, run)
	}
}

// fill gives each field a value of its own.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(start))
			return
		}
		for i := range v.NumField() {
			fill(v.Field(i))
		}
	case reflect.Slice:
		if v.Type() == reflect.TypeFor[[]threshold.Rule]() {
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(v.Index(0))
		fill(v.Index(1))
	case reflect.Map:
		v.Set(reflect.ValueOf(map[string]string{"a": "1", "b": "2"}))
	case reflect.String:
		v.SetString("text <&> \"")
	case reflect.Int, reflect.Int64:
		v.SetInt(12_345)
	case reflect.Uint64:
		v.SetUint(1<<64 - 1)
	case reflect.Float64:
		v.SetFloat(1.25)
	}
}

func TestTheLogHasWhatRunJSONLost(t *testing.T) {
	w := begun(t, t.TempDir(), testRun())
	_ = w.Close()
	for name, damage := range map[string]func(string) error{
		"no run.json": os.Remove,
		"half of it":  func(path string) error { return os.WriteFile(path, []byte(`{"schema": 1, "te`), 0o644) },
	} {
		if err := damage(filepath.Join(w.Dir(), "run.json")); err != nil {
			t.Fatal(err)
		}
		r, err := store.Open(w.Dir())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if r.Run().Test != "shop" || r.Run().ID != w.ID() {
			t.Errorf("%s: got %+v", name, r.Run())
		}
		r.Close()
	}
}

func TestARunOfANewerFormatIsRefused(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "run.json"), []byte(`{"schema": 2}`), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(dir); err == nil || !strings.Contains(err.Error(), "format 2") {
		t.Errorf("got %v, want that it is format 2", err)
	}
}

func TestARunThatNeverBeganLeavesNothing(t *testing.T) {
	results := t.TempDir()
	before := begun(t, results, testRun())
	_ = before.Close()
	w := must[*store.Writer](t)(store.Create(results, testRun()))
	if r := must[*store.Reader](t)(store.Open(w.Dir())); r.Last() != -1 || r.Outcome() != nil || !r.Live() || r.Dir() != w.Dir() {
		t.Errorf("before it begins: last second %d, outcome %v, live %v", r.Last(), r.Outcome(), r.Live())
	}
	if err := w.Second(second(0, 1, 1), metrics.Progress{}); err == nil {
		t.Error("a second before the beginning: no error")
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(w.Dir()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("its directory is still there: %v", err)
	}
	if r := must[*store.Reader](t)(store.Open(results)); r.Dir() != before.Dir() {
		t.Errorf("the latest is %s, want the one before", r.Dir())
	}
}

func TestARunWithoutALogCanBeRead(t *testing.T) {
	w := begun(t, t.TempDir(), testRun())
	_ = w.Close()
	if err := os.Remove(filepath.Join(w.Dir(), "run.frames")); err != nil {
		t.Fatal(err)
	}
	r := must[*store.Reader](t)(store.Open(w.Dir()))
	defer r.Close()
	if r.Last() != -1 || r.Outcome() != nil || r.Run().Test != "shop" || r.Live() {
		t.Errorf("got last second %d, outcome %v, run %+v", r.Last(), r.Outcome(), r.Run())
	}
}

func TestWaysToNameARun(t *testing.T) {
	results := t.TempDir()
	older, newer := testRun(), testRun()
	older.Test, newer.Start = "older", start.Add(time.Hour)
	first, second := begun(t, results, older), begun(t, results, newer)
	_, _ = first.Close(), second.Close()
	pointer := filepath.Join(t.TempDir(), "latest") // as on systems without links
	if err := os.CopyFS(filepath.Join(filepath.Dir(pointer), second.ID()), os.DirFS(second.Dir())); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(pointer, []byte(second.ID()+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{
		"its directory":     second.Dir(),
		"a file in it":      filepath.Join(second.Dir(), "run.json"),
		"the results":       results,
		"latest":            filepath.Join(results, "latest"),
		"a pointer":         filepath.Dir(pointer),
		"the pointer's own": pointer,
	} {
		r, err := store.Open(path)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := r.Run().ID; got != second.ID() {
			t.Errorf("%s: got %s, want %s", name, got, second.ID())
		}
		r.Close()
	}
	_ = os.RemoveAll(filepath.Join(results, "latest"))
	r := must[*store.Reader](t)(store.Open(results))
	r.Close()
	if r.Run().ID != second.ID() {
		t.Errorf("without a pointer: got %s, want the newest", r.Run().ID)
	}
	for _, path := range []string{t.TempDir(), filepath.Join(results, "missing")} {
		if _, err := store.Open(path); err == nil {
			t.Errorf("%s: no error", path)
		}
	}
}

func TestListIsNewestFirst(t *testing.T) {
	results := t.TempDir()
	var want []string
	for i := range 3 {
		run := testRun()
		run.Start = start.Add(time.Duration(-i) * time.Hour)
		w := begun(t, results, run)
		_ = w.Close()
		want = append(want, w.Dir())
	}
	if err := os.Mkdir(filepath.Join(results, "something else"), 0o755); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, run := range must[[]store.Listed](t)(store.List(results)) {
		got = append(got, run.Dir)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if _, err := store.List(filepath.Join(results, "missing")); err == nil {
		t.Error("listing what is not there: no error")
	}
}

func TestADirectoryThatCannotBeWrittenFailsBeforeTheRun(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{file, filepath.Join(file, "results")} {
		if _, err := store.Create(dir, testRun()); err == nil || !strings.Contains(err.Error(), "--output") {
			t.Errorf("%s: got %v, want an error with a hint", dir, err)
		}
	}
}

func TestEventsAndCrossingsAreKept(t *testing.T) {
	w := begun(t, t.TempDir(), testRun())
	status := func(passed bool) []metrics.ThresholdStatus {
		return []metrics.ThresholdStatus{{Rule: "p95<300ms", Value: 310, Unit: "ms", Known: true, Passed: passed}}
	}
	for n, p := range []metrics.Progress{
		{Total: &metrics.Summary{Warmup: time.Second}, Thresholds: status(true)},
		{Total: &metrics.Summary{Warmup: 2 * time.Second}, Thresholds: status(false)},
		{Total: &metrics.Summary{Warmup: 2 * time.Second}, Thresholds: status(false), Message: "stopping"},
		{Total: &metrics.Summary{Warmup: 2 * time.Second}, Thresholds: status(true), Message: "stopping"},
	} {
		if err := w.Second(second(n, 1, 1), p); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Annotate(1500*time.Millisecond, "deploy"); err != nil {
		t.Fatal(err)
	}
	if err := w.End(metrics.Outcome{}); err != nil {
		t.Fatal(err)
	}
	r := must[*store.Reader](t)(store.Open(w.Dir()))
	defer r.Close()
	wantEvents := []store.Event{
		{At: 3 * time.Second, Kind: store.Message, Text: "stopping"},
		{At: 2 * time.Second, Kind: store.WarmedUp, Text: "warm-up ended"},
		{At: 1500 * time.Millisecond, Kind: store.Annotation, Text: "deploy"},
	}
	if got := r.Events(); !slices.Equal(got, wantEvents) {
		t.Errorf("events: got %v, want %v", got, wantEvents)
	}
	wantCrossings := []store.Crossing{
		{At: 2 * time.Second, Status: status(false)[0]},
		{At: 4 * time.Second, Status: status(true)[0]},
	}
	if got := r.Crossings(); !slices.Equal(got, wantCrossings) {
		t.Errorf("crossings: got %v, want %v", got, wantCrossings)
	}
}

func TestARunHasOneWriter(t *testing.T) {
	w := begun(t, t.TempDir(), testRun())
	r := must[*store.Reader](t)(store.Open(w.Dir()))
	if !r.Live() {
		t.Error("a run that is being written is not live")
	}
	r.Close()
	if _, err := store.Append(w.Dir()); !errors.Is(err, store.ErrLocked) {
		t.Errorf("a second writer: got %v, want that the run is locked", err)
	} else if pid := os.Getpid(); !strings.Contains(err.Error(), "("+strconv.Itoa(pid)+")") {
		t.Errorf("got %q, want the process %d in it", err, pid)
	}
	_ = w.Close()
	_ = w.Close() // harmless
	again := must[*store.Writer](t)(store.Append(w.Dir()))
	if err := again.Second(second(0, 1, 1), metrics.Progress{}); err != nil {
		t.Error(err)
	}
	if err := again.End(metrics.Outcome{Passed: true}); err != nil {
		t.Error(err)
	}
	for name, err := range map[string]error{
		"begin":    again.Begin(testRun()),
		"second":   again.Second(second(1, 1, 1), metrics.Progress{}),
		"annotate": again.Annotate(0, "x"),
		"end":      again.End(metrics.Outcome{}),
	} {
		if err == nil {
			t.Errorf("%s after the end: no error", name)
		}
	}
}

func TestTheLockOfAKilledProcessIsTakenOver(t *testing.T) {
	dir, kept := killAfter(t, 5)
	log := filepath.Join(dir, "run.frames")
	f := must[*os.File](t)(os.OpenFile(log, os.O_APPEND|os.O_WRONLY, 0o644))
	_, _ = f.WriteString("\xf5LFR torn")
	_ = f.Close()
	w := must[*store.Writer](t)(store.Append(dir))
	if err := w.Second(second(500, 1, 1), metrics.Progress{}); err != nil {
		t.Fatal(err)
	}
	if err := w.End(metrics.Outcome{Interrupted: true}); err != nil {
		t.Fatal(err)
	}
	r := must[*store.Reader](t)(store.Open(dir))
	defer r.Close()
	seconds := 0
	for range r.Snapshots() {
		seconds++
	}
	if r.Lost() != 0 || r.Last() != 500 || seconds < kept+1 || !r.Outcome().Interrupted {
		t.Errorf("%d bytes lost, last second %d, %d seconds of %d and one", r.Lost(), r.Last(), seconds, kept)
	}
}

func TestAppendNeedsARun(t *testing.T) {
	if _, err := store.Append(t.TempDir()); err == nil {
		t.Error("appending to an empty directory: no error")
	}
	if _, err := store.Append(filepath.Join(t.TempDir(), "missing")); err == nil {
		t.Error("appending to no directory: no error")
	}
}

// A full disk is one of 2 MiB, which a balloon fills and leaves again.
func TestAFullDisk(t *testing.T) {
	disk := smallDisk(t)
	w := must[*store.Writer](t)(store.Create(filepath.Join(disk, "results"), testRun()))
	var warned []error
	w.Warn = func(err error) { warned = append(warned, err) }
	if err := w.Begin(testRun()); err != nil {
		t.Fatal(err)
	}
	write := func(from, to int) {
		t.Helper()
		for n := from; n < to; n++ {
			if err := w.Second(second(n, 20, 20), metrics.Progress{}); err != nil {
				t.Fatalf("second %d: %v", n, err)
			}
		}
	}
	write(0, 10)
	balloon := filepath.Join(disk, "balloon")
	blow(t, balloon)
	write(10, 30)
	if len(warned) != 1 || !errors.Is(warned[0], syscall.ENOSPC) {
		t.Fatalf("on the full disk: warned %v, want once of no space", warned)
	}
	if r := must[*store.Reader](t)(store.Open(w.Dir())); r.Lost() != 0 || r.Last() < 9 {
		t.Errorf("on the full disk: %d bytes lost, last second %d", r.Lost(), r.Last())
	}
	if _, err := store.Create(filepath.Join(disk, "results"), testRun()); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("another run: got %v, want no space", err)
	}
	if err := os.Remove(balloon); err != nil {
		t.Fatal(err)
	}
	write(30, 40)
	if len(warned) != 2 || warned[1] != nil {
		t.Errorf("with room again: warned %v, want that it is over", warned)
	}
	blow(t, balloon)
	write(40, 60)
	if err := w.End(metrics.Outcome{Passed: true}); err == nil || !strings.Contains(err.Error(), "lost") {
		t.Errorf("ended on a full disk: got %v, want what was lost", err)
	}
	r := must[*store.Reader](t)(store.Open(w.Dir()))
	defer r.Close()
	seconds := 0
	for _, err := range r.Snapshots() {
		if err != nil {
			t.Fatal(err)
		}
		seconds++
	}
	if seconds < 40 || r.Lost() != 0 {
		t.Errorf("%d seconds are there, %d bytes lost; want the 40 before the second balloon", seconds, r.Lost())
	}
}

func smallDisk(t *testing.T) string {
	t.Helper()
	disk := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", disk).CombinedOutput(); err != nil {
		t.Skipf("mounting a small disk needs Linux and root: %v: %s", err, out)
	}
	t.Cleanup(func() {
		if err := exec.Command("umount", disk).Run(); err != nil {
			t.Error("unmounting:", err)
		}
	})
	return disk
}

// blow fills a disk to the last byte.
func blow(t *testing.T, balloon string) {
	t.Helper()
	f := must[*os.File](t)(os.Create(balloon))
	defer f.Close()
	for air := make([]byte, 4096); ; {
		if _, err := f.Write(air); err != nil {
			if !errors.Is(err, syscall.ENOSPC) {
				t.Fatal(err)
			}
			return
		}
	}
}
