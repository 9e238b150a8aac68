package dashboard

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/loadforge/loadforge/internal/metrics"
)

var update = flag.Bool("update", false, "write the golden files")

func TestExposition(t *testing.T) {
	run := tell(NewLive(LiveConfig{Run: testRun()}), 0).begin(t)
	s := second(0, 2)
	s.Names[1].Name = "GET \"/a\\b\"\n"
	s.Names[1].ByClass[metrics.Status5xx], s.Names[1].ByClass[metrics.OK] = 3, s.Names[1].Count-3
	s.Names[1].ByClass[metrics.Generator] = 1
	s.Names[1].Stage, s.Names[1].Kind = metrics.Setup, metrics.Group
	s.Checks = []metrics.CheckStats{{Name: "has products", Passed: 7, Failed: 1}}
	s.Loads[0].Started, s.Loads[0].Finished, s.Loads[1].Dropped = 9, 8, 2
	s.Health = metrics.Health{CPU: 0.25, Heap: 1 << 20, FDs: 12, Goroutines: 60}
	run.total.Add(s)
	if err := run.Second(s, metrics.Progress{
		State: "running", Elapsed: s.End(), Now: s, Total: run.total.Summary(0), Verdict: metrics.Verdict{State: metrics.Degraded},
		Thresholds: []metrics.ThresholdStatus{{Rule: `p95<300ms on "GET /"`, Passed: true}},
	}); err != nil {
		t.Fatal(err)
	}
	w := ask(run.Live, "GET", "http://localhost/metrics", "")
	if got := w.Header().Get("Content-Type"); got != "text/plain; version=0.0.4; charset=utf-8" {
		t.Errorf("it is %s", got)
	}
	golden := filepath.Join("testdata", "metrics.golden")
	if *update {
		if err := os.WriteFile(golden, w.Body.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got := w.Body.String(); got != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// The format: https://prometheus.io/docs/instrumenting/exposition_formats/
func TestExpositionIsWellFormed(t *testing.T) {
	sample := regexp.MustCompile(`^[a-z_]+(\{[a-z]+="([^"\\\n]|\\\\|\\"|\\n)*"(,[a-z]+="([^"\\\n]|\\\\|\\"|\\n)*")*\})? (NaN|[0-9.e+-]+)$`)
	for _, run := range []*toldRun{
		tell(NewLive(LiveConfig{}), 0), tell(NewLive(LiveConfig{}), 3).begin(t), tell(NewLive(LiveConfig{}), 3).begin(t).seconds(t, 3),
	} {
		typed, seen := "", map[string]bool{}
		for line := range strings.Lines(ask(run.Live, "GET", "http://localhost/metrics", "").Body.String()) {
			line = strings.TrimSuffix(line, "\n")
			if name, isType := strings.CutPrefix(line, "# TYPE "); isType {
				typed, _, _ = strings.Cut(name, " ")
			}
			if strings.HasPrefix(line, "#") {
				continue
			}
			if !sample.MatchString(line) || !strings.HasPrefix(line, typed) || seen[line] {
				t.Errorf("in the family %s: %s", typed, line)
			}
			seen[line] = true
		}
	}
}
