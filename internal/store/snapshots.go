package store

import (
	"cmp"
	"fmt"
	"iter"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/loadforge/loadforge/internal/metrics"
)

// Bounds of what is decoded at once. Decoding takes most of the time of a
// replay, so it is done on all processors; the bytes bound the memory, as a
// snapshot takes at most some hundred times its encoding.
const (
	batchSeconds = 64
	batchBytes   = 1 << 20
)

// A packed second is one that is not decoded yet.
type packed struct {
	second int
	parts  [][]byte // encoded snapshots
	err    error
}

// Snapshots returns the seconds of the run in order, each once: parts that came
// late are merged into theirs. A second that cannot be read comes as an error,
// and the next may follow. The snapshots are the caller's.
func (r *Reader) Snapshots() iter.Seq2[*metrics.Snapshot, error] {
	return func(yield func(*metrics.Snapshot, error) bool) {
		for rest := r.index.snapshots; len(rest) > 0; {
			var batch []packed
			batch, rest = r.batch(rest)
			for _, d := range decodeAll(batch) {
				if !yield(d.snapshot, d.err) {
					return
				}
			}
		}
	}
}

// batch reads the next seconds of entries and returns the entries after them.
func (r *Reader) batch(entries []entry) (batch []packed, rest []entry) {
	for size := 0; len(entries) > 0 && len(batch) < batchSeconds && size < batchBytes; {
		p := packed{second: int(entries[0].second)}
		for len(entries) > 0 && int(entries[0].second) == p.second {
			b, err := r.payload(entries[0])
			if err != nil {
				p.err = err
			}
			size += len(b)
			p.parts = append(p.parts, slices.Clone(b))
			entries = entries[1:]
		}
		batch = append(batch, p)
	}
	return batch, entries
}

type decoded struct {
	snapshot *metrics.Snapshot
	err      error
}

// decodeAll decodes a batch and returns when all of it is done.
func decodeAll(batch []packed) []decoded {
	out := make([]decoded, len(batch))
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(batch)) {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(batch); i = int(next.Add(1)) - 1 {
				out[i].snapshot, out[i].err = batch[i].decode()
			}
		})
	}
	workers.Wait()
	return out
}

// decode merges the parts of a second.
func (p *packed) decode() (*metrics.Snapshot, error) {
	if p.err != nil {
		return nil, fmt.Errorf("reading second %d of the run: %w", p.second, p.err)
	}
	var whole *metrics.Snapshot
	for _, part := range p.parts {
		s, err := metrics.DecodeSnapshot(part)
		switch {
		case err != nil:
			return nil, fmt.Errorf("reading second %d of the run: %w", p.second, err)
		case s.Second != p.second:
			return nil, fmt.Errorf("reading second %d of the run: it holds second %d", p.second, s.Second)
		case whole == nil:
			whole = s
		default:
			whole.Merge(s)
		}
	}
	return whole, nil
}

// Written returns the snapshots as they were written: parts of a second stand
// for themselves.
func (r *Reader) Written() iter.Seq2[*metrics.Snapshot, error] {
	entries := slices.Clone(r.index.snapshots)
	slices.SortFunc(entries, func(a, b entry) int { return cmp.Compare(a.offset, b.offset) })
	return func(yield func(*metrics.Snapshot, error) bool) {
		for _, e := range entries {
			b, err := r.payload(e)
			var s *metrics.Snapshot
			if err == nil {
				s, err = metrics.DecodeSnapshot(b)
			}
			if !yield(s, err) {
				return
			}
		}
	}
}
