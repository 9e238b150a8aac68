package store

import (
	"encoding/json"
	"fmt"
	"math"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
)

// Schema is the version of run.json and of the log. It rises when a reader of
// the version before would misread them; what such a reader may skip doesn't
// raise it.
const Schema = 1

// runRecord is run.json: a metrics.Run under names that last.
type runRecord struct {
	Schema     int               `json:"schema"`
	ID         string            `json:"run_id"`
	PID        int               `json:"pid"` // of the process that writes the run
	Test       string            `json:"test"`
	Version    string            `json:"version"`
	Host       string            `json:"host"`
	Target     string            `json:"target"`
	Start      time.Time         `json:"started"`
	Duration   time.Duration     `json:"duration_ns"`
	Warmup     time.Duration     `json:"warmup_ns"`
	Seed       uint64            `json:"seed"`
	Workers    int               `json:"workers"`
	Loads      []loadRecord      `json:"loads"`
	Thresholds json.RawMessage   `json:"thresholds"` // rules as text
	Settings   map[string]string `json:"settings,omitempty"`
}

type loadRecord struct {
	Scenario string        `json:"scenario"`
	Model    string        `json:"model"`
	Pattern  string        `json:"pattern"`
	Offset   time.Duration `json:"offset_ns"`
	Duration time.Duration `json:"duration_ns"`
	Peak     float64       `json:"peak"`
	MaxUsers int           `json:"max_users,omitempty"`
	Phases   []phaseRecord `json:"phases,omitempty"`
	Curve    []float64     `json:"curve,omitempty"`
}

type phaseRecord struct {
	Name  string        `json:"name"`
	Start time.Duration `json:"start_ns"`
	End   time.Duration `json:"end_ns"`
	From  float64       `json:"from"`
	To    float64       `json:"to"`
}

// encodeRun returns run.json.
func encodeRun(run metrics.Run, pid int) ([]byte, error) {
	thresholds, err := json.Marshal(run.Thresholds)
	if err != nil {
		return nil, fmt.Errorf("encoding thresholds: %w", err)
	}
	record := runRecord{
		Schema:     Schema,
		ID:         run.ID,
		PID:        pid,
		Test:       run.Test,
		Version:    run.Version,
		Host:       run.Host,
		Target:     run.Target,
		Start:      run.Start.UTC().Round(0),
		Duration:   run.Duration,
		Warmup:     run.Warmup,
		Seed:       run.Seed,
		Workers:    run.Workers,
		Loads:      make([]loadRecord, len(run.Loads)),
		Thresholds: thresholds,
		Settings:   run.Settings,
	}
	for i := range run.Loads {
		record.Loads[i] = recordOf(&run.Loads[i])
	}
	b, err := json.MarshalIndent(&record, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encoding the run: %w", err)
	}
	return append(b, '\n'), nil
}

func recordOf(l *metrics.Load) loadRecord {
	record := loadRecord{
		Scenario: l.Scenario,
		Model:    l.Model,
		Pattern:  l.Pattern,
		Offset:   l.Offset,
		Duration: l.Duration,
		Peak:     finite(l.Peak),
		MaxUsers: l.MaxUsers,
	}
	for _, p := range l.Phases {
		record.Phases = append(record.Phases, phaseRecord{
			Name: p.Name, Start: p.Start, End: p.End, From: finite(p.From), To: finite(p.To),
		})
	}
	for _, level := range l.Curve {
		record.Curve = append(record.Curve, finite(level))
	}
	return record
}

// finite is x, or 0 where JSON has no number for it.
func finite(x float64) float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return 0
	}
	return x
}

// decodeRun reads run.json, and which process wrote it.
func decodeRun(b []byte) (run metrics.Run, pid int, err error) {
	var record runRecord
	if err := json.Unmarshal(b, &record); err != nil {
		return run, 0, fmt.Errorf("decoding the run: %w", err)
	}
	if record.Schema != Schema {
		return run, 0, fmt.Errorf("the run has format %d, this version reads format %d", record.Schema, Schema)
	}
	run = metrics.Run{
		ID:       record.ID,
		Test:     record.Test,
		Version:  record.Version,
		Host:     record.Host,
		Target:   record.Target,
		Start:    record.Start,
		Duration: record.Duration,
		Warmup:   record.Warmup,
		Seed:     record.Seed,
		Workers:  record.Workers,
		Settings: record.Settings,
	}
	for i := range record.Loads {
		run.Loads = append(run.Loads, record.Loads[i].load())
	}
	if len(record.Thresholds) > 0 {
		if err := json.Unmarshal(record.Thresholds, &run.Thresholds); err != nil {
			return run, 0, fmt.Errorf("decoding thresholds: %w", err)
		}
	}
	return run, record.PID, nil
}

func (l *loadRecord) load() metrics.Load {
	load := metrics.Load{
		Scenario: l.Scenario,
		Model:    l.Model,
		Pattern:  l.Pattern,
		Offset:   l.Offset,
		Duration: l.Duration,
		Peak:     l.Peak,
		MaxUsers: l.MaxUsers,
		Curve:    l.Curve,
	}
	for _, p := range l.Phases {
		load.Phases = append(load.Phases, metrics.Phase{
			Name: p.Name, Start: p.Start, End: p.End, From: p.From, To: p.To,
		})
	}
	return load
}
