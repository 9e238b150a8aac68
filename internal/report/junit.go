package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/internal/page"
	"github.com/loadforge/loadforge/threshold"
)

// JUnit's elements, as far as the tools that read them agree.
type (
	junitSuites struct {
		XMLName  xml.Name   `xml:"testsuites"`
		Name     string     `xml:"name,attr"`
		Tests    int        `xml:"tests,attr"`
		Failures int        `xml:"failures,attr"`
		Errors   int        `xml:"errors,attr"`
		Time     string     `xml:"time,attr"`
		Suite    junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name       string          `xml:"name,attr"`
		Tests      int             `xml:"tests,attr"`
		Failures   int             `xml:"failures,attr"`
		Errors     int             `xml:"errors,attr"`
		Skipped    int             `xml:"skipped,attr"`
		Time       string          `xml:"time,attr"`
		Timestamp  string          `xml:"timestamp,attr"`
		Properties []junitProperty `xml:"properties>property"`
		Cases      []junitCase     `xml:"testcase"`
	}
	junitProperty struct {
		Name  string `xml:"name,attr"`
		Value string `xml:"value,attr"`
	}
	junitCase struct {
		Name    string        `xml:"name,attr"`
		Class   string        `xml:"classname,attr"`
		Time    string        `xml:"time,attr"`
		Failure *junitProblem `xml:"failure"`
		Error   *junitProblem `xml:"error"`
		Output  string        `xml:"system-out,omitempty"`
	}
	junitProblem struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		Text    string `xml:",chardata"`
	}
)

// writeJUnit writes junit.xml: a test case for the run itself, for each
// threshold and for each check.
func (r *Run) writeJUnit(w io.Writer) error {
	suite := junitSuite{
		Name:      page.Clean(r.Test),
		Time:      strconv.FormatFloat(secs(r.summary().Duration), 'f', 3, 64),
		Timestamp: r.Start.UTC().Format("2006-01-02T15:04:05"),
		Properties: []junitProperty{
			{"run_id", page.Clean(r.ID)},
			{"version", page.Clean(r.Version)},
			{"seed", strconv.FormatUint(r.Seed, 10)},
			{"target", page.Clean(r.Target)},
			{"verdict", string(r.Verdict.State)},
		},
	}
	suite.add(r.runCase())
	for i := range r.Outcome.Thresholds {
		suite.add(thresholdCase(&r.Outcome.Thresholds[i]))
	}
	for _, c := range r.summary().Checks {
		suite.add(r.checkCase(c))
	}
	for i := range suite.Cases {
		suite.Cases[i].Time = suite.Time
	}
	return encodeJUnit(w, &suite)
}

func encodeJUnit(w io.Writer, suite *junitSuite) error {
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	err := e.Encode(junitSuites{
		Name: "loadforge", Tests: suite.Tests, Failures: suite.Failures, Errors: suite.Errors, Time: suite.Time, Suite: *suite,
	})
	if err != nil {
		return fmt.Errorf("encoding JUnit: %w", err)
	}
	_, err = io.WriteString(w, "\n")
	return err
}

func (s *junitSuite) add(c junitCase) {
	s.Cases = append(s.Cases, c)
	s.Tests++
	if c.Failure != nil {
		s.Failures++
	}
	if c.Error != nil {
		s.Errors++
	}
}

// runCase fails when the run says nothing about the target: it did not get to
// its end, or this machine measured itself.
func (r *Run) runCase() junitCase {
	c := junitCase{Name: "run is " + stateWord(r.Verdict.State), Class: "verdict"}
	reasons := strings.Join(cleanAll(r.Verdict.Reasons), "\n")
	switch {
	case r.Error != "":
		c.Error = &junitProblem{Message: page.Clean(r.Error), Type: "error", Text: reasons}
	case r.Interrupted:
		c.Error = &junitProblem{Message: "the run was interrupted", Type: "interrupted", Text: reasons}
	case r.Verdict.State == metrics.Invalid:
		c.Failure = &junitProblem{Message: "the result is invalid", Type: "invalid", Text: reasons}
	default:
		c.Output = reasons
	}
	return c
}

func thresholdCase(t *metrics.ThresholdStatus) junitCase {
	c := junitCase{Name: page.Clean(t.Rule), Class: "threshold"}
	said := "is " + valueText(t.Value, t.Unit)
	if !t.Known {
		said = "there was nothing to judge"
	}
	if t.Passed {
		c.Output = said
		return c
	}
	if t.Aborted {
		said += "; it ended the run"
	}
	c.Failure = &junitProblem{Message: page.Clean(t.Rule) + ": " + said, Type: "threshold"}
	return c
}

// checkCase fails when a check ever failed, unless a threshold says how often it
// may: then that has been judged.
func (r *Run) checkCase(c metrics.CheckStats) junitCase {
	out := junitCase{Name: page.Clean(c.Name), Class: "check"}
	said := fmt.Sprintf("passed %s, failed %s", count(c.Passed), count(c.Failed))
	if c.Failed == 0 || r.tolerates(c.Name) {
		out.Output = said
		return out
	}
	out.Failure = &junitProblem{Message: said, Type: "check"}
	return out
}

// tolerates reports whether a threshold about a check passed.
func (r *Run) tolerates(check string) bool {
	for _, t := range r.Outcome.Thresholds {
		rule, err := threshold.Parse(t.Rule)
		if err == nil && t.Passed && rule.Metric == threshold.CheckShare && (rule.Name == "" || rule.Name == check) {
			return true
		}
	}
	return false
}

func stateWord(s metrics.State) string {
	if s == "" {
		return "not judged"
	}
	return string(s)
}
