package page

import (
	"strconv"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
)

func shapeOfRun(r *metrics.Run) runShape {
	settings := map[string]string{}
	for name, value := range r.Settings {
		settings[Clean(name)] = Clean(value)
	}
	return runShape{
		ID:       Clean(r.ID),
		Test:     Clean(r.Test),
		Version:  Clean(r.Version),
		Host:     Clean(r.Host),
		Target:   Clean(r.Target),
		Started:  r.Start.UTC().Format(time.RFC3339Nano),
		Duration: seconds(r.Duration),
		Warmup:   seconds(r.Warmup),
		Seed:     strconv.FormatUint(r.Seed, 10),
		Workers:  r.Workers,
		Settings: settings,
	}
}

func shapesOfLoads(loads []metrics.Load) []loadShape {
	list := make([]loadShape, len(loads))
	for i := range loads {
		list[i] = shapeOfLoad(&loads[i])
	}
	return list
}

func shapeOfLoad(l *metrics.Load) loadShape {
	shape := loadShape{
		Scenario: Clean(l.Scenario),
		Model:    l.Model,
		Pattern:  Clean(l.Pattern),
		Offset:   seconds(l.Offset),
		Duration: seconds(l.Duration),
		Peak:     decimals(l.Peak, 6),
		MaxUsers: l.MaxUsers,
		Phases:   []phaseShape{},
		Curve:    []float64{},
	}
	for _, p := range l.Phases {
		shape.Phases = append(shape.Phases, phaseShape{
			Name: Clean(p.Name), Start: seconds(p.Start), End: seconds(p.End), From: decimals(p.From, 6), To: decimals(p.To, 6),
		})
	}
	for _, level := range l.Curve {
		shape.Curve = append(shape.Curve, decimals(level, 3))
	}
	return shape
}
