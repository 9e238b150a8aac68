package httpclient

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"
)

// A wire is a connection whose writing waits for the reading. Write only
// collects; Read sends what was collected, waits for the answer and receives it,
// all inside one call of [syscall.RawConn.Read]: the runtime forgets what the
// poller knew of the connection, calls step, which sends and says "not yet"; the
// goroutine parks; when something came, step is called again and receives. That
// is two system calls an exchange, where write and read take three or more: one
// of a read that comes too early. What comes fast can not be missed, because
// forgetting precedes sending. As it is a net.Conn, TLS and HTTP/2 run over it
// unchanged and get the same.
//
// One thing can be missed: the end of a peer that closed its half earlier and
// kept silent since, because that was forgotten too. Hence eager: unless the
// last exchange ended a moment ago, step tries to receive at once after sending.
// For the remaining moment the watch's again flag is set, and a wait longer than
// a tick is looked at once more.
//
// Where the system has no such thing (Windows), Read writes and reads.
type wire struct {
	net.Conn
	watch *watch
	raw   syscall.RawConn       // nil: the plain way
	step  func(fd uintptr) bool // sendOrReceive, bound once
	look  func(fd uintptr)      // peek, bound once

	out   []byte // still to be sent
	in    []byte // where to receive
	n     int    // what was received
	errno syscall.Errno

	lent   **buffer // what out lies in, to be given back when it is sent; nil: it stays
	borrow **buffer // what to receive into, to be taken when something is there; nil: in
	size   int      // how large that should be

	eager   bool // try to receive at once
	nowait  bool // Read does not wait
	patient bool // what comes while sending is no reason to stop (HTTP/2; TLS 1.3 until the first answer)
	ready   bool // all was sent: receive
	broken  bool // sending failed or was given up: good for one answer at most

	held     *buffer // what Write collects
	holding  int
	buffers  *buffers
	sent     int64 // bytes, ever
	received int64
	begun    int64 // sent before the present exchange
	why      error // what broke it

	stash   byte // a byte that looking has taken
	stashed bool
}

// maxHeld is how much Write collects before it sends.
const maxHeld = 64 << 10

var (
	errOverdue   net.Error = overdue{}
	errUnwritten           = errors.New("the peer answered before it had the whole request")
	errUnsent              = errors.New("the connection was closed before anything was sent")
)

// overdue is the verdict on a wait whose time is over. It claims to be temporary
// so that crypto/tls lets the connection live: a wait for "100 Continue" may end
// in vain.
type overdue struct{ wouldBlock }

func (overdue) Error() string { return "deadline exceeded" }

func newWire(conn net.Conn, w *watch, b *buffers) *wire {
	x := &wire{Conn: conn, watch: w, buffers: b}
	if source, ok := conn.(syscall.Conn); ok && rawSupported {
		if raw, err := source.SyscallConn(); err == nil {
			x.raw, x.step, x.look = raw, x.sendOrReceive, x.peek
		}
	}
	return x
}

// begin starts the count of an exchange.
func (w *wire) begin(eager bool) {
	w.begun, w.eager = w.sent, eager
}

// exchange sends out, if there is any, and receives at least one byte into in.
func (w *wire) exchange(out, in []byte) (int, error) {
	w.out, w.in, w.ready = out, in, len(out) == 0
	if w.watch.cut() { // a poke may have come before the deadline was set
		return 0, errCancelled
	}
	if w.raw == nil {
		return w.plainExchange()
	}
	for {
		w.n, w.errno = 0, 0
		err := w.raw.Read(w.step)
		if err == nil && w.ready {
			return w.got()
		}
		if err = w.goOn(err); err != nil {
			return 0, err
		}
	}
}

// converse is exchange with memory that is held only while it is needed: out lies
// in *lent, which goes back as soon as all is sent, and *borrow is taken when the
// answer is there. Users that wait hold none, and what a processor touches stays
// in its cache however many they are.
func (w *wire) converse(out []byte, lent, borrow **buffer, size int) (int, error) {
	w.lent, w.borrow, w.size = lent, borrow, size
	n, err := w.exchange(out, nil)
	w.lent, w.borrow = nil, nil
	return n, err
}

// repay gives back what out was lent in.
func (w *wire) repay() {
	if w.lent != nil {
		w.buffers.put(*w.lent)
		*w.lent, w.lent = nil, nil
	}
}

// place makes sure there is somewhere to receive into.
func (w *wire) place() {
	if w.borrow != nil {
		*w.borrow = w.buffers.get(w.size)
		w.in = (*w.borrow).bytes
	}
}

// unplace takes that back: nothing came.
func (w *wire) unplace() {
	if w.borrow != nil {
		w.buffers.put(*w.borrow)
		*w.borrow = nil
	}
}

// got judges a receive.
func (w *wire) got() (int, error) {
	if w.errno != 0 {
		return 0, w.errno
	}
	if w.n == 0 {
		return 0, io.EOF
	}
	w.received += int64(w.n)
	return w.n, nil
}

