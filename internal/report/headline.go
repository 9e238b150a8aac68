package report

import (
	"fmt"
	"strings"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/internal/page"
)

// A headline is what became of a run, in a line and another.
type headline struct {
	Sign   string // ✅, ❌ or ⚠️
	Title  string
	Detail string
}

func (r *Run) headline() headline {
	h := headline{Sign: "✅", Title: "passed", Detail: r.passedDetail()}
	failed := r.failed()
	switch {
	case r.Error != "":
		h = headline{Sign: "❌", Title: "failed", Detail: r.Error}
	case len(failed) > 0:
		h.Sign = "❌"
		h.Title = fmt.Sprintf("failed, %d of %s", len(failed), plural(len(r.Outcome.Thresholds), "threshold"))
		h.Detail = failedDetail(failed)
	case r.Verdict.State == metrics.Invalid:
		h.Sign, h.Title = "⚠️", "invalid result"
	case !r.Passed:
		h.Sign, h.Title = "❌", "failed"
	default:
		r.unfailed(&h)
	}
	if r.Interrupted {
		h.Title = strings.TrimPrefix(h.Title+", interrupted", ", ")
	}
	if r.Aborted != "" {
		h.Title += ", ended early"
		h.Detail = "Ended by the threshold " + r.Aborted + ". " + h.Detail
	}
	h.Detail = page.Clean(h.Detail)
	h.Title = page.Clean(h.Title)
	return h
}

// unfailed is the headline of a run in which nothing failed that was judged.
// What no threshold judges has not passed.
func (r *Run) unfailed(h *headline) {
	judged := len(r.Outcome.Thresholds) > 0
	if !judged {
		h.Title = "finished"
	}
	switch s := r.summary(); {
	case s.Requests == 0:
		h.Sign, h.Title = "⚠️", "no requests"
	case r.Interrupted && judged:
		h.Sign, h.Title = "⚠️", "passed so far"
	case r.Interrupted:
		h.Sign, h.Title = "⚠️", ""
	case !judged && s.Errors > 0:
		h.Sign = "⚠️"
	}
}

// failed are the thresholds that did not hold.
func (r *Run) failed() []metrics.ThresholdStatus {
	var list []metrics.ThresholdStatus
	for _, t := range r.Outcome.Thresholds {
		if !t.Passed {
			list = append(list, t)
		}
	}
	return list
}

func failedDetail(failed []metrics.ThresholdStatus) string {
	const most = 3
	var parts []string
	for _, t := range failed[:min(len(failed), most)] {
		said := valueText(t.Value, t.Unit)
		if !t.Known {
			said = "no data"
		}
		parts = append(parts, fmt.Sprintf("%s: %s", t.Rule, said))
	}
	if more := len(failed) - most; more > 0 {
		parts = append(parts, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(parts, "; ") + "."
}

func (r *Run) passedDetail() string {
	s := r.summary()
	detail := fmt.Sprintf("%s in %s", plural(int(s.Requests), "request"), span(s.Duration))
	n := len(r.Outcome.Thresholds)
	if n == 0 && s.Errors > 0 && s.Requests > 0 {
		return fmt.Sprintf("%s: %s of them failed, and no threshold says whether that is too much.", detail, percent(s.ErrorRate))
	}
	if s.Requests > 0 {
		detail += fmt.Sprintf(", %s of them errors", percent(s.ErrorRate))
	}
	if n > 0 {
		return detail + fmt.Sprintf("; %s held.", plural(n, "threshold"))
	}
	return detail + "; no thresholds were set."
}

// plural writes a number of things.
func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return count(uint64(max(n, 0))) + " " + thing + "s"
}

// shown writes a percentile, a dash where too few values lie above it.
func shown(l *metrics.Latency, p float64) string {
	if !l.Reliable(p) {
		return "–"
	}
	return latency(quantile(l, p))
}

// most writes the largest value.
func most(l *metrics.Latency) string {
	if l.Count == 0 {
		return "–"
	}
	return latency(l.Max)
}

// quantile is one of the percentiles that a Latency has.
func quantile(l *metrics.Latency, p float64) time.Duration {
	switch p {
	case 0.5:
		return l.P50
	case 0.75:
		return l.P75
	case 0.9:
		return l.P90
	case 0.95:
		return l.P95
	case 0.99:
		return l.P99
	}
	return l.P999
}
