package dashboard

import (
	"net/http"

	"github.com/loadforge/loadforge/web"
)

// Saved shows stored runs: a list of them, and each of them at /runs/ID/. One
// that still goes on is shown as far as it has come.
type Saved struct {
	library *library
	mux     *http.ServeMux
}

// NewSaved returns a handler of requests about the runs of a shelf.
func NewSaved(shelf Shelf) *Saved {
	s := &Saved{library: newLibrary(shelf), mux: http.NewServeMux()}
	app := serveApp(web.Stored, "")
	s.mux.HandleFunc("GET /{$}", serveApp(web.History, ""))
	s.library.register(s.mux, "")
	s.library.register(s.mux, "/runs/{id}")
	s.mux.HandleFunc("GET /runs/{id}/{$}", func(w http.ResponseWriter, r *http.Request) {
		if s.has(w, r.PathValue("id")) {
			app(w, r)
		}
	})
	s.mux.HandleFunc("GET /runs/{id}/api/v1/page", func(w http.ResponseWriter, r *http.Request) {
		s.library.servePage(w, r, s.library.named(r.PathValue("id")))
	})
	s.mux.HandleFunc("GET /runs/{id}/api/v1/baseline", noBaseline)
	return s
}

// ServeHTTP answers requests about the runs.
func (s *Saved) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// has reports whether there is a run, and answers if there is none.
func (s *Saved) has(w http.ResponseWriter, id string) bool {
	has, err := s.library.shelf.Has(id)
	switch {
	case err != nil:
		refuse(w, http.StatusInternalServerError, err.Error())
	case !has:
		refuse(w, http.StatusNotFound, "there is no such run; the list is at /")
	}
	return has && err == nil
}
