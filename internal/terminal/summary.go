package terminal

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
)

// SummaryOptions say how a summary is written.
type SummaryOptions struct {
	Width   int  // columns to fill at most; zero means those of the terminal, or 100
	Color   bool // use the terminal's 16 colours
	ASCII   bool // use only ASCII characters, see [ASCII]
	Verbose bool // everything, however long
}

const (
	summaryWidth = 100
	summaryLines = 38 // that fit on a screen, with two for where the report is
	summaryNames = 12
	summaryTable = 5 // rows of the table of names at least
	summaryOther = 5 // errors, checks, and the like
)

// Summary writes the result of a run: passed or failed first, whether the
// numbers can be trusted, then the numbers. At 100 columns it takes 40 lines at
// most, unless Verbose asks for everything. The outcome's Summary may be nil.
func Summary(w io.Writer, run metrics.Run, outcome metrics.Outcome, o SummaryOptions) error {
	if columns, _, known := sizeOf(w); o.Width <= 0 && known {
		o.Width = columns
	} else if o.Width <= 0 {
		o.Width = summaryWidth
	}
	s := newSummary(run, outcome, o)
	var b bytes.Buffer
	for _, r := range s.rows() {
		b.WriteString(r.draw(s.look, s.w) + "\n")
	}
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("writing the summary: %w", err)
	}
	return nil
}

// A summary is a view of a run that is over.
type summary struct {
	*view
	outcome metrics.Outcome
	sum     *metrics.Summary
	options SummaryOptions
	planned time.Duration
}

func newSummary(run metrics.Run, outcome metrics.Outcome, o SummaryOptions) *summary {
	sum := outcome.Summary
	if sum == nil {
		sum = &metrics.Summary{}
	}
	t := tracker{plan: planOf(run)}
	b := t.first()
	b.elapsed, b.verdict, b.thresholds, b.crew = sum.Duration, outcome.Verdict, outcome.Thresholds, outcome.Workers
	t.fillTotal(b, sum)
	v := &view{board: b, look: newLook(o.Color, o.ASCII), w: max(1, min(o.Width-1, maxWidth)), label: wideLabel, over: true}
	if v.w < 70 {
		v.label = slimLabel
	}
	return &summary{view: v, outcome: outcome, sum: sum, options: o, planned: b.length}
}

// rows are all rows; the table of names takes what the others leave.
func (s *summary) rows() []row {
	before := [][]row{
		s.head(),
		s.judgements(),
		s.totals(),
		s.latencies(),
	}
	after := [][]row{
		s.errorRows(),
		slices.Concat(s.failedChecks(), s.problems(), s.health()),
		s.workerTable(),
	}
	room := summaryLines - lengthOf(before) - lengthOf(after) - 1
	if addresses := s.addresses(); s.options.Verbose || room-len(addresses) >= summaryTable {
		after[1] = append(after[1], addresses...)
		room -= len(addresses)
	}
	if s.options.Verbose {
		room = len(s.sum.Names) + 2
	}
	var rows []row
	for _, section := range append(append(before, s.nameRows(room)), after...) {
		if len(rows) > 0 && len(section) > 0 {
			rows = append(rows, row{})
		}
		rows = append(rows, section...)
	}
	return rows
}

// lengthOf counts rows and the blank ones between sections.
func lengthOf(sections [][]row) int {
	n := 0
	for _, s := range sections {
		if len(s) > 0 {
			n += len(s) + 1
		}
	}
	return n
}

// most is how many rows of a list are shown.
func (s *summary) most(n, of int) int {
	if s.options.Verbose {
		return of
	}
	return min(n, of)
}

// more says how many rows of a list are not shown.
func (v *view) more(n int) []row {
	if n <= 0 {
		return nil
	}
	return []row{{left: []field{of(0, "   and "+count(uint64(n))+" more", faint)}}}
}

// head says how the run ended, and whether its numbers mean anything.
func (s *summary) head() []row {
	sign, word, i := s.result()
	took := span(s.elapsed)
	if s.planned > 0 && s.elapsed < s.planned-time.Second {
		took += " of " + span(s.planned)
	}
	r := row{right: []field{of(0, took, plainInk)}}
	room := max(8, s.w-r.width()-width(word)-8)
	test := cut(s.clean(s.test), room, s.dots)
	r.left = []field{of(0, " "+sign+" "+word, i), of(0, test, bold)}
	if room -= width(test) + 2; room >= 12 && s.target != "" {
		r.left = append(r.left, of(0, cutMiddle(s.clean(s.target), room, s.dots), faint))
	}
	rows := []row{r}
	for _, why := range s.why() {
		for _, line := range wrap(s.clean(why), max(1, s.w-3), 3, s.dots) {
			rows = append(rows, row{left: []field{of(0, "   "+line, plainInk)}})
		}
	}
	for _, text := range s.warnings() {
		rows = append(rows, s.remark(0, seg{s.alert, badBold}, seg{s.clean(text), plainInk})...)
	}
	return append(rows, s.trust()...)
}

