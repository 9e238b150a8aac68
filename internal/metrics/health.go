package metrics

import (
	"time"

	"github.com/loadforge/loadforge/internal/hdr"
)

// healthTotal adds up the generator's health over a run. The zero value counts
// from the first second.
type healthTotal struct {
	worst Health
	sum   HealthSummary
	cpu   float64
	// covered has the share of workers that reported, for the seconds from
	// next on. All before next are complete.
	covered map[int]float64
	start   int
	next    int
	last    int
}

// add adds the health of a snapshot. Response is of all its requests.
func (t *healthTotal) add(s *Snapshot, response *hdr.Histogram) {
	t.worst.merge(&s.Health)
	for i := range s.Names {
		t.sum.Generator += s.Names[i].ByClass[Generator]
	}
	if s.Health.Stall >= MinStall {
		t.sum.Stalled += s.Health.Stall
	}
	fresh := t.cover(s)
	if fresh == 0 {
		return
	}
	t.sum.Seconds += fresh
	t.cpu += s.Health.CPU * float64(fresh)
	if s.Health.CPU > BusyCPU {
		t.sum.Busy += fresh
	} else if s.Health.SchedLatency < LongWait {
		return
	}
	if matters(s.Health.SchedLatency, time.Duration(response.Quantile(0.5)), WaitShare) {
		t.sum.Strained += fresh
	}
}

// cover notes which seconds a snapshot covers and returns how many of them are
// new. A Covered of zero is that of a snapshot nobody rated: complete.
func (t *healthTotal) cover(s *Snapshot) (fresh int) {
	const most = 3600 // seconds; no worker sends more as one
	share := s.Covered
	if share == 0 {
		share = 1
	}
	end := s.Second + min(most, max(1, int((s.Length+time.Second-1)/time.Second)))
	for second := max(s.Second, t.next); second < end; second++ {
		if t.covered == nil {
			t.covered = make(map[int]float64)
		}
		if t.covered[second] == 0 {
			fresh++
		}
		t.covered[second] += share
	}
	for complete(t.covered[t.next]) {
		delete(t.covered, t.next)
		t.next++
	}
	t.last = max(t.last, end)
	return fresh
}

// complete reports whether all workers reported; shares like a third don't add
// up to 1 exactly.
func complete(covered float64) bool { return covered > 1-1e-9 }

func (t *healthTotal) summary() HealthSummary {
	h, w := t.sum, &t.worst
	h.CPUMean = ratio(t.cpu, float64(h.Seconds))
	h.CPUPeak = w.CPU
	h.SchedP99Peak = w.SchedLatency
	h.GCPauseMax = w.GCPause
	h.HeapPeak = w.Heap
	h.FDsPeak, h.FDLimit = w.FDs, w.FDLimit
	h.PortsPeak, h.PortRange = w.PortsInUse, w.PortRange
	h.StallMax = w.Stall
	h.ClockGapMax = w.ClockGap
	h.NamesOverflow = w.NamesOverflow
	for _, covered := range t.covered {
		if !complete(covered) {
			h.Partial++
		}
	}
	if h.Seconds > 0 {
		h.Missing = t.last - t.start - h.Seconds
	}
	return h
}
