package report

import (
	"cmp"
	"fmt"
	"html/template"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
)

// maxRows is how many names the page lists; endpoints.csv has them all.
const maxRows = 250

// page is what page.html shows. All texts in it are plain: the template escapes
// them.
type page struct {
	Policy   string
	Style    template.CSS
	Title    string
	Subtitle string
	Headline headline
	State    string
	Trusted  bool
	Reasons  []string
	Cards    []card
	Charts   []*chart
	Rules    []ruleRow
	Tables   []nameTable
	Phases   []phaseRow
	Errors   []errorRow
	Checks   []checkRow
	Health   []fact
	Events   []eventRow
	Loads    []loadRow
	Facts    []fact
	Settings []fact
	Footer   string
}

type card struct {
	Label, Value, Unit, Note string
	Alarm                    bool
	Kind                     string // colour of the sparkline
	Spark, SparkArea         string // path data
}

type ruleRow struct {
	Rule, Value, Note string
	Passed            bool
}

type nameTable struct {
	Title, Sub string
	Rows       []nameRow
	More       int
}

type nameRow struct {
	Method, Name, Codes        string
	Share                      string // of the requests, in per cent
	Bar                        string // the same for the bar's width
	Count, Rate, Errors, Ratio string
	P50, P95, P99, Max         string
	Bad                        bool
}

type phaseRow struct {
	Name                    string
	DNS, Connect, TLS, TTFB string
	Service                 string
}

type errorRow struct {
	Class, Name, Message, Detail string
	Count, First, Last           string
}

type checkRow struct {
	Name, Passed, Failed, Ratio string
	OK                          bool
}

type fact struct {
	Name, Value string
	Bad         bool
}

type eventRow struct{ At, Kind, Text string }

type loadRow struct{ Scenario, Model, Pattern, When, Done string }

func newPage(r *Run) *page {
	s := r.summary()
	p := &page{
		Policy:   contentPolicy(),
		Style:    template.CSS(pageStyle), //nolint:gosec // our own file
		Title:    clean(r.Test),
		Subtitle: r.subtitle(),
		Headline: r.headline(),
		State:    stateWord(r.Verdict.State),
		Trusted:  r.Verdict.State == metrics.Valid,
		Reasons:  cleanAll(r.Verdict.Reasons),
		Cards:    r.cards(),
		Charts:   r.charts(),
		Rules:    r.ruleRows(),
		Tables:   nameTables(s),
		Phases:   phaseRows(s.Names),
		Errors:   errorRows(s.Errs),
		Checks:   checkRows(s.Checks),
		Health:   healthFacts(s),
		Events:   eventRows(r.Events),
		Loads:    r.loadRows(),
		Facts:    r.facts(),
		Footer:   fmt.Sprintf("LoadForge %s · %s", clean(r.Version), clean(r.ID)),
	}
	for _, name := range slices.Sorted(maps.Keys(r.Settings)) {
		p.Settings = append(p.Settings, fact{Name: clean(name), Value: clean(r.Settings[name])})
	}
	return p
}

func (r *Run) subtitle() string {
	text := r.Start.UTC().Format("2006-01-02 15:04:05 UTC") + " · " + span(r.summary().Duration)
	if r.Target != "" {
		text = clean(r.Target) + " · " + text
	}
	return text
}

func (r *Run) ruleRows() []ruleRow {
	var rows []ruleRow
	for _, t := range r.Outcome.Thresholds {
		row := ruleRow{Rule: clean(t.Rule), Value: valueText(t.Value, t.Unit), Passed: t.Passed}
		switch {
		case !t.Known:
			row.Value, row.Note = "no data", "nothing to judge fails"
		case t.At > 0:
			row.Note = "worst window, ends at " + clock(t.At)
		}
		if t.Aborted {
			row.Note = "ended the run"
		}
		rows = append(rows, row)
	}
	return rows
}

func nameTables(s *metrics.Summary) []nameTable {
	var requests, groups []metrics.NameSummary
	for _, n := range s.Names {
		if n.Kind == metrics.Group {
			groups = append(groups, n)
		} else {
			requests = append(requests, n)
		}
	}
	var tables []nameTable
	for _, t := range []struct {
		title, sub string
		names      []metrics.NameSummary
	}{
		{"Requests", plural(len(requests), "name") + " · response times", requests},
		{"Groups", "steps that hold several requests, not in the totals", groups},
		{"Setup and teardown", "of users, not in the totals", s.Stages},
	} {
		if len(t.names) > 0 {
			tables = append(tables, newNameTable(t.title, t.sub, t.names, s.Requests))
		}
	}
	return tables
}

