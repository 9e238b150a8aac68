package report_test

import (
	"bytes"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/internal/page"
	"github.com/loadforge/loadforge/internal/page/pagetest"
	"github.com/loadforge/loadforge/internal/report"
	"github.com/loadforge/loadforge/web"
	"golang.org/x/net/html"
)

// htmlOf makes report.html and returns it.
func htmlOf(t testing.TB, dir, baseline string) string {
	t.Helper()
	files := must[[]string](t)(report.Write(dir, report.Options{Formats: report.Formats{report.HTML}, Baseline: baseline}))
	return string(must[[]byte](t)(os.ReadFile(files[0])))
}

// dataOf is the text of the data with an id, as a browser finds it.
func dataOf(t testing.TB, content, id string) string {
	t.Helper()
	root := must[*html.Node](t)(html.Parse(strings.NewReader(content)))
	for n := range root.Descendants() {
		if n.Data == "script" && slices.Contains(n.Attr, html.Attribute{Key: "id", Val: id}) {
			return n.FirstChild.Data
		}
	}
	t.Fatalf("the report has no %s", id)
	return ""
}

// embedded is the page in a report.
func embedded(t testing.TB, content, id string) *pagetest.Page {
	t.Helper()
	b := must[[]byte](t)(base64.StdEncoding.DecodeString(dataOf(t, content, id)))
	return must[*pagetest.Page](t)(pagetest.Decode(b))
}

// skeleton is a report without its data and its title. It fails when a title is
// more than a text.
func skeleton(t testing.TB, content string) string {
	t.Helper()
	content = strings.Replace(content, dataOf(t, content, web.PageID), "", 1)
	title := regexp.MustCompile(`<title>[^<>]*</title>`)
	if title.FindString(content) == "" {
		t.Error("the title has markup in it")
	}
	return title.ReplaceAllString(content, "")
}

func TestTheReportHasWhatTheResultHas(t *testing.T) {
	y := shop()
	dir := y.store(t, t.TempDir(), false)
	p, want := embedded(t, htmlOf(t, dir, ""), web.PageID), read(t, dir)
	for id, total := range map[string]string{"t.requests": "requests", "t.errors": "errors", "t.in": "bytes_received", "t.out": "bytes_sent", "t.iterations": "iterations"} {
		if got := float64(p.Sum(id)); got != want.Totals[total] {
			t.Errorf("%s sums up to %v, the result has %v", id, got, want.Totals[total])
		}
	}
	var totals map[string]any
	if err := json.Unmarshal(must[[]byte](t)(json.Marshal(p.Status.Totals)), &totals); err != nil {
		t.Fatal(err)
	}
	for key, got := range totals {
		if value, both := want.Totals[key]; both && !strings.HasSuffix(key, "_ms") && got != value {
			t.Errorf("%s is %v, in the result %v", key, got, value)
		}
	}
	for _, r := range want.Requests {
		i := slices.IndexFunc(p.Names, func(n page.Name) bool { return n.Name == r["name"] && n.Stage == "main" })
		if got := p.Status.Names[i]; float64(got.Count) != r["count"] || float64(got.Errors) != r["errors"] {
			t.Errorf("%s: %d and %d errors, in the result %v and %v", r["name"], got.Count, got.Errors, r["count"], r["errors"])
		}
		if got := pagetest.Count(p.Dists[i]); float64(got) != r["response_ms"].(map[string]any)["count"] {
			t.Errorf("%s: its distribution has %d values", r["name"], got)
		}
	}
	for i, threshold := range want.Thresholds {
		got := p.Status.Thresholds[i]
		if got.Rule != threshold["rule"] || got.Passed != threshold["passed"] || got.Value != nil && *got.Value != threshold["value"] {
			t.Errorf("threshold %d is %+v, in the result %v", i, got, threshold)
		}
	}
}

