// Package wire carries the messages of a run over anything that moves bytes:
// the pipes of a child process, a Unix socket, a message bus.
//
// What moves is a [Frame]: an encoded message and what its way needs to know of
// it. A [Carrier] moves frames. Three are here: a [Stream], which is one
// connection; a [Hub], which is the coordinator's end of one stream for each
// worker; and whatever else implements the two methods, as the bus does.
// [NewTransport] and [NewLink] make of a carrier what package cluster wants, and
// [Pump] joins two carriers, so that a process can stand between.
//
// Nothing here looks into a message, but to encode and decode it.
package wire

import (
	"context"
	"time"
)

// A Frame is one message on its way.
type Frame struct {
	// Address is the worker's: where a frame of the coordinator goes, and where
	// one of a worker comes from. It is empty on a worker's own stream, and for
	// what concerns no worker alone.
	Address string
	// Lasting says that the message has to arrive, however late.
	Lasting bool
	// Position is the frame's place in the order of what a carrier keeps, from
	// 1; see [Settler]. Zero stands for one that is not kept.
	Position uint64
	// Ahead is how far the sender's clock is ahead of the receiver's, as the
	// carrier knows it.
	Ahead time.Duration
	Body  []byte
}

// A Carrier moves frames to and from the other side.
type Carrier interface {
	// Frames is where those of the other side arrive. Whoever holds a frame
	// owns it. The channel is closed only where the other side can never come
	// back.
	Frames() <-chan Frame
	// Post sends a frame, or gives it to something that keeps it. It must not
	// wait for the other side. The carrier owns the frame from then on.
	Post(ctx context.Context, f Frame) error
}

// A Settler is a carrier that keeps frames until they are settled, so that a
// receiver which died can be given them again.
type Settler interface {
	// Settle lets go of all kept frames up to a position. What came behind it
	// is delivered again to a receiver that begins anew.
	Settle(position uint64)
}