// warnings are what went wrong without making the run fail.
func (s *summary) warnings() []string {
	var list []string
	if s.outage != "" {
		list = append(list, s.outage)
	}
	if s.failed > 0 && s.outage == "" {
		list = append(list, count(s.failed)+" of "+plural(s.iterations, "iteration")+" failed")
	}
	if s.setupFailed > 0 {
		list = append(list, "the setup of a user failed "+plural(s.setupFailed, "time"))
	}
	return list
}

// result is the outcome in a word.
func (s *summary) result() (sign, word string, i ink) {
	o := &s.outcome
	switch {
	case o.Error != "" || !o.Passed:
		return s.fail, "FAILED", badBold
	case o.Interrupted:
		return s.alert, "INTERRUPTED", warnBold
	case s.verdict.State == metrics.Invalid:
		return s.fail, "INVALID", badBold
	case s.requests == 0:
		return s.alert, "NO REQUESTS", warnBold
	case len(s.thresholds) == 0 && s.errors+s.failed+s.setupFailed > 0:
		return s.alert, "FINISHED", warnBold
	case len(s.thresholds) == 0:
		return s.ok, "FINISHED", goodBold
	}
	return s.ok, "PASSED", goodBold
}

// why explains the result.
func (s *summary) why() []string {
	var why []string
	o := &s.outcome
	if o.Error != "" {
		why = append(why, o.Error)
	}
	if o.Aborted != "" {
		why = append(why, "threshold "+o.Aborted+" ended the run after "+span(s.elapsed))
	}
	if o.Interrupted && s.requests == 0 {
		why = append(why, "stopped after "+span(s.elapsed))
	} else if o.Interrupted {
		why = append(why, "stopped after "+span(s.elapsed)+": these are the numbers of the part that ran")
	}
	if s.requests == 0 && o.Error == "" {
		why = append(why, "no request was finished: there is nothing to judge")
	}
	return append(why, s.judged()...)
}

// judged says how many thresholds held.
func (s *summary) judged() []string {
	failed := 0
	for i := range s.thresholds {
		if !s.thresholds[i].Passed {
			failed++
		}
	}
	n := len(s.thresholds)
	switch {
	case n == 0 && s.errors > 0 && s.requests > 0 && s.outage == "":
		return []string{percent(s.errors, s.requests) + " of the requests failed, and no threshold says whether that is too much"}
	case failed > 0:
		return []string{count(uint64(failed)) + " of " + plural(uint64(n), "threshold") + " failed"}
	}
	return nil
}

// trust says whether the generator spoiled its own measurement.
func (s *summary) trust() []row {
	if s.verdict.State == metrics.Valid && (s.requests == 0 || s.outage != "") {
		return nil // the generator kept up with nothing
	}
	if s.verdict.State == metrics.Valid {
		return []row{{left: []field{of(0, " "+s.ok, good, " valid: the generator kept up, these numbers are the target's", faint)}}}
	}
	return s.doubts(s.most(3, len(s.verdict.Reasons)))
}

// judgements are the thresholds, the failed ones first.
func (s *summary) judgements() []row {
	list := slices.Clone(s.thresholds)
	slices.SortStableFunc(list, func(a, b metrics.ThresholdStatus) int { return order(a.Passed) - order(b.Passed) })
	n := s.most(8, len(list))
	return append(s.thresholdRows(list[:n], func(int) int { return 0 }), s.more(len(list)-n)...)
}

// order sorts what is wrong before what is right.
func order(right bool) int {
	if right {
		return 1
	}
	return 0
}

