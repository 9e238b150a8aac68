package terminal

import (
	"strings"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
)

// How much a row keeps its place when the window is too low; see row.keep.
const (
	keepTitle     = 100
	keepMessage   = 96
	keepVerdict   = 95 // of a result that is in doubt
	keepTime      = 94
	keepUsers     = 92
	keepRate      = 91
	keepErrors    = 90
	keepLatency   = 88 // less one for each of its rows
	keepFailing   = 84
	keepGenerator = 82
	keepThreshold = 80 // less one for each
	keepNames     = 76 // less one for each, and far less after the first three
	keepError     = 72 // the most frequent kind of errors; keepGroups are the others
	keepChecks    = 70
	keepPhases    = 69
	keepWorkers   = 68 // less one for each
	keepBlank     = 60 // less where it matters less
	keepMoreNames = 57
	keepGroups    = 56
	keepLink      = 54 // all of the hint but its last line
	keepHint      = 30
)

const (
	maxWidth  = 120 // of a screen: beyond, the eye loses the line
	wideLabel = 12
	slimLabel = 11
)

// A view draws one board.
type view struct {
	*board
	look
	w, h  int
	label int  // width of the column of labels, the space after it included
	over  bool // the run is: what has no data yet never will
}

// draw returns the lines of a screen of that size: fewer than height, none wider
// than width.
func (b *board) draw(l look, width, height int) []string {
	v := &view{board: b, look: l, w: max(1, min(width-1, maxWidth)), h: height - 1, label: wideLabel}
	if v.w < 70 {
		v.label = slimLabel
	}
	var out []string
	for _, r := range fit(v.rows(), v.h) {
		out = append(out, r.draw(l, v.w))
	}
	return out
}

// rows are all rows there is something for, in order.
func (v *view) rows() []row {
	sections := []struct {
		rows  []row
		blank int // how much the blank row before them keeps its place
	}{
		{rows: []row{v.title()}},
		{v.messages(), keepBlank - 6},
		{v.timeline(), keepBlank - 5},
		{append(v.load(), v.traffic()...), keepBlank - 2},
		{v.latencyTable(), keepBlank - 3},
		{v.requestTable(), keepBlank},
		{v.thresholdTable(), keepBlank - 1},
		{append(v.checks(), v.generator()...), keepBlank - 4},
		{v.workerTable(), keepBlank - 7},
		{v.foot(), keepHint - 1},
	}
	var rows []row
	for _, s := range sections {
		if len(rows) > 0 && len(s.rows) > 0 {
			rows = append(rows, row{keep: s.blank})
		}
		rows = append(rows, s.rows...)
	}
	return rows
}

// named starts a row with its label.
func (v *view) named(label string, keep int, fields ...field) row {
	name := left(cut(label, v.label-1, v.dots), v.label-1)
	return row{keep: keep, left: append([]field{of(0, " "+name, faint)}, fields...), gap: 2}
}

func (v *view) title() row {
	state, i := v.stateWord()
	right := []field{
		of(0, v.active+" ", i, state, i),
		of(0, clock(v.elapsed), bold),
	}
	if v.length > 0 {
		right[1].segs = append(right[1].segs, seg{" / " + clock(v.length), faint})
	}
	r := row{keep: keepTitle, right: right}
	room := v.w - r.width() - 3
	test := cut(v.clean(v.test), max(room, 1), v.dots)
	r.left = []field{of(0, " "+test, bold)}
	if room -= width(test) + 2; room >= 12 && v.target != "" {
		r.left = append(r.left, of(0, cutMiddle(v.clean(v.target), room, v.dots), faint))
	}
	return r
}

func (v *view) stateWord() (string, ink) {
	switch v.state {
	case "running":
		if v.finishing() {
			return "finishing", bold
		}
		return v.state, goodBold
	case "stopping":
		return v.state, warnBold
	case "":
		return "starting", bold
	}
	return v.clean(v.state), bold
}

// messages is what somebody should know before anything else.
func (v *view) messages() []row {
	var rows []row
	if v.message != "" {
		rows = v.remark(keepMessage, seg{v.alert, warnBold}, seg{v.clean(v.message), warnBold})
	}
	if text := v.afterPattern(); text != "" {
		rows = append(rows, v.remark(keepMessage, seg{v.alert, bold}, seg{text, bold})...)
	}
	if v.outage != "" {
		rows = append(rows, v.remark(keepMessage, seg{v.alert, badBold}, seg{v.clean(v.outage), badBold})...)
	}
	return append(rows, v.doubts(2)...)
}

// afterPattern says whom the run waits for when its pattern is over.
func (v *view) afterPattern() string {
	busy := 0
	for i := range v.levels {
		busy += max(0, v.levels[i].busy)
	}
	if !v.finishing() || v.counted <= v.length || busy == 0 {
		return ""
	}
	text := "finishing: " + plural(uint64(busy), "user")
	if v.graceful > 0 {
		text += ", " + span(v.length+v.graceful-v.elapsed) + " at most"
	}
	return text
}

