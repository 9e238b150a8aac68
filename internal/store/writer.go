package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
)

// A Writer keeps a run while it goes. It is a sink of the run: Begin once,
// Second for each second, End once; End releases what it holds and must come
// also after an error. All methods may be called from several goroutines.
//
// Trouble with the disk ends nothing. Second keeps what could not be written in
// memory, up to 32 MiB, and tries again with the next second; End says what was
// lost in the end.
type Writer struct {
	// Warn is told of trouble with the disk once when it begins, and with nil
	// when it is over. Begin, Second, Mark and Annotate call it, which may be of
	// several goroutines, but one at a time; it must not call the writer. It
	// may be nil. Set it before Begin.
	Warn func(error)

	dir     string
	root    *os.Root
	results *os.Root // what latest is in, until it points at the run
	framer  *framer

	mu       sync.Mutex
	run      metrics.Run
	log      appender
	buffer   []byte
	begun    bool
	ended    bool
	resumed  bool // it goes on with a run of another process
	troubled bool
	last     int // the latest second
	watch    Watch
}

// Dir is the directory of the run.
func (w *Writer) Dir() string { return w.dir }

// ID is the name of the run, which is that of its directory.
func (w *Writer) ID() string { return w.run.ID }

// String is what messages call the writer.
func (w *Writer) String() string { return "results" }

// Why a run takes nothing in.
var (
	ErrNotBegun = errors.New("the run has not begun")
	ErrEnded    = errors.New("the run has ended")
)

// Begin keeps what is known of the run before its first second, and makes latest
// point at it. The run's ID stays what [Create] made it.
func (w *Writer) Begin(run metrics.Run) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended {
		return ErrEnded
	}
	id := w.run.ID
	w.run, w.run.ID = run, id
	head, err := encodeRun(w.run, os.Getpid())
	if err != nil {
		return err
	}
	w.begun = true
	if w.resumed { // the log has it, and where latest points is settled
		w.trouble(WriteFile(w.root, runName, head))
		return nil
	}
	if err := w.queue(headFrame, 0, head); err != nil {
		return err
	}
	// The log holds the same: a disk in trouble is for later.
	w.trouble(errors.Join(WriteFile(w.root, runName, head), w.log.flush()))
	w.becomeLatest()
	return nil
}

// becomeLatest makes latest point at the run. One without a pointer at it is as
// good: that is not worth failing for. By now the users of the run may have
// taken all descriptors, so that none can be had for it.
func (w *Writer) becomeLatest() {
	if w.results == nil {
		return
	}
	_ = pointLatest(w.results, w.run.ID)
	syncDir(w.results)
	w.forgetResults()
}

func (w *Writer) forgetResults() {
	if w.results != nil {
		closeRoot(w.results)
	}
	w.results = nil
}

// writeRun writes run.json.
func (w *Writer) writeRun() error {
	b, err := encodeRun(w.run, os.Getpid())
	if err != nil {
		return err
	}
	return WriteFile(w.root, runName, b)
}

// Second keeps a second, or a part of one that came late. When it returns the
// second is on stable storage, unless the disk is in trouble. It keeps nothing
// of s and p.
func (w *Writer) Second(s *metrics.Snapshot, p metrics.Progress) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.goesOn(); err != nil {
		return err
	}
	b, err := s.AppendBinary(w.buffer[:0])
	if err != nil {
		return err
	}
	w.buffer = b
	err = w.queue(snapshotFrame, s.Second, b)
	w.last = max(w.last, s.Second)
	err = errors.Join(err, w.remark(s, &p))
	w.trouble(w.log.flush())
	return err
}

// goesOn says why the run takes nothing in, nil while it does.
func (w *Writer) goesOn() error {
	switch {
	case w.ended:
		return ErrEnded
	case !w.begun:
		return ErrNotBegun
	}
	return nil
}

// remark queues what is new in the progress.
func (w *Writer) remark(s *metrics.Snapshot, p *metrics.Progress) error {
	var problems []error
	events, crossings := w.watch.Second(s, p)
	for _, e := range events {
		problems = append(problems, w.event(e))
	}
	for _, c := range crossings {
		problems = append(problems, w.json(crossingFrame, c.At, c))
	}
	return errors.Join(problems...)
}

