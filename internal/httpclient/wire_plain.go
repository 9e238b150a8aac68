package httpclient

import (
	"errors"
	"os"
	"time"
)

// plainExchange is exchange by ordinary means.
func (w *wire) plainExchange() (int, error) {
	if !w.ready {
		if err := w.sendRest(); err != nil {
			return 0, err
		}
	}
	w.place()
	if w.stashed {
		w.stashed, w.in[0] = false, w.stash
		w.received++
		return 1, nil
	}
	for {
		n, err := w.Conn.Read(w.in)
		w.received += int64(n)
		if n > 0 {
			return n, nil
		}
		if err = w.poked(err); err != nil {
			return 0, err
		}
	}
}

// plainPending looks what has arrived where one can not peek: it reads one byte
// for a moment, and keeps it for the next read.
func (w *wire) plainPending() arrival {
	if w.stashed {
		return something
	}
	_ = w.Conn.SetReadDeadline(time.Now().Add(time.Millisecond))
	defer w.watch.calm(w.Conn)
	var p [1]byte
	n, err := w.Conn.Read(p[:])
	switch {
	case n > 0:
		w.stash, w.stashed = p[0], true
		return something
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nothing
	}
	return closing
}