// remark is a text of two lines at most behind a sign.
func (v *view) remark(keep int, sign, text seg) []row {
	var rows []row
	for i, line := range wrap(text.text, max(1, v.w-4-width(sign.text)), 2, v.dots) {
		start := seg{" " + sign.text + " ", sign.ink}
		if i > 0 {
			start.text = strings.Repeat(" ", width(start.text)+2)
		}
		rows = append(rows, row{keep: keep - i, left: []field{{segs: []seg{start, {line, text.ink}}}}})
	}
	return rows
}

// load says how many users there are, or how often they start.
func (v *view) load() []row {
	switch {
	case len(v.loads) != 1:
		return nil // of several, each has a row of the timeline
	case isRate(&v.loads[0]):
		return []row{v.rateRow(v.levelOf(0))}
	}
	return []row{v.usersRow(v.levelOf(0))}
}

// levelOf is how load i stands, zero before the first second.
func (v *view) levelOf(i int) loadNow {
	if i < len(v.levels) {
		return v.levels[i]
	}
	return loadNow{}
}

func (v *view) usersRow(now loadNow) row {
	level := count(uint64(max(0, now.active))) + " of " + v.whole(now.target)
	if v.finishing() && v.counted > v.length {
		level = count(uint64(max(0, now.active))) + " left"
	}
	return v.named("Users", keepUsers, append([]field{of(0, v.known(level), bold)}, v.iterationFields()...)...)
}

func (v *view) rateRow(now loadNow) row {
	return v.named("Rate", keepUsers, append([]field{
		of(0, v.known(v.rate(now.started)+" of "+v.number(now.target)+"/s"), bold),
		of(4, plural(uint64(max(0, now.active)), "user"), plainInk, ", "+count(uint64(max(0, now.busy)))+" busy", faint),
	}, v.iterationFields()...)...)
}

// known is a value in its column, or a dash before the first second.
func (v *view) known(value string) string {
	if !v.seen {
		value = v.dash
	}
	return left(value, 13)
}

// iterationFields tells of iterations, and of those that went wrong.
func (v *view) iterationFields() []field {
	if !v.seen {
		return nil
	}
	fields := []field{of(5, v.rate(v.iterationsRate)+" iterations/s", plainInk)}
	for _, f := range []struct {
		n    uint64
		what string
		rank int
	}{
		{v.dropped, "dropped", 0},
		{v.failed, "failed", 1},
		{v.panics, "panicked", 3},
		{v.setupFailed, "setups failed", 2},
	} {
		if f.n == 0 {
			continue
		}
		i := badBold
		if f.what == "dropped" {
			i = warn
		}
		fields = append(fields, of(f.rank, count(f.n)+" "+f.what, i))
	}
	return fields
}

// traffic is throughput and errors.
func (v *view) traffic() []row {
	chart := min(historySeconds, v.w-v.label-44)
	if chart < 8 {
		chart = 0
	}
	speed := v.named("Requests", keepRate,
		of(0, v.known(v.rate(v.speed)+"/s now"), bold),
		of(1, left(v.spark(v.speeds, chart), chart), accent),
	)
	speed.right = []field{
		of(3, size(v.bytesIn)+"/s in", faint),
		of(2, v.tally(v.requests, "sent"), plainInk),
	}
	return append([]row{speed}, v.errorRows(chart)...)
}

func (v *view) errorRows(chart int) []row {
	i := good
	if v.errors > 0 {
		i = badBold
	} else if v.requests == 0 || v.failed+v.setupFailed > 0 {
		i = plainInk // no praise while something else fails
	}
	rate := v.named("Errors", keepErrors, of(0, v.known(percent(v.errors, v.requests)), i))
	if v.errors > 0 {
		rate.left = append(rate.left, of(3, left(v.spark(v.errorRates, chart), chart), bad))
		rate.right = []field{
			of(4, count(v.errorsNow)+" last second", faint),
			of(0, v.tally(v.errors, "failed"), plainInk),
		}
	}
	return append([]row{rate}, v.groupRows()...)
}

// groupRows are the kinds of errors: those of requests, and others that no
// rate of errors counts, such as panics.
func (v *view) groupRows() []row {
	groups := v.groups[:min(shownGroups, len(v.groups))]
	digits := 6
	for _, g := range groups {
		digits = max(digits, width(count(g.count)))
	}
	var rows []row
	for n, g := range groups {
		keep := keepGroups - n
		if n == 0 {
			keep = keepError
		}
		rows = append(rows, v.named("", keep,
			of(0, left(count(g.count), digits+1), plainInk, left(v.clean(g.class), 11), bad),
			of(1, left(cutMiddle(v.called(g.name), v.errorName(), v.dots), v.errorName()), plainInk),
			of(0, v.clean(g.message), faint)))
	}
	return rows
}

// tally writes how many there were, in a column of its own if there is room.
func (v *view) tally(n uint64, what string) string {
	if v.label < wideLabel {
		return count(n) + " " + what
	}
	return right(count(n), 9) + " " + left(what, 6)
}

