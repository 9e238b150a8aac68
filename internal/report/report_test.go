package report_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/loadforge/loadforge/internal/report"
)

func TestWriteMakesAFileForEachFormat(t *testing.T) {
	y := shop()
	files := must[[]string](t)(report.Write(y.store(t, t.TempDir(), false), all))
	var got []string
	for _, f := range files {
		got = append(got, filepath.Base(f))
	}
	slices.Sort(got)
	want := []string{"endpoints.csv", "junit.xml", "report.html", "result.json", "summary.md", "timeseries.csv"}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// Writing that is stopped takes back the file it is at, and begins no other.
func TestAStoppedReportLeavesNoPartOfAFile(t *testing.T) {
	y := shop()
	dir := y.store(t, t.TempDir(), false)
	before, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	close(stop)
	files, err := report.Write(dir, report.Options{Formats: report.All(), Stop: stop})
	if len(files) > 0 || !errors.Is(err, report.ErrStopped) {
		t.Errorf("got %q, %v; want nothing and that it was stopped", files, err)
	}
	after, err := os.ReadDir(dir)
	if err != nil || len(after) != len(before) {
		t.Errorf("%v, %v; want %v as before", after, err, before)
	}
}
