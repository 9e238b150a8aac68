// Package report makes the reports of a stored run: HTML, JSON, CSV, JUnit and
// Markdown.
//
//	files, err := report.Write("results/latest", report.Options{Formats: report.All()})
//
// [JSON] writes the same result for a run that was not stored.
//
// Everything is made of what the store has, also for a run whose process was
// killed: it is marked as interrupted, and its thresholds and verdict are those
// of the seconds that are there.
//
// report.html is the app that shows live runs with the run in it, see packages
// page and web. timeseries.csv has every second, whatever the length of the run.
// Seconds are read one after the other and not kept.
//
// Texts of the target and of scenarios end up inert in every format: in HTML they
// are data, of which the app makes text; cells of a CSV file that a spreadsheet
// would run are made text.
package report

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/loadforge/loadforge/internal/store"
)

// Options say which reports to make.
type Options struct {
	Formats  Formats
	Baseline string // a run to compare with in report.html, as [store.Open] takes it; empty for none
	// Stop ends the writing when it is closed: the file that is being written
	// then is taken back, and those that are to come are left out. Nil never is.
	Stop <-chan struct{}
}

// ErrStopped says that [Options.Stop] was closed before all was written.
var ErrStopped = errors.New("stopped before all reports were written")

// Write makes reports of a stored run in its directory and returns their paths.
// Path is whatever [store.Open] takes. A format that fails leaves the others
// alone; the error is of all that failed. A baseline that can't be read is left
// out, and is an error as well.
func Write(path string, o Options) ([]string, error) {
	r, err := store.Open(path)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	root, err := os.OpenRoot(r.Dir())
	if err != nil {
		return nil, fmt.Errorf("opening the run: %w", err)
	}
	defer func() { _ = root.Close() }()
	w := writer{root: root, reader: r, stop: o.Stop}
	return w.write(o)
}

// writer writes the files of a report.
type writer struct {
	root   *os.Root
	reader *store.Reader
	stop   <-chan struct{}
	files  []string
	errs   []error
}

func (w *writer) write(o Options) ([]string, error) {
	run := w.read(o.Formats)
	if o.Baseline != "" && o.Formats.has(HTML) {
		var err error
		if run.baseline, err = pageOf(o.Baseline); err != nil {
			w.errs = append(w.errs, err)
		}
	}
	for _, f := range o.Formats {
		for _, file := range f.files() {
			if file.write != nil {
				w.file(file.name, func(to io.Writer) error { return file.write(run, to) })
			}
		}
	}
	return w.files, joined(w.errs)
}

// read takes the run in, and writes what is written along the way.
func (w *writer) read(formats Formats) *Run {
	paged := formats.has(HTML)
	if !formats.has(CSV) {
		return read(w.reader, paged, nil)
	}
	var run *Run
	w.file(timeseriesName, func(to io.Writer) error {
		rows := newTimeseries(to)
		run = read(w.reader, paged, rows.add)
		return rows.flush()
	})
	if run == nil { // the file could not even be opened
		run = read(w.reader, paged, nil)
	}
	return run
}

func (w *writer) file(name string, write func(io.Writer) error) {
	if w.stopped() {
		w.errs = append(w.errs, fmt.Errorf("writing %s: %w", name, ErrStopped))
		return
	}
	err := store.Replace(w.root, name, func(to io.Writer) error {
		return buffered(write)(checked{to, w})
	})
	if err != nil {
		w.errs = append(w.errs, err)
		return
	}
	w.files = append(w.files, w.path(name))
}

func (w *writer) stopped() bool {
	select {
	case <-w.stop:
		return true
	default:
		return false
	}
}

// checked is a file whose writing may be stopped.
type checked struct {
	to io.Writer
	by *writer
}

func (c checked) Write(b []byte) (int, error) {
	if c.by.stopped() {
		return 0, ErrStopped
	}
	return c.to.Write(b)
}
