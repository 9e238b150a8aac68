package httpclient

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
)

// A Target is where requests go: scheme, host and port. It is immutable, safe
// for concurrent use, and meant to be parsed once and used many times: a session
// finds the connection of the same *Target without comparing strings.
type Target struct {
	Scheme string // "http" or "https"
	Host   string // name or address, lower case, without brackets and port
	Port   string // always set

	authority string // for the Host field: the port only if it is not the scheme's own
	address   string // host:port, as dialled
	base      string // scheme://authority
	tail      string // " HTTP/1.1\r\nHost: authority\r\n"
	private   bool   // nobody listens on the way: TLS, or this machine
}

// ParseTarget splits a URL into its target and its path with query, which is
// escaped and never empty. The fragment is dropped. Credentials are refused:
// they belong into an Authorization header.
func ParseTarget(rawURL string) (*Target, string, error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		var parse *url.Error
		if errors.As(err, &parse) {
			err = parse.Err
		}
		if at := strings.LastIndexByte(rawURL, '@'); at >= 0 { // what is before may be a password
			return nil, "", fmt.Errorf("parsing URL that ends in %q: escape what is special in it, and send an Authorization header instead of a user name", rawURL[at+1:])
		}
		return nil, "", fmt.Errorf("parsing URL %q: %w", rawURL, err)
	}
	return targetOf(u)
}

func targetOf(u *url.URL) (*Target, string, error) {
	if u.User != nil {
		return nil, "", fmt.Errorf("URL for %s has a user name in it: send an Authorization header instead", u.Host)
	}
	t := &Target{Scheme: strings.ToLower(u.Scheme), Host: strings.ToLower(u.Hostname()), Port: u.Port()}
	if err := t.complete(); err != nil {
		if strings.Contains(u.Opaque, "@") { // as in user:password@host
			return nil, "", errors.New("URL has no //: write it as http://host/path")
		}
		return nil, "", fmt.Errorf("URL %q: %w", u.String(), err)
	}
	return t, pathOf(u), nil
}

func (t *Target) complete() error {
	own := map[string]string{"http": "80", "https": "443"}[t.Scheme]
	if own == "" {
		return fmt.Errorf("scheme %q is not supported: use http or https", t.Scheme)
	}
	host, err := asciiHost(t.Host)
	if err != nil {
		return err
	}
	t.Host = host
	setDefault(&t.Port, own)
	t.address = net.JoinHostPort(t.Host, t.Port)
	t.authority = t.address
	if t.Port == own {
		t.authority = strings.TrimSuffix(t.address, ":"+own)
	}
	t.base = t.Scheme + "://" + t.authority
	t.private = t.Secure() || isLocal(t.Host)
	t.tail = " HTTP/1.1\r\nHost: " + t.authority + "\r\n"
	return nil
}

// isLocal reports whether a host is this machine, by name or address.
func isLocal(host string) bool {
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.IsLoopback()
	}
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// pathOf returns the request target in origin form.
func pathOf(u *url.URL) string {
	path := u.EscapedPath()
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	if u.ForceQuery || u.RawQuery != "" {
		path += "?" + escapeQuery(u.RawQuery)
	}
	return path
}

// escapeQuery escapes what must not stand in a request line; url.Parse lets
// spaces and bytes beyond ASCII through.
func escapeQuery(query string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(query) {
		if c := query[i]; c <= ' ' || c >= 0x7f {
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// asciiHost checks a host and turns a name beyond ASCII into its DNS form.
func asciiHost(host string) (string, error) {
	if host == "" {
		return "", errors.New("host is missing")
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return host, nil
	}
	if isASCII(host) {
		return host, checkHost(host)
	}
	labels := strings.Split(host, ".")
	for i, label := range labels {
		if !isASCII(label) {
			labels[i] = "xn--" + punycode(label)
		}
	}
	host = strings.Join(labels, ".")
	return host, checkHost(host)
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= 0x80 }) < 0
}

func checkHost(host string) error {
	for i := range len(host) {
		if !tokenByte[host[i]] {
			return fmt.Errorf("host %q has a character that no host name has", host)
		}
	}
	return nil
}

// String returns the target as a URL without a path.
func (t *Target) String() string { return t.base }

// Secure reports whether the target is reached over TLS.
func (t *Target) Secure() bool { return t.Scheme == "https" }

// same reports whether both name the same endpoint.
func (t *Target) same(other *Target) bool {
	return t == other || t.base == other.base
}
