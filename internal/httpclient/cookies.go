package httpclient

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// A jar keeps the cookies of one user by the rules of RFC 6265. It is bounded:
// the oldest make room.
type jar struct {
	kept   []cookie // in the order they are sent: longest path first, then oldest
	serial int      // counts cookies, to know the oldest
	line   []byte   // what was sent last; reused
}

type cookie struct {
	name, value  string
	domain, path string
	hostOnly     bool
	secure       bool
	expires      int64 // on the clock of Now; 0: with the session
	serial       int
	raw          string // the Set-Cookie value it came from
	placed       bool   // that said which path it is for
}

const (
	maxCookies    = 180  // all hosts together
	maxCookieSize = 4096 // name and value
)

// SetCookie gives the session a cookie as if the target had sent it in answer to
// a request for path. An error says why the target could not have.
func (s *Session) SetCookie(target *Target, path string, c *http.Cookie) error {
	if err := s.ownJar().set(target, path, c, ""); err != nil {
		return fmt.Errorf("setting cookie %q for %s: %w", c.Name, target.Host, err)
	}
	return nil
}

// Cookies returns the cookies the session would send to a path of a target.
func (s *Session) Cookies(target *Target, path string) []*http.Cookie {
	var found []*http.Cookie
	for c := range s.ownJar().matching(target, path, Now()) {
		found = append(found, &http.Cookie{Name: c.name, Value: c.value})
	}
	return found
}

// ClearCookies forgets all cookies.
func (s *Session) ClearCookies() { s.jar = nil }

func (s *Session) ownJar() *jar {
	if s.jar == nil {
		s.jar = new(jar)
	}
	return s.jar
}

// cookies returns the value of the call's Cookie field, empty without cookies.
// It is valid until the next call.
func (s *Session) cookies() []byte {
	if s.jar == nil {
		return nil
	}
	return s.jar.header(s.call.target, s.call.path, s.now)
}

// storeCookies keeps what the answer sets.
func (s *Session) storeCookies() {
	if s.client.config.NoCookies {
		return
	}
	j := s.ownJar()
	for rest := s.resp.Header.block; ; {
		value, after, ok := s.resp.Header.find(rest, "Set-Cookie")
		if !ok {
			return
		}
		if rest = after; !j.knows(s.call.target, s.call.path, value) {
			j.parse(s.call.target, string(s.call.path), string(value))
		}
	}
}

// knows reports whether the cookie is there already, exactly like that, so that
// a server that repeats itself costs nothing.
func (j *jar) knows(target *Target, path, value []byte) bool {
	for i := range j.kept {
		c := &j.kept[i]
		if c.expires == 0 && c.raw == string(value) && c.domain == target.Host && (c.placed || c.path == string(directory(path))) {
			return true
		}
	}
	return false
}

func (j *jar) parse(target *Target, path, value string) {
	c, err := http.ParseSetCookie(value)
	if err == nil {
		_ = j.set(target, path, c, value) // to be ignored, says the RFC
	}
}

// set follows RFC 6265, section 5.3.
func (j *jar) set(target *Target, path string, c *http.Cookie, raw string) error {
	if err := checkCookie(c); err != nil {
		return err
	}
	fresh := cookie{name: c.Name, value: c.Value, secure: c.Secure, raw: raw}
	if c.Quoted {
		fresh.value = `"` + c.Value + `"`
	}
	if !fresh.scope(c.Domain, target.Host) {
		return fmt.Errorf("domain %q is not the host's: leave it empty, or name one the host belongs to", c.Domain)
	}
	fresh.path, fresh.placed = c.Path, strings.HasPrefix(c.Path, "/")
	if !fresh.placed {
		fresh.path = string(directory([]byte(path)))
	}
	j.keep(fresh, c)
	return nil
}

// checkCookie refuses what would not be one cookie on the wire.
func checkCookie(c *http.Cookie) error {
	switch {
	case !isToken(c.Name):
		return errors.New("its name has a blank or another character that no token has")
	case !isFieldValue(c.Value) || strings.Contains(c.Value, ";"):
		return errors.New("its value has a semicolon, line break or control character: escape it")
	case len(c.Name)+len(c.Value) > maxCookieSize:
		return fmt.Errorf("name and value are longer than %d bytes", maxCookieSize)
	}
	return nil
}

