package report_test

import (
	"encoding/csv"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/internal/report"
	"github.com/loadforge/loadforge/web"
)

// hostile are texts that mean harm somewhere.
var hostile = []string{
	`<script>alert(1)</script>`,
	`</title></style></script><img src=x onerror=alert(1)>`,
	`"><svg/onload=alert(1)>`,
	`' onmouseover='alert(1)`,
	`javascript:alert(1)`,
	`{{.Title}} ${7*7} <%= 7*7 %>`,
	`]]><![CDATA[ <!-- --> &lt;b&gt; &#60;script&#62;`,
	`=cmd|' /C calc'!A0`,
	`+1+1`, `-1-1`, `@SUM(1)`, "＝1+1",
	`| a | b |`, "`code` **bold** [link](https://evil.example) ![x](https://evil.example/x.png)",
	`www.evil.example https://evil.example me@evil.example @somebody`,
	"zero\u200Bwidth", "Ünïcödé 漢字 🔥",
}

// hostileControls come from plans and files only: snapshots refuse them.
var hostileControls = []string{
	"\u202Etxt.exe",
	"\x1b[31mred\x1b[0m \x1b]0;title\x07", "a\x00b", "line\nbreak\r\nhere\ttab", "\xff\xfe broken", "\u2028separators\u2029", "\u0085next line",
	"\t=1+1", "\r=1+1",
}

// hostileReports makes all reports of a run with a text wherever there is room.
func hostileReports(t *testing.T, text string, everywhere bool) map[string]string {
	t.Helper()
	y := shop()
	y.seconds, y.scale, y.level = 4, 0.1, func(int) float64 { return 500 }
	y.run.Test, y.run.Target, y.run.Host, y.run.Version = text, text, text, text
	y.run.Settings = map[string]string{text: text}
	y.run.Loads[0].Scenario, y.run.Loads[0].Pattern, y.run.Loads[0].Phases[0].Name = text, text, text
	y.message = func(second int) string {
		if second == 2 {
			return text
		}
		return ""
	}
	if everywhere {
		y.hostile = text
	}
	out := map[string]string{}
	for _, file := range must[[]string](t)(report.Write(y.store(t, t.TempDir(), false), all)) {
		out[filepath.Base(file)] = string(must[[]byte](t)(os.ReadFile(file)))
	}
	return out
}

func TestHostileTextsAreInert(t *testing.T) {
	plain := skeleton(t, hostileReports(t, "plain", true)["report.html"])
	for i, text := range append(slices.Clone(hostile), hostileControls...) {
		files := hostileReports(t, text, i < len(hostile))
		if skeleton(t, files["report.html"]) != plain {
			t.Errorf("%q: the page differs from that with a plain text in more than its data and title", text)
		}
		delete(files, "report.html")
		for name, content := range files {
			if i := strings.IndexFunc(content, isControl); i >= 0 {
				t.Errorf("%q: %s has the control character %q", text, name, content[i:i+1])
			}
		}
		inertCSV(t, text, files["endpoints.csv"])
		inertCSV(t, text, files["timeseries.csv"])
		validXML(t, text, files["junit.xml"])
		inertMarkdown(t, text, files["summary.md"])
		checkResult(t, []byte(files["result.json"]))
	}
}

func isControl(r rune) bool {
	return r != '\n' && (r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == 0x2028 || r == 0x2029 || r == 0x202e)
}

func inertCSV(t *testing.T, text, content string) {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(content)).ReadAll()
	if err != nil {
		t.Errorf("%q: %v", text, err)
	}
	for _, row := range rows {
		for _, cell := range row {
			if cell != "" && strings.ContainsAny(strings.TrimSpace(cell)[:1], "=+-@\t\r") {
				t.Errorf("%q: a cell begins like a formula: %q", text, cell)
			}
		}
	}
}

func validXML(t *testing.T, text, content string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(content))
	for {
		_, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Errorf("%q: %v", text, err)
			return
		}
	}
}

// inertMarkdown fails when a text made markup, a link or another cell.
func inertMarkdown(t *testing.T, text, content string) {
	t.Helper()
	columns := 0
	for line := range strings.Lines(content) {
		line = strings.ReplaceAll(strings.ReplaceAll(line, "<sub>", ""), "</sub>", "")
		if strings.ContainsAny(line, "<>") || strings.Contains(line, "://") || strings.Contains(line, "](") && !strings.Contains(line, `\](`) && !strings.Contains(line, `\]\(`) {
			t.Errorf("%q: live markup in %q", text, line)
		}
		n := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|")
		if n > 0 && columns > 0 && n != columns {
			t.Errorf("%q: a row of %d cells in a table of %d: %q", text, n, columns, line)
		}
		columns = n
	}
}

func TestAHostileErrorIsInertInItsDetail(t *testing.T) {
	y := shop()
	y.seconds = 3
	outcome := metrics.Outcome{
		Error: hostile[1], Aborted: hostile[0], Interrupted: true,
		Verdict:    metrics.Verdict{State: metrics.Invalid, Reasons: []string{hostile[0], hostileControls[0]}},
		Thresholds: []metrics.ThresholdStatus{{Rule: hostile[2], Unit: "ms", Limit: 1, Value: 3, Known: true}},
		Summary: &metrics.Summary{
			Duration: 3 * time.Second, Requests: 1, Errors: 1,
			Errs: []metrics.ErrorStats{{Class: metrics.Panic, Name: hostile[0], Message: hostileControls[0], Detail: "goroutine 1\n\t" + hostile[0], Count: 1}},
		},
	}
	dir := y.storeWith(t, t.TempDir(), &outcome)
	for _, file := range must[[]string](t)(report.Write(dir, all)) {
		content := string(must[[]byte](t)(os.ReadFile(file)))
		switch filepath.Base(file) {
		case "report.html":
			skeleton(t, content)
			if detail := embedded(t, content, web.PageID).Status.Errors[0].Detail; !strings.HasPrefix(detail, "goroutine 1\n") {
				t.Errorf("the stack lost its lines: %q", detail)
			}
		case "junit.xml":
			validXML(t, "outcome", content)
		case "summary.md":
			inertMarkdown(t, "outcome", content)
		case "result.json":
			checkResult(t, []byte(content))
		}
	}
}
