package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/loadforge/loadforge/internal/cluster"
	"github.com/loadforge/loadforge/internal/terminal"
	"github.com/loadforge/loadforge/pattern"
)

// patternCommand draws load before it is spent.
func (a *app) patternCommand() *cobra.Command {
	o := new(options)
	var width, height float64
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "pattern [scenario | loadforge.toml]",
		Short: "Draw the load over time and forecast how much it is",
		Example: `  loadforge pattern --pattern diurnal -r 400 --low 40 -d 1h
  loadforge pattern ./shop`,
		Args: a.scenarioArg,
	}
	o.define(cmd.Flags())
	cmd.Flags().Var(levelValue{&width, true}, "width", "of the drawing, in characters (default 72)")
	cmd.Flags().Var(levelValue{&height, true}, "height", "of the drawing, in lines (default 12)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print levels as JSON instead")
	if a.test != nil {
		ownLoad(cmd.Flags())
		cmd.Use = "pattern"
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if width > widest || height > highest {
			return fmt.Errorf("a drawing has at most %d characters and %d lines", widest, highest)
		}
		if takesScenario(cmd, args) {
			return a.handOver(cmd, o, args[0])
		}
		loads, err := a.loads(cmd, o)
		if err != nil {
			return err
		}
		if asJSON {
			return curvesJSON(a.out, loads)
		}
		chart := pattern.Chart{Width: int(width), Height: int(height), ASCII: terminal.ASCII(getenv(a.getenv))}
		drawLoads(a.out, loads, chart)
		return nil
	}
	return cmd
}

// The largest drawing.
const (
	widest  = 400
	highest = 200
)

// takesScenario tells a scenario, which has to be built, from a config file and
// a URL, whose load is that of the flags.
func takesScenario(cmd *cobra.Command, args []string) bool {
	if len(args) == 0 || isURL(args[0]) {
		return false
	}
	if filepath.Ext(args[0]) != ".toml" {
		return true
	}
	_ = cmd.Flags().Set("config", args[0]) // a flag that takes any text
	return false
}

// loads are those of the test, or what config file and flags alone describe.
func (a *app) loads(cmd *cobra.Command, o *options) ([]cluster.Load, error) {
	if a.test != nil {
		return a.testLoads(cmd, o)
	}
	p, _, err := a.sketch(cmd, o)
	return p.Loads, err
}

// sketch is the plan of a config file and flags without a test, and the target
// of the file. Its loads are what run would make of them, but for scenarios that
// are not there.
func (a *app) sketch(cmd *cobra.Command, o *options) (p cluster.Plan, defaults Target, err error) {
	file, defaults, err := a.gather(cmd, o)
	if err != nil {
		return p, defaults, err
	}
	common := cluster.Load{Model: cluster.Users, Pattern: pattern.Constant{Level: DefaultUsers, For: DefaultDuration}}
	for _, l := range file.Loads {
		own := common
		own.Scenario = l.Scenario
		p.Loads = append(p.Loads, own)
	}
	if len(p.Loads) == 0 {
		p.Loads = []cluster.Load{common}
	}
	err = o.apply(&p, cmd.Flags(), file, true)
	if err == nil && o.shape.Replaces() {
		a.note(leaveOut(&p)...)
	}
	return p, defaults, err
}

// testLoads are those of the test; what would be sent is not.
func (a *app) testLoads(cmd *cobra.Command, o *options) ([]cluster.Load, error) {
	p, err := a.plan(cmd, o, a.test)
	if err != nil {
		return nil, err
	}
	closePlan(p)
	return p.Loads, nil
}

func drawLoads(w io.Writer, loads []cluster.Load, chart pattern.Chart) {
	for i, l := range loads {
		if i > 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintln(w, heading(l))
		fmt.Fprintln(w)
		for _, line := range chart.Draw(l.Pattern) {
			fmt.Fprintln(w, line)
		}
		fmt.Fprintln(w)
		drawPhases(w, l)
		fmt.Fprintln(w, forecast(l))
	}
}

// drawPhases lists the phases of a load that has several.
func drawPhases(w io.Writer, l cluster.Load) {
	phases := pattern.Phases(l.Pattern)
	if len(phases) < 2 {
		return
	}
	start, name := 8, 20
	for _, ph := range phases {
		start = max(start, len(words(ph.Start+l.Offset)))
		name = max(name, utf8.RuneCountInString(ph.Name))
	}
	for _, ph := range phases {
		fmt.Fprintf(w, "  %*s  %-*s %s\n", start, words(ph.Start+l.Offset), name, ph.Name, course(l.Pattern, ph))
	}
	fmt.Fprintln(w)
}

