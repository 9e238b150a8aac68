// Package history is an index of the runs of a results directory, so that a
// list of a thousand of them is there at once.
//
//	h, err := history.Open("results")
//	runs, err := h.Runs(history.Filter{Test: "shop"})
//	h.Close()
//
// The index is history.db in the results directory, an SQLite database. It holds
// nothing that the runs do not: whenever it is missing, damaged or of another
// version it is made anew, and one that can't be written is kept in memory, as
// is that of a directory whose history.db is a database of something else.
// [History.Runs] brings it up to date first: runs that were added, changed or
// deleted, by whomever, are noticed. A run that goes on is listed, but only
// looked at.
//
// Several processes may use the index at once, and so may several goroutines. It
// is never in the way of a run.
package history

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/loadforge/loadforge/internal/page"
	"github.com/loadforge/loadforge/internal/store"
)

// fileName is the name of the index.
const fileName = "history.db"

// A History is an open index.
type History struct {
	dir string
	mu  sync.Mutex
	db  *database
}

// A Filter says which runs to list. The zero value lists all.
type Filter struct {
	Test  string // its name
	Limit int    // at most so many, the newest; 0 means all
}

// Open opens the index of a results directory, and makes one if there is none.
// It fails if the directory can't be read; one that is not there has no runs.
func Open(dir string) (*History, error) {
	if _, err := os.Stat(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("opening the history: %w", err)
	}
	db, err := open(filepath.Join(dir, fileName))
	if err != nil {
		return nil, fmt.Errorf("opening the history: %w", err)
	}
	return &History{dir: dir, db: db}, nil
}

// Close closes the index.
func (h *History) Close() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.db.close()
}

// Runs lists runs, the newest first.
func (h *History) Runs(f Filter) ([]page.Entry, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	entries, err := h.runs(f)
	if err == nil {
		return entries, nil
	}
	// Whatever is wrong with the index, the runs are there.
	if h.db.inMemory() {
		return nil, fmt.Errorf("reading the history: %w", err)
	}
	if err := h.begin(); err != nil {
		return nil, fmt.Errorf("reading the history: %w", err)
	}
	if entries, err = h.runs(f); err != nil {
		return nil, fmt.Errorf("reading the history: %w", err)
	}
	return entries, nil
}

// begin replaces the index by a new one in memory.
func (h *History) begin() error {
	_ = h.db.close()
	db, err := openMemory()
	if err == nil {
		h.db = db
	}
	return err
}

func (h *History) runs(f Filter) ([]page.Entry, error) {
	if err := h.refresh(); err != nil {
		return nil, err
	}
	return h.db.list(f)
}

// refresh brings the index up to date. Runs are read before it is locked.
func (h *History) refresh() error {
	marks, err := store.Marks(h.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	known, err := h.db.known()
	if err != nil {
		return err
	}
	var changes changes
	for name, mark := range marks {
		if k, ok := known[name]; ok && k.mark == mark && k.state != page.StateLive {
			continue
		}
		// One that can't be read is no run, or not any more.
		if entry, err := page.EntryOf(filepath.Join(h.dir, name)); err == nil {
			changes.put = append(changes.put, row{name, mark, entry})
		} else if _, ok := known[name]; ok {
			changes.gone = append(changes.gone, name)
		}
	}
	for name := range known {
		if _, there := marks[name]; !there {
			changes.gone = append(changes.gone, name)
		}
	}
	return h.db.apply(&changes)
}