func (w *Writer) event(e Event) error { return w.json(eventFrame, e.At, e) }

// json queues a frame with v as JSON.
func (w *Writer) json(kind frameType, at time.Duration, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encoding for the run log: %w", err)
	}
	return w.queue(kind, int(at/time.Second), b)
}

func (w *Writer) queue(kind frameType, second int, payload []byte) error {
	frame, err := w.framer.frame(kind, second, payload)
	if err != nil {
		return err
	}
	w.log.add(frame)
	return nil
}

// Annotate marks a moment of the run, at that time since its start.
func (w *Writer) Annotate(at time.Duration, text string) error {
	return w.Mark(Event{At: at, Kind: Annotation, Text: text})
}

// Mark keeps an event. It fails with [ErrNotBegun] before Begin and with
// [ErrEnded] after End.
func (w *Writer) Mark(e Event) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.goesOn(); err != nil {
		return err
	}
	if err := w.event(e); err != nil {
		return err
	}
	w.trouble(w.log.flush())
	return nil
}

// trouble notes whether the disk works, and tells of a change.
func (w *Writer) trouble(err error) {
	if (err != nil) == w.troubled {
		return
	}
	w.troubled = err != nil
	if err != nil {
		err = fmt.Errorf("%w; the run goes on and its seconds wait in memory", err)
	}
	if w.Warn != nil {
		w.Warn(err)
	}
}

// End keeps how the run ended and releases the run. With a disk in trouble it
// writes what still fits, the outcome first, and its error says how much of the
// log is missing.
func (w *Writer) End(outcome metrics.Outcome) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended {
		return ErrEnded
	}
	if err := w.finish(&outcome); err != nil {
		return errors.Join(err, w.close())
	}
	return w.close()
}

// finish writes the outcome before the seconds that wait, as those are many.
func (w *Writer) finish(outcome *metrics.Outcome) error {
	unkept := w.keep(outcome)
	if unkept == nil && w.log.dropped == 0 && w.log.flush() == nil {
		return nil
	}
	lost, err := w.log.rescue()
	if unkept != nil {
		lost++
	}
	switch {
	case lost == 1:
		return fmt.Errorf("1 part of the run log was lost: %w", errors.Join(unkept, err, errIncomplete))
	case lost > 1:
		return fmt.Errorf("%d parts of the run log were lost: %w", lost, errors.Join(unkept, err, errIncomplete))
	}
	return nil
}

// keep writes the outcome, or, where there is no room for it, all of it but the
// totals: those can be added up again. The last block of a log on a full disk
// often has that much left.
func (w *Writer) keep(outcome *metrics.Outcome) error {
	err := w.writeOutcome(outcome)
	if err == nil || outcome.Summary == nil {
		return err
	}
	short := *outcome
	short.Summary = nil
	if w.writeOutcome(&short) == nil {
		return nil
	}
	return err
}

func (w *Writer) writeOutcome(outcome *metrics.Outcome) error {
	b, err := json.Marshal(outcome)
	if err != nil {
		return fmt.Errorf("encoding the outcome: %w", err)
	}
	frame, err := w.framer.frame(outcomeFrame, w.last+1, b)
	if err != nil {
		return err
	}
	return w.log.write(frame)
}

var errIncomplete = errors.New("the results are incomplete")

// Close releases a run that does not end, as if its process had been killed. One
// that did not even begin is removed. After End it does nothing.
func (w *Writer) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended {
		return nil
	}
	err := w.close()
	if !w.begun {
		err = errors.Join(err, w.remove())
	}
	return err
}

func (w *Writer) remove() error {
	results, err := os.OpenRoot(filepath.Dir(w.dir))
	if err != nil {
		return err
	}
	defer closeRoot(results)
	return results.RemoveAll(w.run.ID)
}

func (w *Writer) close() error {
	w.ended = true
	w.framer.close()
	w.forgetResults()
	return errors.Join(w.log.file.Close(), w.root.Close())
}
