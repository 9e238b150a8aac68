package dashboard

import (
	"bytes"
	"net/http"

	"github.com/loadforge/loadforge/web"
)

// serveApp makes a handler of the app for a source. The document is made once.
func serveApp(source web.Source, title string) http.HandlerFunc {
	var document bytes.Buffer
	err := web.Write(&document, web.Document{Source: source, Title: title})
	policy := web.Policy(source) + "; frame-ancestors 'none'"
	return func(w http.ResponseWriter, _ *http.Request) {
		if err != nil {
			refuse(w, http.StatusInternalServerError, err.Error())
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", policy)
		_, _ = w.Write(document.Bytes())
	}
}
