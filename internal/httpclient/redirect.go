package httpclient

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/loadforge/loadforge/internal/metrics"
)

// redirected turns the call into the next one, if the answer asks for it.
func (s *Session) redirected() bool {
	if s.resp.Err != nil || !isRedirect(s.resp.Status) {
		return false
	}
	limit := s.client.config.MaxRedirects
	if limit < 0 || s.call.request.NoRedirect || s.head.has&saidLocation == 0 {
		return false
	}
	location := s.resp.Header.Get("Location")
	return location != "" && s.redirect(location, limit)
}

func isRedirect(status int) bool {
	switch status {
	case 301, 302, 303, 307, 308:
		return true
	}
	return false
}

// redirect is the part of redirected that is off the steady path. A redirect
// that leads nowhere is an exchange that failed.
func (s *Session) redirect(location string, limit int) bool {
	if s.call.hop >= limit {
		s.misled(fmt.Sprintf("stopped after %d redirects", limit), nil)
		return false
	}
	target, path, err := s.locate(location)
	if err != nil {
		s.misled("redirect to a bad address", err)
		return false
	}
	if err := s.client.fence.check(target); err != nil {
		s.misled("redirect to "+err.Message, err)
		return false
	}
	s.call.turn(s.resp.Status, target, path)
	return true
}

func (s *Session) misled(message string, cause error) {
	s.resp.Class = metrics.Redirect
	s.resp.Err = &Error{Class: metrics.Redirect, Message: message, Cause: cause}
}

// locate resolves a Location against the call's own address.
func (s *Session) locate(location string) (*Target, string, error) {
	base, err := url.Parse(s.call.target.base + string(s.call.path))
	if err != nil {
		return nil, "", err
	}
	u, err := base.Parse(location)
	if err != nil {
		return nil, "", err
	}
	u.User = nil
	target, path, err := targetOf(u)
	if err == nil && target.same(s.call.target) {
		target = s.call.target
	}
	return target, path, err
}

// turn makes the call what a redirect asks for: 307 and 308 repeat the request,
// the others make it a GET (RFC 9110, section 15.4, and what browsers do).
func (c *call) turn(status int, target *Target, path string) {
	if status < 307 && c.method != "HEAD" {
		if c.method != "GET" || len(c.body) > 0 {
			c.header = c.header.without(isContentField)
		}
		c.method, c.body, c.content = "GET", nil, ""
	}
	if !trusted(c.target, target) {
		c.header = c.header.without(isSecretField)
	}
	if c.header.has&hasHost != 0 && !target.same(c.target) {
		c.header = c.header.without(func(name string) bool { return name == "host" })
	}
	c.target, c.path = target, []byte(path)
	c.hop++
}

// trusted reports whether what was meant for one target may be told another: the
// same host, and the same port or the step from http to https.
func trusted(from, to *Target) bool {
	if from.Host != to.Host {
		return false
	}
	return from.same(to) || from.Scheme == "http" && from.Port == "80" && to.Scheme == "https" && to.Port == "443"
}

func isSecretField(name string) bool {
	switch name {
	case "authorization", "cookie", "proxy-authorization", "www-authenticate":
		return true
	}
	return false
}

func isContentField(name string) bool {
	return strings.HasPrefix(name, "content-") || name == "expect"
}