// totals are the run in a few numbers.
func (s *summary) totals() []row {
	sum := s.sum
	if sum.Requests == 0 && sum.Iterations == 0 {
		return s.peaks()
	}
	rows := []row{
		s.named("Requests", 0, of(0, left(count(sum.Requests), 13), bold), of(3, left(s.rate(sum.PerSecond)+"/s", 12), plainInk), s.failures(), s.cutOff(sum.Cancelled)),
		s.named("Iterations", 0, append([]field{
			of(0, left(count(sum.Iterations), 13), bold),
			of(3, left(s.rate(s.eachSecond(float64(sum.Iterations)))+"/s", 12), plainInk),
		}, s.lost()...)...),
		s.named("Data", 0, of(0, left(size(float64(sum.BytesIn))+" in", 13), plainInk),
			of(3, left(size(s.eachSecond(float64(sum.BytesIn)))+"/s", 12), plainInk), of(1, size(float64(sum.BytesOut))+" out", plainInk)),
	}
	rows = append(rows, s.peaks()...)
	if sum.Warmup > 0 {
		rows = append(rows, s.named("", 0, of(0, "the first "+span(sum.Warmup)+" (warm-up) are left out", faint)))
	}
	return rows
}

// eachSecond divides by the time that is counted.
func (s *summary) eachSecond(v float64) float64 {
	if length := s.sum.Duration - s.sum.Warmup; length > 0 {
		return v / length.Seconds()
	}
	return 0
}

func (s *summary) failures() field {
	if s.errors == 0 {
		return of(0, "no errors", good)
	}
	return of(0, count(s.errors)+" failed ("+percent(s.errors, s.requests)+")", badBold)
}

func (s *summary) cutOff(n uint64) field {
	if n == 0 {
		return field{rank: 1}
	}
	return of(1, count(n)+" cut off by the end", faint)
}

// lost are the iterations that did not go as planned.
func (s *summary) lost() []field {
	var fields []field
	for _, l := range []struct {
		n    uint64
		what string
		ink  ink
	}{
		{s.sum.Failed, "failed", badBold},
		{s.sum.Panics, "panicked", badBold},
		{s.sum.Dropped, "dropped", warnBold},
		{s.sum.Late, "started late", plainInk},
		{s.sum.Interrupted, "cut off by the end", faint},
	} {
		if l.n > 0 {
			fields = append(fields, of(len(fields), count(l.n)+" "+l.what, l.ink))
		}
	}
	return fields
}

// peaks are the most users there were, and the loads they were for.
func (s *summary) peaks() []row {
	shown := s.most(3, len(s.loads))
	if shown < len(s.loads) {
		shown = min(shown, 2)
	}
	most := left(count(uint64(max(0, s.sum.PeakUsers)))+" at most", 13)
	rows := []row{s.named("Users", 0, of(0, most, plainInk))}
	for i := range s.loads[:shown] {
		l := &s.loads[i]
		words := l.Model + ": " + s.clean(inWords(l))
		if len(s.loads) > 1 {
			words = s.clean(l.Scenario) + ", " + words
		}
		if i > 0 {
			rows = append(rows, s.named("", 0, of(0, left("", 13), plainInk)))
		}
		rows[i].left = append(rows[i].left, of(0, words, faint))
	}
	if more := len(s.loads) - shown; more > 0 {
		rows = append(rows, s.named("", 0, of(0, left("", 13), plainInk), of(0, "and "+count(uint64(more))+" more", faint)))
	}
	return rows
}

// latencies are response and service time side by side.
func (s *summary) latencies() []row {
	if s.sum.Response.Count == 0 {
		return nil
	}
	head := s.named("Time", 0)
	for _, c := range []struct {
		name string
		rank int
	}{{"p50", 0}, {"p90", 5}, {"p95", 0}, {"p99", 1}, {"p99.9", 4}, {"max", 2}, {"mean", 6}} {
		head.left = append(head.left, of(c.rank, right(c.name, 7), faint))
	}
	head.left = append(head.left, of(7, "measured from", faint))
	return []row{
		head,
		s.times("response", &s.sum.Response, bold, "when it was due"),
		s.times("service", &s.sum.Service, plainInk, "when it was sent"),
	}
}

func (s *summary) times(name string, l *metrics.Latency, i ink, from string) row {
	at := func(p float64) string { return right(s.percentile(l, p), 7) }
	return s.named(name, 0,
		of(0, at(0.5), i), of(5, at(0.9), i), of(0, at(0.95), i), of(1, at(0.99), i), of(4, at(0.999), i),
		of(2, right(s.extreme(l, l.Max), 7), i), of(6, right(s.extreme(l, l.Mean), 7), i), of(7, from, faint))
}

