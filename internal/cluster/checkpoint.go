package cluster

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"math"
	"slices"
	"sync/atomic"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
)

// A Keeper is a sink that keeps, beside the seconds it was given, what a new
// coordinator needs to go on where this one was: both together are a
// checkpoint. It must be atomic: after a crash the sink has the seconds that it
// had when it kept the state, neither more nor fewer.
type Keeper interface {
	Sink
	// Keep is called from the sink's goroutine, after the seconds before it.
	// When it returns, state and seconds survive a crash.
	Keep(state []byte) error
}

// A Resume is what a new coordinator needs to go on with the run of one that
// died.
type Resume struct {
	// State is what a [Keeper] kept last.
	State []byte
	// Seconds are those it had been given by then, parts of seconds included,
	// in their order.
	Seconds iter.Seq2[*metrics.Snapshot, error]
}

// stateVersion is that of the state below.
const stateVersion = 1

// A state is what a coordinator knows, besides the seconds it has given out.
type state struct {
	Version     int           `json:"version"`
	Plan        string        `json:"plan"`
	Seed        uint64        `json:"seed"`
	Start       time.Time     `json:"start"`
	Position    uint64        `json:"position"`
	Given       int           `json:"given"` // seconds and parts
	Epochs      []Epoch       `json:"epochs"`
	Members     []memberState `json:"members"`
	Level       stopLevel     `json:"level,omitempty"`
	StopAt      time.Duration `json:"stop_at_ns"`
	Interrupted bool          `json:"interrupted,omitempty"`
	Aborted     string        `json:"aborted,omitempty"`
	Message     string        `json:"message,omitempty"`
	Reasons     []string      `json:"reasons,omitempty"`
	Next        int           `json:"next"`
	Seen        int           `json:"seen"`
	Open        []openState   `json:"open,omitempty"`
	Holds       []Hold        `json:"holds,omitempty"`
}

type memberState struct {
	Address  string                   `json:"address"`
	Name     string                   `json:"name"`
	Instance string                   `json:"instance"`
	Weight   float64                  `json:"weight"`
	Epoch    uint32                   `json:"epoch"`
	Ready    bool                     `json:"ready"`
	Since    int                      `json:"since,omitempty"`
	Done     *Done                    `json:"done,omitempty"`
	Owed     map[uint32]*Done         `json:"owed,omitempty"`
	Lost     string                   `json:"lost,omitempty"`
	Losses   []string                 `json:"losses,omitempty"`
	Requests uint64                   `json:"requests"`
	From     int                      `json:"from,omitempty"`
	End      int                      `json:"end,omitempty"` // zero if it has none
	Absent   bool                     `json:"absent,omitempty"`
	Missing  []int                    `json:"missing,omitempty"`
	Met      map[uint32]sequenceState `json:"met"`
}

// A sequenceState is a watermark, and what was met above it.
type sequenceState struct {
	Next  uint64   `json:"next"`
	Above []uint64 `json:"above,omitempty"`
}

// An openState is a second that was not given out yet.
type openState struct {
	Second int    `json:"second"`
	From   []int  `json:"from"`
	Merged []byte `json:"merged"`
}

// checkpoint lets the keeper, if there is one, keep the state; when it is kept
// the transport may let go of what is in it. There is one at a time: a disk
// that is slow gets fewer of them.
func (c *coordinator) checkpoint() {
	if c.keeper == nil || !c.started() || c.keeping.Load() {
		return
	}
	text, err := c.state()
	if err != nil {
		c.log.Warn("no checkpoint", "error", err)
		return
	}
	position, epochs, holds := c.position, len(c.epochs), len(c.holds)
	settler, _ := c.options.Transport.(Settler)
	c.keeping.Store(true)
	c.keeper.keep(text, func(err error) {
		c.keeping.Store(false)
		if !errors.Is(err, errBusy) {
			// A keeper that fails for good ends the hope of taking the run up
			// again, and with it the need to wait.
			c.safe.epochs.Store(int64(epochs))
			c.safe.holds.Store(int64(holds))
			c.nudge()
		}
		if err == nil && settler != nil && position > 0 {
			settler.Settle(position)
		}
	})
}

// A promise is how much of the division of the load, and of its holds, survives
// a crash of the coordinator. Workers are told no more: one that takes up the
// run would decide otherwise, and two would do the same work.
type promise struct{ epochs, holds atomic.Int64 }

// safeEpochs is how many epochs may be told.
func (c *coordinator) safeEpochs() int {
	if c.keeper == nil {
		return len(c.epochs)
	}
	return min(len(c.epochs), max(1, int(c.safe.epochs.Load())))
}

// safeHolds is how many holds may be told.
func (c *coordinator) safeHolds() int {
	if c.keeper == nil {
		return len(c.holds)
	}
	return min(len(c.holds), int(c.safe.holds.Load()))
}

// passOn tells workers what has become safe.
func (c *coordinator) passOn() {
	if !c.started() {
		return
	}
	c.spread()
	c.tellHolds()
	if c.safeEpochs() < len(c.epochs) || c.safeHolds() < len(c.holds) {
		c.checkpoint()
	}
}

func (c *coordinator) state() ([]byte, error) {
	s := state{
		Version: stateVersion, Plan: c.plan.Name, Seed: c.plan.Seed, Start: c.start, Position: c.position, Given: c.given,
		Epochs: c.epochs, Level: c.level, StopAt: c.stoppedAt, Interrupted: c.interrupted, Aborted: c.aborted,
		Message: c.message, Reasons: c.reasons, Next: c.timeline.next, Seen: c.timeline.seen,
		Holds: c.holds,
	}
	for _, m := range c.members {
		s.Members = append(s.Members, c.memberState(m))
	}
	for _, second := range slices.Sorted(maps.Keys(c.timeline.open)) {
		open := c.timeline.open[second]
		merged, err := open.merged.AppendBinary(nil)
		if err != nil {
			return nil, err
		}
		o := openState{Second: second, Merged: merged}
		for w, reported := range open.from {
			if reported {
				o.From = append(o.From, w)
			}
		}
		s.Open = append(s.Open, o)
	}
	return json.Marshal(s)
}

