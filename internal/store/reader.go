package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/loadforge/loadforge/internal/metrics"
)

// A Reader reads a run, also one that was cut or is still going on: it sees
// what was there when it was opened. It belongs to one goroutine at a time.
type Reader struct {
	dir     string
	file    *os.File // nil without a log
	run     metrics.Run
	live    bool
	outcome *metrics.Outcome

	log      window
	index    *index
	unpacker *unpacker
}

// Open opens a run: its directory, a file in it, or a results directory, which
// stands for the latest run in it.
func Open(path string) (*Reader, error) {
	dir, err := runDir(path)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("opening the run: %w", err)
	}
	defer closeRoot(root)
	r, err := newReader(dir, root)
	if err != nil {
		return nil, fmt.Errorf("opening the run %s: %w", dir, err)
	}
	return r, nil
}

// OpenRun opens a run of a results directory by its ID, the name of its
// directory, and nothing else: whatever the ID is, and whatever links there are,
// no file outside of the results is read. A directory that somebody renamed is
// as good as one that [Create] named. It fails with fs.ErrNotExist where there
// is no such run.
func OpenRun(results, id string) (*Reader, error) {
	if !filepath.IsLocal(id) || filepath.Base(id) != id || id == "." {
		return nil, fmt.Errorf("opening a run of %s: %q is no ID: %w", results, id, fs.ErrNotExist)
	}
	root, err := os.OpenRoot(results)
	if err != nil {
		return nil, fmt.Errorf("opening a run: %w", err)
	}
	defer closeRoot(root)
	if info, err := root.Lstat(id); err != nil || !info.IsDir() { // latest is a link
		return nil, fmt.Errorf("opening the run %s: %w", id, errors.Join(fs.ErrNotExist, err))
	}
	dir, err := root.OpenRoot(id)
	if err != nil {
		return nil, fmt.Errorf("opening the run %s: %w: %w", id, fs.ErrNotExist, err)
	}
	defer closeRoot(dir)
	r, err := newReader(filepath.Join(results, id), dir)
	if err != nil {
		return nil, fmt.Errorf("opening the run %s: %w", id, err)
	}
	return r, nil
}

// runDir finds the run that a path means.
func runDir(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", fmt.Errorf("opening the run: %w", err)
	}
	if !info.IsDir() {
		if filepath.Base(path) == latestName {
			return runDir(filepath.Dir(path))
		}
		path = filepath.Dir(path)
	}
	if isRun(path) {
		return path, nil
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return "", fmt.Errorf("opening the run: %w", err)
	}
	defer closeRoot(root)
	if id, err := readLatest(root); err == nil && isRun(filepath.Join(path, id)) {
		return filepath.Join(path, id), nil
	}
	if runs, err := List(path); err == nil && len(runs) > 0 {
		return runs[0].Dir, nil
	}
	return "", fmt.Errorf("no run in %s: name a run's directory, or the results directory for its latest", path)
}

func isRun(dir string) bool {
	for _, name := range []string{runName, logName} {
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil && info.Mode().IsRegular() {
			return true
		}
	}
	return false
}

func newReader(dir string, root *os.Root) (*Reader, error) {
	r := &Reader{dir: dir}
	f, err := root.Open(logName)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err := r.readLog(f); err != nil {
		r.Close()
		return nil, err
	}
	if err := r.readRun(root); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// readLog reads the log, of which the reader now is the owner.
func (r *Reader) readLog(f *os.File) error {
	if f == nil {
		return r.readFrom(eof{}, 0)
	}
	r.file = f
	info, err := f.Stat()
	if err != nil {
		return err
	}
	r.live = isLocked(f)
	return r.readFrom(f, info.Size())
}

// eof is an empty log.
type eof struct{}

func (eof) ReadAt([]byte, int64) (int, error) { return 0, io.EOF }

func (r *Reader) readFrom(log io.ReaderAt, size int64) (err error) {
	if r.unpacker, err = newUnpacker(); err != nil {
		return err
	}
	r.log = window{file: log, size: size}
	if r.index, err = scan(&r.log); err != nil {
		return fmt.Errorf("reading the run log: %w", err)
	}
	r.readOutcome()
	return nil
}

// readRun reads run.json, or what the log has of it.
func (r *Reader) readRun(root *os.Root) error {
	b, err := readFile(root, runName, maxPayload)
	if err == nil {
		r.run, _, err = decodeRun(b)
	}
	for i := len(r.index.heads) - 1; i >= 0 && err != nil; i-- {
		if head, headErr := r.payload(r.index.heads[i]); headErr == nil {
			if run, _, headErr := decodeRun(head); headErr == nil {
				r.run, err = run, nil
			}
		}
	}
	return err
}

// Close releases the run. What the reader returned stays valid.
func (r *Reader) Close() {
	if r.file != nil {
		_ = r.file.Close()
	}
	if r.unpacker != nil {
		r.unpacker.close()
	}
}

// Dir is the directory of the run.
func (r *Reader) Dir() string { return r.dir }

// Run is what was known before the first second.
func (r *Reader) Run() metrics.Run { return r.run }

// Outcome is how the run ended, nil if it was cut or is still going on.
func (r *Reader) Outcome() *metrics.Outcome { return r.outcome }

// Live reports whether the run was still being written.
func (r *Reader) Live() bool { return r.live }

// Lost is how many bytes of the log belong to no intact frame: those of a write
// that was cut, or damage.
func (r *Reader) Lost() int64 { return r.index.lost }

// Last is the last second that is there, -1 if there is none.
func (r *Reader) Last() int {
	if n := len(r.index.snapshots); n > 0 {
		return int(r.index.snapshots[n-1].second)
	}
	return -1
}

// Events returns the events of the run in the order they were written, at most
// ten thousand of them and the crossings together.
func (r *Reader) Events() []Event { return remarks[Event](r, eventFrame) }

// Crossings is like Events, for thresholds.
func (r *Reader) Crossings() []Crossing { return remarks[Crossing](r, crossingFrame) }

// Watch goes on where the log ends: what was remarked is not remarked again,
// but for a message that is still the latest.
func (r *Reader) Watch() Watch {
	var w Watch
	w.warm = slices.ContainsFunc(r.Events(), func(e Event) bool { return e.Kind == WarmedUp })
	for _, c := range r.Crossings() {
		w.cross(c.Status.Rule, c.Status.Known && !c.Status.Passed)
	}
	return w
}

// remarks decodes the remarks of a type, skipping what is of no known form.
func remarks[T any](r *Reader, kind frameType) []T {
	var list []T
	for _, e := range r.index.remarks {
		h, frame, err := r.log.frame(e.offset)
		if err != nil || frame == nil || h.kind != kind {
			continue
		}
		var remark T
		if b, err := r.unpacker.payload(h, frame); err == nil && json.Unmarshal(b, &remark) == nil {
			list = append(list, remark)
		}
	}
	return list
}

var errChanged = errors.New("the log changed while it was read")

// payload returns what a frame holds. It is valid until the next call.
func (r *Reader) payload(e entry) ([]byte, error) {
	h, frame, err := r.log.frame(e.offset)
	switch {
	case err != nil:
		return nil, err
	case frame == nil || !h.intact(frame):
		return nil, errChanged
	}
	return r.unpacker.payload(h, frame)
}
