package dashboard

import (
	"net/http"

	"github.com/loadforge/loadforge/web"
)

func (l *Live) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", serveApp(web.Live, l.config.Run.Test))
	mux.HandleFunc("GET /api/v1/page", l.servePage)
	mux.Handle("GET /api/v1/stream", l.stream)
	mux.HandleFunc("GET /api/v1/baseline", l.serveBaseline)
	mux.HandleFunc("GET /metrics", l.serveMetrics)
	mux.HandleFunc("POST /api/v1/stop", l.control(l.stop))
	mux.HandleFunc("POST /api/v1/annotations", l.control(l.annotate))
	mux.HandleFunc("POST /api/v1/users", l.control(l.users))
	l.library.register(mux, "")
	return mux
}

func (l *Live) servePage(w http.ResponseWriter, _ *http.Request) {
	b, err := l.page()
	if err != nil {
		refuse(w, http.StatusInternalServerError, err.Error())
		return
	}
	sendPage(w, b)
}

func (l *Live) serveBaseline(w http.ResponseWriter, r *http.Request) {
	if l.config.Baseline == nil {
		noBaseline(w, r)
		return
	}
	l.library.servePage(w, r, l.config.Baseline)
}

func sendPage(w http.ResponseWriter, b []byte) {
	w.Header().Set("Content-Type", "application/octet-stream")
	_, _ = w.Write(b)
}

// noBaseline says that no run was named to compare with. That is no error, as
// browsers would have it of a 404.
func noBaseline(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }
