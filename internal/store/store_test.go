package store_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/internal/store"
)

func TestWhatIsWrittenIsRead(t *testing.T) {
	dir := t.TempDir()
	w := must[*store.Writer](t)(store.Create(dir, testRun()))
	run := testRun()
	if err := w.Begin(run); err != nil {
		t.Fatal(err)
	}
	var want []*metrics.Snapshot
	for n := range 5 {
		s := second(n, 3, 50)
		want = append(want, s)
		if err := w.Second(s, metrics.Progress{}); err != nil {
			t.Fatal(err)
		}
	}
	outcome := metrics.Outcome{Passed: true, Verdict: metrics.Verdict{State: metrics.Valid, Reasons: []string{}}, End: start.Add(time.Minute)}
	if err := w.End(outcome); err != nil {
		t.Fatal(err)
	}
	r := must[*store.Reader](t)(store.Open(dir))
	defer r.Close()
	run.ID = w.ID()
	if got := r.Run(); !reflect.DeepEqual(got, run) {
		t.Errorf("run: got %+v, want %+v", got, run)
	}
	if got := r.Outcome(); got == nil || !reflect.DeepEqual(*got, outcome) {
		t.Errorf("outcome: got %+v, want %+v", got, outcome)
	}
	var got []*metrics.Snapshot
	for s, err := range r.Snapshots() {
		got = append(got, must[*metrics.Snapshot](t)(s, err))
	}
	sameSnapshots(t, got, want)
	if r.Lost() != 0 || r.Live() || r.Last() != 4 {
		t.Errorf("lost %d bytes, live %v, last second %d; want 0, false, 4", r.Lost(), r.Live(), r.Last())
	}
}

// sameSnapshots compares by encoding, which equal snapshots share.
func sameSnapshots(t *testing.T, got, want []*metrics.Snapshot) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("got %d seconds, want %d", len(got), len(want))
	}
	for i := range got {
		a, b := must[[]byte](t)(got[i].AppendBinary(nil)), must[[]byte](t)(want[i].AppendBinary(nil))
		if string(a) != string(b) {
			t.Errorf("second %d differs from the one written", i)
		}
	}
}
