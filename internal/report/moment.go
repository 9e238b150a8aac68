package report

import (
	"github.com/loadforge/loadforge/internal/hdr"
	"github.com/loadforge/loadforge/internal/metrics"
)

// A moment is one second of all workers: the sums that the time series is
// made of. Requests are those of the main stage.
type moment struct {
	second    int
	users     float64 // the closed loads' target
	rate      float64 // the open loads' target, iterations per second
	active    int
	scheduled uint64
	started   uint64
	dropped   uint64
	requests  uint64
	errors    uint64
	bytesIn   uint64
	response  hdr.Histogram
	service   hdr.Histogram
	models    []string // of the loads, in plan order
}

// take makes m what a snapshot holds.
func (m *moment) take(s *metrics.Snapshot) {
	models := m.models
	m.response.Reset()
	m.service.Reset()
	*m = moment{second: s.Second, response: m.response, service: m.service, models: models}
	for i := range s.Loads {
		m.takeLoad(i, &s.Loads[i])
	}
	for i := range s.Names {
		if n := &s.Names[i]; n.Stage == metrics.Main && n.Kind == metrics.Request {
			m.takeName(n)
		}
	}
}

func (m *moment) takeLoad(i int, l *metrics.LoadStats) {
	if i < len(m.models) && m.models[i] == "rate" {
		m.rate += l.Target
	} else {
		m.users += l.Target
	}
	m.active += l.Active
	m.scheduled += l.Scheduled
	m.started += l.Started
	m.dropped += l.Dropped
}

func (m *moment) takeName(n *metrics.NameStats) {
	m.requests += n.Count
	m.errors += n.Errors()
	m.bytesIn += n.BytesIn
	m.response.Merge(&n.Response)
	m.service.Merge(&n.Service)
}
