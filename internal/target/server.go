package target

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"
)

// Start serves on an address such as "127.0.0.1:0" and returns the base URL.
// The function stop ends that as Serve does and returns when it has ended; it
// may be called more than once.
func (t *Target) Start(addr string) (url string, stop func(), err error) {
	l, err := t.listen(addr)
	if err != nil {
		return "", nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	var serving sync.WaitGroup
	serving.Go(func() {
		_ = t.Serve(ctx, l) // there is nothing to tell: it listened, and stops when told
	})
	return "http://" + l.Addr().String(), func() { cancel(); serving.Wait() }, nil
}

// ListenAndServe serves on an address until the context ends, see Serve.
func (t *Target) ListenAndServe(ctx context.Context, addr string) error {
	l, err := t.listen(addr)
	if err != nil {
		return err
	}
	return t.Serve(ctx, l)
}

func (t *Target) listen(addr string) (net.Listener, error) {
	if err := t.config.Validate(); err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("starting the target: %w", err)
	}
	return l, nil
}

// Serve answers connections of the listener, which it closes, until the
// context ends. Then it takes no more, finishes the requests it is working on
// and returns nil, after Config.Grace at the latest: what is not done by then
// is cut off. All goroutines that it started have ended when it returns.
func (t *Target) Serve(ctx context.Context, l net.Listener) error {
	var conns sync.WaitGroup
	work, abort := context.WithCancel(context.WithoutCancel(ctx))
	defer abort()
	server := &http.Server{
		Handler:           t.Handler(),
		ReadHeaderTimeout: time.Minute, // and no idle timeout: users may think for long
		BaseContext:       func(net.Listener) context.Context { return work },
		ConnState:         func(_ net.Conn, state http.ConnState) { t.follow(&conns, state) },
		ErrorLog:          log.New(io.Discard, "", 0), // clients that break off are its daily bread
	}
	stopped := make(chan struct{})
	ended := context.AfterFunc(ctx, func() {
		defer close(stopped)
		t.shutdown(server)
	})
	err := server.Serve(l)
	if ended() { // the listener failed by itself
		t.shutdown(server)
	} else {
		<-stopped
	}
	abort() // only now: a handler that returns without an answer has sent an empty one
	conns.Wait()
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("serving the target: %w", err)
}

func (t *Target) shutdown(server *http.Server) {
	ctx, cancel := context.WithTimeout(context.Background(), t.config.Grace)
	defer cancel()
	if server.Shutdown(ctx) != nil {
		_ = server.Close() // the connections are cut whatever it returns
	}
}

// follow counts connections. A connection is new before the listener's loop
// goes on and closed at the end of its goroutine.
func (t *Target) follow(conns *sync.WaitGroup, state http.ConnState) {
	switch state {
	case http.StateNew:
		t.conns.opened.Add(1)
		t.conns.open.Add(1)
		conns.Add(1)
	case http.StateClosed, http.StateHijacked:
		t.conns.open.Add(-1)
		conns.Done()
	}
}
