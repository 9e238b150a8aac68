//go:build linux && (amd64 || arm64 || arm || loong64 || mips64 || mips64le || ppc64 || ppc64le || riscv64)

package httpclient

import (
	"syscall"
	"unsafe"
)

// rawSupported says that RawConn.Read may send and receive.
const rawSupported = true

// rawSend, rawReceive and rawPeek never block, and so need not tell the
// scheduler that they might: RawSyscall saves 70 ns a call. The sockets are
// non-blocking, as package net makes them; the flag is there for clarity and
// MSG_NOSIGNAL against SIGPIPE.

func rawSend(fd uintptr, p []byte) (int, syscall.Errno) {
	return rawSocket(syscall.SYS_SENDTO, fd, p, syscall.MSG_DONTWAIT|syscall.MSG_NOSIGNAL)
}

func rawReceive(fd uintptr, p []byte) (int, syscall.Errno) {
	return rawSocket(syscall.SYS_RECVFROM, fd, p, syscall.MSG_DONTWAIT)
}

func rawPeek(fd uintptr) (int, syscall.Errno) {
	var p [1]byte
	return rawSocket(syscall.SYS_RECVFROM, fd, p[:], syscall.MSG_DONTWAIT|syscall.MSG_PEEK)
}

func rawSocket(call, fd uintptr, p []byte, flags uintptr) (int, syscall.Errno) {
	for {
		n, _, errno := syscall.RawSyscall6(call, fd, uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)), flags, 0, 0)
		if errno == 0 {
			return int(n), 0
		}
		if errno != syscall.EINTR {
			return 0, errno
		}
	}
}
