package metrics

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"
)

// Merge adds what another worker, or other workers, did in the same second. It
// is exact, associative and commutative: counts add up, histograms merge, of
// Health the worst counts. Peaks add up, too: those of several workers are the
// most users there may have been at once. It keeps nothing of o and leaves it as it is. The
// zero Snapshot takes over what is merged into it.
//
// The result is of no single worker: Worker is -1, Epoch and Seq are zero. A
// merged snapshot may have names of many workers; past three times MaxNames
// they count under OtherName. Merging another second is no error, for the sake
// of workers that send several as one: the result spans both.
func (s *Snapshot) Merge(o *Snapshot) {
	s.begin(o)
	for i := range s.grow(o.Loads) {
		s.Loads[i].merge(&o.Loads[i])
	}
	s.Workers += o.Workers
	s.Peak += o.Peak
	s.Covered = min(1, onGrid(s.Covered, coveredGrid)+onGrid(o.Covered, coveredGrid))
	s.combine(o)
	s.Worker, s.Epoch, s.Seq = -1, 0, 0
}

// Follow adds what the same worker or workers did in a later second, so that
// the result spans both: counts add up as in Merge, and levels (users, targets)
// are those at the end. Worker and Epoch stay, Seq is that of o. The zero
// Snapshot takes over what follows it.
func (s *Snapshot) Follow(o *Snapshot) {
	if s.Workers == 0 {
		s.Worker, s.Epoch, s.Covered = o.Worker, o.Epoch, o.Covered
	}
	s.begin(o)
	for i := range s.grow(o.Loads) {
		s.Loads[i].follow(&o.Loads[i])
	}
	s.Workers = max(s.Workers, o.Workers)
	s.Peak = max(s.Peak, o.Peak)
	s.Covered = min(s.Covered, o.Covered)
	s.Seq = o.Seq
	s.combine(o)
}

// begin gives an empty snapshot the time of the one that is added to it.
func (s *Snapshot) begin(o *Snapshot) {
	if s.Workers == 0 {
		s.Second, s.Length = o.Second, o.Length
	}
}

// combine adds what adds up alike over workers and over seconds.
func (s *Snapshot) combine(o *Snapshot) {
	start := min(s.start(), o.start())
	s.Length = max(s.End(), o.End()) - start
	s.Second = min(s.Second, o.Second)
	s.Names = nameTable().merge(s.Names, o.Names)
	s.Checks = checkTable().merge(s.Checks, o.Checks)
	s.Errors = mergeErrors(s.Errors, o.Errors)
	s.Addresses = addressTable().merge(s.Addresses, o.Addresses)
	s.Lag.Merge(&o.Lag)
	s.Health.merge(&o.Health)
}

func (s *Snapshot) start() time.Duration { return time.Duration(s.Second) * time.Second }

// End is the time since the start of the run at which the snapshot ends.
func (s *Snapshot) End() time.Duration { return s.start() + s.Length }

// grow makes s have as many loads as the longer of the two and returns those
// that o has.
func (s *Snapshot) grow(o []LoadStats) []LoadStats {
	for i := len(s.Loads); i < len(o); i++ {
		s.Loads = append(s.Loads, LoadStats{Scenario: o[i].Scenario})
	}
	return o
}

func (l *LoadStats) merge(o *LoadStats) {
	l.Target = onGrid(l.Target, targetGrid) + onGrid(o.Target, targetGrid)
	l.Active += o.Active
	l.Peak += o.Peak
	l.Busy += o.Busy
	l.addCounts(o)
}

func (l *LoadStats) follow(o *LoadStats) {
	l.Target, l.Active, l.Busy = o.Target, o.Active, o.Busy
	l.Peak = max(l.Peak, o.Peak)
	l.addCounts(o)
}

func (l *LoadStats) addCounts(o *LoadStats) {
	l.Scheduled += o.Scheduled
	l.Started += o.Started
	l.Late += o.Late
	l.Dropped += o.Dropped
	l.Finished += o.Finished
	l.Failed += o.Failed
	l.Interrupted += o.Interrupted
	l.SetupFailed += o.SetupFailed
	l.Panics += o.Panics
}

