package wire

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/cluster"
	"github.com/loadforge/loadforge/internal/metrics"
)

// A settled carrier notes what it was asked to let go of.
type settled struct {
	*Stream
	position chan uint64
}

func (s settled) Settle(position uint64) { s.position <- position }

func TestHubKnowsItsWorkers(t *testing.T) {
	hub := NewHub()
	var workers []*Stream
	for _, name := range []string{"a", "b"} {
		theirs, mine := pair(t)
		workers = append(workers, mine)
		hub.Attach(name, theirs, func() Frame { return Frame{Body: []byte("gone")} })
	}
	defer hub.Close()
	if err := hub.Post(t.Context(), Frame{Address: "b", Body: []byte("to b")}); err != nil || string(next(t, workers[1]).Body) != "to b" {
		t.Errorf("b did not get its frame: %v", err)
	}
	if err := hub.Post(t.Context(), Frame{Address: "c"}); err == nil {
		t.Error("a frame to nobody was sent")
	}
	_ = workers[0].Post(t.Context(), Frame{Address: "b", Body: []byte("from a")})
	if f := next(t, hub); f.Address != "a" || string(f.Body) != "from a" {
		t.Errorf("frame = %+v, want it from a, whatever it says itself", f)
	}
	_ = workers[0].Close()
	if f := next(t, hub); f.Address != "a" || string(f.Body) != "gone" {
		t.Errorf("frame = %+v, want a gone", f)
	}
}

func TestMessagesPassThroughAProcessBetween(t *testing.T) {
	coordinator, near := pair(t)
	far, worker := pair(t)
	keeper := settled{far, make(chan uint64, 1)}
	ctx, cancel := context.WithCancel(t.Context())
	var pump sync.WaitGroup
	pump.Go(func() { Pump(ctx, near, keeper) })
	transport, link := NewTransport(coordinator), NewLink(worker)
	defer transport.Close()
	defer link.Close()
	defer pump.Wait()
	defer cancel()

	if err := link.Send(t.Context(), cluster.Message{Snapshot: &metrics.Snapshot{Worker: 3, Second: 7}}); err != nil {
		t.Fatal(err)
	}
	if m := <-transport.Messages(); m.Snapshot == nil || m.Snapshot.Second != 7 {
		t.Errorf("message = %+v, want the snapshot", m)
	}
	at := time.Now()
	if err := transport.Send("", cluster.Message{Start: &cluster.Start{At: at}}); err != nil {
		t.Fatal(err)
	}
	if m := <-link.Messages(); m.Start == nil || !m.Start.At.Equal(at) {
		t.Errorf("message = %+v, want the start at %v", m, at)
	}
	transport.Settle(42)
	if got := <-keeper.position; got != 42 {
		t.Errorf("settled up to %d, want 42", got)
	}
}

func TestStartIsToldOnTheReceiversClock(t *testing.T) {
	at := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	f, err := Encode("", cluster.Message{Start: &cluster.Start{At: at}})
	if err != nil {
		t.Fatal(err)
	}
	f.Ahead = 5 * time.Second
	m, err := decode(f)
	if want := at.Add(-5 * time.Second); err != nil || !m.Start.At.Equal(want) {
		t.Errorf("start = %v, %v, want %v", m.Start, err, want)
	}
}

func TestBrokenMessagesAreLeftOut(t *testing.T) {
	left, right := pair(t)
	link := NewLink(right)
	defer link.Close()
	for _, body := range []string{"", "?", "c{", "s\x09", `c{"v":1,"stop":{}}`} {
		_ = left.Post(t.Context(), Frame{Body: []byte(body)})
	}
	if m := <-link.Messages(); m.Stop == nil {
		t.Errorf("message = %+v, want the one that is whole", m)
	}
	_ = left.Close()
	<-link.Ended()
}
