//go:build !windows

package httpclient

import "syscall"

// localLimits are this machine's own limits, with what to do about them.
var localLimits = []struct {
	errno   syscall.Errno
	message string
}{
	{syscall.EMFILE, "too many open files: raise the limit with ulimit -n"},
	{syscall.ENFILE, "too many open files on this machine: raise fs.file-max"},
	{syscall.EADDRNOTAVAIL, "no local port or address left: widen the port range or add source addresses"},
	{syscall.EADDRINUSE, "no local port left: widen the port range or add source addresses"},
	{syscall.ENOBUFS, "no buffer space left on this machine"},
	{syscall.ENOMEM, "no memory left on this machine"},
}

func plainErrno(errno syscall.Errno) string { return errno.Error() }
