package target

import (
	"net/http"
	"strconv"
	"time"
)

// answerRoutes are the routes that answer in the way the path asks for.
func answerRoutes() []*route {
	read := setOf(get, head)
	return []*route{
		{name: "/status/{code}", serve: serveStatus},
		{name: "/delay/{ms}", serve: serveDelay},
		{name: "/flaky/{percent}", serve: serveFlaky},
		{name: "/bytes/{n}", methods: read, serve: serveBytes},
		{name: "/chunked/{n}", methods: read, serve: serveChunked},
		{name: "/gzip", methods: read, serve: serveGzip},
		{name: "/redirect/{n}", serve: serveRedirect},
	}
}

// serveStatus begins at 200: a final answer can't have less.
func serveStatus(x *exchange) {
	code, ok := x.number(200, 599)
	if !ok {
		return
	}
	switch {
	case code == http.StatusNoContent || code == http.StatusNotModified:
		x.begin(code)
		return
	case code >= 300 && code < 400:
		x.w.Header().Set("Location", "/")
	case code == http.StatusUnauthorized:
		x.w.Header().Set("Www-Authenticate", `Basic realm="target"`)
	}
	x.json(code, []byte(`{"status":`+strconv.Itoa(code)+"}\n"))
}

// serveDelay works for up to ten minutes.
func serveDelay(x *exchange) {
	n, ok := x.number(0, 600_000)
	if !ok {
		return
	}
	if !x.pause(time.Duration(n) * time.Millisecond) {
		x.abandon()
		return
	}
	x.json(http.StatusOK, []byte(`{"delay_ms":`+strconv.Itoa(n)+"}\n"))
}

func serveFlaky(x *exchange) {
	percent, err := strconv.ParseFloat(x.arg, 64)
	switch {
	case err != nil || !(percent >= 0 && percent <= 100):
		x.fail(http.StatusBadRequest, "expected a percentage from 0 to 100")
	case 100*x.dice.float() < percent:
		x.fail(http.StatusServiceUnavailable, "flaky as asked")
	default:
		x.json(http.StatusOK, []byte("{\"ok\":true}\n"))
	}
}

// serveBytes sends up to 100 MiB.
func serveBytes(x *exchange) {
	n, ok := x.number(0, 100<<20)
	if !ok {
		return
	}
	h := x.w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Length", strconv.Itoa(n))
	x.begin(http.StatusOK)
	filler := x.target.catalog.filler
	for err := error(nil); n > 0 && err == nil; n -= len(filler) {
		_, err = x.w.Write(filler[:min(n, len(filler))])
	}
}

// serveChunked sends each chunk by itself, the first one at once.
func serveChunked(x *exchange) {
	n, ok := x.number(0, 100_000)
	if !ok {
		return
	}
	gap, err := strconv.Atoi(x.r.URL.Query().Get("ms"))
	if err != nil || gap < 0 {
		gap = 0
	}
	x.w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	x.begin(http.StatusOK)
	flush := http.NewResponseController(x.w)
	for i := range n {
		if i > 0 && !x.pause(time.Duration(gap)*time.Millisecond) {
			return
		}
		if _, err := x.w.Write([]byte("chunk " + strconv.Itoa(i+1) + "\n")); err != nil {
			return
		}
		_ = flush.Flush() // the next write says if the client left
	}
}

func serveGzip(x *exchange) {
	x.w.Header().Set("Content-Encoding", "gzip")
	x.send(&x.target.catalog.zipped)
}

// serveRedirect keeps the query, so that all redirects of a chain have the
// status that was asked for.
func serveRedirect(x *exchange) {
	n, ok := x.number(0, 1000)
	if !ok {
		return
	}
	if n == 0 {
		x.json(http.StatusOK, []byte("{\"redirected\":true}\n"))
		return
	}
	status := http.StatusFound
	location := "/redirect/" + strconv.Itoa(n-1)
	if given := x.r.URL.Query().Get("status"); given != "" {
		code, err := strconv.Atoi(given)
		if err != nil || code < 301 || code > 308 {
			x.fail(http.StatusBadRequest, "expected a status from 301 to 308")
			return
		}
		status = code
		location += "?status=" + given
	}
	x.w.Header().Set("Location", location)
	x.begin(status)
}
