package threshold

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// A ParseError says where and why a text is not a rule.
type ParseError struct {
	// Text is what was parsed.
	Text string
	// Offset is the byte offset in Text that the problem starts at.
	Offset int
	// Problem says what is wrong there.
	Problem string
	// Hint says what was expected, or what was probably meant.
	Hint string
}

// Error returns the problem with its place, counted in characters from 1.
func (e *ParseError) Error() string {
	column := utf8.RuneCountInString(e.Text[:e.Offset]) + 1
	s := fmt.Sprintf("threshold %q: column %d: %s", e.Text, column, e.Problem)
	if e.Hint != "" {
		s += "; " + e.Hint
	}
	return s
}

// Parse reads a rule from text:
//
//	[service] METRIC OP LIMIT [on NAME] [over WINDOW] [abort [after GRACE]]
//
// METRIC is p50 to p99.99 (also p(95), p999, median), mean (avg), min, max,
// error_rate, iteration_error_rate, check_rate (checks), request_rate (rps),
// count or dropped. OP is one of < <= > >=. LIMIT is a duration for latencies (300ms, 1.5s; a bare
// number is milliseconds), a percentage or a share for error and check rates
// (1%, 0.01), a rate (500/s, 30/m) or a whole number. NAME is quoted, or
// unquoted up to the next clause. WINDOW and GRACE are durations; a bare
// number there is seconds. Letter case, spaces and the order of the clauses
// don't matter. Every rule that is returned is valid; an error is a
// *ParseError.
func Parse(s string) (Rule, error) {
	p := parser{text: s}
	for _, step := range []func() *ParseError{p.metric, p.op, p.limit, p.clauses, p.finish} {
		if err := step(); err != nil {
			return Rule{}, err
		}
	}
	return p.rule, nil
}

// A parser reads one rule from left to right.
type parser struct {
	text     string
	pos      int
	rule     Rule
	at       [parts]int // offset of each part, for errors about its value
	seen     [parts]bool
	bareRate bool // the metric was just "rate"
}

func (p *parser) errorAt(offset int, hint, format string, args ...any) *ParseError {
	return &ParseError{Text: p.text, Offset: offset, Problem: fmt.Sprintf(format, args...), Hint: hint}
}

func (p *parser) space() {
	rest := strings.TrimLeft(p.text[p.pos:], " \t\r\n")
	p.pos = len(p.text) - len(rest)
}

// word returns what stands before the next space, and moves past it.
func (p *parser) word() string {
	p.space()
	start := p.pos
	if n := strings.IndexAny(p.text[start:], " \t\r\n"); n >= 0 {
		p.pos += n
	} else {
		p.pos = len(p.text)
	}
	return p.text[start:p.pos]
}

func (p *parser) metric() *ParseError {
	p.space()
	p.at[partMetric] = p.pos
	rest := p.text[p.pos:]
	if rest == "" {
		return p.errorAt(p.pos, "write one such as p95<300ms or error_rate<1%", "the rule is empty")
	}
	end := strings.IndexAny(rest, "<>=!≤≥")
	if end < 0 {
		return p.missingOp()
	}
	phrase := strings.TrimSpace(rest[:end])
	p.pos += end
	if !p.setMetric(phrase) {
		return p.unknownMetric(phrase)
	}
	return nil
}

// missingOp tells a rule that ends too early from one that begins wrongly.
func (p *parser) missingOp() *ParseError {
	start := p.pos
	first := p.word()
	if !p.setMetric(first) && !isScope(squash(first)) {
		p.pos = start
		return p.unknownMetric(first)
	}
	return p.errorAt(p.pos, "expected <, <=, > or >= and a limit, as in p95<300ms", "there is no comparison after %q", first)
}

func (p *parser) unknownMetric(phrase string) *ParseError {
	at := p.at[partMetric]
	if phrase == "" {
		return p.errorAt(at, expectedMetrics, "there is no metric before the comparison")
	}
	if whole, ok := strings.CutPrefix(squash(phrase), "p"); ok && strings.Trim(whole, "()0123456789.%") == "" {
		return p.errorAt(at, "percentiles are between 0 and 100, as in p95 or p99.9; the extremes are min and max", "%q is no percentile", phrase)
	}
	hint := expectedMetrics
	if near := nearest(phrase, metricWords()); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	return p.errorAt(at, hint, "unknown metric %q", phrase)
}

