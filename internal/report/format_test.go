package report_test

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/internal/report"
)

func TestListsOfFormats(t *testing.T) {
	for list, want := range map[string]report.Formats{
		"":                  nil,
		"none":              nil,
		"html":              {report.HTML},
		"json, CSV ,html":   {report.JSONFile, report.CSV, report.HTML},
		"md,markdown,junit": {report.Markdown, report.JUnit},
		"html,all":          report.All(),
	} {
		got, err := report.ParseFormats(list)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: got %v, %v; want %v", list, got, err, want)
		}
	}
	if _, err := report.ParseFormats("html,pdf"); err == nil || !strings.Contains(err.Error(), `"pdf"`) {
		t.Errorf("got %v, want an error that names pdf", err)
	}
}

// Standard output and result.json say the same.
func TestJSONIsTheResult(t *testing.T) {
	y := shop()
	y.seconds = 5
	w, total, judge := y.play(t, t.TempDir())
	outcome := y.outcome(total, judge)
	if err := w.End(outcome); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := report.JSON(&b, y.run, outcome); err != nil {
		t.Fatal(err)
	}
	if want := resultOf(t, w.Dir()); !bytes.Equal(b.Bytes(), want) {
		t.Errorf("got %s\nwant %s", b.Bytes(), want)
	}
	if strings.Contains(b.String(), `\u003c`) {
		t.Error("rules are hard to read")
	}
}

// reportOf makes a report of an open-model run with an outcome.
func reportOf(t *testing.T, format report.Format, change func(*metrics.Outcome)) string {
	t.Helper()
	y := shop()
	y.seconds = 8
	y.run.Loads = []metrics.Load{
		{Scenario: "browse", Model: "rate", Pattern: "200/s", Duration: 8 * time.Second, Peak: 200},
		{Scenario: "buy", Model: "users", Pattern: "5", Duration: 8 * time.Second, Offset: 2 * time.Second, Peak: 5},
	}
	w, total, judge := y.play(t, t.TempDir())
	outcome := y.outcome(total, judge)
	change(&outcome)
	if err := w.End(outcome); err != nil {
		t.Fatal(err)
	}
	files := must[[]string](t)(report.Write(w.Dir(), report.Options{Formats: report.Formats{format}}))
	return string(must[[]byte](t)(os.ReadFile(files[0])))
}

