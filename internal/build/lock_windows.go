package build

import (
	"errors"
	"os"
	"syscall"
)

var errLocked = errors.New("locked by another process")

const (
	sharingViolation = syscall.Errno(32)
	deletePending    = syscall.Errno(303)
)

// tryLock takes the lock, a file that it makes if need be, or returns
// errLocked. The lock ends with the process at the latest: the file is open
// and shared for nothing but deletion.
func tryLock(path string) (unlock func(), err error) {
	name, err := syscall.UTF16PtrFromString(path)
	if err != nil {
		return nil, &os.PathError{Op: "lock", Path: path, Err: err}
	}
	h, err := syscall.CreateFile(name, syscall.GENERIC_READ|syscall.GENERIC_WRITE, syscall.FILE_SHARE_DELETE, nil,
		syscall.OPEN_ALWAYS, syscall.FILE_ATTRIBUTE_NORMAL, 0)
	switch {
	case errors.Is(err, sharingViolation), errors.Is(err, deletePending):
		return nil, errLocked
	case err != nil:
		return nil, &os.PathError{Op: "lock", Path: path, Err: err}
	}
	return func() { syscall.CloseHandle(h) }, nil //nolint:errcheck // nothing was written
}