func (p *parser) setMetric(phrase string) bool {
	word := squash(phrase)
	for _, scope := range []string{"servicetime", "service", "responsetime", "response", "latency"} {
		if rest, ok := strings.CutPrefix(word, scope); ok {
			word = rest
			p.rule.Service = strings.HasPrefix(scope, "service")
			break
		}
	}
	p.bareRate = word == "rate"
	m, q := metricOf(word)
	p.rule.Metric, p.rule.Quantile = m, q
	return m != 0
}

func (p *parser) op() *ParseError {
	rest := p.text[p.pos:]
	for _, o := range []struct {
		text string
		op   Op
	}{{"<=", AtMost}, {">=", AtLeast}, {"≤", AtMost}, {"≥", AtLeast}, {"<", Below}, {">", Above}} {
		if strings.HasPrefix(rest, o.text) {
			p.rule.Op = o.op
			p.pos += len(o.text)
			return nil
		}
	}
	return p.errorAt(p.pos, "expected <, <=, > or >=", "a rule is a limit from above or below")
}

func (p *parser) limit() *ParseError {
	p.space()
	start := p.pos
	p.at[partLimit] = start
	text := p.word()
	if mark := p.pos; strings.Trim(text, "0123456789.") == "" && text != "" {
		if unit := p.word(); isUnit(unit) {
			text += unit
		} else {
			p.pos = mark
		}
	}
	if text == "" {
		return p.errorAt(start, p.expectedLimit(), "there is no limit after %q", p.rule.Op)
	}
	limit, hint := p.parseLimit(strings.ToLower(text))
	if hint != "" {
		metric := p.rule.metricText()
		if p.bareRate {
			metric = "rate" // as it was written
		}
		return p.errorAt(start, hint, "%q is no limit for %s", text, metric)
	}
	p.rule.Limit = limit
	return nil
}

// parseLimit returns the limit, or a hint at what was expected.
func (p *parser) parseLimit(text string) (limit float64, hint string) {
	var ok bool
	switch m := p.rule.Metric; {
	case m.Latency():
		var d time.Duration
		d, ok = parseDuration(text, "ms")
		limit = float64(d)
	case m.Share():
		return p.parseShare(text)
	case m == RequestRate:
		return p.parseRate(text)
	default:
		limit, ok = parseNumber(text)
	}
	if !ok {
		return 0, p.expectedLimit()
	}
	return limit, ""
}

func (p *parser) expectedLimit() string {
	switch m := p.rule.Metric; {
	case m.Latency():
		return "expected a duration such as 300ms, 1.5s or 2m"
	case m.Share():
		return "expected a percentage such as 1%, or a share such as 0.01"
	case m == RequestRate:
		return "expected a rate such as 500/s or 30/m"
	}
	return "expected a whole number"
}

func (p *parser) parseShare(text string) (limit float64, hint string) {
	if number, ok := cutUnit(text, "%", "percent"); ok {
		if _, ok := parseNumber(number); !ok {
			return 0, p.expectedLimit()
		}
		limit, err := parsePercent(number)
		if err != nil {
			return 0, p.expectedLimit()
		}
		return limit, ""
	}
	limit, ok := parseNumber(text)
	switch {
	case !ok:
		return 0, p.expectedLimit()
	case limit > 1 && limit <= 100:
		return 0, fmt.Sprintf("did you mean %s%%?", text)
	case limit == 1 && p.rule.Metric != CheckShare:
		every := "request"
		if p.rule.Metric == IterationErrorShare {
			every = "iteration"
		}
		return 0, fmt.Sprintf("that is every %s; did you mean 1%%? Otherwise write 100%%", every)
	}
	return limit, ""
}

func (p *parser) parseRate(text string) (limit float64, hint string) {
	per := 1.0
	number, unit := cutUnit(text, "rps", "reqs/s", "req/s", "requests/s", "/sec", "/s")
	if !unit {
		per = 60
		number, unit = cutUnit(text, "/min", "/m")
	}
	if !unit {
		per = 3600
		number, unit = cutUnit(text, "/h")
	}
	if !unit {
		per = 1
	}
	limit, ok := parseNumber(number)
	if !ok {
		return 0, p.expectedLimit()
	}
	if p.bareRate && !unit && (p.rule.Op.upper() || limit < 1) {
		return 0, p.whichRate(text)
	}
	return limit / per, ""
}

// whichRate is the hint for a rate without a unit that may be one of errors or
// checks. A least rate of 1 and more can only be one of requests.
func (p *parser) whichRate(text string) string {
	share := CheckShare
	if p.rule.Op.upper() {
		share = ErrorShare
	}
	percent := text
	if limit, ok := parseNumber(text); ok && limit >= 1 {
		percent += "%"
	}
	return fmt.Sprintf("say which: %s%s%s or %s%s%s/s", share, p.rule.Op, percent, RequestRate, p.rule.Op, text)
}

