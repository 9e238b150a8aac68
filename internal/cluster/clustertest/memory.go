package clustertest

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/cluster"
)

// resendAfter is how long a worker of the memory bed waits for an
// acknowledgement.
const resendAfter = 200 * time.Millisecond

// room is how many messages wait for one who does not read.
const room = 1 << 14

// A memoryBed is a bus in memory: it keeps what must arrive until it is
// settled, and workers keep it until it is acknowledged.
type memoryBed struct {
	mu       sync.Mutex
	random   *rand.Rand
	loss     float64
	links    map[string]*memoryLink
	kept     []cluster.Message // in the order of their positions
	bodies   map[uint64][]byte // by position
	position uint64
	current  *memoryTransport
	stop     chan struct{}
	running  sync.WaitGroup
}

// NewMemoryBed makes a bed without a network. It works in virtual time too.
func NewMemoryBed(*testing.T) Bed {
	return &memoryBed{
		random: rand.New(rand.NewPCG(1, 2)), links: map[string]*memoryLink{},
		bodies: map[uint64][]byte{}, stop: make(chan struct{}),
	}
}

type memoryTransport struct {
	bed   *memoryBed
	inbox chan cluster.Message
}

func (b *memoryBed) Transport() cluster.Transport {
	b.mu.Lock()
	defer b.mu.Unlock()
	t := &memoryTransport{bed: b, inbox: make(chan cluster.Message, room)}
	b.current = t
	for _, m := range b.kept {
		t.deliver(m, b.bodies[m.Position])
	}
	return t
}

// deliver decodes a message as often as it is given: the receiver owns it.
func (t *memoryTransport) deliver(as cluster.Message, body []byte) {
	m, err := cluster.ParseMessage(body)
	if err != nil {
		panic(err)
	}
	m.From, m.Position = as.From, as.Position
	select {
	case t.inbox <- m:
	default:
	}
}

func (t *memoryTransport) Messages() <-chan cluster.Message { return t.inbox }

func (t *memoryTransport) Send(to string, m cluster.Message) error {
	t.bed.mu.Lock()
	defer t.bed.mu.Unlock()
	link := t.bed.links[to]
	if t.bed.current != t || link == nil || link.off {
		return nil
	}
	select {
	case link.inbox <- m:
	default:
	}
	return nil
}

func (t *memoryTransport) Settle(position uint64) {
	t.bed.mu.Lock()
	defer t.bed.mu.Unlock()
	for len(t.bed.kept) > 0 && t.bed.kept[0].Position <= position {
		delete(t.bed.bodies, t.bed.kept[0].Position)
		t.bed.kept = t.bed.kept[1:]
	}
}

func (b *memoryBed) Crash() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.current = nil
}

func (b *memoryBed) Cut(name string, off bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.links[name].off = off
}

func (b *memoryBed) LoseAcks(share float64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.loss = share
}

func (b *memoryBed) Close() {
	close(b.stop)
	b.running.Wait()
}

type memoryLink struct {
	bed   *memoryBed
	name  string
	inbox chan cluster.Message
	off   bool
	spool [][]byte // not acknowledged
	news  chan struct{}
}

func (b *memoryBed) Link(name string) cluster.Link {
	b.mu.Lock()
	defer b.mu.Unlock()
	l := &memoryLink{bed: b, name: name, inbox: make(chan cluster.Message, room), news: make(chan struct{}, 1)}
	if before := b.links[name]; before != nil {
		l.spool, before.spool = before.spool, nil
		l.off = before.off
	}
	b.links[name] = l
	b.running.Go(l.resend)
	return l
}

func (l *memoryLink) Messages() <-chan cluster.Message { return l.inbox }

func (l *memoryLink) Send(_ context.Context, m cluster.Message) error {
	body, err := cluster.AppendMessage(nil, m)
	if err != nil {
		return err
	}
	l.bed.mu.Lock()
	defer l.bed.mu.Unlock()
	if l.bed.links[l.name] != l {
		return nil // its process is dead
	}
	if m.Lasting() {
		l.spool = append(l.spool, body)
		select {
		case l.news <- struct{}{}:
		default:
		}
		return nil
	}
	if t := l.bed.current; t != nil && !l.off {
		t.deliver(cluster.Message{From: l.name}, body)
	}
	return nil
}

func (l *memoryLink) resend() {
	timer := time.NewTicker(resendAfter)
	defer timer.Stop()
	for {
		select {
		case <-l.news:
		case <-timer.C:
		case <-l.bed.stop:
			return
		}
		l.flush()
	}
}

// flush sends what is not acknowledged, and lets go of what is now.
func (l *memoryLink) flush() {
	b := l.bed
	b.mu.Lock()
	defer b.mu.Unlock()
	if l.off || b.current == nil {
		return
	}
	var left [][]byte
	for _, body := range l.spool {
		b.position++
		m := cluster.Message{From: l.name, Position: b.position}
		b.kept = append(b.kept, m)
		b.bodies[m.Position] = body
		b.current.deliver(m, body)
		if b.random.Float64() < b.loss {
			left = append(left, body)
		}
	}
	l.spool = left
}
