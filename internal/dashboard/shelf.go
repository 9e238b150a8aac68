package dashboard

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"slices"

	"github.com/loadforge/loadforge/internal/page"
	"github.com/loadforge/loadforge/internal/store"
)

// A Shelf has stored runs.
type Shelf interface {
	// Runs lists them, the newest first.
	Runs(context.Context) ([]page.Entry, error)
	// Has reports whether it has one, by its ID, without reading it.
	Has(id string) (bool, error)
	// Open opens one by its ID. It fails with fs.ErrNotExist where there is no
	// such run, whatever the ID looks like.
	Open(id string) (*store.Reader, error)
}

// pagesKept is how many pages of stored runs are kept: those that somebody
// compares.
const pagesKept = 4

// A library makes the pages of stored runs, one at a time: the memory and the
// processors that it takes may be a run's.
type library struct {
	shelf Shelf // may be nil
	busy  chan struct{}
	pages []storedPage // the one used last is the last; of who is busy
}

// A storedPage is the page of a run as it was when it was read.
type storedPage struct {
	state string
	bytes []byte
}

func newLibrary(s Shelf) *library { return &library{shelf: s, busy: make(chan struct{}, 1)} }

// register adds what can be asked below a path.
func (l *library) register(mux *http.ServeMux, below string) {
	mux.HandleFunc("GET "+below+"/api/v1/runs", l.serveRuns)
	mux.HandleFunc("GET "+below+"/api/v1/runs/{other}/page", func(w http.ResponseWriter, r *http.Request) {
		l.servePage(w, r, l.named(r.PathValue("other")))
	})
}

func (l *library) serveRuns(w http.ResponseWriter, r *http.Request) {
	list := struct {
		Runs []page.Entry `json:"runs"`
	}{[]page.Entry{}}
	if l.shelf != nil {
		runs, err := l.shelf.Runs(r.Context())
		if err != nil {
			refuse(w, http.StatusInternalServerError, err.Error())
			return
		}
		list.Runs = append(list.Runs, runs...)
	}
	answer(w, http.StatusOK, list)
}

func (l *library) servePage(w http.ResponseWriter, r *http.Request, open func() (*store.Reader, error)) {
	b, err := l.page(r.Context(), open)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		refuse(w, http.StatusNotFound, "there is no such run")
	case err != nil:
		refuse(w, http.StatusInternalServerError, err.Error())
	default:
		sendPage(w, b)
	}
}

// page returns the page of a stored run as it is now.
func (l *library) page(ctx context.Context, open func() (*store.Reader, error)) ([]byte, error) {
	select {
	case l.busy <- struct{}{}:
		defer func() { <-l.busy }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	reader, err := open()
	if err != nil {
		return nil, err
	}
	defer reader.Close()
	state := stateOf(reader)
	if i := slices.IndexFunc(l.pages, func(p storedPage) bool { return p.state == state }); i >= 0 {
		found := l.pages[i]
		l.pages = append(slices.Delete(l.pages, i, i+1), found)
		return found.bytes, nil
	}
	var b bytes.Buffer
	builder, status := page.FromStore(reader)
	if err := builder.Encode(&b, 0, &status); err != nil {
		return nil, err
	}
	l.pages = append(l.pages[max(0, len(l.pages)+1-pagesKept):], storedPage{state, b.Bytes()})
	return b.Bytes(), nil
}

// named opens a run of the shelf.
func (l *library) named(id string) func() (*store.Reader, error) {
	return func() (*store.Reader, error) {
		if l.shelf == nil {
			return nil, fs.ErrNotExist
		}
		return l.shelf.Open(id)
	}
}

// stateOf is another one when there is more of a run.
func stateOf(r *store.Reader) string {
	return fmt.Sprint(r.Dir(), " ", r.Last(), len(r.Events()), r.Live(), r.Outcome() != nil)
}
