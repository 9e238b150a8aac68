package config

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/loadforge/loadforge/pattern"
)

// A Shape is what flags say about the load. Given tells by flag name which of
// them were set; what was not set has the default of the command line.
type Shape struct {
	Users         float64
	Rate          float64 // iterations per second
	Duration      time.Duration
	Pattern       string // constant, ramp, step, spike, diurnal
	RampTo        float64
	StepSize      float64
	StepDuration  time.Duration // zero: a fifth of the duration
	SpikeTo       float64
	SpikeDuration time.Duration // zero: a fifth of the duration
	Low           float64       // a fifth of the level if it was not given
	Period        time.Duration // zero: the duration
	Given         map[string]bool
}

// Names of the patterns that flags can describe.
func patternNames() []string { return []string{"constant", "ramp", "step", "spike", "diurnal"} }

// owners tells which pattern a flag belongs to.
func owners() map[string]string {
	return map[string]string{
		"ramp-to": "ramp", "step-size": "step", "step-duration": "step",
		"spike-to": "spike", "spike-duration": "spike", "low": "diurnal", "period": "diurnal",
	}
}

// Replaces says whether the flags describe a load of their own, not only how
// long the scenario's own shall last.
func (s Shape) Replaces() bool {
	_, named := s.named()
	return named || s.Given["users"] || s.Given["rate"]
}

// Open says whether the level is a rate instead of users.
func (s Shape) Open() bool { return s.Given["rate"] }

// Curve returns the pattern that the flags describe.
func (s Shape) Curve() (pattern.Pattern, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	p := s.build()
	if err := pattern.Validate(p); err != nil {
		return nil, fmt.Errorf("%s: %w", s.kind(), err)
	}
	return p, nil
}

// Takes says whether a weaker voice, such as the config file, may add a setting
// to what was given. A model that was given keeps the other one out, and a
// pattern that was named keeps out other patterns and their parameters.
func (s Shape) Takes(setting string) bool {
	if s.Given[setting] || setting == "users" && s.Given["rate"] || setting == "rate" && s.Given["users"] {
		return false
	}
	kind, named := s.named()
	owner, parameter := owners()[setting]
	return !named || setting != "pattern" && (!parameter || owner == kind)
}

// named is the pattern asked for; a parameter names its pattern as well.
func (s Shape) named() (kind string, ok bool) {
	if s.Given["pattern"] {
		return s.Pattern, true
	}
	for _, flag := range slices.Sorted(maps.Keys(owners())) {
		if s.Given[flag] {
			return owners()[flag], true
		}
	}
	return "", false
}

func (s Shape) kind() string {
	if kind, ok := s.named(); ok {
		return kind
	}
	return "constant"
}

func (s Shape) check() error {
	var errs []error
	if s.Given["users"] && s.Given["rate"] {
		errs = append(errs, errors.New("--users and --rate exclude each other: concurrent users, or iterations started per second"))
	}
	if s.Users < 0 || s.Users != math.Trunc(s.Users) {
		errs = append(errs, fmt.Errorf("--users must be a whole number of at least 0, is %v", s.Users))
	}
	kind := s.kind()
	if !slices.Contains(patternNames(), kind) {
		hint := ""
		if near := Suggest(kind, patternNames()); near != "" {
			hint = fmt.Sprintf(" (did you mean %q?)", near)
		}
		return errors.Join(append(errs, fmt.Errorf("--pattern must be one of %s, is %q%s", strings.Join(patternNames(), ", "), kind, hint))...)
	}
	for _, flag := range slices.Sorted(maps.Keys(owners())) {
		if owner := owners()[flag]; s.Given[flag] && owner != kind {
			errs = append(errs, fmt.Errorf("--%s belongs to --pattern %s, but the pattern is %s", flag, owner, kind))
		}
	}
	for kindOf, flag := range map[string]string{"ramp": "ramp-to", "step": "step-size", "spike": "spike-to"} {
		if kind == kindOf && !s.Given[flag] {
			errs = append(errs, fmt.Errorf("--pattern %s needs --%s", kind, flag))
		}
	}
	if s.Duration <= 0 {
		errs = append(errs, fmt.Errorf("--duration must be positive, is %s", s.Duration))
	}
	return errors.Join(errs...)
}

func (s Shape) level() float64 {
	if s.Open() {
		return s.Rate
	}
	return s.Users
}

func (s Shape) build() pattern.Pattern {
	level := s.level()
	switch s.kind() {
	case "ramp":
		return pattern.Ramp{From: level, To: s.RampTo, For: s.Duration}
	case "step":
		return pattern.Step{From: level, By: s.StepSize, Every: s.orFifth(s.StepDuration), For: s.Duration}
	case "spike":
		return s.spike(level)
	case "diurnal":
		low := level / 5
		if s.Given["low"] {
			low = s.Low
		}
		period := s.Period
		if period == 0 {
			period = s.Duration
		}
		return pattern.Diurnal{Low: low, High: level, Period: period, PeakAt: period / 2, For: s.Duration}
	}
	return pattern.Constant{Level: level, For: s.Duration}
}

