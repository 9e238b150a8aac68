package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
)

// answer is as large as what nginx says here: about 240 bytes, 101 of them body.
const answer = "HTTP/1.1 200 OK\r\nServer: minimal\r\nDate: Mon, 23 Nov 2026 12:00:00 GMT\r\n" +
	"Content-Type: application/json\r\nContent-Length: 101\r\nConnection: keep-alive\r\n\r\n" +
	`{"id":1,"name":"anvil","price":1999,"stock":7,"tags":["heavy","iron"],"description":"hardly breaks "}`

// A loop serves connections on one thread.
type loop struct {
	address  syscall.SockaddrInet4
	listener int
	poller   int
	count    atomic.Int64
	arrivals []int64 // nanoseconds, of the first requests
	in       [64 << 10]byte
	control  [128]byte
}

// newLoop listens at an address; port 0 is any. Shared, others may listen there
// too, and the kernel deals the connections to all of them.
func newLoop(address syscall.SockaddrInet4, shared bool, arrivals int) (*loop, error) {
	l := &loop{arrivals: make([]int64, arrivals)}
	if err := l.listen(address, shared); err != nil {
		return nil, err
	}
	var err error
	if l.poller, err = syscall.EpollCreate1(syscall.EPOLL_CLOEXEC); err != nil {
		return nil, fmt.Errorf("make a poller: %w", err)
	}
	return l, l.watch(l.listener, syscall.EPOLLIN)
}

func (l *loop) listen(address syscall.SockaddrInet4, shared bool) (err error) {
	if l.listener, err = syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC, 0); err != nil {
		return fmt.Errorf("make a socket: %w", err)
	}
	if shared {
		if err = syscall.SetsockoptInt(l.listener, syscall.SOL_SOCKET, soReusePort, 1); err != nil {
			return fmt.Errorf("share the port: %w", err)
		}
	}
	if err = syscall.Bind(l.listener, &address); err != nil {
		return fmt.Errorf("bind: %w", err)
	}
	if err = syscall.Listen(l.listener, 16384); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	name, err := syscall.Getsockname(l.listener)
	if err != nil {
		return fmt.Errorf("ask for the port: %w", err)
	}
	l.address = *name.(*syscall.SockaddrInet4)
	return nil
}

func (l *loop) watch(fd int, events uint32) error {
	event := syscall.EpollEvent{Events: events, Fd: int32(fd)}
	if err := syscall.EpollCtl(l.poller, syscall.EPOLL_CTL_ADD, fd, &event); err != nil {
		return fmt.Errorf("watch a connection: %w", err)
	}
	return nil
}

// run serves for ever. While there is work it goes past the Go scheduler, which
// would cost more than the serving.
func (l *loop) run() error {
	var events [512]syscall.EpollEvent
	for {
		n := l.ready(events[:])
		if n == 0 {
			var err error
			if n, err = syscall.EpollWait(l.poller, events[:], -1); err != nil && err != syscall.EINTR {
				return fmt.Errorf("wait: %w", err)
			}
		}
		for i := range max(n, 0) {
			if fd := int(events[i].Fd); fd == l.listener {
				l.accept()
			} else {
				l.serve(fd)
			}
		}
	}
}

// ready asks for events without waiting.
func (l *loop) ready(events []syscall.EpollEvent) int {
	n, _, errno := syscall.RawSyscall6(syscall.SYS_EPOLL_PWAIT, uintptr(l.poller),
		uintptr(unsafe.Pointer(&events[0])), uintptr(len(events)), 0, 0, 0)
	if errno != 0 {
		return 0
	}
	return int(n)
}

// Of asm-generic/socket.h; package syscall has them not everywhere.
const (
	soReusePort   = 15
	soTimestampNS = 35
)

func (l *loop) accept() {
	for {
		fd, _, err := syscall.Accept4(l.listener, syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC)
		if err != nil {
			return
		}
		_ = syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1)
		if len(l.arrivals) > 0 {
			_ = syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, soTimestampNS, 1)
		}
		if l.watch(fd, syscall.EPOLLIN) != nil {
			_ = syscall.Close(fd)
		}
	}
}

var endOfHeader = []byte("\r\n\r\n")

// serve reads what came and answers each header that ends in it. Requests have
// no body here, and none is longer than what is read at once.
func (l *loop) serve(fd int) {
	n, at := l.receive(fd)
	if n <= 0 {
		if n == 0 {
			_ = syscall.Close(fd)
		}
		return
	}
	requests := bytes.Count(l.in[:n], endOfHeader)
	for range requests {
		l.note(at)
		send(fd)
	}
}

func (l *loop) note(at int64) {
	count := l.count.Load()
	if count < int64(len(l.arrivals)) {
		l.arrivals[count] = at
	}
	l.count.Store(count + 1)
}

// receive returns how much came, 0 at the end of the connection and less when
// there was nothing, and when it came, if that is to be noted.
func (l *loop) receive(fd int) (int, int64) {
	if len(l.arrivals) == 0 {
		n, _, errno := syscall.RawSyscall6(syscall.SYS_RECVFROM, uintptr(fd), uintptr(unsafe.Pointer(&l.in)), uintptr(len(l.in)), 0, 0, 0)
		return outcome(int(n), errno), 0
	}
	n, control, _, _, err := syscall.Recvmsg(fd, l.in[:], l.control[:], 0)
	var errno syscall.Errno
	errors.As(err, &errno)
	return outcome(n, errno), stamp(l.control[:control])
}

func outcome(n int, errno syscall.Errno) int {
	switch errno {
	case 0:
		return n
	case syscall.EAGAIN, syscall.EINTR:
		return -1
	}
	return 0
}

// stamp reads the kernel's time of reception.
func stamp(control []byte) int64 {
	messages, err := syscall.ParseSocketControlMessage(control)
	if err == nil {
		for _, m := range messages {
			if m.Header.Level == syscall.SOL_SOCKET && m.Header.Type == soTimestampNS && len(m.Data) >= 16 {
				return int64(binary.NativeEndian.Uint64(m.Data))*1e9 + int64(binary.NativeEndian.Uint64(m.Data[8:]))
			}
		}
	}
	return time.Now().UnixNano()
}

func send(fd int) {
	text := unsafe.StringData(answer)
	// A client that is gone shows at the next receive.
	_, _, _ = syscall.RawSyscall6(syscall.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(text)), uintptr(len(answer)),
		syscall.MSG_DONTWAIT|syscall.MSG_NOSIGNAL, 0, 0)
}
