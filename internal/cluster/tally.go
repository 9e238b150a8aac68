package cluster

import "github.com/loadforge/loadforge/internal/metrics"

// A tally is what the coordinator shows of one worker.
type tally struct {
	requests uint64
	second   int // that the following are of
	active   int
	cpu      float64
}

// tallyOf counts one snapshot of a worker.
func tallyOf(s *metrics.Snapshot) tally {
	t := tally{second: s.Second, cpu: s.Health.CPU}
	for i := range s.Loads {
		t.active += s.Loads[i].Active
	}
	for i := range s.Names {
		if n := &s.Names[i]; n.Stage == metrics.Main && n.Kind == metrics.Request {
			t.requests += n.Count
		}
	}
	return t
}

// follow adds a further snapshot, which may be of an earlier second.
func (t *tally) follow(next tally) {
	next.requests += t.requests
	if next.second < t.second {
		next.second, next.active, next.cpu = t.second, t.active, t.cpu
	}
	*t = next
}

// statuses says how each worker fares.
func (c *coordinator) statuses() []metrics.WorkerStatus {
	workers := make([]metrics.WorkerStatus, 0, len(c.members))
	for _, m := range c.members {
		s := metrics.WorkerStatus{
			ID: m.index, Name: m.name, Requests: m.tally.requests, Lost: m.lost != "",
		}
		if c.started() {
			s.Share = c.share(m)
		}
		if m.active() {
			s.Active, s.CPU = m.tally.active, m.tally.cpu
		}
		workers = append(workers, s)
	}
	return workers
}
