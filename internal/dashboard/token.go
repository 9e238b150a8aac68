package dashboard

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// A token lets those in who know it: in the URL once, which sets a cookie, or as
// a bearer token. Who tries too often waits.
type token struct {
	secret  string // of the URL and of programs
	session string // of the cookie, so that it gives the secret away to nobody
	cookie  string // its name: browsers share cookies among the ports of a host

	mu       sync.Mutex
	failures map[string]time.Time // by address; see spend
}

const (
	// failuresAtOnce and failureEvery are how often an address may be wrong.
	failuresAtOnce = 10
	failureEvery   = 6 * time.Second
	// maxStrangers bounds the addresses that are remembered.
	maxStrangers = 4096
	// tokenKey is the query parameter.
	tokenKey = "token"
)

func newToken(port string) *token {
	return &token{secret: rand.Text(), session: rand.Text(), cookie: "loadforge_" + port, failures: map[string]time.Time{}}
}

// admit lets a request through, or answers it.
func (t *token) admit(w http.ResponseWriter, r *http.Request) bool {
	shown := r.URL.Query().Has(tokenKey) && strings.HasSuffix(r.URL.Path, "/") // in the address of a page
	if t.knows(r) {
		if shown {
			t.welcome(w)
		}
		return !shown
	}
	address := addressOf(r)
	if t.barred(address, time.Now()) {
		w.Header().Set("Retry-After", "60")
		refuse(w, http.StatusTooManyRequests, "too many wrong tokens: wait a minute")
		return false
	}
	given, tried := t.given(r)
	switch {
	case given && shown:
		t.welcome(w)
		return false
	case given:
		return true
	case tried:
		t.fail(address, time.Now())
	}
	w.Header().Set("WWW-Authenticate", `Bearer realm="loadforge"`)
	refuse(w, http.StatusUnauthorized, "this needs the token of the link that was printed: open that, or send Authorization: Bearer TOKEN")
	return false
}

// knows reports whether the request is of a browser that was let in before.
func (t *token) knows(r *http.Request) bool {
	cookie, err := r.Cookie(t.cookie)
	return err == nil && equal(cookie.Value, t.session)
}

// given reports whether the request knows the secret, and whether it tried to. A
// wrong cookie is one of an earlier server.
func (t *token) given(r *http.Request) (given, tried bool) {
	if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		tried = true
		given = equal(strings.TrimSpace(bearer), t.secret)
	}
	if query := r.URL.Query(); query.Has(tokenKey) {
		tried = true
		given = equal(query.Get(tokenKey), t.secret) || given
	}
	return given, tried
}

// equal compares in a time that tells nothing, not even the length.
func equal(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

// welcome gives a browser its cookie and takes the token out of its address. A
// redirect would not do: where another site has the link, browsers don't send a
// strict cookie until a page of this one asks.
func (t *token) welcome(w http.ResponseWriter) {
	http.SetCookie(w, &http.Cookie{
		Name: t.cookie, Value: t.session, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode,
	})
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write([]byte(`<!doctype html><meta http-equiv="refresh" content="0; url=./"><title>LoadForge</title><a href="./">Go on</a>` + "\n"))
}

// barred reports whether an address was wrong too often.
func (t *token) barred(address string, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	_, ok := spend(t.failures[address], now, failuresAtOnce, failureEvery)
	return !ok
}

// fail counts a wrong token.
func (t *token) fail(address string, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.failures) >= maxStrangers {
		t.forget(now)
	}
	t.failures[address], _ = spend(t.failures[address], now, failuresAtOnce, failureEvery)
}

// forget makes room: for those whose time is over or, if there are none, for
// anybody.
func (t *token) forget(now time.Time) {
	for address, until := range t.failures {
		if until.Before(now) {
			delete(t.failures, address)
		}
	}
	for address := range t.failures {
		if len(t.failures) < maxStrangers {
			return
		}
		delete(t.failures, address)
	}
}

// addressOf is where a request comes from.
func addressOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
