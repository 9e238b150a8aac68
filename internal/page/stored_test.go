package page_test

import (
	"bytes"
	"io"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/loadforge/loadforge/bench/synth"
	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/internal/page"
	"github.com/loadforge/loadforge/internal/store"
)

// stored writes a run with the parts of the synthetic one.
func stored(t *testing.T, end func(*store.Writer) error) *store.Reader {
	t.Helper()
	w := must[*store.Writer](t)(store.Create(t.TempDir(), synthRun()))
	if err := w.Begin(synthRun()); err != nil {
		t.Fatal(err)
	}
	for _, s := range synthParts() {
		if err := w.Second(s, metrics.Progress{Total: &metrics.Summary{Warmup: synthRun().Warmup}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Annotate(120e9, "deploy"); err != nil {
		t.Fatal(err)
	}
	if err := end(w); err != nil {
		t.Fatal(err)
	}
	r := must[*store.Reader](t)(store.Open(w.Dir()))
	t.Cleanup(r.Close)
	return r
}

func TestTheStoredPageIsTheLiveOne(t *testing.T) {
	r := stored(t, func(w *store.Writer) error { return w.End(metrics.Outcome{Summary: new(metrics.Summary)}) })
	b, status := page.FromStore(r)
	live, _ := synthPage()
	got, want := decode(t, encode(t, b)), decode(t, encode(t, live))
	for id := range want.Values {
		if !reflect.DeepEqual(got.Values[id], want.Values[id]) {
			t.Errorf("column %s differs", id)
		}
	}
	if !reflect.DeepEqual(got.Heat, want.Heat) || !reflect.DeepEqual(got.Dists, want.Dists) {
		t.Error("cells or distributions differ")
	}
	if status.State != "finished" || len(got.Events) != 2 || got.Events[0].Kind != "warmed_up" {
		t.Errorf("state %q, events %v", status.State, got.Events)
	}
}

func TestACutRunIsJudgedAsFarAsItGot(t *testing.T) {
	r := stored(t, (*store.Writer).Close)
	_, status := page.FromStore(r)
	_, whole := synthPage()
	if status.State != "cut" || !status.Interrupted || status.Passed == nil || *status.Passed {
		t.Errorf("state %q, interrupted %v, passed %v", status.State, status.Interrupted, status.Passed)
	}
	if got, want := status.Totals.Requests, whole.Totals.Requests; got != want {
		t.Errorf("%d requests, want %d", got, want)
	}
	if reasons := strings.Join(status.Verdict.Reasons, "; "); !strings.Contains(reasons, "the log of the run has no end") {
		t.Errorf("the verdict says %q", reasons)
	}
}

func TestARunThatGoesOnIsRunning(t *testing.T) {
	var writer *store.Writer
	r := stored(t, func(w *store.Writer) error { writer = w; return nil })
	defer func() { _ = writer.Close() }()
	if _, status := page.FromStore(r); status.State != "running" || status.Passed != nil || status.Interrupted {
		t.Errorf("state %q, passed %v, interrupted %v", status.State, status.Passed, status.Interrupted)
	}
}

// A page that caught up goes on where the run was: what is in it comes no second
// time.
func TestAPageThatCatchesUpGoesOn(t *testing.T) {
	run := synthRun()
	run.Warmup = 1500 * time.Millisecond
	w := must[*store.Writer](t)(store.Create(t.TempDir(), run))
	if err := w.Begin(run); err != nil {
		t.Fatal(err)
	}
	total := metrics.Total{Warmup: run.Warmup}
	progress := func(s *metrics.Snapshot) metrics.Progress {
		total.Add(s)
		status := metrics.ThresholdStatus{Rule: "p95<300ms", Known: true}
		return metrics.Progress{Total: total.Summary(0), Thresholds: []metrics.ThresholdStatus{status}}
	}
	live := page.New(run)
	for second := range 4 {
		s := tiny(second)
		p := progress(s)
		if err := w.Second(s, p); err != nil {
			t.Fatal(err)
		}
		live.Remarks(s, &p)
	}
	r := must[*store.Reader](t)(store.Open(w.Dir()))
	defer r.Close()
	_ = w.Close()
	b := page.New(run)
	b.CatchUp(r)
	kinds := func(events []page.Event) map[string]float64 {
		at := map[string]float64{}
		for _, e := range events {
			at[e.Kind] = e.At
		}
		return at
	}
	got, want := decode(t, encode(t, b)), decode(t, encode(t, live))
	if !reflect.DeepEqual(kinds(got.Events), kinds(want.Events)) || len(got.Events) != 2 {
		t.Errorf("the store has %v, the page %v; want the same two", got.Events, want.Events)
	}
	s := tiny(4)
	b.Add(s)
	p := progress(s)
	if again := b.Remarks(s, &p); len(again) != 0 {
		t.Errorf("it marks %v again", again)
	}
	b.Workers(4, []page.Worker{{Requests: 1000}, {Requests: 2000}})
	b.Add(tiny(5))
	b.Workers(5, []page.Worker{{Requests: 1007}, {Requests: 2008}, {Requests: 9}})
	d := decode(t, encode(t, b))
	for id, want := range map[string]uint64{"w.0.requests": 7, "w.1.requests": 8, "w.2.requests": 9} {
		if got := d.Sum(id); got != want {
			t.Errorf("%s sums up to %d, want %d", id, got, want)
		}
	}
}

func TestALongRunHasAtMost3600Buckets(t *testing.T) {
	w := must[*store.Writer](t)(store.Create(t.TempDir(), synthRun()))
	if err := w.Begin(synthRun()); err != nil {
		t.Fatal(err)
	}
	for second := 0; second < 86_400; second += 600 {
		if err := w.Second(tiny(second), metrics.Progress{}); err != nil {
			t.Fatal(err)
		}
	}
	_ = w.Close()
	r := must[*store.Reader](t)(store.Open(w.Dir()))
	defer r.Close()
	if b, _ := page.FromStore(r); b.Width() != 32 || b.Buckets() != 2682 {
		t.Errorf("%d buckets of %d s, want 2682 of 32 s", b.Buckets(), b.Width())
	}
}

// BenchmarkFromStore makes pages of stored runs, of the sizes that matter.
func BenchmarkFromStore(b *testing.B) {
	for _, c := range []struct {
		name string
		plan synth.Plan
		long bool
	}{
		{"10 min of 200 names", synth.Plan{Seconds: 600, Names: 200}, false},
		{"1 h of 20 names", synth.Plan{Seconds: 3600, Names: 20}, false},
		{"24 h of 20 names", synth.Plan{Seconds: 86_400, Names: 20}, true},
	} {
		b.Run(c.name, func(b *testing.B) {
			if c.long && os.Getenv("LOADFORGE_BENCH_DAY") == "" {
				b.Skip("takes minutes and 400 MB: set LOADFORGE_BENCH_DAY=1")
			}
			r := must[*store.Reader](b)(store.Open(must[string](b)(c.plan.Write(scratch(b)))))
			defer r.Close()
			var size bytes.Buffer
			for b.Loop() {
				size.Reset()
				builder, status := page.FromStore(r)
				if err := builder.Encode(&size, 0, &status); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(size.Len())/1e6, "MB")
		})
	}
}

// BenchmarkEncode is what a browser that opens a live page costs.
func BenchmarkEncode(b *testing.B) {
	r := must[*store.Reader](b)(store.Open(must[string](b)(synth.Plan{Seconds: 3600, Names: 20}.Write(scratch(b)))))
	defer r.Close()
	builder, status := page.FromStore(r)
	for b.Loop() {
		if err := builder.Encode(io.Discard, 0, &status); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSecond is what a second of a live run costs: the page, a row of it
// and a status.
func BenchmarkSecond(b *testing.B) {
	for _, names := range []int{20, 200} {
		b.Run(map[int]string{20: "20 names", 200: "200 names"}[names], func(b *testing.B) {
			plan := synth.Plan{Seconds: 3600, Names: names}
			var seconds []*metrics.Snapshot
			for i := range 8 {
				seconds = append(seconds, plan.Second(1000+i))
			}
			builder := page.New(plan.Run())
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				s := seconds[i%8]
				s.Second = i % 3600
				bucket, _ := builder.Add(s)
				builder.Row(bucket, len(builder.Names()))
			}
		})
	}
}

// scratch is a directory in memory, where there is one.
func scratch(b *testing.B) string {
	b.Helper()
	parent := ""
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		parent = "/dev/shm"
	}
	dir := must[string](b)(os.MkdirTemp(parent, "loadforge-bench-*"))
	b.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}
