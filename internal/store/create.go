package store

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
)

// The files of a run.
const (
	runName = "run.json"
	logName = "run.frames"
)

// headroom is what must fit on the disk before a run starts: too little to
// keep a long run, enough to tell a full disk.
const headroom = 256 << 10

var (
	// ErrLocked is the error of a run that another process, or another Writer
	// of this one, is writing.
	ErrLocked = errors.New("the run is being written by another process")
	errLocked = ErrLocked
)

// Create makes the directory of a new run below dir, the results directory,
// which it creates if need be. It fails when the disk cannot be written, so that
// this is known before the first request.
//
// The name of the directory is run.ID where that is fit for one, else it is
// made of the start (or now), the test's name and four random digits.
func Create(dir string, run metrics.Run) (*Writer, error) {
	w, err := create(dir, run)
	if err != nil {
		return nil, fmt.Errorf("creating a run in %s: %w; is the directory writable? --output names another", dir, err)
	}
	return w, nil
}

func create(dir string, run metrics.Run) (*Writer, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	results, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	w, err := createIn(results, dir, run)
	if err != nil {
		closeRoot(results)
		return nil, err
	}
	w.results = results
	return w, nil
}

func createIn(results *os.Root, dir string, run metrics.Run) (w *Writer, err error) {
	if run.ID, err = makeRunDir(results, &run); err != nil {
		return nil, err
	}
	if w, err = start(results, dir, run); err != nil {
		_ = results.RemoveAll(run.ID)
		return nil, err
	}
	syncDir(results)
	return w, nil
}

// makeRunDir creates the directory of a run and returns its name.
func makeRunDir(results *os.Root, run *metrics.Run) (string, error) {
	if validID(run.ID) {
		return run.ID, results.Mkdir(run.ID, 0o755)
	}
	for tries := 0; ; tries++ {
		id := NewID(run.Test, run.Start)
		err := results.Mkdir(id, 0o755)
		if err == nil || !errors.Is(err, fs.ErrExist) || tries == 10 {
			return id, err
		}
	}
}

// NewID returns a name for a run of a test that starts at a time, or now if
// that is zero: 20261123-101500_shop_4f2a.
func NewID(test string, start time.Time) string {
	if start.IsZero() {
		start = time.Now()
	}
	return start.UTC().Format("20060102-150405") + "_" + Slug(test) + "_" + digits(2)
}

// digits are random ones, two for each of some bytes.
func digits(bytes int) string {
	random := make([]byte, bytes)
	_, _ = rand.Read(random) // never fails
	return hex.EncodeToString(random)
}

// start opens a writer in an empty run directory.
func start(results *os.Root, dir string, run metrics.Run) (*Writer, error) {
	root, err := results.OpenRoot(run.ID)
	if err != nil {
		return nil, err
	}
	w := &Writer{dir: filepath.Join(dir, run.ID), root: root, run: run}
	if err := w.open(os.O_CREATE | os.O_EXCL); err != nil {
		_ = root.Close()
		return nil, err
	}
	if err := w.check(); err != nil {
		_ = w.close()
		return nil, err
	}
	return w, nil
}

// check writes what any run needs.
func (w *Writer) check() error {
	const probe = "probe"
	err := writeNew(w.root, probe, func(to io.Writer) error {
		_, err := to.Write(make([]byte, headroom))
		return err
	})
	_ = w.root.Remove(probe)
	if err != nil {
		return err
	}
	return w.writeRun()
}

// open opens and locks the log.
func (w *Writer) open(flags int) error {
	framer, err := newFramer()
	if err != nil {
		return err
	}
	f, err := w.root.OpenFile(logName, os.O_RDWR|flags, 0o644)
	if err != nil {
		framer.close()
		return err
	}
	if err := lockPatiently(f); err != nil {
		framer.close()
		_ = f.Close()
		return err
	}
	w.framer = framer
	w.log = appender{file: syncedFile{f}, limit: pendingLimit}
	return nil
}

// lockPatiently locks a log. A reader that looks whether it is locked holds it
// for a moment itself: that is not worth failing for.
func lockPatiently(f *os.File) error {
	err := lock(f)
	for tries := 0; tries < 3 && errors.Is(err, errLocked); tries++ {
		time.Sleep(5 * time.Millisecond)
		err = lock(f)
	}
	return err
}

// Append opens a run that exists to add to it: one whose writer was killed, or
// one that ended. What its log ends with that is no whole frame is cut off. It
// fails with [ErrLocked] while somebody else writes it.
func Append(dir string) (*Writer, error) {
	w, err := reopen(dir)
	if err != nil {
		return nil, fmt.Errorf("opening the run %s to add to it: %w", dir, err)
	}
	return w, nil
}

func reopen(dir string) (*Writer, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	w := &Writer{dir: dir, root: root, begun: true}
	if err := w.open(0); err != nil {
		err = w.sayWho(err)
		_ = root.Close()
		return nil, err
	}
	if err := w.recover(); err != nil {
		_ = w.close()
		return nil, err
	}
	return w, nil
}

// sayWho adds to a refused lock which process holds it.
func (w *Writer) sayWho(err error) error {
	if !errors.Is(err, ErrLocked) {
		return err
	}
	b, readErr := readFile(w.root, runName, maxPayload)
	if readErr != nil {
		return err
	}
	if _, pid, decodeErr := decodeRun(b); decodeErr == nil && pid > 0 {
		return fmt.Errorf("%w (%d)", err, pid)
	}
	return err
}

// recover finds the end of the log, and reads what the run was and what was
// remarked of it: that is not remarked again.
func (w *Writer) recover() error {
	r, err := newReader(w.dir, w.root)
	if err != nil {
		return err
	}
	defer r.Close()
	w.run, w.log.good, w.log.torn = r.run, r.index.end, true
	w.last, w.watch = r.Last(), r.Watch()
	return nil
}
