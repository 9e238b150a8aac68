package wire

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

// maxFrame bounds what a peer can make the reader allocate. A snapshot of
// 2,000 names with full histograms has 20 MiB.
const maxFrame = 33 << 20

// streamRoom is how many frames wait for a peer that does not read.
const streamRoom = 256

// errBehind says that a peer does not read what it is sent.
var errBehind = errors.New("the other side does not read its messages")

// errEnded says that a stream has been closed, or its peer has gone.
var errEnded = errors.New("the connection has ended")

// A Stream is the carrier of one connection. On it a frame is four bytes of
// length, lowest first, then varints: flags (1: lasting), position, ahead
// (zig-zag nanoseconds), length of the address; the address; the body.
type Stream struct {
	conn     io.ReadWriteCloser
	in       chan Frame
	out      chan Frame
	buffer   []byte        // of the writer
	last     chan struct{} // closed when nothing more is to be posted
	sent     chan struct{} // closed when the writer has ended
	done     chan struct{} // closed when the connection has ended
	closing  sync.Once
	once     sync.Once
	running  sync.WaitGroup
	deadline time.Duration // for what is left when the stream is closed
}

// NewStream starts a stream over a connection, which it owns from then on.
func NewStream(conn io.ReadWriteCloser) *Stream {
	s := &Stream{
		conn: conn, in: make(chan Frame, streamRoom), out: make(chan Frame, streamRoom),
		last: make(chan struct{}), sent: make(chan struct{}), done: make(chan struct{}), deadline: time.Second,
	}
	s.running.Go(s.read)
	s.running.Go(s.write)
	return s
}

// Frames implements [Carrier]. The channel is closed when the connection ends.
func (s *Stream) Frames() <-chan Frame { return s.in }

// Post implements [Carrier]. A peer that does not read gets no more.
func (s *Stream) Post(_ context.Context, f Frame) error {
	select {
	case <-s.done:
		return errEnded
	case <-s.last:
		return errEnded
	default:
	}
	select {
	case s.out <- f:
		return nil
	default:
		return errBehind
	}
}

// Settle implements [Settler]: it asks the other side to. The frame for that has
// a position and nothing else.
func (s *Stream) Settle(position uint64) { _ = s.Post(context.Background(), Frame{Position: position}) }

// settles reports whether a frame is one that Settle sent.
func (f *Frame) settles() bool { return f.Position > 0 && f.Address == "" && len(f.Body) == 0 }

// Close sends what waits, for a second at most, and ends the stream.
func (s *Stream) Close() error {
	s.closing.Do(func() { close(s.last) })
	gone := make(chan struct{})
	go func() {
		<-s.sent
		s.end()
		s.running.Wait()
		close(gone)
	}()
	select {
	case <-gone:
	case <-time.After(s.deadline): // it does not read, or closing does not end a read
		s.end()
	}
	return nil
}

func (s *Stream) end() {
	s.once.Do(func() {
		close(s.done)
		_ = s.conn.Close() // frees both goroutines; nobody is left to tell
	})
}

func (s *Stream) read() {
	defer close(s.in)
	defer s.end()
	r := bufio.NewReader(s.conn)
	for {
		f, err := readFrame(r)
		if err != nil {
			return
		}
		select {
		case s.in <- f:
		case <-s.done:
			return
		}
	}
}

func (s *Stream) write() {
	defer s.end()
	defer close(s.sent)
	for {
		select {
		case f := <-s.out:
			if !s.put(&f) {
				return
			}
		case <-s.last:
			s.drain()
			return
		case <-s.done:
			return
		}
	}
}

// drain writes what waits when the stream is closed.
func (s *Stream) drain() {
	for {
		select {
		case f := <-s.out:
			if !s.put(&f) {
				return
			}
		default:
			return
		}
	}
}

func (s *Stream) put(f *Frame) bool {
	s.buffer = appendFrame(s.buffer[:0], f)
	_, err := s.conn.Write(s.buffer)
	return err == nil
}

const flagLasting = 1

func appendFrame(b []byte, f *Frame) []byte {
	b = append(b, 0, 0, 0, 0)
	flags := uint64(0)
	if f.Lasting {
		flags |= flagLasting
	}
	b = binary.AppendUvarint(b, flags)
	b = binary.AppendUvarint(b, f.Position)
	b = binary.AppendVarint(b, int64(f.Ahead))
	b = binary.AppendUvarint(b, uint64(len(f.Address)))
	b = append(append(b, f.Address...), f.Body...)
	binary.LittleEndian.PutUint32(b, uint32(len(b)-4))
	return b
}

func readFrame(r io.Reader) (Frame, error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return Frame{}, err
	}
	size := binary.LittleEndian.Uint32(head[:])
	if size > maxFrame {
		return Frame{}, fmt.Errorf("frame of %d bytes", size)
	}
	b := make([]byte, size)
	if _, err := io.ReadFull(r, b); err != nil {
		return Frame{}, err
	}
	return parseFrame(b)
}

var errFrame = errors.New("malformed frame")

func parseFrame(b []byte) (f Frame, err error) {
	flags, b, err := uvarint(b)
	if err != nil {
		return f, err
	}
	f.Lasting = flags&flagLasting != 0
	if f.Position, b, err = uvarint(b); err != nil {
		return f, err
	}
	ahead, n := binary.Varint(b)
	if n <= 0 {
		return f, errFrame
	}
	f.Ahead, b = time.Duration(ahead), b[n:]
	length, b, err := uvarint(b)
	if err != nil || length > uint64(len(b)) {
		return f, errFrame
	}
	f.Address, f.Body = string(b[:length]), b[length:]
	return f, nil
}

func uvarint(b []byte) (v uint64, rest []byte, err error) {
	v, n := binary.Uvarint(b)
	if n <= 0 {
		return 0, nil, errFrame
	}
	return v, b[n:], nil
}