func (p *parser) clauses() *ParseError {
	for p.space(); p.pos < len(p.text); p.space() {
		start := p.pos
		word := p.word()
		var err *ParseError
		switch strings.ToLower(word) {
		case "on":
			err = p.once(partName, start, p.name)
		case "over":
			err = p.once(partWindow, start, p.window)
		case "abort":
			err = p.once(partAbort, start, p.abort)
		default:
			err = p.unknownClause(word, start)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *parser) once(which part, start int, read func() *ParseError) *ParseError {
	if p.seen[which] {
		return p.errorAt(start, "give it once", "this clause was given before")
	}
	p.seen[which] = true
	p.at[which] = start
	return read()
}

func (p *parser) unknownClause(word string, start int) *ParseError {
	hint := `expected on "NAME", over WINDOW, abort, or the end`
	if near := nearest(word, []string{"on", "over", "abort"}); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	if strings.ContainsAny(word, "&|,;") {
		hint = "one rule holds one condition; give several rules"
	}
	return p.errorAt(start, hint, "unexpected %q", word)
}

func (p *parser) name() *ParseError {
	p.space()
	start := p.pos
	name, ok := p.quoted()
	if !ok {
		return p.errorAt(start, `write it as "GET /orders/{id}"`, "the quoted name does not end or is malformed")
	}
	if name == "" {
		name = p.unquoted()
	}
	if name == "" {
		return p.errorAt(start, `expected a name such as "GET /orders/{id}"`, "there is no name after %q", "on")
	}
	p.rule.Name = name
	return nil
}

// quoted reads a name in Go's quotes, or literally between single quotes. It
// returns "" if what follows is not quoted.
func (p *parser) quoted() (name string, ok bool) {
	rest := p.text[p.pos:]
	if rest == "" || !strings.ContainsRune("\"'`", rune(rest[0])) {
		return "", true
	}
	if rest[0] == '\'' {
		name, _, ok = strings.Cut(rest[1:], "'")
		p.pos += len(name) + 2
		return name, ok && name != ""
	}
	prefix, err := strconv.QuotedPrefix(rest)
	if err != nil {
		return "", false
	}
	p.pos += len(prefix)
	name, err = strconv.Unquote(prefix)
	return name, err == nil && name != ""
}

// unquoted reads words up to the next clause.
func (p *parser) unquoted() string {
	p.space()
	start, end := p.pos, p.pos
	for p.pos < len(p.text) {
		word := strings.ToLower(p.word())
		if word == "over" || word == "abort" {
			break
		}
		end = p.pos
	}
	p.pos = end
	return strings.TrimSpace(p.text[start:end])
}

func (p *parser) window() *ParseError {
	d, err := p.duration("over")
	if err == nil && d == 0 {
		return p.errorAt(p.at[partWindow], "leave it out for the whole run", "the window has no length")
	}
	p.rule.Window = d
	return err
}

func (p *parser) abort() *ParseError {
	p.rule.Abort = true
	mark := p.pos
	if !strings.EqualFold(p.word(), "after") {
		p.pos = mark
		return nil
	}
	d, err := p.duration("after")
	p.rule.Grace = d
	return err
}

func (p *parser) duration(after string) (time.Duration, *ParseError) {
	p.space()
	start := p.pos
	const hint = "expected a duration such as 30s or 2m"
	text := p.word()
	if text == "" {
		return 0, p.errorAt(start, hint, "there is no time after %q", after)
	}
	d, ok := parseDuration(strings.ToLower(text), "s")
	if !ok {
		return 0, p.errorAt(start, hint, "%q is not a time", text)
	}
	return d, nil
}

func (p *parser) finish() *ParseError {
	if which, err := p.rule.check(); err != nil {
		return p.errorAt(p.at[which], "", "%s", err)
	}
	return nil
}

func parseDuration(text, bareUnit string) (time.Duration, bool) {
	if strings.Trim(text, "0123456789.-") == "" {
		text += bareUnit
	}
	d, err := time.ParseDuration(text)
	return d, err == nil
}

func parseNumber(text string) (float64, bool) {
	if text == "" || strings.Trim(text, "0123456789.eE+-") != "" {
		return 0, false
	}
	x, err := strconv.ParseFloat(text, 64)
	return x, err == nil && !math.IsInf(x, 0)
}

func cutUnit(text string, units ...string) (number string, found bool) {
	for _, unit := range units {
		if number, found = strings.CutSuffix(text, unit); found {
			return number, true
		}
	}
	return text, false
}
