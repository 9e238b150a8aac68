package loadforge

import (
	"cmp"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/loadforge/loadforge/internal/cli"
)

// hidden stands where a secret was.
const hidden = "xxxxx"

// leastSecret is how long a text must be to be looked for, in bytes: shorter
// ones are found everywhere.
const leastSecret = 5

// secrets are texts that settings brought in and that no name, error or log line
// of a run may repeat. A nil one has none.
type secrets struct{ known []secret }

// A secret is a text and what is shown instead.
type secret struct{ text, shown string }

// add takes in a text, also as it is written in URLs.
func (s *secrets) add(text, shown string) {
	if s == nil || len(text) < leastSecret {
		return
	}
	for _, form := range []string{text, url.QueryEscape(text), url.PathEscape(text)} {
		if slices.ContainsFunc(s.known, func(k secret) bool { return k.text == form }) {
			continue
		}
		s.known = append(s.known, secret{form, shown})
	}
	// Those that are part of others come after them.
	slices.SortStableFunc(s.known, func(a, b secret) int { return cmp.Compare(len(b.text), len(a.text)) })
}

// hide replaces what is secret in a text. It allocates only if there is some.
func (s *secrets) hide(text string) string {
	if s == nil {
		return text
	}
	for i := range s.known {
		if k := &s.known[i]; strings.Contains(text, k.text) {
			text = strings.ReplaceAll(text, k.text, k.shown)
		}
	}
	return text
}

// watch returns a lookup that takes in what it finds.
func (s *secrets) watch(env cli.Lookup) cli.Lookup {
	return func(name string) (string, bool) {
		value, ok := env(name)
		if ok {
			s.add(value, "${"+name+"}")
		}
		return value, ok
	}
}

// addHeader takes in what fields with a telling name say: all of it, and the
// part that matters.
func (s *secrets) addHeader(h http.Header) {
	for name, values := range h {
		if !isSecretName(name) {
			continue
		}
		for _, value := range values {
			s.add(value, hidden)
			if scheme, credentials, ok := strings.Cut(value, " "); ok {
				s.add(strings.TrimSpace(credentials), hidden)
				s.addBasic(scheme, credentials)
			}
			s.addCookies(name, value)
		}
	}
}

func (s *secrets) addBasic(scheme, credentials string) {
	if plain, err := base64.StdEncoding.DecodeString(credentials); err == nil && strings.EqualFold(scheme, "Basic") {
		_, password, _ := strings.Cut(string(plain), ":")
		s.add(password, hidden)
	}
}

func (s *secrets) addCookies(name, value string) {
	if !strings.EqualFold(name, "Cookie") {
		return
	}
	for cookie := range strings.SplitSeq(value, ";") {
		_, content, _ := strings.Cut(cookie, "=")
		s.add(strings.TrimSpace(content), hidden)
	}
}

// addUser takes in the password of a URL.
func (s *secrets) addUser(user *url.Userinfo) {
	if user == nil {
		return
	}
	password, _ := user.Password()
	s.add(password, hidden)
	s.addHeader(http.Header{"Authorization": {basicAuth(user)}})
}

// isSecretName reports whether a header field or a parameter of that name has
// something to hide, in all likelihood.
func isSecretName(name string) bool {
	name = strings.NewReplacer("-", "", "_", "", ".", "").Replace(strings.ToLower(name))
	for _, word := range []string{"token", "secret", "password", "passwd", "passphrase", "apikey", "accesskey", "privatekey", "authorization", "credential", "cookie", "session", "signature"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return slices.Contains([]string{"key", "sig", "auth", "pwd", "pass", "sid", "jwt"}, name)
}

// pathShown is a path or URL as names and messages have it: without a password,
// and without what parameters with a telling name say. Placeholders stay.
func pathShown(path string) string {
	path = redactURL(path)
	before, query, ok := strings.Cut(path, "?")
	if !ok {
		return path
	}
	parts := strings.Split(query, "&")
	for i, part := range parts {
		name, value, ok := strings.Cut(part, "=")
		placeholder := strings.HasPrefix(value, "{") || strings.HasPrefix(value, "${")
		if ok && value != "" && !placeholder && isSecretName(name) {
			parts[i] = name + "=" + hidden
		}
	}
	return before + "?" + strings.Join(parts, "&")
}

// A discreetError is an error whose text has no secrets any more.
type discreetError struct {
	error
	text string
}

func (e *discreetError) Error() string { return e.text }
func (e *discreetError) Unwrap() error { return e.error }

// hideError is hide for an error.
func (s *secrets) hideError(err error) error {
	if err == nil {
		return nil
	}
	if text := s.hide(err.Error()); text != err.Error() {
		return &discreetError{err, text}
	}
	return err
}