func newNameTable(title, sub string, names []metrics.NameSummary, all uint64) nameTable {
	t := nameTable{Title: title, Sub: sub, More: max(0, len(names)-maxRows)}
	for i := range names[:len(names)-t.More] {
		t.Rows = append(t.Rows, newNameRow(&names[i], all))
	}
	return t
}

func newNameRow(n *metrics.NameSummary, all uint64) nameRow {
	share := float64(n.Count) / float64(max(all, 1))
	method, name := splitMethod(clean(n.Name))
	row := nameRow{
		Method: method,
		Name:   name,
		Share:  percent(share),
		Bar:    decimal(100*min(share, 1), 1),
		Count:  count(n.Count),
		Rate:   amount(n.PerSecond),
		Errors: count(n.Errors),
		Ratio:  percent(n.ErrorRate),
		P50:    shown(&n.Response, 0.5),
		P95:    shown(&n.Response, 0.95),
		P99:    shown(&n.Response, 0.99),
		Max:    most(&n.Response),
		Bad:    n.Errors > 0,
	}
	if len(n.Codes) > 1 || n.Errors > 0 {
		row.Codes = codesText(n)
	}
	return row
}

// splitMethod cuts the HTTP method off a name that begins with one.
func splitMethod(name string) (method, rest string) {
	for _, m := range []string{"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"} {
		if len(name) > len(m) && name[:len(m)] == m && name[len(m)] == ' ' {
			return m, name[len(m)+1:]
		}
	}
	return "", name
}

func codesText(n *metrics.NameSummary) string {
	text := ""
	for _, c := range n.Codes {
		text += " · " + strconv.Itoa(int(c.Code)) + " × " + count(c.Count)
	}
	for class, times := range n.ByClass {
		if c := metrics.Class(class); times > 0 && c != metrics.OK && c != metrics.Status4xx && c != metrics.Status5xx && c != metrics.Status {
			text += " · " + c.String() + " × " + count(times)
		}
	}
	if text == "" {
		return ""
	}
	return text[len(" · "):]
}

func phaseRows(names []metrics.NameSummary) []phaseRow {
	var rows []phaseRow
	for i := range names[:min(len(names), maxRows)] {
		if n := &names[i]; n.Kind == metrics.Request {
			rows = append(rows, phaseRow{
				Name:    clean(n.Name),
				DNS:     phaseText(&n.DNS),
				Connect: phaseText(&n.Connect),
				TLS:     phaseText(&n.TLS),
				TTFB:    phaseText(&n.TTFB),
				Service: phaseText(&n.Service),
			})
		}
	}
	return rows
}

// phaseText is the median and the 95th percentile.
func phaseText(l *metrics.Latency) string {
	if l.Count == 0 {
		return "–"
	}
	return shown(l, 0.5) + " / " + shown(l, 0.95)
}

func errorRows(list []metrics.ErrorStats) []errorRow {
	var rows []errorRow
	for i := range list {
		e := &list[i]
		rows = append(rows, errorRow{
			Class:   e.Class.String(),
			Name:    clean(e.Name),
			Message: clean(e.Message),
			Detail:  cleanLines(e.Detail),
			Count:   count(e.Count),
			First:   clock(e.First),
			Last:    clock(e.Last),
		})
	}
	return rows
}

func checkRows(list []metrics.CheckStats) []checkRow {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b metrics.CheckStats) int { return cmp.Compare(b.Failed, a.Failed) })
	var rows []checkRow
	for _, c := range list {
		rows = append(rows, checkRow{
			Name:   clean(c.Name),
			Passed: count(c.Passed),
			Failed: count(c.Failed),
			Ratio:  percent(float64(c.Passed) / float64(max(c.Passed+c.Failed, 1))),
			OK:     c.Failed == 0,
		})
	}
	return rows
}

func healthFacts(s *metrics.Summary) []fact {
	h := &s.Health
	facts := []fact{
		{"CPU, mean / peak", percent(h.CPUMean) + " / " + percent(h.CPUPeak), h.CPUPeak > metrics.BusyCPU},
		{"Start lag p99", shown(&s.Lag, 0.99), false},
		{"Dropped iterations", count(s.Dropped), s.Dropped > 0},
		{"Late iterations", count(s.Late), false},
		{"Wait for a processor, p99", latency(h.SchedP99Peak), false},
		{"Longest GC pause", latency(h.GCPauseMax), false},
		{"Heap, peak", bytesText(h.HeapPeak), false},
		{"Descriptors, peak", ofLimit(h.FDsPeak, h.FDLimit), h.FDLimit > 0 && 10*h.FDsPeak >= 9*h.FDLimit},
		{"Own errors", count(h.Generator), h.Generator > 0},
		{"Seconds without data", count(uint64(h.Missing)), h.Missing > 0},
	}
	if h.PortRange > 0 {
		facts = append(facts, fact{"Local ports, peak", ofLimit(h.PortsPeak, h.PortRange), 10*h.PortsPeak >= 9*h.PortRange})
	}
	if h.Stalled > 0 {
		facts = append(facts, fact{"Stood still", span(h.Stalled), true})
	}
	if h.ClockGapMax > metrics.MaxClockGap {
		facts = append(facts, fact{"Clock jumped", span(h.ClockGapMax), true})
	}
	return facts
}

