package cluster

import (
	"context"
	"errors"
	"testing"
)

func TestMemoryPassesSnapshotsWithoutACopy(t *testing.T) {
	memory := NewMemory()
	sent := measured(0, 0)
	if err := memory.Join("w").Send(t.Context(), Message{Snapshot: sent}); err != nil {
		t.Fatal(err)
	}
	if got := <-memory.Messages(); got.Snapshot != sent || got.From != "w" {
		t.Errorf("message = %+v, want that snapshot from w", got)
	}
}

func TestMemoryKeepsTheOrder(t *testing.T) {
	memory := NewMemory()
	link := memory.Join("w")
	for i := range workerRoom {
		if err := memory.Send("w", Message{Lease: &Lease{Beat: uint64(i)}}); err != nil {
			t.Fatal(err)
		}
	}
	for i := range workerRoom {
		if m := <-link.Messages(); m.Lease.Beat != uint64(i) {
			t.Fatalf("message %d came as number %d", m.Lease.Beat, i)
		}
	}
}

func TestMemoryDoesNotWaitForAWorker(t *testing.T) {
	memory := NewMemory()
	memory.Join("w")
	var err error
	for range workerRoom + 1 {
		err = memory.Send("w", Message{})
	}
	if !errors.Is(err, errFull) {
		t.Errorf("error = %v, want %v", err, errFull)
	}
	if err := memory.Send("x", Message{}); err == nil {
		t.Error("sent to a worker that does not exist")
	}
}

func TestMemoryStopsWaitingForTheCoordinator(t *testing.T) {
	link := NewMemory().Join("w")
	ctx, cancel := context.WithCancel(t.Context())
	for range coordinatorRoom {
		if err := link.Send(ctx, Message{}); err != nil {
			t.Fatal(err)
		}
	}
	cancel()
	if err := link.Send(ctx, Message{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v, want that of the context", err)
	}
}

func TestMemoryAddressIsJoinedOnce(t *testing.T) {
	memory := NewMemory()
	memory.Join("w")
	defer func() {
		if recover() == nil {
			t.Error("joined twice")
		}
	}()
	memory.Join("w")
}