// nameRows are the busiest names, in so many rows at most.
func (s *summary) nameRows(room int) []row {
	names := s.sum.Names
	if len(names) == 0 {
		return nil
	}
	n := min(len(names), max(3, room-1))
	if !s.options.Verbose {
		n = min(n, summaryNames)
	}
	if n < len(names) {
		n = min(n, max(3, room-2)) // one for "and more"
	}
	digits := width(count(names[0].Count))
	t := table{room: s.w, names: 24, least: min(28, s.w/3), dots: s.dots}
	t.add(0, of(0, "Request", faint), of(0, right("count", digits), faint), of(2, "req/s", faint), of(3, "p50", faint),
		of(0, "p95", faint), of(1, "p99", faint), of(4, "max", faint), of(0, "errors", faint))
	for i := range names[:n] {
		s.nameRow(&t, &names[i], digits)
	}
	return append(t.lay(), s.more(len(names)-n)...)
}

func (s *summary) nameRow(t *table, n *metrics.NameSummary, digits int) {
	l := &n.Response
	t.add(0, of(0, s.called(nameOf(n)), plainInk),
		of(0, right(count(n.Count), digits), plainInk), of(2, s.rate(n.PerSecond), plainInk),
		of(3, s.percentile(l, 0.5), plainInk), of(0, s.percentile(l, 0.95), bold), of(1, s.percentile(l, 0.99), plainInk),
		of(4, s.extreme(l, l.Max), plainInk), failures(n.Errors, n.Count))
}

// errorRows are the most frequent kinds of errors.
func (s *summary) errorRows() []row {
	errs := s.sum.Errs
	if len(errs) == 0 {
		return nil
	}
	n := s.most(summaryOther, len(errs))
	title := " Errors"
	if n < len(errs) {
		title += ", the first " + count(uint64(n)) + " of " + plural(uint64(len(errs)), "kind")
	}
	rows := []row{{left: []field{of(0, title, faint)}}}
	errs = foremost(errs, n)
	for i := range errs[:n] {
		e := &errs[i]
		g := groupOf(s.sum, e)
		rows = append(rows, row{left: []field{
			of(0, " "+right(count(e.Count), 8), bold, "  "+left(g.class, 10), bad),
			of(0, left(cutMiddle(s.called(g.name), s.errorName(), s.dots), s.errorName()), plainInk),
			of(0, s.clean(e.Message), faint),
		}})
		if s.options.Verbose {
			for line := range lines(e.Detail) {
				rows = append(rows, row{left: []field{of(0, "             "+s.clean(line), faint)}})
			}
		}
	}
	return rows
}

// failedChecks are the checks, and those of them that failed.
func (s *summary) failedChecks() []row {
	rows := s.checks()
	if s.checkFailed == 0 {
		return rows
	}
	rows[0].left = rows[0].left[:3]
	checks := slices.Clone(s.sum.Checks)
	slices.SortStableFunc(checks, func(a, b metrics.CheckStats) int { return cmp.Compare(b.Failed, a.Failed) })
	var failed []row
	for _, c := range checks {
		if c.Failed == 0 {
			break
		}
		failed = append(failed, row{left: []field{
			of(0, " "+right(count(c.Failed), 8), bold, " of "+left(count(c.Passed+c.Failed), 11), faint),
			of(0, s.called(c.Name), plainInk),
		}})
	}
	n := s.most(summaryOther, len(failed))
	return slices.Concat(rows, failed[:n], s.more(len(failed)-n))
}

// problems are what went wrong before and after the test itself.
func (s *summary) problems() []row {
	var rows []row
	shown := 0
	for i := range s.sum.Stages {
		n := &s.sum.Stages[i]
		if n.Errors == 0 || !s.options.Verbose && shown == summaryOther {
			continue
		}
		shown++
		stage := "Setup"
		if n.Stage == metrics.Teardown {
			stage = "Teardown"
		}
		rows = append(rows, s.named(stage, 0,
			of(0, count(n.Errors)+" of "+plural(n.Count, "request")+" failed", badBold), of(0, s.called(n.Name), plainInk)))
	}
	return rows
}

// health is how the machine that measured fared.
func (s *summary) health() []row {
	h := &s.sum.Health
	if h.Seconds == 0 {
		return nil
	}
	r := s.named("Generator", 0,
		of(0, "CPU "+percentShare(h.CPUMean)+", peak "+percentShare(h.CPUPeak), plainInk),
		of(1, "start lag "+s.worst(&s.sum.Lag), plainInk),
		of(4, "longest GC pause "+s.duration(h.GCPauseMax), faint),
		of(5, size(float64(h.HeapPeak))+" heap", faint),
	)
	if h.FDsPeak > 0 {
		r.left = append(r.left, of(6, count(uint64(h.FDsPeak))+" files", faint))
	}
	if h.Generator > 0 {
		r.left = append(r.left, of(1, count(h.Generator)+" requests failed here, not at the target", badBold))
	}
	return []row{r}
}
