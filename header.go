package loadforge

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/loadforge/loadforge/internal/httpclient"
)

// A Header holds the header fields that one user sends with all its requests.
// It starts with those of the test. Names are not case-sensitive. The zero
// value is empty and ready to use.
//
// A field that can't be sent, one with a line break for example, fails the
// requests that would carry it.
type Header struct {
	fields *httpclient.Fields
	shared bool // fields belong to all users still
	err    error
	wrong  string // the field that err is about
}

// headerOf returns the fields of h in the order of their names.
func headerOf(h http.Header) (Header, error) {
	out := Header{}
	names := make([]string, 0, len(h))
	for name := range h {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for _, value := range h[name] {
			out.Add(name, value)
		}
	}
	return out, out.err
}

// share returns a copy that costs nothing until it is changed.
func (h Header) share() Header { return Header{fields: h.fields, shared: true} }

// own makes the fields this user's own before they change.
func (h *Header) own() *httpclient.Fields {
	if h.fields == nil || h.shared {
		mine := new(httpclient.Fields)
		mine.CopyFrom(h.fields)
		h.fields, h.shared = mine, false
	}
	return h.fields
}

// Set replaces all values of name by one.
func (h *Header) Set(name, value string) {
	h.forgive(name)
	h.keep(name, h.own().Set(name, value))
}

// Add adds a value to those of name.
func (h *Header) Add(name, value string) { h.keep(name, h.own().Add(name, value)) }

// Del removes all values of name.
func (h *Header) Del(name string) {
	h.forgive(name)
	h.own().Del(name)
}

// Get returns the first value of name, or "".
func (h *Header) Get(name string) string {
	if h.fields == nil {
		return ""
	}
	return h.fields.Get(name)
}

// SetBasicAuth sets the Authorization field for HTTP basic authentication.
func (h *Header) SetBasicAuth(user, password string) {
	h.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(user+":"+password)))
}

// SetBearer sets the Authorization field to a bearer token.
func (h *Header) SetBearer(token string) { h.Set("Authorization", "Bearer "+token) }

// keep remembers the first thing that went wrong.
func (h *Header) keep(name string, err error) {
	if h.err == nil && err != nil {
		h.err, h.wrong = err, name
	}
}

// forgive forgets what was wrong with a field that is replaced.
func (h *Header) forgive(name string) {
	if strings.EqualFold(h.wrong, name) {
		h.err, h.wrong = nil, ""
	}
}

// with puts the fields of extra over those of h, into the memory of into.
func (h *Header) with(into *httpclient.Fields, extra http.Header) error {
	into.CopyFrom(h.fields)
	for name := range extra {
		into.Del(name)
	}
	for name, values := range extra {
		for _, value := range values {
			if err := into.Add(name, value); err != nil {
				return fmt.Errorf("request: %w", err)
			}
		}
	}
	return nil
}
