//go:build unix

package fleet

import (
	"os"
	"syscall"
)

// lock locks a file until this process ends.
func lock(name string) error {
	fd, err := syscall.Open(name, os.O_RDWR|os.O_CREATE|syscall.O_CLOEXEC, 0o600)
	if err != nil {
		return err
	}
	if err := syscall.Flock(fd, syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = syscall.Close(fd)
		return err
	}
	return nil // the descriptor stays open as long as the process
}
