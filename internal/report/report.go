// Package report makes the reports of a stored run: HTML, JSON, CSV, JUnit and
// Markdown.
//
//	files, err := report.Write("results/latest", report.Formats{report.HTML, report.JUnit})
//
// [JSON] writes the same result for a run that was not stored.
//
// Everything is made of what the store has, also for a run whose process was
// killed: it is marked as interrupted, and its thresholds and verdict are those
// of the seconds that are there.
//
// Charts of long runs have at most 600 points, made by merging the histograms of
// seconds; no percentile is ever averaged, and none is shown that fewer than ten
// values lie above. Only timeseries.csv has those of every second, beside the
// number of its requests. Seconds are read one after the other and not kept.
//
// Texts of the target and of scenarios end up inert in every format: markup is
// escaped, the HTML page has no script and asks nothing of the network, cells of
// a CSV file that a spreadsheet would run are made text.
package report

import (
	"fmt"
	"io"
	"os"

	"github.com/loadforge/loadforge/internal/store"
)

// Write makes reports of a stored run in its directory and returns their paths.
// Path is whatever [store.Open] takes. A format that fails leaves the others
// alone; the error is of all that failed.
func Write(path string, formats Formats) ([]string, error) {
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
	w := writer{root: root, reader: r}
	return w.write(formats)
}

// writer writes the files of a report.
type writer struct {
	root   *os.Root
	reader *store.Reader
	files  []string
	errs   []error
}

func (w *writer) write(formats Formats) ([]string, error) {
	run := w.read(formats)
	for _, f := range formats {
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
	if !formats.has(CSV) {
		return read(w.reader, nil)
	}
	var run *Run
	w.file(timeseriesName, func(to io.Writer) error {
		rows := newTimeseries(to)
		run = read(w.reader, rows.add)
		return rows.flush()
	})
	if run == nil { // the file could not even be opened
		run = read(w.reader, nil)
	}
	return run
}

func (w *writer) file(name string, write func(io.Writer) error) {
	if err := store.Replace(w.root, name, buffered(write)); err != nil {
		w.errs = append(w.errs, err)
		return
	}
	w.files = append(w.files, w.path(name))
}
