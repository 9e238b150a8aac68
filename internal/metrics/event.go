package metrics

// An Event is what befalls an iteration or a user of a load. The engine counts
// events with their time by [Shard.Count]; a snapshot's [LoadStats] are made of
// them.
//
// Every Started is followed by exactly one Finished or Interrupted, so that
// Started = Finished + Interrupted + Busy at any time. Failed and Panicked
// come on top of Finished, and Late on top of Started.
type Event uint8

// The events.
const (
	UserStarted Event = iota // a user came to life: Active rises by one
	UserStopped              // its life ended: Active falls by one
	Scheduled                // an arrival or a user's start was due; its time is the due time
	Started                  // an iteration started; see Shard.Start
	Late                     // of those, more than LateAfter behind schedule
	Dropped                  // an arrival found no free user and no room to wait; its time is the due time
	Finished                 // an iteration came to an end; see Shard.Finish
	Failed                   // of those, with an error
	Interrupted              // an iteration was cut by the end of the run
	SetupFailed              // a user's setup failed (each try counts)
	Panicked                 // the scenario panicked
)

// events counts the events of one load. The array has a power of two of places
// so that no event is out of range.
type events [16]uint32

// peak is the place, no event's, of the most users that were alive at once, as
// those who came in the second found it; zero if none came.
const peak = 15

func (e *events) add(event Event, n uint32) { e[event&15] += n }

func (e *events) alive(n int64) { e[peak] = max(e[peak], uint32(n)) }

// addTo adds the counts to those of a snapshot. The levels, Active and Busy,
// change by the difference of what began and what ended.
func (e *events) addTo(l *LoadStats) {
	l.Active += int(e[UserStarted]) - int(e[UserStopped])
	l.Peak = max(l.Peak, int(e[peak]))
	l.Busy += int(e[Started]) - int(e[Finished]) - int(e[Interrupted])
	for _, c := range []struct {
		to    *uint64
		event Event
	}{
		{&l.Scheduled, Scheduled},
		{&l.Started, Started},
		{&l.Late, Late},
		{&l.Dropped, Dropped},
		{&l.Finished, Finished},
		{&l.Failed, Failed},
		{&l.Interrupted, Interrupted},
		{&l.SetupFailed, SetupFailed},
		{&l.Panics, Panicked},
	} {
		*c.to += uint64(e[c.event])
	}
}
