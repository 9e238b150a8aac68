package report_test

import (
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
