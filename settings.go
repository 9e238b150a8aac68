package loadforge

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/loadforge/loadforge/internal/cli"
	"github.com/loadforge/loadforge/internal/httpclient"
)

// settings are a test's own and the command line's, made one.
type settings struct {
	baseURL string
	header  http.Header
	http    HTTP
	secrets *secrets
	allow   [][]string // hosts: each list takes away, none adds
}

// settle puts the settings over each other: the config file's lose against the
// test's, those of flags win.
func (t Test) settle(defaults, overrides cli.Target, env cli.Lookup, hide *secrets) (settings, error) {
	s := settings{http: t.HTTP, header: http.Header{}, secrets: hide}
	s.baseURL = cmp.Or(overrides.BaseURL, t.BaseURL, defaults.BaseURL)
	for _, layer := range []http.Header{defaults.Header, t.Header, overrides.Header} {
		for name, values := range layer {
			s.header[http.CanonicalHeaderKey(name)] = values
		}
	}
	s.http.Timeout = cmp.Or(overrides.Timeout, t.HTTP.Timeout, defaults.Timeout)
	s.http.Version = cmp.Or(overrides.HTTP, t.HTTP.Version, defaults.HTTP)
	s.http.Proxy = cmp.Or(overrides.Proxy, t.HTTP.Proxy, defaults.Proxy)
	s.http.LocalAddr = firstOf(overrides.LocalAddr, t.HTTP.LocalAddr, defaults.LocalAddr)
	s.allow = [][]string{defaults.AllowHosts, t.HTTP.AllowHosts, overrides.AllowHosts}
	s.http.AllowPublic = t.HTTP.AllowPublic && overrides.BaseURL == "" // who names another target answers for it
	s.http.Insecure = overrides.Insecure || t.HTTP.Insecure || defaults.Insecure
	err := s.connectTo(defaults.ConnectTo, overrides.ConnectTo)
	return s, errors.Join(err, s.expand(env))
}

// firstOf returns the first list that has anything in it.
func firstOf(lists ...[]string) []string {
	for _, list := range lists {
		if len(list) > 0 {
			return list
		}
	}
	return nil
}

func (s *settings) connectTo(layers ...[]string) error {
	routes := map[string]string{}
	for i, layer := range layers {
		if i == 1 {
			for from, to := range s.http.ConnectTo {
				routes[strings.ToLower(from)] = to
			}
		}
		for _, entry := range layer {
			from, to, err := parseConnectTo(entry)
			if err != nil {
				return err
			}
			routes[from] = to
		}
	}
	s.http.ConnectTo = routes
	return nil
}

// parseConnectTo reads HOST1:PORT1:HOST2:PORT2; IPv6 addresses stand in
// brackets.
func parseConnectTo(entry string) (from, to string, err error) {
	var parts []string
	for rest := entry; rest != ""; {
		end := strings.IndexByte(rest, ':')
		if rest[0] == '[' {
			if close := strings.IndexByte(rest, ']'); close >= 0 {
				end = close + 1
			}
		}
		if end < 0 || end >= len(rest) {
			parts, rest = append(parts, rest), ""
			continue
		}
		parts, rest = append(parts, rest[:end]), rest[end+1:]
	}
	if len(parts) != 4 || slices.Contains(parts, "") {
		return "", "", fmt.Errorf("connect-to %q: want HOST1:PORT1:HOST2:PORT2, all four of them", entry)
	}
	return strings.ToLower(parts[0]) + ":" + parts[1], parts[2] + ":" + parts[3], nil
}

// expand replaces ${NAME} in whatever may have it.
func (s *settings) expand(env cli.Lookup) error {
	var errs []error
	replace := func(where string, value *string, env cli.Lookup) {
		out, err := expand(*value, env)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s %q: %w", where, redactURL(*value), err))
			return
		}
		*value = out
	}
	replace("base URL", &s.baseURL, env)
	replace("proxy", &s.http.Proxy, env)
	for name, values := range s.header {
		values = append([]string(nil), values...)
		for i := range values {
			replace("header "+name, &values[i], s.secrets.watch(env))
		}
		s.header[name] = values
	}
	return errors.Join(errs...)
}

