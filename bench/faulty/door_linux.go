package main

import (
	"context"
	"fmt"
	"net"
	"syscall"
)

// A door is an address that can be closed for a while. Connections are refused
// then, and the port is nobody else's: without the socket that keeps it, the
// kernel could give it to the very client that is to be refused.
type door struct {
	address  string
	keeper   int // a socket that is bound and does not listen
	listener net.Listener
}

// soReusePort is of asm-generic/socket.h; package syscall has it not everywhere.
const soReusePort = 15

// openDoor finds a port of the loopback address and keeps it.
func openDoor() (*door, error) {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("make a socket: %w", err)
	}
	if err := syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, soReusePort, 1); err != nil {
		return nil, fmt.Errorf("share the port: %w", err)
	}
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return nil, fmt.Errorf("bind: %w", err)
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		return nil, fmt.Errorf("ask for the port: %w", err)
	}
	return &door{address: fmt.Sprint("127.0.0.1:", name.(*syscall.SockaddrInet4).Port), keeper: fd}, nil
}

// open has accept called with each connection, until the door is closed.
func (d *door) open(accept func(net.Conn)) error {
	config := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) (err error) {
		if failed := c.Control(func(fd uintptr) {
			err = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, soReusePort, 1)
		}); failed != nil {
			return failed
		}
		return err
	}}
	listener, err := config.Listen(context.Background(), "tcp4", d.address)
	if err != nil {
		return fmt.Errorf("open the door: %w", err)
	}
	d.listener = listener
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go accept(c)
		}
	}()
	return nil
}

func (d *door) close() error { return d.listener.Close() }