func (c *coordinator) memberState(m *member) memberState {
	s := memberState{
		Address: m.address, Name: m.name, Instance: m.instance, Weight: m.weight, Epoch: m.epoch, Ready: m.ready, Since: m.since,
		Done: m.done, Owed: m.owed, Lost: m.lost, Losses: m.losses, Requests: m.tally.requests, Met: map[uint32]sequenceState{},
	}
	if m.index >= len(c.timeline.workers) {
		return s
	}
	a := &c.timeline.workers[m.index]
	s.From, s.Absent, s.Missing = a.from, a.lost, a.missing
	if a.end != math.MaxInt {
		s.End = a.end + 1
	}
	for epoch, met := range a.epochs {
		s.Met[epoch] = sequenceState{Next: met.next, Above: slices.Sorted(maps.Keys(met.above))}
	}
	return s
}

// restore makes the coordinator what the one was that kept the state.
func (c *coordinator) restore(r *Resume) error {
	var s state
	if err := json.Unmarshal(r.State, &s); err != nil {
		return fmt.Errorf("read the checkpoint: %w", err)
	}
	switch {
	case s.Version != stateVersion:
		return fmt.Errorf("the checkpoint is of version %d, this program reads %d: go on with the program that began the run", s.Version, stateVersion)
	case s.Plan != c.plan.Name || s.Seed != c.plan.Seed:
		return fmt.Errorf("the checkpoint is of the test %q with seed %d, this is %q with seed %d", s.Plan, s.Seed, c.plan.Name, c.plan.Seed)
	case len(s.Epochs) == 0:
		return errors.New("the checkpoint is damaged: it has no epoch")
	}
	now := time.Now()
	c.start, c.position = now.Add(s.Start.Sub(now)), s.Position
	c.level, c.interrupted, c.aborted, c.message, c.reasons = s.Level, s.Interrupted, s.Aborted, s.Message, s.Reasons
	c.setUpDone, c.holds = true, s.Holds
	c.safe.epochs.Store(int64(len(s.Epochs)))
	c.safe.holds.Store(int64(len(s.Holds)))
	c.divideAgain(s.Epochs)
	for i := range s.Members {
		c.restoreMember(i, &s.Members[i])
	}
	if err := c.restoreOpen(&s); err != nil {
		return err
	}
	c.stopAt(s.StopAt)
	if c.level > goOn {
		c.stopBy = now.Add(c.grace() + stopPatience)
	}
	return c.replay(r, s.Given)
}

func (c *coordinator) divideAgain(epochs []Epoch) {
	c.divide(epochs[0])
	c.timeline = newTimeline(c.tables[0])
	for _, epoch := range epochs[1:] {
		c.divide(epoch)
	}
	c.free = 1 // heartbeats say who knows the others
}

func (c *coordinator) restoreMember(index int, s *memberState) {
	m := &member{
		index: index, address: s.Address, name: s.Name, instance: s.Instance, weight: s.Weight, epoch: s.Epoch, ready: s.Ready,
		since: s.Since, told: 1, have: 1, heard: c.awake, done: s.Done, owed: s.Owed, lost: s.Lost, losses: s.Losses,
	}
	m.tally.requests = s.Requests
	c.members = append(c.members, m)
	c.byAddress[m.address] = m
	c.timeline.admit(index + 1)
	a := &c.timeline.workers[index]
	a.from, a.lost, a.missing = s.From, s.Absent, s.Missing
	if s.End > 0 {
		a.end = s.End - 1
	}
	for epoch, met := range s.Met {
		q := &sequence{next: met.Next, above: map[uint64]struct{}{}}
		for _, n := range met.Above {
			q.above[n] = struct{}{}
		}
		a.epochs[epoch] = q
	}
}

func (c *coordinator) restoreOpen(s *state) error {
	c.timeline.next, c.timeline.seen = s.Next, s.Seen
	for _, o := range s.Open {
		merged, err := metrics.DecodeSnapshot(o.Merged)
		if err != nil {
			return fmt.Errorf("read the checkpoint: %w", err)
		}
		open := &openSecond{merged: merged, from: make([]bool, len(c.timeline.workers))}
		for _, w := range o.From {
			if w < 0 || w >= len(open.from) {
				return errors.New("the checkpoint is damaged: it names a worker that it does not have")
			}
			open.from[w] = true
		}
		c.timeline.open[o.Second] = open
	}
	return nil
}

// replay adds up again what was given out.
func (c *coordinator) replay(r *Resume, given int) error {
	for s, err := range r.Seconds {
		if err != nil {
			return fmt.Errorf("read the seconds of the run: %w", err)
		}
		c.count(s)
	}
	if c.given != given {
		return fmt.Errorf("the run has %d seconds and parts of seconds, its checkpoint speaks of %d", c.given, given)
	}
	return nil
}

// resume takes up a run.
func (c *coordinator) resume() error {
	if err := c.restore(c.options.Resume); err != nil {
		return &PlanError{Err: err}
	}
	defer c.dismiss()
	c.announce(c.start)
	c.notice("the coordinator has taken up the run again")
	err := c.carry()
	if teardown := c.tearDown(); err == nil {
		err = teardown
	}
	return err
}
