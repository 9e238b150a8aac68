package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"os"

	"github.com/loadforge/loadforge/internal/metrics"
)

// stateName is the file of a run's checkpoint: eight bytes that say where the
// log ends that it belongs to, lowest first, then the coordinator's state.
const stateName = "run.state"

// Keep keeps a coordinator's state, as one with the seconds kept before it: both
// survive a crash, or neither does. It must come between two calls of Second,
// and fails while the disk is in trouble.
func (w *Writer) Keep(state []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.goesOn(); err != nil {
		return err
	}
	if w.troubled || w.log.dropped > 0 {
		return errors.New("the seconds before are not on the disk")
	}
	b := binary.LittleEndian.AppendUint64(nil, uint64(w.log.good))
	return WriteFile(w.root, stateName, append(b, state...))
}

// Resume opens a run whose coordinator died, to go on with it: its log is cut
// back to its checkpoint. It returns the coordinator's state. What the run has
// seconds of is then [Writer.Seconds].
func Resume(dir string) (*Writer, []byte, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, nil, fmt.Errorf("going on with the run %s: %w", dir, err)
	}
	defer closeRoot(root)
	b, err := readFile(root, stateName, maxPayload)
	if err != nil || len(b) < 8 {
		return nil, nil, fmt.Errorf("going on with the run %s: it has no checkpoint: %w", dir, errors.Join(err, errIncomplete))
	}
	w, err := Append(dir)
	if err != nil {
		return nil, nil, err
	}
	if err := w.cutBack(int64(binary.LittleEndian.Uint64(b))); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("going on with the run %s: %w", dir, err), w.close())
	}
	return w, b[8:], nil
}

// cutBack cuts off what the log has past an offset.
func (w *Writer) cutBack(end int64) error {
	if end > w.log.good {
		return fmt.Errorf("its log ends at %d, its checkpoint speaks of %d", w.log.good, end)
	}
	f, err := w.root.OpenFile(logName, os.O_RDWR, 0o644)
	if err != nil {
		return err
	}
	err = errors.Join(f.Truncate(end), f.Sync(), f.Close())
	if err != nil {
		return err
	}
	w.resumed = true
	return w.recover() // what was cut off may be remarked again
}

// Seconds returns the snapshots of the log in their order.
func (w *Writer) Seconds() iter.Seq2[*metrics.Snapshot, error] {
	return func(yield func(*metrics.Snapshot, error) bool) {
		r, err := Open(w.dir)
		if err != nil {
			yield(nil, err)
			return
		}
		defer r.Close()
		for s, err := range r.Written() {
			if !yield(s, err) {
				return
			}
		}
	}
}
