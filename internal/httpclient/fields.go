package httpclient

import (
	"bytes"
	"fmt"
	"iter"
	"slices"
	"strings"
)

// Fields is a block of request header fields, kept as it goes on the wire: send
// the same block again and again and it costs one copy. The zero value is empty
// and ready. Names and values are checked when they are added, so a block can
// not smuggle a second request. Not safe for concurrent writing.
type Fields struct {
	block []byte
	has   fieldSet
}

// A fieldSet says which of the fields this package treats specially are there.
type fieldSet uint8

const (
	hasHost fieldSet = 1 << iota
	hasUserAgent
	hasAcceptEncoding
	hasCookie
	hasContentType
	hasClose // Connection: close
	hasExpect
)

// Add appends a field. It refuses names that are not tokens, values with line
// breaks or control characters, and the fields that frame the message.
func (f *Fields) Add(name, value string) error {
	if !isToken(name) {
		return fmt.Errorf("header field name %q: use letters, digits and hyphens", name)
	}
	if !isFieldValue(value) {
		return fmt.Errorf("header field %s: value %q has a line break or control character", name, value)
	}
	if strings.EqualFold(name, "Content-Length") || strings.EqualFold(name, "Transfer-Encoding") {
		return fmt.Errorf("header field %s is set by the client: leave it out", name)
	}
	f.has |= fieldFlag(name, value)
	f.block = append(f.block, name...)
	f.block = append(f.block, ": "...)
	f.block = append(f.block, value...)
	f.block = append(f.block, "\r\n"...)
	return nil
}

func fieldFlag(name, value string) fieldSet {
	switch strings.ToLower(name) {
	case "host":
		return hasHost
	case "user-agent":
		return hasUserAgent
	case "accept-encoding":
		return hasAcceptEncoding
	case "cookie":
		return hasCookie
	case "content-type":
		return hasContentType
	case "expect":
		return hasExpect
	case "connection":
		if strings.EqualFold(value, "close") {
			return hasClose
		}
	}
	return 0
}

// Set replaces all fields of that name by one.
func (f *Fields) Set(name, value string) error {
	before := *f
	f.block = slices.Clone(f.block)
	f.Del(name)
	if err := f.Add(name, value); err != nil {
		*f = before
		return err
	}
	return nil
}

// Del removes all fields of that name, in any case.
func (f *Fields) Del(name string) {
	if f.Get(name) == "" && !f.contains(name) {
		return
	}
	kept := Fields{block: make([]byte, 0, len(f.block))}
	for n, v := range f.All() {
		if !strings.EqualFold(n, name) {
			_ = kept.Add(n, v) // was checked when it came in
		}
	}
	*f = kept
}

func (f *Fields) contains(name string) bool {
	for n := range f.All() {
		if strings.EqualFold(n, name) {
			return true
		}
	}
	return false
}

// Get returns the first value of a name, in any case, or "".
func (f *Fields) Get(name string) string {
	for n, v := range f.All() {
		if strings.EqualFold(n, name) {
			return v
		}
	}
	return ""
}

// All yields names and values in order.
func (f *Fields) All() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for line := range bytes.SplitSeq(f.block, []byte("\r\n")) {
			name, value, ok := bytes.Cut(line, []byte(": "))
			if ok && !yield(string(name), string(value)) {
				return
			}
		}
	}
}

// CopyFrom makes f equal to other, in f's own memory: no allocation once f has
// grown. A nil other empties f.
func (f *Fields) CopyFrom(other *Fields) {
	f.Reset()
	if other != nil {
		f.block, f.has = append(f.block, other.block...), other.has
	}
}

// Reset empties the block and keeps its memory.
func (f *Fields) Reset() { f.block, f.has = f.block[:0], 0 }

// Len returns the size of the block in bytes.
func (f *Fields) Len() int { return len(f.block) }

// without returns a copy without the fields whose lower-case name drop names.
func (f *Fields) without(drop func(name string) bool) *Fields {
	kept := new(Fields)
	for name, value := range f.All() {
		if !drop(strings.ToLower(name)) {
			_ = kept.Add(name, value) // was checked when it came in
		}
	}
	return kept
}