// expand replaces each ${NAME} by what env has for NAME. $${ stands for ${.
func expand(s string, env cli.Lookup) (string, error) {
	var b strings.Builder
	for {
		i := strings.Index(s, "${")
		if i < 0 {
			b.WriteString(s)
			return b.String(), nil
		}
		if i > 0 && s[i-1] == '$' {
			b.WriteString(s[:i-1] + "${")
			s = s[i+2:]
			continue
		}
		end := strings.IndexByte(s[i:], '}')
		if end < 0 {
			return "", errors.New("${ is never closed")
		}
		name := s[i+2 : i+end]
		value, ok := env(name)
		if !ok {
			return "", fmt.Errorf("the variable %s is not set; export it, write it into .env, or pass -e %s=VALUE", name, name)
		}
		b.WriteString(s[:i])
		b.WriteString(value)
		s = s[i+end+1:]
	}
}

// open makes what the users of the test share.
func (s *settings) open() (*house, error) {
	base, err := newBase(s.baseURL)
	if err != nil {
		return nil, err
	}
	s.secrets.addHeader(s.header)
	for _, raw := range []string{s.baseURL, s.http.Proxy} {
		if u, err := url.Parse(raw); err == nil {
			s.secrets.addUser(u.User)
		}
	}
	config, err := s.client()
	if err != nil {
		return nil, err
	}
	header, err := headerOf(s.header)
	if err != nil {
		return nil, err
	}
	client, err := httpclient.New(config)
	if err != nil {
		return nil, err
	}
	if base.target != nil {
		if err := client.MayReach(base.target); err != nil {
			client.Close()
			return nil, fmt.Errorf("base URL %q: %w", redactURL(s.baseURL), err)
		}
	}
	return &house{
		client: client, base: base, header: header,
		connections: s.http.Connections, secrets: s.secrets,
	}, nil
}

func (s *settings) client() (httpclient.Config, error) {
	h := &s.http
	c := httpclient.Config{
		Timeout: h.Timeout, ConnectTimeout: cmp.Or(h.ConnectTimeout, 10*time.Second),
		ConnectTo: h.ConnectTo, UnixSocket: h.UnixSocket, Insecure: h.Insecure,
		MaxRedirects: h.MaxRedirects, NoCompression: h.NoCompression,
		NoKeepAlive: h.Connections == PerRequest, MaxBody: h.MaxBody, Allow: s.allow,
	}
	switch h.Version {
	case "", "1.1":
	case "2":
		c.Protocol = httpclient.HTTP2
	default:
		return c, fmt.Errorf("HTTP version %q: must be 1.1 or 2", h.Version)
	}
	if h.Proxy != "" {
		proxy, err := url.Parse(h.Proxy)
		if err != nil || proxy.Host == "" {
			return c, fmt.Errorf("proxy %q: must be a URL such as http://proxy:3128", redactURL(h.Proxy))
		}
		c.Proxy = proxy
	}
	var err, tlsErr error
	c.Sources, err = addresses(h.LocalAddr)
	c.TLS, tlsErr = h.tls()
	return c, errors.Join(err, tlsErr)
}

// addresses reads local addresses.
func addresses(texts []string) (list []netip.Addr, err error) {
	for _, text := range texts {
		addr, parseErr := netip.ParseAddr(text)
		if parseErr != nil {
			err = errors.Join(err, fmt.Errorf("local address %q: want an IP address of this machine, such as 127.0.0.2", text))
			continue
		}
		list = append(list, addr.Unmap())
	}
	return list, err
}

// tls reads the certificates; nil means the defaults.
func (h *HTTP) tls() (*tls.Config, error) {
	if h.CertFile == "" && h.CAFile == "" {
		return nil, nil
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if h.CertFile != "" {
		pair, err := tls.LoadX509KeyPair(h.CertFile, h.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("client certificate: %w", err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	if h.CAFile == "" {
		return config, nil
	}
	pem, err := os.ReadFile(h.CAFile)
	if err != nil {
		return nil, fmt.Errorf("certificate authorities: %w", err)
	}
	config.RootCAs = x509.NewCertPool()
	if !config.RootCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("certificate authorities: %s has no certificate in PEM", h.CAFile)
	}
	return config, nil
}
