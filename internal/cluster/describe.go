package cluster

import (
	"time"

	"github.com/loadforge/loadforge/internal/engine"
	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/pattern"
)

// curvePoints is how many points of a pattern sinks get to draw.
const curvePoints = 601

// Describe returns what sinks are told of the plan before the start.
func Describe(plan *Plan, start time.Time, workers int) metrics.Run {
	run := plan.Run
	if run.Test == "" {
		run.Test = plan.Name
	}
	run.Start, run.Workers, run.Seed = start, workers, plan.Seed
	run.Thresholds = plan.Thresholds
	run.Duration, run.Warmup = plan.Duration(), plan.Warmup
	run.Loads = nil
	for i := range plan.Loads {
		run.Loads = append(run.Loads, describeLoad(&plan.Loads[i]))
	}
	return run
}

func describeLoad(l *Load) metrics.Load {
	load := metrics.Load{
		Scenario: l.Scenario,
		Model:    modelName(l.Model),
		Pattern:  pattern.Describe(l.Pattern),
		Offset:   l.Offset,
		Duration: l.Pattern.Duration(),
		Peak:     pattern.Max(l.Pattern),
		MaxUsers: maxUsers(l),
		Curve:    curve(l.Pattern),
	}
	for _, p := range pattern.Phases(l.Pattern) {
		load.Phases = append(load.Phases, metrics.Phase{
			Name: p.Name, Start: l.Offset + p.Start, End: l.Offset + p.End, From: p.From, To: p.To,
		})
	}
	return load
}

// maxUsers is the limit of a load's pool of users, zero in the closed model.
func maxUsers(l *Load) int {
	switch {
	case l.Model != Rate:
		return 0
	case l.MaxUsers == 0:
		return engine.DefaultMaxUsers
	}
	return l.MaxUsers
}

func modelName(m Model) string {
	if m == Rate {
		return "rate"
	}
	return "users"
}

// curve returns the level at evenly spaced times, both ends included. A pattern
// is zero from its duration on, so the last point is that just before.
func curve(p pattern.Pattern) []float64 {
	duration := p.Duration()
	points := make([]float64, min(curvePoints, int64(duration)+1))
	steps := time.Duration(len(points) - 1)
	for i := range points {
		// Dividing first keeps the product within range for any duration.
		at := duration/max(1, steps)*time.Duration(i) + duration%max(1, steps)*time.Duration(i)/max(1, steps)
		points[i] = p.At(min(at, duration-1))
	}
	return points
}
