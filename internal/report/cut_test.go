package report_test

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/internal/report"
	"github.com/loadforge/loadforge/internal/store"
)

// A result is what tests look at of result.json.
type result struct {
	Passed      bool
	Interrupted bool
	Verdict     metrics.Verdict
	Totals      map[string]any
	Requests    []map[string]any
	Thresholds  []map[string]any
	Warmup      float64 `json:"warmup_s"`
	Duration    float64 `json:"duration_s"`
	Workers     []map[string]any
}

func read(t *testing.T, dir string) (r result) {
	t.Helper()
	if err := json.Unmarshal(resultOf(t, dir), &r); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestACutRunHasAllThatWasMeasured(t *testing.T) {
	y := shop()
	whole, cut := read(t, y.store(t, t.TempDir(), false)), read(t, y.store(t, t.TempDir(), true))
	if !reflect.DeepEqual(cut.Totals, whole.Totals) {
		t.Errorf("totals: got  %v\nwant %v", cut.Totals, whole.Totals)
	}
	if !reflect.DeepEqual(cut.Requests, whole.Requests) || !reflect.DeepEqual(cut.Thresholds, whole.Thresholds) {
		t.Error("requests or thresholds are not those of the run that ended")
	}
	if !cut.Interrupted || whole.Interrupted {
		t.Errorf("interrupted: the cut run %v, the other %v", cut.Interrupted, whole.Interrupted)
	}
	if reasons := strings.Join(cut.Verdict.Reasons, "; "); cut.Verdict.State != metrics.Degraded || !strings.Contains(reasons, "process was killed, the machine stopped or the disk was full") || !strings.Contains(reasons, "first 2:00") {
		t.Errorf("verdict: got %+v, want degraded as the run was cut after 2:00", cut.Verdict)
	}
	if cut.Passed {
		t.Error("thresholds failed and the cut run passed")
	}
}

func TestARunThatGoesOnSaysSo(t *testing.T) {
	y := shop()
	y.seconds = 10
	w, _, _ := y.play(t, t.TempDir())
	defer w.Close()
	got := read(t, w.Dir())
	if reasons := strings.Join(got.Verdict.Reasons, "; "); !got.Interrupted || !strings.Contains(reasons, "still going on") {
		t.Errorf("got %+v", got.Verdict)
	}
}

func TestTheWarmUpOfACutRunIsLeftOut(t *testing.T) {
	y := shop()
	w := must[*store.Writer](t)(store.Create(t.TempDir(), y.run))
	if err := w.Begin(y.run); err != nil {
		t.Fatal(err)
	}
	total := metrics.Total{Warmup: 3 * time.Second}
	for n := range 10 {
		s := y.second(n)
		total.Add(s)
		if err := w.Second(s, metrics.Progress{Total: total.Summary(0)}); err != nil {
			t.Fatal(err)
		}
	}
	_ = w.Close()
	got := read(t, w.Dir())
	if want := float64(total.Summary(0).Requests); got.Totals["requests"] != want || got.Warmup != 3 || got.Duration != 10 {
		t.Errorf("got %v requests, warm-up %v s of %v s; want %v, 3, 10", got.Totals["requests"], got.Warmup, got.Duration, want)
	}
}

func TestARunWithoutASecondHasReports(t *testing.T) {
	y := shop()
	w := must[*store.Writer](t)(store.Create(t.TempDir(), y.run))
	if err := w.Begin(y.run); err != nil {
		t.Fatal(err)
	}
	_ = w.Close()
	files := must[[]string](t)(report.Write(w.Dir(), all))
	if len(files) != 6 {
		t.Errorf("got %v", files)
	}
	if got := read(t, w.Dir()); got.Verdict.State != metrics.Invalid || got.Passed {
		t.Errorf("got passed %v, verdict %+v; want an invalid result", got.Passed, got.Verdict)
	}
}

func TestDamageToTheLogIsSaid(t *testing.T) {
	y := shop()
	y.seconds = 10
	dir := y.store(t, t.TempDir(), false)
	before := read(t, dir)
	path := filepath.Join(dir, "run.frames")
	log := must[[]byte](t)(os.ReadFile(path))
	log[len(log)/2] ^= 1
	if err := os.WriteFile(path, log, 0o644); err != nil {
		t.Fatal(err)
	}
	got := read(t, dir)
	if reasons := strings.Join(got.Verdict.Reasons, "; "); got.Verdict.State != metrics.Degraded || !strings.Contains(reasons, "damaged") {
		t.Errorf("got %+v, want that the log is damaged", got.Verdict)
	}
	if !reflect.DeepEqual(got.Totals, before.Totals) {
		t.Error("the totals changed, though the outcome has them")
	}
}

func TestWhatSeveralWorkersDidIsNotMadeUp(t *testing.T) {
	y := shop()
	y.seconds = 2
	if got := read(t, y.store(t, t.TempDir(), false)); len(got.Workers) != 1 || got.Workers[0]["requests"] != got.Totals["requests"] {
		t.Errorf("one worker: got %v", got.Workers)
	}
	y.run.Workers = 3
	if got := read(t, y.store(t, t.TempDir(), false)); len(got.Workers) != 0 {
		t.Errorf("three workers: got %v", got.Workers)
	}
}

func TestFilesAreReplacedAsAWhole(t *testing.T) {
	y := shop()
	y.seconds = 3
	dir := y.store(t, t.TempDir(), false)
	if err := os.Mkdir(filepath.Join(dir, "report.html"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "report.html", "in the way"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	files, err := report.Write(dir, all)
	if err == nil || !strings.Contains(err.Error(), "report.html") || len(files) != 5 {
		t.Errorf("got %v and %v, want all but report.html", files, err)
	}
	for _, e := range must[[]os.DirEntry](t)(os.ReadDir(dir)) {
		if strings.HasPrefix(e.Name(), ".") {
			t.Errorf("%s was left behind", e.Name())
		}
	}
}

func TestWhatIsNoRunIsAnError(t *testing.T) {
	if _, err := report.Write(t.TempDir(), all); err == nil {
		t.Error("no error")
	}
}

// A run that was killed in its warm-up has measured nothing yet.
func TestARunCutInItsWarmUpCountsNone(t *testing.T) {
	y := shop()
	y.seconds, y.run.Warmup = 4, 5*time.Second
	got := read(t, y.store(t, t.TempDir(), true))
	if got.Totals["requests"] != 0.0 || got.Warmup != 4 || got.Passed {
		t.Errorf("got %v requests, warm-up %v s, passed %v; want 0, 4, false", got.Totals["requests"], got.Warmup, got.Passed)
	}
}

// Why iterations were dropped depends on the limit of their load: of a run that
// was cut it is known as well.
func TestACutRunIsJudgedByTheLimitsOfItsLoads(t *testing.T) {
	dropped := func(limit int) []string {
		y := shop()
		y.run.Loads[0].Model, y.run.Loads[0].MaxUsers = "rate", limit
		w := must[*store.Writer](t)(store.Create(t.TempDir(), y.run))
		if err := w.Begin(y.run); err != nil {
			t.Fatal(err)
		}
		for n := range 5 {
			s := y.second(n)
			l := &s.Loads[0]
			l.Scheduled, l.Started, l.Dropped, l.Active = 100, 100, 50, 70
			s.Lag.Reset()
			if err := w.Second(s, metrics.Progress{}); err != nil {
				t.Fatal(err)
			}
		}
		_ = w.Close()
		return read(t, w.Dir()).Verdict.Reasons
	}
	if got := strings.Join(dropped(70), "; "); !strings.Contains(got, "all users were busy (max users 70)") {
		t.Errorf("at the limit: got %q, want that all users were busy", got)
	}
	if got := strings.Join(dropped(900), "; "); strings.Contains(got, "all users were busy") {
		t.Errorf("far from the limit: got %q", got)
	}
}

// A run that ended with the disk full was not cut, and its totals are in its
// seconds.
func TestARunWithoutRoomForItsTotalsHasEnded(t *testing.T) {
	y := shop()
	whole := read(t, y.store(t, t.TempDir(), false))
	outcome := metrics.Outcome{Passed: true, Verdict: metrics.Verdict{State: metrics.Valid}, End: start.Add(time.Hour)}
	got := read(t, y.storeWith(t, t.TempDir(), &outcome))
	if got.Interrupted || !got.Passed || !reflect.DeepEqual(got.Totals, whole.Totals) {
		t.Errorf("got interrupted %v, passed %v and %v; want a run that passed with %v", got.Interrupted, got.Passed, got.Totals, whole.Totals)
	}
	if reasons := strings.Join(got.Verdict.Reasons, "; "); got.Verdict.State != metrics.Degraded || !strings.Contains(reasons, "the disk is full: they are those of the first 2:00") {
		t.Errorf("got %+v, want degraded as the totals were added up again", got.Verdict)
	}
}

// The drain is in no rate, whether the run ended or was cut while it drained.
func TestTheDrainIsInNoRate(t *testing.T) {
	y := shop()
	y.seconds, y.run.Duration = 40, 20*time.Second
	for name, cut := range map[string]bool{"ended": false, "cut": true} {
		dir := y.store(t, t.TempDir(), cut)
		var total metrics.Total
		for n := range 20 {
			total.Add(y.second(n))
		}
		got, want := read(t, dir).Totals["requests_per_s"].(float64), total.Summary(0).PerSecond
		if math.Abs(got-want) > 0.001 {
			t.Errorf("%s: got %v requests a second, want the %v of the load", name, got, want)
		}
	}
}
