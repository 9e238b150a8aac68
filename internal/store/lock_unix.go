//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package store

import (
	"errors"
	"os"
	"syscall"
)

// lock takes the lock of a log for as long as f is open; the system gives it
// back when the process ends, however it ends. It fails with errLocked when
// another file of the same log holds it. File systems without locks have none.
func lock(f *os.File) error { return flock(f, syscall.LOCK_EX|syscall.LOCK_NB) }

// isLocked reports whether somebody writes the log.
func isLocked(f *os.File) bool {
	if errors.Is(flock(f, syscall.LOCK_SH|syscall.LOCK_NB), errLocked) {
		return true
	}
	_ = flock(f, syscall.LOCK_UN)
	return false
}

func flock(f *os.File, how int) error {
	for {
		err := syscall.Flock(int(f.Fd()), how)
		switch {
		case errors.Is(err, syscall.EINTR):
		case errors.Is(err, syscall.EWOULDBLOCK):
			return errLocked
		default: // nil, or a file system that has no locks
			return nil
		}
	}
}