// spike rises after a third of the time around it, so that there is a before
// to compare with and more of an after to recover in. Rise and fall take a
// tenth of the burst each.
func (s Shape) spike(level float64) pattern.Pattern {
	burst := min(s.orFifth(s.SpikeDuration), s.Duration)
	start := (s.Duration - burst) / 3
	edge := burst / 10
	p := pattern.Spike{
		Base: level, Peak: s.SpikeTo, Start: start, Rise: edge, Hold: burst - 2*edge, Fall: edge,
		SettleFor: s.Duration - burst - start,
	}
	return p
}

func (s Shape) orFifth(d time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return s.Duration / 5
}

// Override puts what the flags say in the place of the loads of a scenario.
//
// Flags that describe a load replace all of them; with several scenarios each
// keeps its share, in proportion to the peaks of its own loads. Shares of users
// are whole, so that of fewer users than scenarios some get none. A duration
// alone stretches or compresses everything alike.
func Override(own []Load, s Shape) ([]Load, error) {
	if !s.Replaces() {
		if s.Given["duration"] {
			return stretch(own, s.Duration)
		}
		return own, nil
	}
	curve, err := s.Curve()
	if err != nil {
		return nil, err
	}
	if len(own) == 1 {
		return []Load{{Scenario: own[0].Scenario, Open: s.Open(), Pattern: curve, MaxUsers: own[0].MaxUsers, Times: own[0].Times}}, nil
	}
	peak := pattern.Max(curve)
	out := make([]Load, len(own))
	for i, part := range shares(own, peak, s.Open()) {
		out[i] = own[i]
		out[i].Open, out[i].Offset = s.Open(), 0
		out[i].Pattern = scaled(curve, part, peak)
	}
	return out, nil
}

// scaled gives a scenario its part of a curve, in the simplest words.
func scaled(curve pattern.Pattern, part, peak float64) pattern.Pattern {
	if peak == 0 {
		return curve // of which every part is nothing
	}
	if part == 0 {
		return pattern.Constant{For: curve.Duration()}
	}
	switch c := curve.(type) {
	case pattern.Constant:
		c.Level = part
		return c
	case pattern.Ramp:
		c.From, c.To = c.From*part/peak, c.To*part/peak
		return c
	}
	return pattern.Scale{Of: curve, By: part / peak}
}

// shares splits a level in proportion to the loads' own peaks. Users are split
// by the largest remainder, each scenario getting at least one if there are
// enough of them.
func shares(own []Load, level float64, open bool) []float64 {
	weights, sum := make([]float64, len(own)), 0.0
	for i, l := range own {
		weights[i] = max(pattern.Max(l.Pattern), 1e-9)
		sum += weights[i]
	}
	parts := make([]float64, len(own))
	for i := range parts {
		parts[i] = level * weights[i] / sum
	}
	if open {
		return parts
	}
	return wholes(parts, level)
}

func wholes(parts []float64, level float64) []float64 {
	out, left := make([]float64, len(parts)), float64(pattern.Whole(level))
	least := 1.0
	if left < float64(len(parts)) {
		least = 0
	}
	for i, p := range parts {
		out[i] = max(math.Floor(p), least)
		left -= out[i]
	}
	order := make([]int, len(parts))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Compare(parts[b]-out[b], parts[a]-out[a])
	})
	for i := 0; left > 0; i, left = i+1, left-1 {
		out[order[i%len(order)]]++
	}
	for left < 0 { // giving everyone at least one took too many
		out[slices.Index(out, slices.Max(out))]--
		left++
	}
	return out
}

// stretch makes all loads together last d.
func stretch(own []Load, d time.Duration) ([]Load, error) {
	if d <= 0 {
		return nil, fmt.Errorf("--duration must be positive, is %s", d)
	}
	var total time.Duration
	for _, l := range own {
		total = max(total, l.Offset+l.Pattern.Duration())
	}
	if total <= 0 {
		return own, nil // the plan's own check names the mistake
	}
	factor := float64(d) / float64(total)
	out := slices.Clone(own)
	for i, l := range own {
		out[i].Offset = time.Duration(float64(l.Offset) * factor)
		out[i].Pattern = resized(l.Pattern, time.Duration(math.Round(float64(l.Pattern.Duration())*factor)))
	}
	return out, nil
}

// resized keeps the words of simple patterns simple.
func resized(p pattern.Pattern, d time.Duration) pattern.Pattern {
	switch p := p.(type) {
	case pattern.Constant:
		p.For = d
		return p
	case pattern.Ramp:
		p.For = d
		return p
	}
	return pattern.Stretch{Of: p, To: d}
}
