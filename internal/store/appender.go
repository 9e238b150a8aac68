package store

import "fmt"

// pendingLimit bounds the frames kept in memory while the disk is in trouble:
// two hours and more of a run with twenty names.
const pendingLimit = 32 << 20

// batchSize is how much is written before a sync. When the disk is nearly full
// again, smaller pieces get further.
const batchSize = 1 << 20

// A file is what an appender writes to.
type file interface {
	WriteAt(b []byte, off int64) (int, error)
	Truncate(size int64) error
	Sync() error
	Close() error
}

// An appender writes frames to the end of a log. A frame is either whole and
// synced, or the log ends before it: what a failed write or sync left behind is
// cut off, and the frames wait in memory for the next try.
type appender struct {
	file    file
	good    int64 // end of the last frame known to be on the disk
	torn    bool  // there may be something after it
	pending [][]byte
	size    int // bytes of pending
	limit   int // of size
	dropped int // frames given up
}

// add queues a frame. When there is too much waiting the oldest is given up.
func (a *appender) add(frame []byte) {
	a.pending = append(a.pending, frame)
	a.size += len(frame)
	for a.size > a.limit && len(a.pending) > 1 {
		a.size -= len(a.pending[0])
		a.pending = a.pending[1:]
		a.dropped++
	}
}

// flush writes what is queued.
func (a *appender) flush() error {
	for len(a.pending) > 0 {
		n, batch := a.batch()
		if err := a.write(batch); err != nil {
			return err
		}
		a.size -= len(batch)
		a.pending = a.pending[n:]
	}
	a.pending = nil
	return nil
}

// batch returns the next frames as one, and how many they are.
func (a *appender) batch() (n int, batch []byte) {
	size := 0
	for n < len(a.pending) && (n == 0 || size+len(a.pending[n]) <= batchSize) {
		size += len(a.pending[n])
		n++
	}
	if n == 1 {
		return 1, a.pending[0]
	}
	batch = make([]byte, 0, size)
	for _, frame := range a.pending[:n] {
		batch = append(batch, frame...)
	}
	return n, batch
}

// write puts b behind the last good frame, past all caches, or leaves the log
// as it was.
func (a *appender) write(b []byte) error {
	if a.torn {
		if err := a.file.Truncate(a.good); err != nil {
			return fmt.Errorf("cutting off a failed write: %w", err)
		}
	}
	a.torn = true
	_, err := a.file.WriteAt(b, a.good)
	if err == nil {
		err = a.file.Sync()
	}
	if err != nil {
		a.torn = a.file.Truncate(a.good) != nil
		return fmt.Errorf("writing the run log: %w", err)
	}
	a.good += int64(len(b))
	a.torn = false
	return nil
}

// rescue writes what it can, a frame at a time, and returns how many frames
// were lost, with the first error.
func (a *appender) rescue() (lost int, first error) {
	lost = a.dropped
	for _, frame := range a.pending {
		if err := a.write(frame); err != nil {
			lost++
			if first == nil {
				first = err
			}
		}
	}
	a.pending, a.size = nil, 0
	return lost, first
}
