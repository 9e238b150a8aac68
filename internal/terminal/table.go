package terminal

import (
	"strings"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
)

// A table lays names and their numbers out in columns. What does not fit is left
// out in all rows alike.
type table struct {
	room  int // columns there are
	names int // width of the longest name
	least int // columns that names need before numbers are left out
	dots  string
	rows  []tableRow
}

// A tableRow is a name with its numbers. Numbers of one rank are a column; those
// of the highest rank go first.
type tableRow struct {
	keep    int
	name    field
	numbers []field
}

const columnWidth = 7 // of a number, at least

func (t *table) add(keep int, name field, numbers ...field) {
	t.names = max(t.names, name.width())
	for i := range numbers {
		numbers[i].segs[0].text = right(numbers[i].segs[0].text, columnWidth)
	}
	t.rows = append(t.rows, tableRow{keep, name, numbers})
}

// lay makes rows of the table.
func (t *table) lay() []row {
	limit := 9
	for limit > 0 && t.room-1-t.numbers(limit) < min(t.names, t.least) {
		limit--
	}
	numbers := t.numbers(limit)
	names := max(1, min(t.names, t.room-1-numbers))
	var rows []row
	for _, r := range t.rows {
		first := &r.name.segs[len(r.name.segs)-1]
		before := r.name.width() - width(first.text)
		first.text = left(cutMiddle(first.text, names-before, t.dots), names-before)
		r.name.segs = append([]seg{{text: " "}}, r.name.segs...)
		rows = append(rows, row{keep: r.keep, left: append([]field{r.name}, upTo(r.numbers, limit)...)})
	}
	return rows
}

// numbers is how wide the numbers up to a rank are, with the gaps before them.
func (t *table) numbers(limit int) int {
	widest := 0
	for _, r := range t.rows {
		widest = max(widest, row{left: upTo(r.numbers, limit)}.width()+2)
	}
	return widest
}

// upTo returns the fields up to a rank.
func upTo(fields []field, rank int) []field {
	var kept []field
	for _, f := range fields {
		if f.rank <= rank {
			kept = append(kept, f)
		}
	}
	return kept
}

// requestTable is the table of names, the busiest of the run first.
func (v *view) requestTable() []row {
	if len(v.names) == 0 {
		return nil
	}
	name := "Request"
	if v.nameCount > 1 {
		name = count(uint64(v.nameCount)) + " requests"
	}
	name, speed := name+", whole run", "/s, "+span(recentSeconds*time.Second)
	t := table{room: v.w, names: 24, least: min(28, v.w/3), dots: v.dots}
	t.add(keepNames, of(0, name, faint), of(0, speed, faint), of(3, "p50", faint),
		of(0, "p95", faint), of(2, "p99", faint), of(4, "max", faint), of(0, "errors", faint))
	for i := range v.names {
		n := &v.names[i]
		keep := keepNames - 1 - i
		if i >= 3 {
			keep = keepMoreNames - i
		}
		l := &n.Latency
		t.add(keep, of(0, v.called(n.name), plainInk), of(0, right(v.rate(n.rate), width(speed)), bold), of(3, v.percentile(l, 0.5), plainInk),
			of(0, v.percentile(l, 0.95), bold), of(2, v.percentile(l, 0.99), plainInk),
			of(4, v.extreme(l, l.Max), plainInk), failures(n.errors, n.count))
	}
	rows := t.lay()
	for i := range rows {
		rows[i].head, rows[i].body = i == 0, i > 0
	}
	return rows
}

// failures is a share of requests, in red unless it is none.
func failures(errors, requests uint64) field {
	if errors == 0 {
		return of(0, "0", faint)
	}
	return of(0, percent(errors, requests), bad)
}

// thresholdTable is every threshold as it stands; failing ones stay longest.
func (v *view) thresholdTable() []row {
	if len(v.thresholds) == 0 {
		return nil
	}
	rows := v.thresholdRows(v.thresholds, func(i int) int {
		if t := &v.thresholds[i]; t.Known && !t.Passed {
			return keepFailing
		}
		return keepThreshold - 1 - i
	})
	return append([]row{v.thresholdHead()}, rows...)
}

func (v *view) thresholdHead() row {
	failing := 0
	for i := range v.thresholds {
		if t := &v.thresholds[i]; t.Known && !t.Passed {
			failing++
		}
	}
	word := field{segs: []seg{{"all hold", good}}}
	if failing > 0 {
		word = of(0, count(uint64(failing))+" of "+count(uint64(len(v.thresholds)))+" failing", badBold)
	} else if !v.anyKnown() {
		word = of(0, "no data yet", faint)
	}
	return row{keep: keepThreshold, left: []field{of(0, " Thresholds", faint), word}}
}

func (v *view) anyKnown() bool {
	for i := range v.thresholds {
		if v.thresholds[i].Known {
			return true
		}
	}
	return false
}

// thresholdRows are thresholds in columns. They keep their place by keep.
func (v *view) thresholdRows(list []metrics.ThresholdStatus, keep func(i int) int) []row {
	t := table{room: v.w, names: 24, least: min(36, v.w*3/5), dots: v.dots}
	for i := range list {
		status := &list[i]
		sign, color := v.sign(status)
		value := v.value(status)
		if !status.Known && !v.over {
			value = v.dash
		}
		t.add(keep(i), of(0, sign+" ", color, v.clean(status.Rule), plainInk),
			of(0, right(value, 8), bold), of(2, v.gaugeOf(status, 10), color), of(1, v.distance(status), faint))
	}
	return t.lay()
}

// sign is the mark of a threshold.
func (v *view) sign(t *metrics.ThresholdStatus) (string, ink) {
	switch {
	case !t.Known && !v.over:
		return v.unknown, faint
	case t.Passed:
		return v.ok, goodBold
	}
	return v.fail, badBold
}

// gaugeOf draws how much of a limit is used. There is nothing to draw of a
// limit from below: nothing says how far above it would be all.
func (l look) gaugeOf(t *metrics.ThresholdStatus, n int) string {
	used := 0
	switch {
	case !t.Known || !isCeiling(t.Rule):
		return strings.Repeat(" ", n)
	case t.Passed:
		used = int(min(1, closeness(t)) * float64(n))
	default:
		used = n
	}
	return strings.Repeat(l.gauge, used) + strings.Repeat(l.gaugeRest, n-used)
}
