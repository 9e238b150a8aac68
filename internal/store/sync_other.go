//go:build !linux

package store

import "os"

// syncedFile is a file whose Sync reaches the disk.
type syncedFile struct{ *os.File }
