package cluster

import (
	"strings"
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/engine"
	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/pattern"
)

func TestShortages(t *testing.T) {
	load := func(model Model, level float64) Load {
		return Load{Model: model, Pattern: pattern.Constant{Level: level, For: time.Minute}}
	}
	tests := []struct {
		name    string
		loads   []Load
		sources int
		limits  metrics.Limits
		workers int
		want    []string // of each note, a part
	}{
		{"enough", []Load{load(Users, 900)}, 0, metrics.Limits{Descriptors: 1024, Ports: 28232}, 1, nil},
		{"nobody knows", []Load{load(Users, 1e6)}, 0, metrics.Limits{}, 1, nil},
		{"descriptors", []Load{load(Users, 1000)}, 0, metrics.Limits{Descriptors: 1024, Ports: 28232}, 1, []string{"ulimit -Hn 1064"}},
		{"descriptors of several loads", []Load{load(Users, 600), load(Users, 600)}, 0, metrics.Limits{Descriptors: 1024}, 1, []string{"--workers 2"}},
		{"enough workers", []Load{load(Users, 1000)}, 0, metrics.Limits{Descriptors: 1024, Ports: 28232}, 2, nil},
		{"the open model grows as it needs", []Load{load(Rate, 1e6)}, 0, metrics.Limits{Descriptors: 1024, Ports: 28232}, 1, nil},
		{"ports", []Load{load(Users, 100_000)}, 0, metrics.Limits{Ports: 28232}, 6, []string{"connect from 4 addresses"}},
		{"enough addresses", []Load{load(Users, 100_000)}, 4, metrics.Limits{Ports: 28232}, 6, nil},
		{"both", []Load{load(Users, 100_000)}, 1, metrics.Limits{Descriptors: 20_000, Ports: 28232}, 1, []string{"--workers 6", "and there are 28232"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := Plan{Plan: engine.Plan{Loads: test.loads}, Sources: test.sources}
			got := p.Shortages(test.limits, test.workers)
			if len(got) != len(test.want) {
				t.Fatalf("got %q, want %d notes", got, len(test.want))
			}
			for i, want := range test.want {
				if !strings.Contains(got[i], want) {
					t.Errorf("note %q does not say %q", got[i], want)
				}
			}
		})
	}
}
