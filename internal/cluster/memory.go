package cluster

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Memory is the transport of one process. Messages pass by reference, in order
// and at once, unless Fate says otherwise.
type Memory struct {
	// Fate, when set, decides what becomes of each message to or from the
	// worker at an address: it returns after how long each copy arrives. No
	// copy means the message is lost. It is how tests make a bad network; it
	// must not change once the transport is in use, and may be called by
	// several goroutines.
	Fate func(address string, m Message) []time.Duration

	inbox chan Message
	mu    sync.Mutex
	links map[string]*memoryLink
}

// Room for messages that nobody has read yet: of all workers at the
// coordinator, and of the coordinator at one worker.
const (
	coordinatorRoom = 256
	workerRoom      = 16
)

// errFull says that a peer does not read its messages.
var errFull = errors.New("the other side does not read its messages")

// NewMemory makes a transport without workers.
func NewMemory() *Memory {
	return &Memory{inbox: make(chan Message, coordinatorRoom), links: map[string]*memoryLink{}}
}

// Join makes the link of a worker. An address can be joined once.
func (t *Memory) Join(address string) Link {
	link := &memoryLink{transport: t, address: address, inbox: make(chan Message, workerRoom)}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.links[address] != nil {
		panic("cluster: address joined twice: " + address)
	}
	t.links[address] = link
	return link
}

// Messages implements [Transport].
func (t *Memory) Messages() <-chan Message { return t.inbox }

// Send implements [Transport].
func (t *Memory) Send(to string, m Message) error {
	t.mu.Lock()
	link := t.links[to]
	t.mu.Unlock()
	if link == nil {
		return fmt.Errorf("send to worker %q: no such worker", to)
	}
	if t.Fate == nil {
		return offer(link.inbox, m)
	}
	t.tamper(link.inbox, to, m)
	return nil
}

// tamper delivers a message the way Fate wants it. What finds no room is lost:
// a bad network is bad in that way too.
func (t *Memory) tamper(inbox chan<- Message, address string, m Message) {
	for _, delay := range t.Fate(address, m) {
		if delay <= 0 {
			_ = offer(inbox, m)
			continue
		}
		time.AfterFunc(delay, func() { _ = offer(inbox, m) })
	}
}

func offer(inbox chan<- Message, m Message) error {
	select {
	case inbox <- m:
		return nil
	default:
		return errFull
	}
}

type memoryLink struct {
	transport *Memory
	address   string
	inbox     chan Message
}

func (l *memoryLink) Messages() <-chan Message { return l.inbox }

func (l *memoryLink) Send(ctx context.Context, m Message) error {
	m.From = l.address
	if l.transport.Fate != nil {
		l.transport.tamper(l.transport.inbox, l.address, m)
		return nil
	}
	select {
	case l.transport.inbox <- m:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("send to the coordinator: %w", ctx.Err())
	}
}