// A percentile of a second is that of timeseries.csv, but for the microsecond
// and for those of too few values.
func TestTheReportHasTheSecondsOfTheTimeSeries(t *testing.T) {
	y := shop()
	dir := y.store(t, t.TempDir(), false)
	p := embedded(t, htmlOf(t, dir, ""), web.PageID)
	must[[]string](t)(report.Write(dir, all))
	rows := must[[][]string](t)(csv.NewReader(bytes.NewReader(must[[]byte](t)(os.ReadFile(filepath.Join(dir, "timeseries.csv"))))).ReadAll())
	compared := 0
	for i, row := range rows[1:] {
		for column, cell := range map[string]string{"t.p50": row[10], "t.p95": row[11], "t.p99": row[12], "t.max": row[13]} {
			got := p.Values[column][i]
			if got == nil {
				continue
			}
			compared++
			if want := 1000 * must[float64](t)(strconv.ParseFloat(cell, 64)); math.Abs(float64(*got)-want) > 1 {
				t.Errorf("second %d: %s is %d, in the time series %v", i, column, *got, want)
			}
		}
	}
	if compared < 300 {
		t.Errorf("only %d values compared", compared)
	}
}

func TestTheReportOfACutRunSaysSo(t *testing.T) {
	y := shop()
	y.seconds = 20
	p := embedded(t, htmlOf(t, y.store(t, t.TempDir(), true), ""), web.PageID)
	if p.Status.State != "cut" || p.Buckets.Count != 20 || p.Status.Verdict.State != string(metrics.Degraded) {
		t.Errorf("state %q, verdict %q, %d buckets", p.Status.State, p.Status.Verdict.State, p.Buckets.Count)
	}
}

func TestTheReportNamesTheRunInItsTitle(t *testing.T) {
	y := shop()
	content := htmlOf(t, y.store(t, t.TempDir(), false), "")
	want := "<title>shop: failed, 3 of 7 thresholds &#183; LoadForge</title>"
	if got := content[strings.Index(content, "<title>"):]; !strings.HasPrefix(got, want) {
		t.Errorf("got %.80s, want %s", got, want)
	}
}

func TestABaselineIsInTheReport(t *testing.T) {
	y, other := shop(), shop()
	y.seconds, other.seconds = 10, 7
	dir, baseline := y.store(t, t.TempDir(), false), other.store(t, t.TempDir(), false)
	content := htmlOf(t, dir, baseline)
	for id, want := range map[string]int{web.PageID: 10, web.BaselineID: 7} {
		if got := embedded(t, content, id).Buckets.Count; got != want {
			t.Errorf("%s has %d seconds, want %d", id, got, want)
		}
	}
	files, err := report.Write(dir, report.Options{Formats: report.All(), Baseline: filepath.Join(dir, "nothing")})
	if err == nil || !strings.Contains(err.Error(), "to compare with") || len(files) != 6 {
		t.Errorf("a baseline that is not there: %v, files %v", err, files)
	}
}

// A report is one file: nothing in it makes a browser ask for another.
func TestTheReportLoadsNothing(t *testing.T) {
	y := shop()
	y.seconds = 3
	root := must[*html.Node](t)(html.Parse(strings.NewReader(htmlOf(t, y.store(t, t.TempDir(), false), ""))))
	for n := range root.Descendants() {
		for _, a := range n.Attr {
			loads := slices.Contains([]string{"src", "href", "action", "background", "data", "srcset", "poster"}, a.Key)
			if loads && !strings.HasPrefix(a.Val, "data:") || strings.HasPrefix(a.Key, "on") {
				t.Errorf("<%s> has %s=%q", n.Data, a.Key, a.Val)
			}
		}
	}
}

func TestTheWarmUpOfTheFirstVersionIsLeftOut(t *testing.T) {
	y := shop()
	y.seconds = 10
	w, _, _ := y.play(t, t.TempDir())
	total := metrics.Total{Warmup: 3 * time.Second}
	for n := range 11 {
		total.Add(y.second(n))
	}
	if err := w.Second(y.second(10), metrics.Progress{Total: &metrics.Summary{Warmup: 3 * time.Second}}); err != nil {
		t.Fatal(err)
	}
	_ = w.Close()
	p := embedded(t, htmlOf(t, w.Dir(), ""), web.PageID)
	var all uint64
	for i := range p.Dists {
		all += pagetest.Count(p.Dists[i])
	}
	if want := total.Response().Count(); all != want || p.Sum("t.seconds") != 11 {
		t.Errorf("%d values in %d seconds, want %d in 11", all, p.Sum("t.seconds"), want)
	}
}
