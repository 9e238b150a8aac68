package cluster

import "context"

// A Transport is the coordinator's side of what connects it with its workers.
// It may lose, repeat and reorder messages; a transport that keeps messages
// for a peer it has lost makes a run whole again, one that does not leaves gaps
// that the verdict names. Its methods may be called by several goroutines.
type Transport interface {
	// Messages is where the messages of all workers arrive. Control messages
	// of one worker should stay in order. It is never closed while a run uses
	// it.
	Messages() <-chan Message
	// Send passes a message to the worker at an address. It never waits for
	// the worker; an error says that the worker can't get it.
	Send(to string, m Message) error
}

// A Link is a worker's side of a transport.
type Link interface {
	// Messages is where the coordinator's messages arrive.
	Messages() <-chan Message
	// Send passes a message to the coordinator, or to something that keeps it
	// until the coordinator is there: it must not wait for a coordinator that
	// is out of reach, because it is called once a second on schedule. It
	// returns early when ctx ends.
	Send(ctx context.Context, m Message) error
}

// A Settler is a transport that keeps what workers sent until it is settled,
// and gives it again to a coordinator that begins anew.
type Settler interface {
	// Settle lets go of what came up to a [Message.Position].
	Settle(position uint64)
}
