package terminal

import (
	"strings"
	"testing"

	"github.com/loadforge/loadforge/internal/metrics"
)

func TestWorkersHaveRowsOfTheirOwn(t *testing.T) {
	crew := []metrics.WorkerStatus{
		{Name: "near", Requests: 1200, Active: 10, Share: 0.5, CPU: 0.12},
		{ID: 1, Name: "far\x1b[5m", Requests: 800, Lost: true},
		{ID: 2, Requests: 1400, Active: 12, Share: 0.5, CPU: 0.97},
	}
	f := calm()
	draw := func() string {
		s, p := f.second(0)
		p.Workers = crew
		tr := tracker{plan: planOf(f.run)}
		return strings.Join(tr.second(s, p).draw(newLook(false, false), 100, 40), "\n") + "\n"
	}
	golden(t, "workers-1s-100x40", draw())

	crew = nil
	for i := range 9 {
		crew = append(crew, metrics.WorkerStatus{ID: i, Name: "w", Share: 1. / 9})
	}
	text := draw()
	if strings.Count(text, "11%") != mostWorkers || !strings.Contains(text, "and 3 more") {
		t.Errorf("of nine workers it shows\n%s", text)
	}
}
