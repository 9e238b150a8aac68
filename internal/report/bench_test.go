package report_test

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/internal/report"
	"github.com/loadforge/loadforge/internal/store"
)

// storeLong keeps a run of that many seconds, with 20 names and 500 requests in
// each, in memory where the system has a file system for that.
func storeLong(b *testing.B, seconds int, cut bool) string {
	b.Helper()
	y := shop()
	y.names = nil
	for i := range 20 {
		y.names = append(y.names, fmt.Sprintf("GET /endpoint/%02d", i))
	}
	y.scale, y.level = 0.35, func(int) float64 { return 200 }
	y.run.Duration = time.Duration(seconds) * time.Second
	parent := ""
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		parent = "/dev/shm"
	}
	dir := must[string](b)(os.MkdirTemp(parent, "loadforge-bench-*"))
	b.Cleanup(func() { _ = os.RemoveAll(dir) })
	w := must[*store.Writer](b)(store.Create(dir, y.run))
	if err := w.Begin(y.run); err != nil {
		b.Fatal(err)
	}
	templates := make([]*metrics.Snapshot, 16)
	for i := range templates {
		templates[i] = y.second(i)
	}
	var total metrics.Total
	judge := metrics.NewJudge(y.run.Thresholds)
	for n := range seconds {
		s := templates[n%len(templates)]
		s.Second = n
		if !cut {
			total.Add(s)
			judge.Add(s)
		}
		if err := w.Second(s, metrics.Progress{}); err != nil {
			b.Fatal(err)
		}
	}
	if cut {
		_ = w.Close()
	} else if err := w.End(y.outcome(&total, judge)); err != nil {
		b.Fatal(err)
	}
	return w.Dir()
}

// BenchmarkRebuild makes all reports of a stored run.
func BenchmarkRebuild(b *testing.B) {
	for _, c := range []struct {
		name    string
		seconds int
		cut     bool
	}{
		{"an hour", 3600, false},
		{"an hour that was cut", 3600, true},
		{"a day", 86_400, false},
	} {
		b.Run(c.name, func(b *testing.B) {
			if c.seconds > 3600 && os.Getenv("LOADFORGE_BENCH_DAY") == "" {
				b.Skip("takes minutes and 300 MB: set LOADFORGE_BENCH_DAY=1")
			}
			dir := storeLong(b, c.seconds, c.cut)
			b.ReportAllocs()
			for b.Loop() {
				must[[]string](b)(report.Write(dir, all))
			}
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			b.ReportMetric(float64(m.HeapSys)/(1<<20), "MiB-heap")
		})
	}
}

// BenchmarkJSON is what --json costs at the end of a run.
func BenchmarkJSON(b *testing.B) {
	r := must[*store.Reader](b)(store.Open(storeLong(b, 60, false)))
	defer r.Close()
	for b.Loop() {
		if err := report.JSON(io.Discard, r.Run(), *r.Outcome()); err != nil {
			b.Fatal(err)
		}
	}
}
