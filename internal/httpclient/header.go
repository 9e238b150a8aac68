package httpclient

import (
	"bytes"
	"iter"
)

// A Header is the header of an answer, in the session's own memory and not
// parsed until it is asked: valid until the session's next Do, Idle, Reset or
// Close. Names are found in any case. The zero value is empty.
type Header struct {
	block []byte // checked lines, the empty one left out
}

// Get returns the first value of a name, or "".
func (h Header) Get(name string) string { return string(h.Bytes(name)) }

// Has reports whether the field is there, be it empty.
func (h Header) Has(name string) bool {
	_, _, ok := h.find(h.block, name)
	return ok
}

// Bytes is Get without the copy: nil if the field is missing.
func (h Header) Bytes(name string) []byte {
	value, _, _ := h.find(h.block, name)
	return value
}

// Values returns all values of a name, in order.
func (h Header) Values(name string) []string {
	var values []string
	for rest := h.block; ; {
		value, after, ok := h.find(rest, name)
		if !ok {
			return values
		}
		values, rest = append(values, string(value)), after
	}
}

// All yields names, as the server wrote them, and values in order.
func (h Header) All() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for rest := h.block; len(rest) > 0; {
			var line []byte
			line, rest = cutField(rest)
			name, value, _ := bytes.Cut(line, []byte(":"))
			if !yield(string(name), string(unfold(value))) {
				return
			}
		}
	}
}

// Clone returns a header in memory of its own.
func (h Header) Clone() Header { return Header{block: bytes.Clone(h.block)} }

// Len returns the size of the header in bytes, as it came.
func (h Header) Len() int { return len(h.block) }

// find returns the value of the first field of that name in block and what
// follows that field.
func (h Header) find(block []byte, name string) (value, after []byte, ok bool) {
	for len(block) > 0 {
		var line []byte
		line, block = cutField(block)
		if len(line) > len(name) && line[len(name)] == ':' && foldEqual(line[:len(name)], name) {
			return unfold(line[len(name)+1:]), block, true
		}
	}
	return nil, nil, false
}

// cutField splits off the first field with its folded lines.
func cutField(block []byte) (field, rest []byte) {
	end := 0
	for {
		i := bytes.IndexByte(block[end:], '\n')
		if i < 0 {
			return block, nil
		}
		end += i + 1
		if end == len(block) || !isBlank(block[end]) {
			return bytes.TrimRight(block[:end], "\r\n"), block[end:]
		}
	}
}

// unfold trims a value and joins its folded lines by one space each.
func unfold(value []byte) []byte {
	value = trimBlanks(value)
	if bytes.IndexByte(value, '\n') < 0 {
		return value
	}
	var joined []byte
	for line := range bytes.SplitSeq(value, []byte("\n")) {
		joined = append(append(joined, trimBlanks(bytes.TrimSuffix(line, []byte("\r")))...), ' ')
	}
	return trimBlanks(joined)
}

// foldEqual compares ASCII, ignoring case.
func foldEqual(a []byte, b string) bool {
	for i := range len(b) {
		x, y := a[i], b[i]
		if x != y && (x|0x20 != y|0x20 || x|0x20 < 'a' || x|0x20 > 'z') {
			return false
		}
	}
	return true
}
