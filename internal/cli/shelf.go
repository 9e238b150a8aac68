package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"

	"github.com/loadforge/loadforge/internal/page"
	"github.com/loadforge/loadforge/internal/store"
)

// A shelf is the runs that a dashboard shows: those of results directories, and
// others one by one.
type shelf struct {
	*app
	results []string
	single  []string // directories of runs
}

// Runs lists them, the newest first.
func (s shelf) Runs(context.Context) ([]page.Entry, error) {
	var all []page.Entry
	for _, dir := range s.results {
		list, err := s.runs(dir)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	for _, dir := range s.single {
		e, err := page.EntryOf(dir)
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	slices.SortStableFunc(all, func(a, b page.Entry) int {
		return cmp.Or(b.Started.Compare(a.Started), cmp.Compare(b.ID, a.ID))
	})
	return slices.CompactFunc(all, func(a, b page.Entry) bool { return a.ID == b.ID }), nil
}

// Has reports whether one of them has an ID.
func (s shelf) Has(id string) (bool, error) {
	var problems []error
	for _, dir := range s.where(id) {
		marks, err := store.Marks(dir)
		if _, found := marks[id]; found {
			return true, nil
		}
		problems = append(problems, err)
	}
	return false, errors.Join(problems...)
}

// where are the results directories that may have a run.
func (s shelf) where(id string) []string {
	for _, dir := range s.single {
		if filepath.Base(dir) == id {
			return []string{filepath.Dir(dir)}
		}
	}
	return s.results
}

// Open opens one of them.
func (s shelf) Open(id string) (*store.Reader, error) {
	err := fmt.Errorf("opening the run %s: %w", id, fs.ErrNotExist)
	for _, dir := range s.where(id) {
		reader, failed := store.OpenRun(dir, id)
		if failed == nil {
			return reader, nil
		}
		err = failed
	}
	return nil, err
}