func TestHeadlines(t *testing.T) {
	passing := func(o *metrics.Outcome) { o.Passed, o.Thresholds = true, nil }
	for _, c := range []struct {
		name   string
		change func(*metrics.Outcome)
		want   string
	}{
		{"nothing to pass", passing, "## ✅ shop: finished\n"},
		{"all failed and nothing says that it may not", func(o *metrics.Outcome) {
			passing(o)
			o.Summary.Errors, o.Summary.ErrorRate = o.Summary.Requests, 1
		}, "## ⚠️ shop: finished\n"},
		{"that in words", func(o *metrics.Outcome) {
			passing(o)
			o.Summary.Requests, o.Summary.Errors, o.Summary.ErrorRate = 900, 900, 1
		}, "900 requests in 8 s: 100 % of them failed, and no threshold says whether that is too much."},
		{"no requests", func(o *metrics.Outcome) { passing(o); o.Summary = &metrics.Summary{} }, "## ⚠️ shop: no requests\n"},
		{"errors that were allowed", func(o *metrics.Outcome) {
			o.Passed, o.Thresholds = true, []metrics.ThresholdStatus{{Rule: "error_rate<5%", Known: true, Passed: true, Unit: "%"}}
			o.Summary.Errors, o.Summary.ErrorRate = 1, 0.001
		}, "## ✅ shop: passed\n"},
		{"one threshold held", func(o *metrics.Outcome) {
			o.Passed, o.Thresholds = true, []metrics.ThresholdStatus{{Rule: "p95<1s", Known: true, Passed: true, Unit: "ms"}}
		}, "1 threshold held"},
		{"failed", func(*metrics.Outcome) {}, "failed, "},
		{"many failed", func(o *metrics.Outcome) {
			o.Thresholds = slices.Repeat([]metrics.ThresholdStatus{{Rule: "p95<1s", Known: true, Unit: "ms"}}, 5)
		}, "and 2 more"},
		{"an error", func(o *metrics.Outcome) { passing(o); o.Passed, o.Error = false, "setup: no route" }, "## ❌ shop: failed\n\nsetup: no route\n"},
		{"failed without a threshold", func(o *metrics.Outcome) { passing(o); o.Passed = false }, "## ❌ shop: failed\n"},
		{"interrupted", func(o *metrics.Outcome) { passing(o); o.Interrupted = true }, "## ⚠️ shop: interrupted\n"},
		{"interrupted with thresholds", func(o *metrics.Outcome) {
			o.Passed, o.Interrupted, o.Thresholds = true, true, []metrics.ThresholdStatus{{Rule: "p95<1s", Known: true, Passed: true, Unit: "ms"}}
		}, "## ⚠️ shop: passed so far, interrupted\n"},
		{"invalid", func(o *metrics.Outcome) {
			passing(o)
			o.Verdict = metrics.Verdict{State: metrics.Invalid, Reasons: []string{"this machine measured itself"}}
		}, "## ⚠️ shop: invalid result\n"},
		{"its reasons", func(o *metrics.Outcome) {
			o.Verdict = metrics.Verdict{State: metrics.Degraded, Reasons: []string{"CPU"}}
		}, "**Result degraded**, because:\n\n- CPU\n"},
		{"aborted", func(o *metrics.Outcome) { o.Aborted = "p95<1s" }, "ended early\n\nEnded by the threshold p95"},
		{"dropped", func(o *metrics.Outcome) { o.Summary.Dropped = 1200 }, "**1,200 iterations were dropped**"},
		{"not judged", func(o *metrics.Outcome) { o.Verdict = metrics.Verdict{} }, "**Result not judged**"},
	} {
		if got := reportOf(t, report.Markdown, c.change); !strings.Contains(got, c.want) {
			t.Errorf("%s: %q is not in\n%s", c.name, c.want, got)
		}
	}
}

func TestJUnitOfRunsThatDidNotEndWell(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*metrics.Outcome)
		want   string
	}{
		"an error":    {func(o *metrics.Outcome) { o.Error = "setup failed" }, `<error message="setup failed" type="error">`},
		"interrupted": {func(o *metrics.Outcome) { o.Interrupted = true }, `<error message="the run was interrupted"`},
		"invalid": {func(o *metrics.Outcome) {
			o.Verdict = metrics.Verdict{State: metrics.Invalid, Reasons: []string{"because"}}
		}, `<failure message="the result is invalid" type="invalid">because</failure>`},
		"aborted": {func(o *metrics.Outcome) {
			o.Thresholds = []metrics.ThresholdStatus{{Rule: "max<1s", Value: 2000, Unit: "ms", Known: true, Aborted: true}}
		}, `max&lt;1s: is 2 s; it ended the run`},
		"a check that no threshold tolerates": {func(o *metrics.Outcome) {
			o.Thresholds, o.Summary.Checks = nil, []metrics.CheckStats{{Name: "total", Passed: 9, Failed: 1}}
		}, `<failure message="passed 9, failed 1" type="check">`},
	} {
		if got := reportOf(t, report.JUnit, c.change); !strings.Contains(got, c.want) {
			t.Errorf("%s: %q is not in\n%s", name, c.want, got)
		}
	}
}

func TestLongListsAreCut(t *testing.T) {
	many := func(o *metrics.Outcome) {
		o.Summary.Names = slices.Repeat([]metrics.NameSummary{{Name: "GET /a", Count: 1}}, 300)
		o.Summary.Errs = slices.Repeat([]metrics.ErrorStats{{Class: metrics.Reset, Name: "GET /a", Message: "reset", Count: 1}}, 15)
	}
	md := reportOf(t, report.Markdown, many)
	for _, want := range []string{"… and 280 more, see endpoints.csv", "… and 5 more, see result.json"} {
		if !strings.Contains(md, want) {
			t.Errorf("%q is not in the summary", want)
		}
	}
}
