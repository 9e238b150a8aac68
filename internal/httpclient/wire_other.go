//go:build !unix

package httpclient

import "syscall"

// rawSupported says that RawConn.Read may not send and receive here: wires
// write and read in the ordinary way.
const rawSupported = false

func rawSend(uintptr, []byte) (int, syscall.Errno)    { return 0, syscall.EINVAL }
func rawReceive(uintptr, []byte) (int, syscall.Errno) { return 0, syscall.EINVAL }
func rawPeek(uintptr) (int, syscall.Errno)            { return 0, syscall.EINVAL }
