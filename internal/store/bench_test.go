package store_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/internal/store"
)

// BenchmarkAppend is one second of a run of 20 names with 500 requests in all,
// on the disk of the working directory, fdatasync included.
func BenchmarkAppend(b *testing.B) {
	dir := must[string](b)(os.MkdirTemp(".", "bench-*"))
	defer os.RemoveAll(dir)
	w := must[*store.Writer](b)(store.Create(dir, testRun()))
	if err := w.Begin(testRun()); err != nil {
		b.Fatal(err)
	}
	var seconds [64]*metrics.Snapshot
	for i := range seconds {
		seconds[i] = second(i, 20, 25)
	}
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		s := seconds[n%len(seconds)]
		s.Second = n
		if err := w.Second(s, metrics.Progress{}); err != nil {
			b.Fatal(err)
		}
	}
	info := must[os.FileInfo](b)(os.Stat(filepath.Join(w.Dir(), "run.frames")))
	b.ReportMetric(float64(info.Size())/float64(b.N)*3600/(1<<20), "MiB/h")
	if err := w.End(metrics.Outcome{}); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkReplayHour opens a run of an hour with 20 names and reads each second.
func BenchmarkReplayHour(b *testing.B) {
	dir := b.TempDir()
	w := must[*store.Writer](b)(store.Create(dir, testRun()))
	if err := w.Begin(testRun()); err != nil {
		b.Fatal(err)
	}
	for n := range 3600 {
		s := second(n%64, 20, 25)
		s.Second = n
		if err := w.Second(s, metrics.Progress{}); err != nil {
			b.Fatal(err)
		}
	}
	if err := w.End(metrics.Outcome{}); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		r := must[*store.Reader](b)(store.Open(w.Dir()))
		for _, err := range r.Snapshots() {
			if err != nil {
				b.Fatal(err)
			}
		}
		r.Close()
	}
}
