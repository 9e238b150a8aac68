//go:build !race

package report_test

import (
	"os"
	"testing"
	"time"

	"github.com/loadforge/loadforge/bench/synth"
	"github.com/loadforge/loadforge/internal/report"
	"github.com/loadforge/loadforge/web"
)

// scratch is a directory in memory, where there is one.
func scratch(t testing.TB) string {
	t.Helper()
	parent := ""
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		parent = "/dev/shm"
	}
	dir := must[string](t)(os.MkdirTemp(parent, "loadforge-report-*"))
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// An hour of twenty names fits into a mail.
func TestTheReportOfAnHourIsSmall(t *testing.T) {
	dir := must[string](t)(synth.Plan{Seconds: 3600, Names: 20}.Write(scratch(t)))
	start := time.Now()
	content := htmlOf(t, dir, "")
	data := len(dataOf(t, content, web.PageID))
	t.Logf("report.html: %d bytes, %d of them data, in %v", len(content), data, time.Since(start))
	if len(content) > 2_500_000 || data > 1_500_000 {
		t.Errorf("report.html has %d bytes, %d of them data; want at most 2,500,000 and 1,500,000", len(content), data)
	}
}

// BenchmarkHTML makes report.html of runs of the sizes that matter.
func BenchmarkHTML(b *testing.B) {
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
			dir := must[string](b)(c.plan.Write(scratch(b)))
			var file string
			for b.Loop() {
				file = must[[]string](b)(report.Write(dir, report.Options{Formats: report.Formats{report.HTML}}))[0]
			}
			b.ReportMetric(float64(must[os.FileInfo](b)(os.Stat(file)).Size())/1e6, "MB")
		})
	}
}
