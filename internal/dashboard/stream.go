package dashboard

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// What a client of a stream may cost.
const (
	// maxStreams is how many there may be at a time: each has a socket, and the
	// load needs sockets, too.
	maxStreams = 256
	// batchBytes is how much is written at a time.
	batchBytes = 256 << 10
	// writePatience is how long a client may take to read that. Then it is
	// dropped; it may come back and go on from where it was.
	writePatience = 10 * time.Second
	// aliveEvery is how often something is written where nothing happens: to find
	// who has gone, and so that browsers know that nobody has.
	aliveEvery = 10 * time.Second
	// farewell is how long a client that knows the end may stay: less than Close
	// waits, so that streams end and are not cut.
	farewell = drainTime / 2
	// retryAfter is how long a browser waits before it comes back.
	retryAfter = time.Second
)

// A stream brings the events of a log to any number of clients. Each of them is
// a position in the log, and nobody waits for it.
type stream struct {
	log      *log
	status   func() []byte // how the run stands, as JSON
	patience time.Duration // see writePatience
	alive    time.Duration // see aliveEvery

	mu    sync.Mutex
	count int
	empty chan struct{} // closed, and replaced, when the last one goes
}

func newStream(l *log, status func() []byte) *stream {
	return &stream{log: l, status: status, patience: writePatience, alive: aliveEvery, empty: make(chan struct{})}
}

func (s *stream) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	position, err := s.position(r)
	if err != nil {
		refuse(w, http.StatusBadRequest, "after must be a number, the id of an event")
		return
	}
	if !s.enter() {
		w.Header().Set("Retry-After", "5")
		refuse(w, http.StatusServiceUnavailable, "too many are looking on")
		return
	}
	defer s.leave()
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // a proxy that collects would spoil it
	c := client{stream: s, position: position, to: w, control: http.NewResponseController(w)}
	c.serve(r.Context())
}

// position is the event after which a client wants to go on: all that is kept if
// it does not say.
func (s *stream) position(r *http.Request) (uint64, error) {
	text := r.Header.Get("Last-Event-ID") // a browser that comes back; its URL is older
	if text == "" {
		text = r.URL.Query().Get("after")
	}
	if text == "" {
		return s.log.oldest(), nil
	}
	return strconv.ParseUint(strings.TrimSpace(text), 10, 64)
}

func (s *stream) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.count >= maxStreams {
		return false
	}
	s.count++
	return true
}

func (s *stream) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.count--; s.count == 0 {
		close(s.empty)
		s.empty = make(chan struct{})
	}
}

// watching is how many clients there are; the channel is closed when there are
// none any more.
func (s *stream) watching() (int, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count, s.empty
}

// drain waits until nobody is there, or ctx ends.
func (s *stream) drain(ctx context.Context) {
	for count, empty := s.watching(); count > 0; count, empty = s.watching() {
		select {
		case <-empty:
		case <-ctx.Done():
			return
		}
	}
}

// A client is one connection of a stream.
type client struct {
	*stream
	position uint64
	to       io.Writer
	control  *http.ResponseController
}

// serve writes events until there are no more, the client has gone, or it is too
// slow.
func (c *client) serve(ctx context.Context) {
	_ = c.control.SetReadDeadline(time.Time{}) // it has nothing more to say
	alive := time.NewTicker(c.alive)
	defer alive.Stop()
	hello := "retry: " + strconv.FormatInt(retryAfter.Milliseconds(), 10) + "\n\n"
	for err := c.write([]byte(hello)); err == nil; {
		b := c.log.after(c.position, batchBytes)
		if b.lost {
			b.frames = append(b.frames, frameOf(b.last, resetEvent, []byte("{}")))
		}
		c.position = b.last
		if err = c.write(b.frames...); err != nil {
			return
		}
		if b.ended {
			c.part(ctx)
			return
		}
		if b.grown == nil {
			continue
		}
		select {
		case <-b.grown:
		case <-alive.C:
			err = c.write(frameOf(c.position, statusEvent, c.status()))
		case <-ctx.Done():
			return
		}
	}
}

// part leaves the end to the client, which may want the page of the ended run
// before the server goes.
func (c *client) part(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(farewell):
	}
}

func (c *client) write(frames ...[]byte) error {
	if len(frames) == 0 {
		return nil
	}
	if err := c.control.SetWriteDeadline(time.Now().Add(c.patience)); err != nil {
		return err
	}
	for _, frame := range frames {
		if _, err := c.to.Write(frame); err != nil {
			return err
		}
	}
	return c.control.Flush()
}
