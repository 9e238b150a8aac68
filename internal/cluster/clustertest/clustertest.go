// Package clustertest tests runs over several workers: what happens to them
// when processes die, networks are cut and messages get lost.
//
// [Run] is a suite that every transport has to pass. What it needs of one is a
// [Bed], which is the transport and a way to do harm to it. [NewMemoryBed] is
// one without a network. Each case ends with figures that must agree: the
// snapshots that workers generated are those that were merged, and the arrivals
// that were scheduled are those that were executed and those that were missed,
// of which none may be executed twice.
package clustertest

import (
	"testing"

	"github.com/loadforge/loadforge/internal/cluster"
)

// A Bed is a transport under test. Its methods may be called by several
// goroutines.
type Bed interface {
	// Transport returns that of a coordinator that begins. After Crash it is
	// given what the one before was sent and had not settled.
	Transport() cluster.Transport
	// Link returns that of a worker that begins. Asked again for the same name
	// the worker was started again, and its process before is dead; what that
	// has kept is sent.
	Link(name string) cluster.Link
	// Cut cuts a worker off, or ends that.
	Cut(name string, off bool)
	// LoseAcks loses that share of what tells workers that a message has
	// arrived.
	LoseAcks(share float64)
	// Crash kills the coordinator's side at once.
	Crash()
	// Close ends everything.
	Close()
}

// A Maker makes a bed for one case.
type Maker func(t *testing.T) Bed