// Fractions are added on a grid of binary fractions, where sums are exact and
// so don't depend on the order.
const (
	targetGrid  = 1 << 20 // exact up to 2^33 users or iterations per second
	coveredGrid = 1 << 40
)

func onGrid(x, grid float64) float64 { return math.Round(x*grid) / grid }

// merge keeps the worse of the two; it is the worst machine that spoils a
// result. Descriptors and ports go with their limits, the fuller one counts.
func (h *Health) merge(o *Health) {
	h.CPU = max(h.CPU, o.CPU)
	h.SchedLatency = max(h.SchedLatency, o.SchedLatency)
	h.GCPause = max(h.GCPause, o.GCPause)
	h.Heap = max(h.Heap, o.Heap)
	h.Goroutines = max(h.Goroutines, o.Goroutines)
	h.ClockGap = max(h.ClockGap, o.ClockGap)
	h.Stall = max(h.Stall, o.Stall)
	if fuller(o.FDs, o.FDLimit, h.FDs, h.FDLimit) {
		h.FDs, h.FDLimit = o.FDs, o.FDLimit
	}
	if fuller(o.PortsInUse, o.PortRange, h.PortsInUse, h.PortRange) {
		h.PortsInUse, h.PortRange = o.PortsInUse, o.PortRange
	}
	h.NamesOverflow += o.NamesOverflow
}

// fuller compares used/limit, in whole numbers as quotients have no exact order.
func fuller(used, limit, than, thanLimit int) bool {
	return cmp.Or(
		cmp.Compare(int64(used)*int64(thanLimit), int64(than)*int64(limit)),
		cmp.Compare(used, than),
		cmp.Compare(limit, thanLimit),
	) > 0
}

func nameTable() table[NameStats] {
	return table[NameStats]{
		limit:   int(numStages) * MaxNames,
		compare: (*NameStats).compare,
		hash:    func(n *NameStats) uint64 { return hashOf(byte(n.Kind), n.Name) },
		blank:   func(n *NameStats) NameStats { return NameStats{Name: n.Name, Kind: n.Kind, Stage: n.Stage} },
		others:  func(n *NameStats) NameStats { return NameStats{Name: OtherName, Kind: n.Kind, Stage: n.Stage} },
		add:     (*NameStats).add,
	}
}

func (n *NameStats) compare(o *NameStats) int {
	return cmp.Or(cmp.Compare(n.Stage, o.Stage), strings.Compare(n.Name, o.Name), cmp.Compare(n.Kind, o.Kind))
}

// add adds the counts of o.
func (n *NameStats) add(o *NameStats) {
	n.Count += o.Count
	for class := range n.ByClass {
		n.ByClass[class] += o.ByClass[class]
	}
	for _, c := range o.Codes {
		n.Codes = countCode(n.Codes, c.Code, c.Count)
	}
	n.BytesOut += o.BytesOut
	n.BytesIn += o.BytesIn
	from := o.histograms()
	for t, h := range n.histograms() {
		if h != nil {
			h.Merge(from[t])
		}
	}
}

func checkTable() table[CheckStats] {
	return table[CheckStats]{
		limit:   MaxChecks,
		compare: func(a, b *CheckStats) int { return strings.Compare(a.Name, b.Name) },
		hash:    func(c *CheckStats) uint64 { return hashOf(0, c.Name) },
		blank:   func(c *CheckStats) CheckStats { return CheckStats{Name: c.Name} },
		others:  func(*CheckStats) CheckStats { return CheckStats{Name: OtherName} },
		add: func(to, from *CheckStats) {
			to.Passed += from.Passed
			to.Failed += from.Failed
		},
	}
}

func mergeErrors(dst, src []ErrorStats) []ErrorStats {
	if len(src) == 0 {
		return dst
	}
	if len(dst) == 0 {
		return slices.Clone(src)
	}
	var set errorSet
	for i := range dst {
		set.merge(&dst[i])
	}
	for i := range src {
		set.merge(&src[i])
	}
	return set.sorted()
}
