package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/internal/page"
)

// Bounds of the tables in a summary that people read in passing.
const (
	markdownNames  = 20
	markdownErrors = 10
)

// writeMarkdown writes summary.md, as for the summary page of a CI job.
func (r *Run) writeMarkdown(w io.Writer) error {
	var b strings.Builder
	r.markdownHead(&b)
	markdownThresholds(&b, r.Outcome.Thresholds)
	s := r.summary()
	markdownTotals(&b, s)
	markdownRequests(&b, s.Names)
	markdownFailures(&b, s)
	fmt.Fprintf(&b, "\n<sub>%s · seed %d · LoadForge %s · %s</sub>\n",
		markdown(r.ID), r.Seed, markdown(r.Version), markdown(r.Host))
	_, err := io.WriteString(w, b.String())
	return err
}

func (r *Run) markdownHead(b *strings.Builder) {
	v := r.headline()
	fmt.Fprintf(b, "## %s %s: %s\n\n", v.Sign, markdown(r.Test), markdown(v.Title))
	fmt.Fprintf(b, "%s\n", markdown(v.Detail))
	if r.Verdict.State != metrics.Valid {
		fmt.Fprintf(b, "\n**Result %s**, because:\n\n", stateWord(r.Verdict.State))
		for _, reason := range r.Verdict.Reasons {
			fmt.Fprintf(b, "- %s\n", markdown(reason))
		}
	}
}

func markdownThresholds(b *strings.Builder, list []metrics.ThresholdStatus) {
	if len(list) == 0 {
		return
	}
	b.WriteString("\n| | Threshold | Value |\n|---|---|---:|\n")
	for _, t := range list {
		sign, value := "✅", valueText(t.Value, t.Unit)
		if !t.Passed {
			sign = "❌"
		}
		if !t.Known {
			value = "no data"
		}
		fmt.Fprintf(b, "| %s | %s | %s |\n", sign, markdown(t.Rule), value)
	}
}

func markdownTotals(b *strings.Builder, s *metrics.Summary) {
	b.WriteString("\n| Requests | Per second | Errors | p50 | p95 | p99 | Max | Peak users |\n|---:|---:|---:|---:|---:|---:|---:|---:|\n")
	l := &s.Response
	fmt.Fprintf(b, "| %s | %s | %s (%s) | %s | %s | %s | %s | %s |\n",
		count(s.Requests), amount(s.PerSecond), count(s.Errors), percent(s.ErrorRate),
		shown(l, 0.5), shown(l, 0.95), shown(l, 0.99), most(l), count(uint64(s.PeakUsers)))
	if s.Dropped > 0 {
		fmt.Fprintf(b, "\n**%s iterations were dropped**: they were due and found no free user.\n", count(s.Dropped))
	}
}

func markdownRequests(b *strings.Builder, names []metrics.NameSummary) {
	if len(names) == 0 {
		return
	}
	b.WriteString("\n| Request | Count | Per second | Errors | p50 | p95 | p99 |\n|---|---:|---:|---:|---:|---:|---:|\n")
	for i := range names[:min(len(names), markdownNames)] {
		n := &names[i]
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s | %s |\n",
			markdown(n.Name), count(n.Count), amount(n.PerSecond), percent(n.ErrorRate),
			shown(&n.Response, 0.5), shown(&n.Response, 0.95), shown(&n.Response, 0.99))
	}
	if more := len(names) - markdownNames; more > 0 {
		fmt.Fprintf(b, "\n… and %d more, see endpoints.csv.\n", more)
	}
}

func markdownFailures(b *strings.Builder, s *metrics.Summary) {
	if len(s.Errs) > 0 {
		b.WriteString("\n| Error | Where | Message | Count |\n|---|---|---|---:|\n")
		for _, e := range s.Errs[:min(len(s.Errs), markdownErrors)] {
			fmt.Fprintf(b, "| %s | %s | %s | %s |\n", e.Class, markdown(e.Name), markdown(e.Message), count(e.Count))
		}
		if more := len(s.Errs) - markdownErrors; more > 0 {
			fmt.Fprintf(b, "\n… and %d more, see result.json.\n", more)
		}
	}
	for _, c := range s.Checks {
		if c.Failed > 0 {
			fmt.Fprintf(b, "\nCheck %s failed %s of %s times.\n", markdown(c.Name), count(c.Failed), count(c.Passed+c.Failed))
		}
	}
}

// markdown returns a text that stays one in Markdown, HTML within it included.
func markdown(s string) string {
	var b strings.Builder
	text := page.Clean(s)
	for i, r := range text {
		link := r == ':' && strings.HasPrefix(text[i:], "://") || r == '.' && strings.HasSuffix(text[:i], "www")
		switch {
		case link, strings.ContainsRune("&<>@", r): // an address is no link, a name no mention
			fmt.Fprintf(&b, "&#%d;", r)
		case strings.ContainsRune("\\`*_{}[]()#|~!$^", r):
			b.WriteByte('\\')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
