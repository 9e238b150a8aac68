package wire

import (
	"context"
	"sync"

	"github.com/loadforge/loadforge/internal/cluster"
)

// messageRoom is how many messages wait to be handled.
const messageRoom = 64

// A Transport is a carrier as the coordinator sees it.
type Transport struct{ *port }

// A Link is a carrier as a worker sees it.
type Link struct{ *port }

var (
	_ cluster.Transport = (*Transport)(nil)
	_ cluster.Settler   = (*Transport)(nil)
	_ cluster.Link      = (*Link)(nil)
)

// A port decodes what arrives.
type port struct {
	carrier Carrier
	inbox   chan cluster.Message
	ended   chan struct{}
	stop    context.CancelFunc
	running sync.WaitGroup
}

func newPort(c Carrier) *port {
	ctx, stop := context.WithCancel(context.Background())
	p := &port{carrier: c, inbox: make(chan cluster.Message, messageRoom), ended: make(chan struct{}), stop: stop}
	p.running.Go(func() { p.receive(ctx) })
	return p
}

// NewTransport starts to decode what arrives at the coordinator.
func NewTransport(c Carrier) *Transport { return &Transport{newPort(c)} }

// NewLink starts to decode what arrives at a worker.
func NewLink(c Carrier) *Link { return &Link{newPort(c)} }

// Close stops it. The carrier stays as it is.
func (p *port) Close() {
	p.stop()
	p.running.Wait()
}

// Ended is closed when the carrier has ended for good.
func (p *port) Ended() <-chan struct{} { return p.ended }

// Messages implements [cluster.Transport] and [cluster.Link].
func (p *port) Messages() <-chan cluster.Message { return p.inbox }

// receive decodes. What can't be decoded comes from a peer that is broken or
// means harm; either way there is nothing to be done with it.
func (p *port) receive(ctx context.Context) {
	for {
		select {
		case f, ok := <-p.carrier.Frames():
			if !ok {
				close(p.ended)
				return
			}
			m, err := decode(f)
			if err != nil {
				continue
			}
			select {
			case p.inbox <- m:
			case <-ctx.Done():
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

func decode(f Frame) (cluster.Message, error) {
	m, err := cluster.ParseMessage(f.Body)
	if err != nil {
		return m, err
	}
	m.From, m.Position = f.Address, f.Position
	if m.Start != nil {
		m.Start.At = m.Start.At.Add(-f.Ahead)
	}
	return m, nil
}

// Encode makes the frame of a message to or from the worker at an address.
func Encode(address string, m cluster.Message) (Frame, error) {
	body, err := cluster.AppendMessage(nil, m)
	return Frame{Address: address, Lasting: m.Lasting(), Body: body}, err
}

// Send implements [cluster.Transport].
func (t *Transport) Send(to string, m cluster.Message) error {
	f, err := Encode(to, m)
	if err != nil {
		return err
	}
	return t.carrier.Post(context.Background(), f)
}

// Settle implements [cluster.Settler].
func (t *Transport) Settle(position uint64) {
	if s, ok := t.carrier.(Settler); ok {
		s.Settle(position)
	}
}

// Send implements [cluster.Link].
func (l *Link) Send(ctx context.Context, m cluster.Message) error {
	f, err := Encode("", m)
	if err != nil {
		return err
	}
	return l.carrier.Post(ctx, f)
}
