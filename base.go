package loadforge

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/loadforge/loadforge/internal/httpclient"
)

// A base is the parsed base URL: where relative paths go.
type base struct {
	target *httpclient.Target // nil without a base URL
	path   string             // put before relative paths, no slash at its end
	auth   string             // of the user in the URL: for this server only, "" without
}

func newBase(raw string) (*base, error) {
	if raw == "" {
		return &base{}, nil
	}
	u, err := parseURL(raw)
	if err != nil {
		return nil, fmt.Errorf("base URL %q: %w", redactURL(raw), err)
	}
	if u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("base URL %q: must end with its path, without ? or #", redactURL(raw))
	}
	b := &base{auth: basicAuth(u.User)}
	u.User = nil
	if b.target, b.path, err = httpclient.ParseTarget(u.String()); err != nil {
		return nil, fmt.Errorf("base %w", err)
	}
	b.path = strings.TrimRight(b.path, "/")
	return b, nil
}

func basicAuth(user *url.Userinfo) string {
	if user == nil {
		return ""
	}
	password, _ := user.Password()
	var h Header
	h.SetBasicAuth(user.Username(), password)
	return h.Get("Authorization")
}

var errRelative = errors.New("is relative, but the test has no base URL; set Test.BaseURL or pass --base-url")

// resolve returns the server and the path, placeholders kept, that a path of
// the scenario stands for.
func (b *base) resolve(path string) (*httpclient.Target, string, error) {
	if i := strings.Index(path, "://"); i > 0 && !strings.ContainsAny(path[:i], "/?{") {
		return resolveAbsolute(path)
	}
	if b.target == nil {
		return nil, "", fmt.Errorf("path %q %w", pathShown(path), errRelative)
	}
	if path == "" || path[0] == '?' {
		return b.target, orSlash(b.path) + path, nil
	}
	if path[0] != '/' {
		path = "/" + path
	}
	return b.target, b.path + path, nil
}

func orSlash(path string) string {
	if path == "" {
		return "/"
	}
	return path
}

func resolveAbsolute(raw string) (*httpclient.Target, string, error) {
	scheme, rest, _ := strings.Cut(raw, "://")
	authority, path := rest, "/"
	if i := strings.IndexAny(rest, "/?"); i >= 0 {
		authority, path = rest[:i], rest[i:]
	}
	if path[0] == '?' {
		path = "/" + path
	}
	if strings.ContainsRune(authority, '{') {
		return nil, "", fmt.Errorf("URL %q: the host can't be a placeholder", pathShown(raw))
	}
	target, _, err := httpclient.ParseTarget(scheme + "://" + authority)
	if err != nil {
		return nil, "", err
	}
	return target, path, nil
}

func parseURL(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil {
		var detail *url.Error
		if errors.As(err, &detail) {
			err = detail.Err
		}
		return nil, err
	}
	if u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("must start with http:// or https://")
	}
	if u.Host == "" {
		return nil, errors.New("names no host")
	}
	return u, nil
}

// redactURL hides the password of a URL, also of one that can't be parsed.
func redactURL(raw string) string {
	scheme, rest, ok := strings.Cut(raw, "://")
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	at := strings.LastIndexByte(rest[:end], '@')
	if !ok || at < 0 {
		return raw
	}
	user, _, hasPassword := strings.Cut(rest[:at], ":")
	if !hasPassword {
		return raw
	}
	return scheme + "://" + user + ":xxxxx" + rest[at:]
}
