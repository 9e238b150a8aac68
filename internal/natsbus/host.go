package natsbus

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/loadforge/loadforge/internal/wire"
)

const (
	// hostRoom is how many frames wait for the coordinator.
	hostRoom = 1024
	// pullExpiry is how long a request for what is kept stands.
	pullExpiry = 10 * time.Second
	// pullSilence is how often a server that has nothing says so.
	pullSilence = time.Second
)

// A HostConfig says where a run's bus is. The zero value is an embedded server
// on a free port of loopback, for this machine.
type HostConfig struct {
	// Run names the run; letters, digits, - and _. Empty means a new name, or
	// that of the run whose state is in Dir.
	Run string
	// Key, if there is one, decides the keys of a new run.
	Key Key
	// Dir is where the server keeps what must arrive, and its keys. A host that
	// finds the state of another there goes on with it.
	Dir string
	// Listen is HOST:PORT of the embedded server.
	Listen string
	// Advertise is HOST:PORT by which workers reach it. Empty means Listen, or
	// the address of an interface where Listen has none.
	Advertise string
	// URL is a server, or several with commas between, that is there already.
	URL string
	// Replicas is how many servers of a cluster keep the stream. Zero means 1.
	Replicas int
	// MaxBytes bounds what is kept. Zero means 4 GiB.
	MaxBytes int64
}

// A Host is the coordinator's side of the bus.
type Host struct {
	config HostConfig
	keys   *keys
	guests *guests
	names  subjects
	server *server.Server // nil with an external one
	conn   *nats.Conn
	js     jetstream.JetStream
	stream jetstream.Stream
	frames chan wire.Frame
	ctx    context.Context
	stop   context.CancelFunc

	running sync.WaitGroup
	mu      sync.Mutex
	cargo   Cargo
	briefs  map[string]int
}

var (
	_ wire.Carrier = (*Host)(nil)
	_ wire.Settler = (*Host)(nil)
)

// Open opens the bus.
func Open(config HostConfig) (*Host, error) {
	if err := os.MkdirAll(config.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("open the bus: %w", err)
	}
	if config.Run == "" {
		config.Run = strings.ToLower(rand.Text()[:8])
	}
	k, err := loadKeys(config.Dir, config.Run, config.Key)
	if err != nil {
		return nil, fmt.Errorf("open the bus: %w", err)
	}
	g, err := openGuests(config.Dir, k)
	if err != nil {
		return nil, fmt.Errorf("open the bus: %w", err)
	}
	h := &Host{config: config, keys: k, guests: g, names: subjects{k.Run}, frames: make(chan wire.Frame, hostRoom), briefs: map[string]int{}}
	h.ctx, h.stop = context.WithCancel(context.Background())
	if err := h.open(); err != nil {
		h.Close()
		return nil, err
	}
	return h, nil
}

func (h *Host) open() error {
	if err := h.connect(); err != nil {
		return err
	}
	if err := h.keep(); err != nil {
		return fmt.Errorf("open the bus: %w", err)
	}
	return h.listen()
}

// connect starts the server, unless there is one, and connects to it.
func (h *Host) connect() (err error) {
	options := []nats.Option{nats.Name("coordinator"), nats.MaxReconnects(-1), nats.ReconnectWait(200 * time.Millisecond), nats.NoEcho()}
	if h.config.URL != "" {
		for one := range strings.SplitSeq(h.config.URL, ",") {
			if err := checkURL(one); err != nil {
				return err
			}
		}
		h.conn, err = nats.Connect(h.config.URL, options...)
		if err != nil {
			return fmt.Errorf("connect to the bus %s: %w", redact(h.config.URL), err)
		}
		return nil
	}
	door := &doorman{guests: h.guests, names: h.names, own: rand.Text()}
	if h.server, err = startServer(h.config.Listen, h.config.Dir, h.keys, door); err != nil {
		return err
	}
	if _, port, err := net.SplitHostPort(h.server.Addr().String()); err == nil {
		h.keys.Port, _ = strconv.Atoi(port)
		if err := h.keys.save(h.config.Dir); err != nil {
			return fmt.Errorf("open the bus: %w", err)
		}
	}
	h.conn, err = nats.Connect("", append(options, nats.InProcessServer(h.server), nats.UserInfo("", door.own))...)
	if err != nil {
		return fmt.Errorf("connect to the bus: %w", err)
	}
	return nil
}

// keep makes the stream, or finds that of a coordinator before.
func (h *Host) keep() (err error) {
	ctx, cancel := context.WithTimeout(h.ctx, serverReady)
	defer cancel()
	if h.js, err = jetstream.New(h.conn); err != nil {
		return err
	}
	size := h.config.MaxBytes
	if size == 0 {
		size = 4 << 30
	}
	h.stream, err = h.js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name: h.names.stream(), Subjects: []string{h.names.kept("*")}, Storage: jetstream.FileStorage,
		Discard: jetstream.DiscardNew, MaxBytes: size, Replicas: max(1, h.config.Replicas), Duplicates: 2 * time.Minute,
	})
	return err
}