// keep puts a cookie in its place, unless it has expired: that removes the old one.
func (j *jar) keep(fresh cookie, c *http.Cookie) {
	j.serial++
	fresh.serial = j.serial
	if i := slices.IndexFunc(j.kept, fresh.replaces); i >= 0 {
		fresh.serial = j.kept[i].serial
		j.kept = slices.Delete(j.kept, i, i+1)
	}
	var lives bool
	if fresh.expires, lives = expiry(c); lives {
		j.insert(fresh)
	}
}

// scope sets which hosts get the cookie and reports whether host may say so. A
// domain of one label is nobody's to speak for but the host's of that name.
func (c *cookie) scope(domain, host string) bool {
	domain = strings.ToLower(strings.TrimPrefix(domain, "."))
	if domain == "" || domain == host && isAddress(host) {
		c.domain, c.hostOnly = host, true
		return true
	}
	c.domain = domain
	return domain == host || !isAddress(host) && strings.Contains(domain, ".") && strings.HasSuffix(host, "."+domain)
}

func isAddress(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil
}

// directory returns the path a cookie is for if it does not say (RFC 6265,
// section 5.1.4).
func directory(path []byte) []byte {
	path, _, _ = bytes.Cut(path, []byte("?"))
	if i := bytes.LastIndexByte(path, '/'); i > 0 {
		return path[:i]
	}
	return slash
}

// expiry returns when a cookie expires, zero for never, and false if it has.
func expiry(c *http.Cookie) (int64, bool) {
	var at time.Time
	switch {
	case c.MaxAge < 0:
		return 0, false
	case c.MaxAge > 0:
		at = time.Now().Add(min(time.Duration(c.MaxAge), 1e9) * time.Second)
	case c.Expires.IsZero():
		return 0, true
	default:
		at = c.Expires
	}
	left := min(time.Until(at), time.Duration(never/2))
	return Now() + int64(left), left > 0
}

// replaces reports whether both are one cookie with different values.
func (c *cookie) replaces(old cookie) bool {
	return c.name == old.name && c.domain == old.domain && c.path == old.path
}

func (j *jar) insert(c cookie) {
	if len(j.kept) == maxCookies {
		j.dropOldest()
	}
	i, _ := slices.BinarySearchFunc(j.kept, c, func(a, b cookie) int {
		if len(a.path) != len(b.path) {
			return len(b.path) - len(a.path)
		}
		return a.serial - b.serial
	})
	j.kept = slices.Insert(j.kept, i, c)
}

func (j *jar) dropOldest() {
	oldest := 0
	for i := range j.kept {
		if j.kept[i].serial < j.kept[oldest].serial {
			oldest = i
		}
	}
	j.kept = slices.Delete(j.kept, oldest, oldest+1)
}

// matching yields the cookies for a request, in the order to send them.
func (j *jar) matching(target *Target, path string, now int64) iter.Seq[*cookie] {
	return func(yield func(*cookie) bool) {
		for i := range j.kept {
			if c := &j.kept[i]; c.matches(target, []byte(path), now) && !yield(c) {
				return
			}
		}
	}
}

// header returns the value of the Cookie field.
func (j *jar) header(target *Target, path []byte, now int64) []byte {
	line := j.line[:0]
	for i := range j.kept {
		c := &j.kept[i]
		if !c.matches(target, path, now) {
			continue
		}
		if len(line) > 0 {
			line = append(line, "; "...)
		}
		line = append(line, c.name...)
		line = append(line, '=')
		line = append(line, c.value...)
	}
	j.line = line
	return line
}

// matches follows RFC 6265, section 5.4. As browsers do, it takes this machine for
// as secure as TLS.
func (c *cookie) matches(target *Target, path []byte, now int64) bool {
	if c.secure && !target.private || c.expires != 0 && c.expires <= now {
		return false
	}
	return c.domainMatches(target.Host) && pathMatches(path, c.path)
}

func (c *cookie) domainMatches(host string) bool {
	if c.hostOnly || len(host) <= len(c.domain) {
		return host == c.domain
	}
	dot := len(host) - len(c.domain) - 1
	return host[dot] == '.' && host[dot+1:] == c.domain
}

// pathMatches follows RFC 6265, section 5.1.4. A query is no part of the path.
func pathMatches(path []byte, prefix string) bool {
	n := len(prefix)
	if len(path) < n || string(path[:n]) != prefix {
		return false
	}
	return len(path) == n || prefix[n-1] == '/' || path[n] == '/' || path[n] == '?'
}
