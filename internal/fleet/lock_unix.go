//go:build unix

package fleet

import (
	"errors"
	"os"
	"syscall"
)

// lock locks a file, which it makes if need be, until unlock is called or this
// process ends. It fails with errLocked when somebody has it, and with
// [errors.ErrUnsupported] on file systems without locks.
func lock(name string) (unlock func(), err error) {
	// A descriptor, and no os.File: nothing closes it behind our back.
	fd, err := syscall.Open(name, os.O_RDWR|os.O_CREATE|syscall.O_CLOEXEC, 0o600)
	if err != nil {
		return nil, &os.PathError{Op: "lock", Path: name, Err: err}
	}
	err = flock(fd)
	if err == nil && !isAt(fd, name) {
		err = errLocked // who had it has removed it meanwhile
	}
	if err != nil {
		_ = syscall.Close(fd)
		return nil, &os.PathError{Op: "lock", Path: name, Err: err}
	}
	return func() { _ = syscall.Close(fd) }, nil
}

func flock(fd int) error {
	for {
		err := syscall.Flock(fd, syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case errors.Is(err, syscall.EINTR):
		case errors.Is(err, syscall.EWOULDBLOCK):
			return errLocked
		case errors.Is(err, syscall.ENOLCK):
			return errors.ErrUnsupported
		default:
			return err
		}
	}
}

func isAt(fd int, name string) bool {
	var mine, there syscall.Stat_t
	return syscall.Fstat(fd, &mine) == nil && syscall.Stat(name, &there) == nil && mine.Dev == there.Dev && mine.Ino == there.Ino
}
