package store

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// Locks of Windows keep others from reading what they cover, so the one of a log
// covers a byte that no log has.
const lockedByte = 1 << 30 // upper half of its offset

// lock takes the lock of a log for as long as f is open; the system gives it
// back when the process ends, however it ends. It fails with errLocked when
// another file of the same log holds it.
func lock(f *os.File) error {
	return lockFile(f, windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY)
}

// isLocked reports whether somebody writes the log.
func isLocked(f *os.File) bool {
	if errors.Is(lockFile(f, windows.LOCKFILE_FAIL_IMMEDIATELY), errLocked) {
		return true
	}
	_ = windows.UnlockFileEx(windows.Handle(f.Fd()), 0, 1, 0, &windows.Overlapped{OffsetHigh: lockedByte})
	return false
}

func lockFile(f *os.File, flags uint32) error {
	err := windows.LockFileEx(windows.Handle(f.Fd()), flags, 0, 1, 0, &windows.Overlapped{OffsetHigh: lockedByte})
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) || errors.Is(err, windows.ERROR_IO_PENDING) {
		return errLocked
	}
	return nil // taken, or a file system that has no locks
}