// sendOrReceive is what happens inside RawConn.Read. True ends that call.
func (w *wire) sendOrReceive(fd uintptr) bool {
	if !w.ready {
		n, errno := rawSend(fd, w.out)
		w.sent += int64(n)
		w.out = w.out[n:]
		if len(w.out) > 0 {
			w.errno = errno
			return true
		}
		w.ready = true
		w.repay()
		if !w.eager {
			w.eager = true // for what is sent later on in this exchange
			return false
		}
	}
	w.place()
	if w.n, w.errno = rawReceive(fd, w.in); w.errno == syscall.EAGAIN {
		w.unplace()
		return false
	}
	return true
}

// goOn decides after RawConn.Read ended early: poked, or not all was sent.
func (w *wire) goOn(err error) error {
	if err != nil {
		return w.poked(err)
	}
	if w.errno == 0 || w.errno == syscall.EAGAIN {
		return w.sendRest()
	}
	return w.giveUp(w.errno)
}

// poked asks the watch what an error of a wait means.
func (w *wire) poked(err error) error {
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		return err
	}
	w.watch.calm(w.Conn) // before the verdict: a poke after it must stay
	if w.ready {
		w.watch.once()
	}
	return w.watch.verdict()
}

// sendRest writes what a non-blocking send has left over. A server that answers
// early and stops reading must not hold us here: every poke looks for an answer.
func (w *wire) sendRest() error {
	if w.watch.cut() {
		return errCancelled
	}
	for len(w.out) > 0 {
		n, err := w.Conn.Write(w.out)
		w.sent += int64(n)
		w.out = w.out[n:]
		if err == nil {
			continue
		}
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return w.giveUp(err)
		}
		if err := w.poked(err); err != nil {
			return err
		}
		if !w.patient && w.pending() != nothing {
			return w.giveUp(errUnwritten)
		}
	}
	w.ready = true
	return nil
}

// giveUp stops sending. There may be an answer all the same: a refusal that the
// server did not want to say after reading everything.
func (w *wire) giveUp(err error) error {
	w.out, w.ready, w.broken, w.why = nil, true, true, err
	if w.sent == w.begun {
		return errUnsent
	}
	return nil
}

// reason says why nothing of a request could be sent.
func (w *wire) reason() error {
	if w.why == nil {
		return errPhantom
	}
	return w.why
}

// An arrival is what a look at an idle connection finds.
type arrival uint8

const (
	nothing arrival = iota
	something
	closing
)

// pending looks what has arrived, without waiting, taking it, or making the
// poller forget.
func (w *wire) pending() arrival {
	if w.raw == nil {
		return w.plainPending()
	}
	if err := w.raw.Control(w.look); err != nil {
		return closing
	}
	switch {
	case w.errno == syscall.EAGAIN:
		return nothing
	case w.errno != 0 || w.n == 0:
		return closing
	}
	return something
}

func (w *wire) peek(fd uintptr) { w.n, w.errno = rawPeek(fd) }

// Read sends what Write holds, waits for the answer and receives it.
func (w *wire) Read(p []byte) (int, error) {
	if w.nowait && w.pending() == nothing {
		return 0, errWouldBlock
	}
	var out []byte
	if w.holding > 0 {
		out = w.held.bytes[:w.holding]
		w.holding = 0
	}
	return w.exchange(out, p)
}

// Write collects p for the next Read. What is too much to hold is sent first.
func (w *wire) Write(p []byte) (int, error) {
	if w.holding+len(p) > maxHeld {
		if err := w.flush(); err != nil {
			return 0, err
		}
	}
	w.hold(p)
	return len(p), nil
}

func (w *wire) hold(p []byte) {
	need := w.holding + len(p)
	switch {
	case w.held == nil:
		w.held = w.buffers.get(need)
	case need > len(w.held.bytes):
		w.held = w.buffers.grow(w.held, w.holding, need)
	}
	w.holding += copy(w.held.bytes[w.holding:], p)
}

// flush sends what Write holds without waiting for an answer.
func (w *wire) flush() error {
	if w.holding == 0 {
		return nil
	}
	out := w.held.bytes[:w.holding]
	w.holding = 0
	return w.send(out)
}

// sendAhead sends all of p without waiting for an answer. That the peer answered
// before it had everything is not an error yet.
func (w *wire) sendAhead(p []byte) error {
	w.out, w.ready = p, false
	return w.sendRest()
}

// send is sendAhead for a stream that must be whole.
func (w *wire) send(p []byte) error {
	err := w.sendAhead(p)
	if err == nil && w.broken {
		return errUnwritten
	}
	return err
}

// release gives the buffer of Write back. Nothing must be in flight.
func (w *wire) release() {
	if w.holding == 0 {
		w.buffers.put(w.held)
		w.held = nil
	}
}

// Close sends what Write holds, if that needs no waiting, and closes.
func (w *wire) Close() error {
	if w.holding > 0 && w.raw != nil {
		w.out, w.ready, w.eager = w.held.bytes[:w.holding], false, false
		_ = w.raw.Control(func(fd uintptr) { w.sendOrReceive(fd) })
		w.holding = 0
	}
	w.release()
	return w.Conn.Close()
}
