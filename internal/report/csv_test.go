package report_test

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/internal/report"
	"github.com/loadforge/loadforge/internal/store"
)

// What open loads ask for is no number of users.
func TestTheTimeSeriesHasTheTargetsOfBothModels(t *testing.T) {
	y := shop()
	y.run.Loads = []metrics.Load{{Model: "users"}, {Model: "rate"}, {Model: "users"}, {Model: "rate"}}
	w := must[*store.Writer](t)(store.Create(t.TempDir(), y.run))
	if err := w.Begin(y.run); err != nil {
		t.Fatal(err)
	}
	s := y.second(0)
	s.Loads = []metrics.LoadStats{{Target: 50}, {Target: 20}, {Target: 7}, {Target: 0.5}}
	if err := w.Second(s, metrics.Progress{}); err != nil {
		t.Fatal(err)
	}
	if err := w.End(metrics.Outcome{Summary: &metrics.Summary{}}); err != nil {
		t.Fatal(err)
	}
	must[[]string](t)(report.Write(w.Dir(), report.Options{Formats: report.Formats{report.CSV}}))
	rows := must[[][]string](t)(csv.NewReader(bytes.NewReader(must[[]byte](t)(os.ReadFile(filepath.Join(w.Dir(), "timeseries.csv"))))).ReadAll())
	for column, want := range map[string]string{"target_users": "57", "target_rate": "20.5"} {
		i := slices.Index(rows[0], column)
		if i < 0 || rows[1][i] != want {
			t.Errorf("%s is not %s in %v", column, want, rows)
		}
	}
}