// errorName is the width of the column of names beside errors.
func (v *view) errorName() int {
	n := 8
	for _, g := range v.groups {
		n = max(n, width(v.called(g.name)))
	}
	return min(n, v.w/3)
}

// latencyTable is the table of response times.
func (v *view) latencyTable() []row {
	head := v.named("Response", keepLatency)
	for _, c := range []struct {
		name string
		rank int
	}{{"p50", 0}, {"p95", 0}, {"p99", 1}, {"max", 2}} {
		head.left = append(head.left, of(c.rank, right(c.name, 7), faint))
	}
	rows := []row{head}
	last := "last " + span(v.recent.over)
	if v.recent.over <= time.Second && v.label == wideLabel {
		last = "last second"
	}
	recent := v.latencyRow(last, keepLatency-1, &v.recent.Latency)
	if chart := min(historySeconds, v.w-v.label-48); chart >= 16 {
		head.right = []field{of(3, left("p95, last minute", chart), faint)}
		recent.right = []field{of(3, left(v.spark(v.p95s, chart), chart), accent)}
		rows[0] = head
	}
	return append(rows, recent, v.latencyRow("whole run", keepLatency-2, &v.total.Latency))
}

func (v *view) latencyRow(name string, keep int, l *metrics.Latency) row {
	return v.named(name, keep,
		of(0, right(v.percentile(l, 0.5), 7), bold),
		of(0, right(v.percentile(l, 0.95), 7), bold),
		of(1, right(v.percentile(l, 0.99), 7), bold),
		of(2, right(v.extreme(l, l.Max), 7), plainInk))
}

func (v *view) checks() []row {
	if v.checked == 0 {
		return nil
	}
	held := v.checked - min(v.checkFailed, v.checked)
	i, word := good, "all "+count(v.checked)+" held"
	if v.checkFailed > 0 {
		i, word = badBold, count(v.checkFailed)+" of "+count(v.checked)+" failed"
	}
	r := v.named("Checks", keepChecks, of(0, left(percent(held, v.checked), 7), i), of(0, word, plainInk))
	if v.worstFailed > 0 {
		r.left = append(r.left, of(1, count(v.worstFailed)+" x ", faint, v.clean(v.worstCheck), faint))
	}
	return []row{r}
}

// generator is how this machine fares.
func (v *view) generator() []row {
	if !v.seen {
		return nil
	}
	sign, i := v.ok+" valid", good
	switch v.verdict.State {
	case metrics.Degraded:
		sign, i = v.alert+" degraded", warnBold
	case metrics.Invalid:
		sign, i = v.fail+" invalid", badBold
	}
	cpu := plainInk
	if v.health.CPU >= metrics.BusyCPU {
		cpu = warnBold
	}
	r := v.named("Generator", keepGenerator,
		of(0, sign, i),
		of(1, "CPU "+percentShare(v.health.CPU), cpu),
		of(2, "start lag "+v.worst(&v.lag), plainInk),
		of(5, "GC "+v.duration(v.health.GCPause), faint),
		of(6, size(float64(v.health.Heap))+" heap", faint),
	)
	return []row{v.generatorFaults(r)}
}

func (v *view) generatorFaults(r row) row {
	if v.faults > 0 {
		r.left = append(r.left, of(1, count(v.faults)+" own faults", badBold))
	}
	if h := v.health; h.FDLimit > 0 && h.FDs*10 >= h.FDLimit*9 {
		r.left = append(r.left, of(1, "files "+count(uint64(h.FDs))+" of "+count(uint64(h.FDLimit)), warnBold))
	}
	if v.workers > 1 {
		r.left = append(r.left, of(4, count(uint64(v.workers))+" workers", plainInk))
	}
	if v.covered > 0 && v.covered < 0.9995 {
		r.left = append(r.left, of(1, percentShare(v.covered)+" of workers reporting", warnBold))
	}
	return r
}

func (v *view) foot() []row {
	if v.hint == "" {
		return nil
	}
	var rows []row
	for line := range strings.SplitSeq(v.hint, "\n") {
		rows = append(rows, row{keep: keepLink, left: []field{of(0, " "+v.clean(line), faint)}})
	}
	rows[len(rows)-1].keep = keepHint
	return rows
}

// spark draws the last n values as a line of cells, from zero to their maximum.
func (v *view) spark(values []float64, n int) string {
	if n <= 0 {
		return ""
	}
	values = values[max(0, len(values)-n):]
	top := 0.0
	for _, x := range values {
		top = max(top, x)
	}
	var b strings.Builder
	for _, x := range values {
		b.WriteString(v.cell(x, top))
	}
	return b.String()
}

// cell draws one value of a line of cells; what is unknown is a space, zero the
// lowest there is.
func (l look) cell(x, top float64) string {
	if x < 0 {
		return " "
	}
	if top <= 0 {
		return l.fill[0]
	}
	n := len(l.fill)
	return l.fill[min(n-1, max(0, int(x/top*float64(n)+0.5)-1))]
}

// until is how long a phase still lasts.
func (b *board) until(p *metrics.Phase) time.Duration { return max(0, p.End-b.elapsed) }