// listen receives. What is kept comes from the beginning: the checkpoint has let
// go of all before it.
func (h *Host) listen() error {
	consumer, err := h.stream.OrderedConsumer(h.ctx, jetstream.OrderedConsumerConfig{DeliverPolicy: jetstream.DeliverAllPolicy})
	if err != nil {
		return fmt.Errorf("open the bus: %w", err)
	}
	// A consumer dies with its server; silence shows it.
	messages, err := consumer.Messages(jetstream.PullMaxMessages(hostRoom), jetstream.PullExpiry(pullExpiry), jetstream.PullHeartbeat(pullSilence))
	if err != nil {
		return fmt.Errorf("open the bus: %w", err)
	}
	h.running.Go(func() { <-h.ctx.Done(); messages.Stop() })
	h.running.Go(func() { h.receive(messages) })
	answers := map[string]nats.MsgHandler{
		h.names.said("*"):  func(m *nats.Msg) { h.pass(wire.Frame{Address: last(m.Subject), Body: m.Data}) },
		h.names.time():     func(m *nats.Msg) { _ = m.Respond(binary.LittleEndian.AppendUint64(nil, uint64(time.Now().UnixNano()))) },
		h.names.brief("*"): h.answerBrief,
		h.names.blob():     h.answerBlob,
	}
	for subject, answer := range answers {
		if _, err := h.conn.Subscribe(subject, answer); err != nil {
			return fmt.Errorf("open the bus: %w", err)
		}
	}
	return h.conn.Flush()
}

func (h *Host) receive(messages jetstream.MessagesContext) {
	for {
		m, err := messages.Next()
		if errors.Is(err, jetstream.ErrMsgIteratorClosed) {
			return
		}
		if err != nil {
			continue // the consumer finds its way back by itself
		}
		meta, err := m.Metadata()
		if err != nil {
			continue
		}
		h.pass(wire.Frame{Address: last(m.Subject()), Lasting: true, Position: meta.Sequence.Stream, Body: m.Data()})
	}
}

func (h *Host) pass(f wire.Frame) {
	select {
	case h.frames <- f:
	case <-h.ctx.Done():
	}
}

// last is the last part of a subject: the worker, as the server has checked.
func last(subject string) string { return subject[strings.LastIndexByte(subject, '.')+1:] }

// Frames implements [wire.Carrier].
func (h *Host) Frames() <-chan wire.Frame { return h.frames }

// Post implements [wire.Carrier].
func (h *Host) Post(_ context.Context, f wire.Frame) error {
	if !validName(f.Address) {
		return fmt.Errorf("send to worker %q: no such worker", f.Address)
	}
	return h.conn.Publish(h.names.told(f.Address), f.Body)
}

// Settle implements [wire.Settler].
func (h *Host) Settle(position uint64) {
	ctx, cancel := context.WithTimeout(h.ctx, 2*time.Second)
	defer cancel()
	_ = h.stream.Purge(ctx, jetstream.WithPurgeSequence(position+1)) // the next one tries again
}

// Join is what a worker needs to take part: a certain one, or Anybody.
func (h *Host) Join(worker string, valid time.Duration) (Join, error) {
	token := Token{Run: h.keys.Run, Worker: worker, Expires: time.Now().Add(valid)}
	j := Join{URL: h.config.URL, Run: h.keys.Run, Token: token.sign(h.keys.Secret)}
	if h.server == nil {
		return j, nil
	}
	j.URL = "tls://" + h.address()
	var err error
	j.Pin, err = h.keys.pin()
	return j, err
}

// address is where workers reach the embedded server.
func (h *Host) address() string {
	if h.config.Advertise != "" {
		return h.config.Advertise
	}
	host, port, err := net.SplitHostPort(h.server.Addr().String())
	if err != nil {
		return h.server.Addr().String()
	}
	if listen, _, _ := split(h.config.Listen); listen != "" {
		host = listen
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = outward()
	}
	return net.JoinHostPort(host, port)
}

// outward is the address of an interface that is not loopback, if there is one.
func outward() string {
	addresses, err := net.InterfaceAddrs()
	if err == nil {
		for _, a := range addresses {
			if n, ok := a.(*net.IPNet); ok && !n.IP.IsLoopback() && n.IP.To4() != nil {
				return n.IP.String()
			}
		}
	}
	return "127.0.0.1"
}

// Finish ends a run that needs no coordinator any more: what was kept of it goes.
func (h *Host) Finish() error {
	ctx, cancel := context.WithTimeout(h.ctx, 5*time.Second)
	defer cancel()
	err := h.js.DeleteStream(ctx, h.names.stream())
	h.Close()
	return errors.Join(err, os.RemoveAll(h.config.Dir))
}

// Close closes the bus. Its state stays, so that another host can go on with it.
func (h *Host) Close() {
	h.stop()
	h.running.Wait()
	if h.conn != nil {
		h.conn.Close()
	}
	if h.server != nil {
		h.server.Shutdown()
		h.server.WaitForShutdown()
	}
	h.guests.close()
}
