package dashboard

import (
	"net"
	"net/http"
	"slices"
	"strings"
)

// marker is a header that only programs send: no form, link or image can.
const marker = "X-LoadForge"

// A guard decides who may ask for what, before anything else looks at a request.
type guard struct {
	next  http.Handler
	hosts []string // names it answers to, besides loopback ones, as [nameOf] has them
	// anyIP answers to addresses of any kind: it listens on all of them. A name
	// can be made to lead anywhere, an address can't.
	anyIP  bool
	token  *token // nil where none is needed
	origin *http.CrossOriginProtection
}

func (g *guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	secure(w.Header())
	if r.URL.Path == "/healthz" {
		serveHealth(w, r)
		return
	}
	if !g.knows(r.Host) {
		refuse(w, http.StatusMisdirectedRequest, "this is no name of this server; to reach it by one, name it with --dashboard-host")
		return
	}
	if foreign(r) {
		refuse(w, http.StatusForbidden, "another site has no business here")
		return
	}
	if g.token != nil && !g.token.admit(w, r) {
		return
	}
	if !g.mayChange(w, r) {
		return
	}
	g.next.ServeHTTP(w, r)
}

// secure sets what keeps other sites, and what is written in names and errors,
// from doing harm. Pages of the app have a policy of their own.
func secure(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}

// serveHealth says that the server is up, and nothing else to anybody.
func serveHealth(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		refuse(w, http.StatusMethodNotAllowed, "GET asks for it")
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte("ok\n"))
}

// knows reports whether a Host header names this server.
func (g *guard) knows(host string) bool {
	name := nameOf(host)
	if ip := net.ParseIP(name); ip != nil && (ip.IsLoopback() || g.anyIP) {
		return true
	}
	return name == "localhost" || slices.Contains(g.hosts, name)
}

// nameOf is the name in a host, in the one way of writing it that is compared.
// The port is not looked at: it is another one where it is forwarded.
func nameOf(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
}

// foreign reports whether a page of another site asks for data, rather than
// leading somebody here.
func foreign(r *http.Request) bool {
	site := r.Header.Get("Sec-Fetch-Site")
	return (site == "cross-site" || site == "same-site") && r.Header.Get("Sec-Fetch-Mode") != "navigate"
}

// mayChange lets through what changes nothing, and what was posted by the app
// itself or by a program.
func (g *guard) mayChange(w http.ResponseWriter, r *http.Request) bool {
	kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	switch {
	case r.Method == http.MethodGet, r.Method == http.MethodHead:
		return true
	case r.Method != http.MethodPost:
		refuse(w, http.StatusMethodNotAllowed, "GET and POST are all there is")
	case g.origin.Check(r) != nil:
		refuse(w, http.StatusForbidden, "another site has no business here")
	case r.Header.Get(marker) != "1":
		refuse(w, http.StatusForbidden, "a POST needs the header "+marker+": 1")
	case strings.TrimSpace(strings.ToLower(kind)) != "application/json":
		refuse(w, http.StatusUnsupportedMediaType, "a POST needs the header Content-Type: application/json")
	default:
		return true
	}
	return false
}
