package store_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/internal/store"
)

var update = flag.Bool("update", false, "write a new run to testdata")

// A run written by the first version stays readable: this one is never written
// again, only by a format that is allowed to break.
func TestARunOfFormat1IsReadable(t *testing.T) {
	golden := filepath.Join("testdata", "run-v1")
	if *update {
		writeGolden(t, golden)
	}
	r := must[*store.Reader](t)(store.Open(golden))
	defer r.Close()
	var total metrics.Total
	for s, err := range r.Snapshots() {
		total.Add(must[*metrics.Snapshot](t)(s, err))
	}
	summary := total.Summary(0)
	if summary.Requests != 4*3*200 || r.Last() != 3 || r.Lost() != 0 || len(r.Events()) != 1 {
		t.Errorf("got %d requests, last second %d, %d bytes lost, events %v", summary.Requests, r.Last(), r.Lost(), r.Events())
	}
	if run := r.Run(); run.Test != "shop" || len(run.Thresholds) != 1 || run.Loads[0].Peak != 50 {
		t.Errorf("got %+v", run)
	}
	o := r.Outcome()
	if o == nil || !o.Passed || o.Summary.Requests != summary.Requests || o.Summary.Response.P95 != summary.Response.P95 {
		t.Errorf("got %+v, want one that passed with the same summary", o)
	}
}

func writeGolden(t *testing.T, golden string) {
	t.Helper()
	run := testRun()
	run.ID = "run-v1"
	if err := os.RemoveAll(golden); err != nil {
		t.Fatal(err)
	}
	w := must[*store.Writer](t)(store.Create("testdata", run))
	defer os.Remove(filepath.Join("testdata", "latest"))
	if err := w.Begin(run); err != nil {
		t.Fatal(err)
	}
	var total metrics.Total
	for n := range 4 {
		s := second(n, 3, 200)
		total.Add(s)
		if err := w.Second(s, metrics.Progress{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Annotate(0, "deploy"); err != nil {
		t.Fatal(err)
	}
	summary := total.Summary(0)
	if err := w.End(metrics.Outcome{Passed: true, Summary: summary, Verdict: metrics.Assess(summary, metrics.Facts{}), End: start}); err != nil {
		t.Fatal(err)
	}
}
