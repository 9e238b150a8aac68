package target

import (
	"bytes"
	"errors"
	"net"
	"sync"
)

// blankAnswer is all that a blank server says.
var blankAnswer = []byte("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

// StartBlank starts a server that does next to nothing: it answers each request
// without a body with the same two bytes, and has looked for nothing but its
// end. It stands on the other side where a generator measures itself. stop ends
// it and all its connections, and waits for that.
func StartBlank(addr string) (url string, stop func(), err error) {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return "", nil, err
	}
	b := &blank{conns: map[net.Conn]bool{}}
	b.group.Go(func() { b.accept(listener) })
	return "http://" + listener.Addr().String() + "/", func() {
		_ = listener.Close()
		b.close()
		b.group.Wait()
	}, nil
}

type blank struct {
	group sync.WaitGroup
	mu    sync.Mutex
	conns map[net.Conn]bool
	over  bool
}

func (b *blank) accept(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err == nil && b.keep(conn) {
			b.group.Go(func() { b.serve(conn) })
		}
	}
}

// keep notes a connection, or closes one that comes too late.
func (b *blank) keep(conn net.Conn) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.over {
		_ = conn.Close()
		return false
	}
	b.conns[conn] = true
	return true
}

func (b *blank) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.over = true
	for conn := range b.conns {
		_ = conn.Close()
	}
}

func (b *blank) serve(conn net.Conn) {
	defer func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.conns, conn)
		_ = conn.Close()
	}()
	in := make([]byte, 4<<10)
	for have := 0; ; {
		n, err := conn.Read(in[have:])
		if err != nil {
			return
		}
		have += n
		switch {
		case bytes.HasSuffix(in[:have], []byte("\r\n\r\n")):
			have = 0
			if _, err := conn.Write(blankAnswer); err != nil {
				return
			}
		case have == len(in):
			return // no request of a load test is that long
		}
	}
}
