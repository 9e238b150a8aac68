package natsbus

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/loadforge/loadforge/internal/wire"
)

const (
	// stationRoom is how many frames wait for a worker that does not read.
	stationRoom = 256
	// ackPatience is how long a station waits for the stream to have a frame.
	ackPatience = 2 * time.Second
	// clockEvery is how often it looks at the coordinator's clock again.
	clockEvery = 10 * time.Second
)

// A StationConfig says where a worker's run is, and who it is.
type StationConfig struct {
	Join Join
	// Worker is the worker's name: letters, digits, - and _.
	Worker string
	// Dir is where it keeps what was not acknowledged. A worker that is started
	// again there first sends what is left.
	Dir string
	// Dial makes connections; nil means the usual way. Tests cut them.
	Dial nats.CustomDialer
	// LoseAck says whether to take an acknowledgement for lost. It is for tests.
	LoseAck func() bool
}

// A Station is a worker's side of the bus.
type Station struct {
	config  StationConfig
	names   subjects
	conn    *nats.Conn
	js      jetstream.JetStream
	wal     *wal
	frames  chan wire.Frame
	ahead   atomic.Int64 // the coordinator's clock against ours
	bound   atomic.Int64 // by how much that may be wrong
	ctx     context.Context
	stop    context.CancelFunc
	running sync.WaitGroup
}

var _ wire.Carrier = (*Station)(nil)

// Dial connects a worker. It waits for the bus as long as ctx lasts.
func Dial(ctx context.Context, config StationConfig) (*Station, error) {
	if !validName(config.Worker) {
		return nil, fmt.Errorf("the name of a worker has letters, digits, - and _, not %q", config.Worker)
	}
	for one := range strings.SplitSeq(config.Join.URL, ",") {
		if err := checkURL(one); err != nil {
			return nil, err
		}
	}
	s := &Station{config: config, names: subjects{config.Join.Run}, frames: make(chan wire.Frame, stationRoom)}
	s.ctx, s.stop = context.WithCancel(context.Background())
	var err error
	if s.wal, err = openWAL(config.Dir); err != nil {
		return nil, err
	}
	if err := s.connect(ctx); err != nil {
		s.stop()
		return nil, errors.Join(err, s.wal.close())
	}
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Station) connect(ctx context.Context) error {
	options := []nats.Option{
		nats.Name(s.config.Worker), nats.MaxReconnects(-1), nats.ReconnectWait(250 * time.Millisecond), nats.NoEcho(),
		nats.CustomInboxPrefix(s.names.inbox(s.config.Worker)), nats.PingInterval(2 * time.Second), nats.MaxPingsOutstanding(3),
		nats.Timeout(3 * time.Second), nats.ReconnectBufSize(-1), nats.RetryOnFailedConnect(false),
	}
	if s.config.Join.Pin != "" {
		options = append(options, nats.Secure(pinned(s.config.Join.Pin)), nats.UserInfo(s.config.Worker, s.config.Join.Token))
	}
	if s.config.Dial != nil {
		options = append(options, nats.SetCustomDialer(s.config.Dial))
	}
	for {
		conn, err := nats.Connect(s.config.Join.URL, options...)
		switch {
		case err == nil:
			s.conn = conn
			return nil
		case errors.Is(err, nats.ErrAuthorization):
			return errors.New("the bus does not let this worker in: the join string is of another run, or has expired")
		case errors.Is(err, errPin):
			return errPin
		}
		select {
		case <-time.After(500 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("connect to the bus %s: %w", redact(s.config.Join.URL), err)
		}
	}
}

// open subscribes, measures the clock and starts to send what is left.
func (s *Station) open(ctx context.Context) (err error) {
	if s.js, err = jetstream.New(s.conn); err != nil {
		return err
	}
	if _, err = s.conn.Subscribe(s.names.told(s.config.Worker), s.take); err != nil {
		return fmt.Errorf("listen on the bus: %w", err)
	}
	if err := s.measure(ctx, 16); err != nil {
		return fmt.Errorf("ask the coordinator for the time: %w", err)
	}
	s.running.Go(s.publish)
	s.running.Go(s.watchClock)
	return nil
}

func (s *Station) take(m *nats.Msg) {
	select {
	case s.frames <- wire.Frame{Body: m.Data, Ahead: time.Duration(s.ahead.Load())}:
	default: // it is said again
	}
}

// measure asks for the coordinator's clock n times. The answer that came
// quickest counts: it is wrong by half its time at most.
func (s *Station) measure(ctx context.Context, n int) error {
	best := time.Duration(-1)
	var failed error
	for range n {
		sent := time.Now()
		one, cancel := context.WithTimeout(ctx, time.Second)
		m, err := s.conn.RequestWithContext(one, s.names.time(), nil)
		cancel()
		took := time.Since(sent)
		if err != nil || len(m.Data) != 8 {
			failed = errors.Join(err, errors.New("no answer"))
			continue
		}
		if best < 0 || took < best {
			best = took
			theirs := time.Unix(0, int64(binary.LittleEndian.Uint64(m.Data)))
			s.ahead.Store(int64(theirs.Sub(sent.Add(took / 2).Round(0))))
			s.bound.Store(int64(took / 2))
		}
	}
	if best < 0 {
		return failed
	}
	return nil
}

// Clock is how far the coordinator's clock is ahead of this machine's, and by
// how much that may be wrong.
func (s *Station) Clock() (ahead, bound time.Duration) {
	return time.Duration(s.ahead.Load()), time.Duration(s.bound.Load())
}

func (s *Station) watchClock() {
	ticker := time.NewTicker(clockEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			_ = s.measure(s.ctx, 4) // the last answer stands
		case <-s.ctx.Done():
			return
		}
	}
}

// Frames implements [wire.Carrier].
func (s *Station) Frames() <-chan wire.Frame { return s.frames }

// Post implements [wire.Carrier]: what must arrive is kept until it has.
func (s *Station) Post(_ context.Context, f wire.Frame) error {
	if f.Lasting {
		return s.wal.add(f.Body)
	}
	_ = s.conn.Publish(s.names.said(s.config.Worker), f.Body) // what does not get through is said again
	return nil
}

// publish sends what the log has, in order, each until it is acknowledged.
func (s *Station) publish() {
	for s.ctx.Err() == nil {
		record := s.wal.first()
		if record == nil {
			select {
			case <-s.wal.news:
			case <-s.ctx.Done():
			}
			continue
		}
		if s.deliver(record) {
			s.wal.done()
			continue
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-s.ctx.Done():
		}
	}
}

func (s *Station) deliver(record []byte) bool {
	ctx, cancel := context.WithTimeout(s.ctx, ackPatience)
	defer cancel()
	_, err := s.js.Publish(ctx, s.names.kept(s.config.Worker), record)
	return err == nil && (s.config.LoseAck == nil || !s.config.LoseAck())
}

// Flush waits until all that must arrive has, or ctx ends.
func (s *Station) Flush(ctx context.Context) error {
	for s.wal.left() > 0 {
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("%d reports have not arrived: %w", s.wal.left(), ctx.Err())
		}
	}
	return nil
}

// Close closes the station. What was not acknowledged stays in its directory.
func (s *Station) Close() error {
	s.stop()
	s.running.Wait()
	s.conn.Close()
	return s.wal.close()
}
