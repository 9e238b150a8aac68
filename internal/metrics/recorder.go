package metrics

import (
	"cmp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// A RecorderConfig says how a worker records. The zero value works.
type RecorderConfig struct {
	Worker int
	Epoch  uint32
	// Shards is how many shards there are; zero means four a processor.
	Shards int
	// Loads names the scenarios of the plan's loads, in plan order.
	Loads []string
	// Target returns the level of a load's pattern at a time of the run, this
	// worker's share of it. Nil means 0.
	Target func(load int, at time.Duration) float64
	// Health is asked once for each snapshot; see [Sampler]. Nil means unknown.
	Health func() Health
	// Redact takes out of names, errors and details what nobody should read. It
	// must be quick where there is nothing. Nil leaves them as they are.
	Redact func(string) string
}

// A Recorder turns what happens on one worker into a [Snapshot] a second. Users
// record into its shards; one goroutine collects. All methods are safe for
// concurrent use.
type Recorder struct {
	config    RecorderConfig
	names     *names
	checks    *names
	addresses *names
	shards    []Shard
	// Users alive now, by load and in all. Levels at the ends of seconds don't
	// tell how many there were in between.
	alive    []atomic.Int64
	everyone atomic.Int64

	mu     sync.Mutex // held while collecting
	seq    uint64
	next   int         // the second after the last one collected
	levels []LoadStats // Active and Busy, carried on from second to second
	places []int32     // by slot: its place in the snapshot being made
}

// NewRecorder returns a recorder for a run with these loads.
func NewRecorder(c RecorderConfig) *Recorder {
	if c.Shards <= 0 {
		c.Shards = 4 * runtime.GOMAXPROCS(0)
	}
	c.Loads = slices.Clone(c.Loads)
	r := &Recorder{
		config:    c,
		names:     newNames(MaxNames, name{OtherName, Request}, name{OtherName, Group}),
		checks:    newNames(MaxChecks, name{text: OtherName}),
		addresses: newNames(MaxAddresses, name{text: OtherName}),
		shards:    make([]Shard, c.Shards),
		levels:    make([]LoadStats, len(c.Loads)),
		alive:     make([]atomic.Int64, len(c.Loads)),
	}
	for i := range r.shards {
		r.shards[i].recorder = r
		r.shards[i].collected = -1
	}
	for i, scenario := range c.Loads {
		r.levels[i].Scenario = clean(scenario, MaxName)
	}
	return r
}

// Shard returns the shard of user i, for any i. A user keeps it for its life.
func (r *Recorder) Shard(i int) *Shard { return &r.shards[uint(i)%uint(len(r.shards))] }

// Name returns the number that stands for a name of a kind in samples. Callers
// keep it. Names are made fit to be shown, and an empty one becomes Unnamed.
// When there are MaxNames already, the number is that of OtherName, and what is
// counted under it shows in Health.NamesOverflow.
func (r *Recorder) Name(text string, kind Kind) NameID {
	return NameID(r.names.id(name{r.redact(text), kind}, uint32(min(kind, Group))))
}

// Check returns the number that stands for a check; see Name.
func (r *Recorder) Check(text string) CheckID {
	return CheckID(r.checks.id(name{text: r.redact(text)}, 0))
}

func (r *Recorder) redact(text string) string {
	if r.config.Redact == nil {
		return text
	}
	return r.config.Redact(text)
}

// Refused returns up to three of the names that came when there were MaxNames
// already. A path template in their place keeps names few.
func (r *Recorder) Refused() []string { return r.names.examples() }

// Collect returns what was counted in a second, and what came late for those
// before. Call it for each second in turn, a little after its end, so that
// samples in the making are in; those that still come later count in the next
// one. The snapshot is the caller's.
func (r *Recorder) Collect(second int) *Snapshot {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.collect(second, time.Second, false)
}

// Finish returns all that is left, when the run has ended after elapsed and
// nothing records any more. It counts in the second the run ended in, or, if
// that was collected before, in the one after. It returns nil if nothing is
// left of a run that ended with a second.
func (r *Recorder) Finish(elapsed time.Duration) *Snapshot {
	r.mu.Lock()
	defer r.mu.Unlock()
	last := max(int((elapsed-1)/time.Second), r.next)
	length := min(elapsed-time.Duration(last)*time.Second, time.Second)
	s := r.collect(last, max(length, minLength), true)
	if length <= 0 && s.empty() {
		return nil
	}
	return s
}

// minLength is the length of a snapshot that has none, so that rates are finite.
const minLength = time.Millisecond

// empty reports whether nothing was counted.
func (s *Snapshot) empty() bool {
	none := len(s.Names) == 0 && len(s.Checks) == 0 && len(s.Errors) == 0 && len(s.Addresses) == 0 && s.Lag.Count() == 0
	for i := range s.Loads {
		l := &s.Loads[i]
		none = none && l.Scheduled|l.Started|l.Late|l.Dropped|l.Finished|
			l.Failed|l.Interrupted|l.SetupFailed|l.Panics == 0
	}
	return none
}

// collect makes a snapshot of all pages up to and including a second, or of all
// there are.
func (r *Recorder) collect(second int, length time.Duration, all bool) *Snapshot {
	taken := make([][]*page, len(r.shards))
	for i := range r.shards {
		taken[i] = r.shards[i].detach(int64(second), all)
	}
	s := r.snapshot(slices.Concat(taken...), second, length)
	for i := range r.shards {
		for _, p := range taken[i] {
			p.reset()
		}
		r.shards[i].release(taken[i])
	}
	return s
}

func (r *Recorder) snapshot(pages []*page, second int, length time.Duration) *Snapshot {
	s := &Snapshot{
		Worker:  r.config.Worker,
		Epoch:   r.config.Epoch,
		Seq:     r.seq,
		Second:  second,
		Length:  length,
		Workers: 1,
		Covered: 1,
	}
	r.seq++
	r.next = max(r.next, second+1)
	s.Names = r.collectNames(pages)
	s.Checks = r.collectChecks(pages)
	s.Errors = collectErrors(pages)
	s.Addresses = r.collectAddresses(pages)
	s.Peak = r.collectPeak(pages)
	s.Loads = r.collectLoads(pages, s.End())
	s.Peak = max(s.Peak, activeOf(s.Loads))
	for _, p := range pages {
		p.lag.MergeInto(&s.Lag)
	}
	s.Health = r.health(s)
	return s
}

func (r *Recorder) health(s *Snapshot) Health {
	var h Health
	if r.config.Health != nil {
		h = r.config.Health()
	}
	h.NamesOverflow = 0
	for i := range s.Names {
		if s.Names[i].Name == OtherName {
			h.NamesOverflow += s.Names[i].Count
		}
	}
	return h
}

// collectNames adds up the cells of equal slots.
func (r *Recorder) collectNames(pages []*page) []NameStats {
	list := r.names.all()
	stats := r.placeNames(pages, list)
	for _, p := range pages {
		for _, slot := range p.seen {
			p.cells[slot].addTo(&stats[r.places[slot]])
		}
	}
	return stats
}

// placeNames makes an entry for every slot that was seen, in the order of a
// snapshot, and notes its place.
func (r *Recorder) placeNames(pages []*page, list []name) []NameStats {
	if want := len(list) * int(numStages); len(r.places) < want {
		r.places = make([]int32, want)
	}
	clear(r.places)
	slots := r.seen(pages)
	keys := make([]placed, len(slots))
	for i, slot := range slots {
		keys[i] = placed{slot, Stage(uint(slot) % numStages), list[uint(slot)/numStages]}
	}
	slices.SortFunc(keys, placed.compare)
	stats := make([]NameStats, len(keys))
	for i, k := range keys {
		stats[i].Stage, stats[i].Name, stats[i].Kind = k.stage, k.name.text, k.name.kind
		r.places[k.slot] = int32(i)
	}
	return stats
}

// seen returns the slots that have samples on any of the pages, each once.
func (r *Recorder) seen(pages []*page) (slots []uint32) {
	const met = 1
	for _, p := range pages {
		for _, slot := range p.seen {
			if r.places[slot] != met {
				r.places[slot] = met
				slots = append(slots, slot)
			}
		}
	}
	return slots
}

// placed is a slot with what it is sorted by; the order is that of
// NameStats.compare, without the weight of its histograms.
type placed struct {
	slot  uint32
	stage Stage
	name  name
}

func (k placed) compare(o placed) int {
	return cmp.Or(
		cmp.Compare(k.stage, o.stage),
		strings.Compare(k.name.text, o.name.text),
		cmp.Compare(k.name.kind, o.name.kind),
	)
}

func (r *Recorder) collectChecks(pages []*page) []CheckStats {
	var sums []CheckStats
	for i, n := range r.checks.all() {
		sum := CheckStats{Name: n.text}
		for _, p := range pages {
			if i < len(p.checks) {
				sum.Passed += uint64(p.checks[i].passed)
				sum.Failed += uint64(p.checks[i].failed)
			}
		}
		if sum.Passed+sum.Failed > 0 {
			sums = append(sums, sum)
		}
	}
	slices.SortFunc(sums, func(a, b CheckStats) int { return checkTable().compare(&a, &b) })
	return sums
}

func collectErrors(pages []*page) []ErrorStats {
	var set errorSet
	for _, p := range pages {
		for _, g := range p.errors.groups {
			set.merge(&g.ErrorStats)
		}
		for _, e := range p.errors.others {
			set.merge(e)
		}
	}
	return set.sorted()
}

// collectPeak returns the most users alive at once: of those there were before
// the second, or as users who came in it found.
func (r *Recorder) collectPeak(pages []*page) int {
	most := activeOf(r.levels)
	for _, p := range pages {
		most = max(most, int(p.peak))
	}
	return most
}

// activeOf counts the users of all loads.
func activeOf(loads []LoadStats) (users int) {
	for i := range loads {
		users += loads[i].Active
	}
	return users
}

func (r *Recorder) collectLoads(pages []*page, end time.Duration) []LoadStats {
	loads := slices.Clone(r.levels)
	for i := range loads {
		loads[i].Peak = loads[i].Active
		for _, p := range pages {
			p.loads[i].addTo(&loads[i])
		}
		loads[i].Peak = max(loads[i].Peak, loads[i].Active)
		r.levels[i].Active, r.levels[i].Busy = loads[i].Active, loads[i].Busy
		if r.config.Target != nil {
			loads[i].Target = r.config.Target(i, end)
		}
	}
	return loads
}