func ofLimit(used, limit int) string {
	if limit == 0 {
		return count(uint64(used))
	}
	return count(uint64(used)) + " of " + count(uint64(limit))
}

func eventRows(marks []mark) []eventRow {
	const most = 200
	var rows []eventRow
	for _, m := range marks[:min(len(marks), most)] {
		rows = append(rows, eventRow{At: clock(m.At), Kind: m.Kind, Text: clean(m.Text)})
	}
	return rows
}

func (r *Run) loadRows() []loadRow {
	var rows []loadRow
	s := r.summary()
	for i := range r.Loads {
		l := &r.Loads[i]
		row := loadRow{Scenario: clean(l.Scenario), Model: modelText(l.Model), Pattern: clean(l.Pattern), When: span(l.Duration)}
		if l.Offset > 0 {
			row.When += ", from " + clock(l.Offset)
		}
		if i < len(s.Loads) {
			done := &s.Loads[i]
			row.Done = count(done.Finished) + " iterations"
			if done.Failed > 0 {
				row.Done += ", " + count(done.Failed) + " failed"
			}
			if done.Dropped > 0 {
				row.Done += ", " + count(done.Dropped) + " dropped"
			}
		}
		rows = append(rows, row)
	}
	return rows
}

func modelText(model string) string {
	switch model {
	case "users":
		return "concurrent users"
	case "rate":
		return "iterations per second"
	}
	return clean(model)
}

func (r *Run) facts() []fact {
	s := r.summary()
	facts := []fact{
		{Name: "Run", Value: clean(r.ID)},
		{Name: "Started", Value: r.Start.UTC().Format(time.RFC3339)},
		{Name: "Duration", Value: span(s.Duration)},
	}
	if r.Duration > 0 && r.Duration != s.Duration {
		facts = append(facts, fact{Name: "Planned", Value: span(r.Duration)})
	}
	if s.Warmup > 0 {
		facts = append(facts, fact{Name: "Warm-up, left out", Value: span(s.Warmup)})
	}
	return append(facts,
		fact{Name: "Seed", Value: strconv.FormatUint(r.Seed, 10)},
		fact{Name: "Workers", Value: strconv.Itoa(r.Run.Workers)},
		fact{Name: "Host", Value: clean(r.Host)},
		fact{Name: "Sent / received", Value: bytesText(s.BytesOut) + " / " + bytesText(s.BytesIn)},
		fact{Name: "Iterations", Value: count(s.Iterations)},
	)
}

func (r *Run) cards() []card {
	s := r.summary()
	l := &s.Response
	cards := []card{
		{Label: "Requests", Value: count(s.Requests), Note: count(s.Iterations) + " iterations", Kind: "thr"},
		{Label: "Throughput", Value: amount(s.PerSecond), Unit: "req/s", Kind: "thr", Note: "mean over " + span(cmp.Or(s.Loaded, s.Duration-s.Warmup))},
		r.latencyCard("p50", 0.5, l.CI50),
		r.latencyCard("p95", 0.95, l.CI95),
		r.latencyCard("p99", 0.99, l.CI99),
		{
			Label: "Error rate", Value: percent(s.ErrorRate), Kind: "err", Alarm: s.Errors > 0,
			Note: plural(int(s.Errors), "error"),
		},
	}
	r.spark(cards)
	return cards
}

func (r *Run) latencyCard(name string, p float64, ci [2]time.Duration) card {
	l := &r.summary().Response
	c := card{Label: name + " response time", Value: "–", Note: "too few requests to tell", Kind: name}
	if !l.Reliable(p) {
		return c
	}
	c.Value, c.Unit = latencyParts(quantile(l, p))
	c.Note = "largest " + most(l)
	if ci != ([2]time.Duration{}) {
		c.Note = "95 %: " + between(ci[0], ci[1])
	}
	return c
}

// between writes an interval, the unit once if both ends have the same.
func between(low, high time.Duration) string {
	a, unitA := latencyParts(low)
	b, unitB := latencyParts(high)
	if unitA == unitB {
		return a + "–" + b + " " + unitB
	}
	return a + " " + unitA + "–" + b + " " + unitB
}