// course is the level from start over middle to end, as far as it changes.
func course(p pattern.Pattern, ph pattern.Phase) string {
	from, to := level(ph.From), level(ph.To)
	if from != to {
		return from + " -> " + to
	}
	if middle := level(p.At(ph.Start + (ph.End-ph.Start)/2)); middle != from {
		return from + " -> " + middle + " -> " + to
	}
	return from
}

// heading names a load in words.
func heading(l cluster.Load) string {
	unit := "users"
	if l.Model == cluster.Rate {
		unit = "iterations per second"
	}
	text := fmt.Sprintf("%s: %s", unit, pattern.Describe(l.Pattern))
	if l.Scenario != "" {
		text = l.Scenario + ", " + text
	}
	if l.Offset > 0 {
		text += ", after " + words(l.Offset)
	}
	return text
}

func forecast(l cluster.Load) string {
	total := pattern.Integral(l.Pattern, l.Pattern.Duration())
	peak := pattern.Max(l.Pattern)
	if l.Model == cluster.Rate {
		return fmt.Sprintf("forecast: %s iterations in %s, at most %s", about(total), words(l.Pattern.Duration()), pace(peak))
	}
	return fmt.Sprintf("forecast: %s user-seconds in %s, at most %s users", about(total), words(l.Pattern.Duration()), level(peak))
}

// about is count, but for so little that the fraction matters.
func about(f float64) string {
	if f < 10 {
		return level(f)
	}
	return count(f)
}

// pace writes a rate in the unit that makes it a number of at least 1.
func pace(perSecond float64) string {
	switch {
	case perSecond == 0 || perSecond >= 0.995:
		return level(perSecond) + " per second"
	case perSecond*60 >= 0.995:
		return level(perSecond*60) + " per minute"
	}
	return level(perSecond*3600) + " per hour"
}

// count writes a whole number with thousands apart.
func count(f float64) string {
	s := fmt.Sprintf("%.0f", math.Round(f))
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// plural writes a count of things.
func plural(n uint64, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return count(float64(n)) + " " + thing + "s"
}

// level writes two decimals, and of less than 0.1 two digits.
func level(f float64) string {
	if f > 0 && f < 0.1 {
		digits := 1 - int(math.Floor(math.Log10(f)))
		return strings.TrimRight(strconv.FormatFloat(f, 'f', digits, 64), "0")
	}
	return strings.TrimRight(strings.TrimRight(fmt.Sprintf("%.2f", f), "0"), ".")
}

// words writes 2m for 2m0s.
func words(d time.Duration) string {
	s := d.Round(time.Millisecond).String()
	if strings.HasSuffix(s, "m0s") {
		s = s[:len(s)-2]
	}
	if strings.HasSuffix(s, "h0m") {
		s = s[:len(s)-2]
	}
	return s
}

// curvesJSON prints each load with its level at up to 1,000 even steps.
func curvesJSON(w io.Writer, loads []cluster.Load) error {
	type point struct {
		Second float64 `json:"second"`
		Level  float64 `json:"level"`
	}
	type curve struct {
		Scenario string  `json:"scenario,omitempty"`
		Model    string  `json:"model"`
		Pattern  string  `json:"pattern"`
		Duration float64 `json:"duration_s"`
		Peak     float64 `json:"peak"`
		Total    float64 `json:"total"`
		Points   []point `json:"points"`
	}
	out := []curve{}
	for _, l := range loads {
		d := l.Pattern.Duration()
		c := curve{
			Scenario: l.Scenario, Model: model(l), Pattern: pattern.Describe(l.Pattern), Duration: d.Seconds(),
			Peak: pattern.Max(l.Pattern), Total: pattern.Integral(l.Pattern, d),
		}
		for t, v := range pattern.Ticks(l.Pattern, max(d/1000, time.Second)) {
			c.Points = append(c.Points, point{(t + l.Offset).Seconds(), v})
		}
		out = append(out, c)
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(out)
}

func model(l cluster.Load) string {
	if l.Model == cluster.Rate {
		return "rate"
	}
	return "users"
}
