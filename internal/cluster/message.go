package cluster

import (
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
)

// Protocol is the version of the messages this program speaks. A peer that
// speaks no common version is refused; fields it does not know are ignored.
const Protocol = 1

// A Message is what passes between the coordinator and its workers: exactly one
// of its pointers is set. All but Snapshot are control messages: few, small,
// and sent as JSON where they leave the process. A Snapshot has its own compact
// encoding there, and passes as it is, without a copy, inside one process; it
// belongs to the receiver from then on.
type Message struct {
	V int `json:"v"` // Protocol
	// From is the address of the worker a message came from. The transport
	// sets it on the way to the coordinator; an address names one worker for
	// the whole run, across reconnections.
	From string `json:"-"`
	// Position is the message's place among those that the transport keeps, see
	// [Settler]; zero if it does not keep it.
	Position uint64 `json:"-"`

	// From a worker to the coordinator.
	Hello     *Hello            `json:"hello,omitempty"`
	Ready     *Ready            `json:"ready,omitempty"`
	Heartbeat *Heartbeat        `json:"heartbeat,omitempty"`
	Snapshot  *metrics.Snapshot `json:"-"`
	Done      *Done             `json:"done,omitempty"`
	Leave     *Leave            `json:"leave,omitempty"`
	Gone      *Gone             `json:"gone,omitempty"`

	// From the coordinator to a worker.
	Welcome *Welcome `json:"welcome,omitempty"`
	Refuse  *Refuse  `json:"refuse,omitempty"`
	Assign  *Assign  `json:"assign,omitempty"`
	Start   *Start   `json:"start,omitempty"`
	Lease   *Lease   `json:"lease,omitempty"`
	Hold    *Hold    `json:"hold,omitempty"`
	Stop    *Stop    `json:"stop,omitempty"`
}

// Hello offers a worker to a run. It is answered by Welcome or Refuse.
type Hello struct {
	Min    int     `json:"min"` // protocol versions the worker speaks
	Max    int     `json:"max"`
	Name   string  `json:"name"`   // for people: host name, pod name
	Binary string  `json:"binary"` // version of the worker's program
	System string  `json:"system"` // operating system and architecture
	Plan   string  `json:"plan"`   // name of the plan it holds
	Weight float64 `json:"weight"` // its part of the load against the others'
	// Instance tells a worker that says hello again from one that was started
	// again at the same address.
	Instance string `json:"instance,omitempty"`
	// Digest is that of the program and data the worker runs, if it knows.
	Digest string `json:"digest,omitempty"`
}

// Welcome takes a worker into the run.
type Welcome struct {
	Protocol int    `json:"protocol"` // the version both speak
	Worker   int    `json:"worker"`   // its number, from 0
	Epoch    uint32 `json:"epoch"`    // rises when the worker comes back after a restart
	// Lease is how long the worker may go on starting work without an answer
	// to a heartbeat; zero means for ever, and no heartbeats.
	Lease time.Duration `json:"lease_ns"`
}

// Refuse turns a worker away. Reason is for people.
type Refuse struct {
	Reason string `json:"reason"`
}

// Assign tells a worker its part of the load, and the settings of the plan that
// the coordinator decides. It is answered by Ready. A later one has the same
// settings and more epochs.
type Assign struct {
	Epochs   []Epoch       `json:"epochs"`          // see [Epoch]
	Since    int           `json:"since,omitempty"` // index of the first that counts for this worker: it has no part in those before
	Seed     uint64        `json:"seed"`
	MaxRate  float64       `json:"max_rate"` // of all workers together
	Graceful time.Duration `json:"graceful_ns"`
}

// Ready says that a worker could start now or, with an Error, that it can't.
type Ready struct {
	Epoch uint32 `json:"epoch,omitempty"` // the worker's own, of its Welcome
	Have  int    `json:"have,omitempty"`  // how many epochs of the load it knows
	Error string `json:"error,omitempty"`
}

// Start gives the time from which all schedules are computed.
type Start struct {
	// At is on the clock of whoever reads it: a transport between machines
	// translates it. Inside a process it carries a monotonic reading.
	At time.Time `json:"at"`
}

// Heartbeat says that a worker is alive. It is answered by Lease.
//
// It also says what the worker knows of the state of the run, so that whatever
// was lost on the way is said again.
type Heartbeat struct {
	Beat     uint64 `json:"beat"`
	Epoch    uint32 `json:"epoch,omitempty"`
	Have     int    `json:"have,omitempty"`
	Holds    int    `json:"holds,omitempty"`
	Started  bool   `json:"started,omitempty"`
	Stopping bool   `json:"stopping,omitempty"`
	Leaving  bool   `json:"leaving,omitempty"`
}

// Lease renews the worker's lease, counted from when that heartbeat was sent.
type Lease struct {
	Beat uint64 `json:"beat"`
}

// Stop ends the load: no iteration starts any more, those that run get the
// grace to come to an end. Zero grace cuts them at once. A later Stop may
// shorten the grace.
type Stop struct {
	Grace time.Duration `json:"grace_ns"`
}

// Hold fixes the level of a load from a time on, or gives it back to its
// pattern. A worker takes holds in the order of their numbers.
type Hold struct {
	Number  int           `json:"number"` // from 0
	Load    int           `json:"load"`
	From    time.Duration `json:"from_ns"` // since the start of the run
	Level   float64       `json:"level"`   // of all workers together
	Release bool          `json:"release,omitempty"`
}

// Done is a worker's last message.
type Done struct {
	Epoch     uint32 `json:"epoch,omitempty"`
	Snapshots uint64 `json:"snapshots"`        // how many it sent
	Seconds   int    `json:"seconds"`          // it has nothing to report from this second on
	Fenced    bool   `json:"fenced,omitempty"` // it ended because its lease ran out
	Left      bool   `json:"left,omitempty"`   // it was asked to go, and finished what it did
	Error     string `json:"error,omitempty"`
	// Hanging says what user code still ran when all patience had ended, and
	// for how many users.
	Hanging []string `json:"hanging,omitempty"`
}

// Leave says that a worker wants to go. It goes on until its share has been
// given to others, and is then done.
type Leave struct {
	Epoch uint32 `json:"epoch,omitempty"`
}

// Gone is said by a transport, not by a worker: the process of the worker has
// ended, which is certain.
type Gone struct {
	Reason string `json:"reason"`
}
