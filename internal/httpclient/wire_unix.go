//go:build unix && !(linux && (amd64 || arm64 || arm || loong64 || mips64 || mips64le || ppc64 || ppc64le || riscv64))

package httpclient

import (
	"errors"
	"syscall"
)

// rawSupported says that RawConn.Read may send and receive.
const rawSupported = true

// rawSend, rawReceive and rawPeek never block: package net makes its sockets
// non-blocking, and the runtime ignores SIGPIPE for them.

func rawSend(fd uintptr, p []byte) (int, syscall.Errno) {
	return retry(func() (int, error) { return syscall.Write(int(fd), p) })
}

func rawReceive(fd uintptr, p []byte) (int, syscall.Errno) {
	return retry(func() (int, error) { return syscall.Read(int(fd), p) })
}

func rawPeek(fd uintptr) (int, syscall.Errno) {
	return retry(func() (int, error) {
		var p [1]byte
		n, _, err := syscall.Recvfrom(int(fd), p[:], syscall.MSG_PEEK)
		return n, err
	})
}

func retry(call func() (int, error)) (int, syscall.Errno) {
	for {
		n, err := call()
		if err == nil {
			return n, 0
		}
		var errno syscall.Errno
		if !errors.As(err, &errno) {
			return 0, syscall.EIO
		}
		if errno != syscall.EINTR {
			return 0, errno
		}
	}
}
