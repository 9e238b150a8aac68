package httpclient

import "encoding/binary"

// tokenByte holds the bytes of a token (RFC 9110, section 5.6.2): methods and
// field names are made of them.
var tokenByte = tokenBytes()

func tokenBytes() (table [256]bool) {
	for _, c := range []byte("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") {
		table[c] = true
	}
	return table
}

func isToken(s string) bool {
	for i := range len(s) {
		if !tokenByte[s[i]] {
			return false
		}
	}
	return s != ""
}

// isFieldValue reports whether s may stand in a header field: no line break and
// no other control character but the tab.
func isFieldValue(s string) bool {
	for i := range len(s) {
		if isControl(s[i]) {
			return false
		}
	}
	return true
}

func isControl(c byte) bool { return c < ' ' && c != '\t' || c == 0x7f }

const (
	lowBits  = 0x0101010101010101
	highBits = 0x8080808080808080
)

// firstBelow returns where the first byte below limit (at most 0x80) or equal
// to DEL may be, rounded down to eight, or len(b): eight bytes are looked at in
// one step (Mycroft's test for a zero byte, which is exact as to whether there
// is one).
func firstBelow(b []byte, limit byte) int {
	i := 0
	for ; len(b)-i >= 8; i += 8 {
		x := binary.LittleEndian.Uint64(b[i:])
		below := (x - lowBits*uint64(limit)) &^ x
		del := x ^ lowBits*0x7f
		del = (del - lowBits) &^ del
		if (below|del)&highBits != 0 {
			return i
		}
	}
	for ; i < len(b); i++ {
		if b[i] < limit || b[i] == 0x7f {
			return i
		}
	}
	return i
}

// cleanValue reports whether a field value is free of control characters.
func cleanValue(b []byte) bool {
	i := firstBelow(b, ' ')
	for ; i < len(b); i++ {
		if isControl(b[i]) {
			return false
		}
	}
	return true
}

// cleanPath reports whether a request target is free of blanks, control
// characters and line breaks.
func cleanPath(b []byte) bool {
	i := firstBelow(b, ' '+1)
	for ; i < len(b); i++ {
		if b[i] <= ' ' || b[i] == 0x7f {
			return false
		}
	}
	return true
}

// equalFold compares ASCII bytes, ignoring case. lower must be lower case.
func equalFold(b []byte, lower string) bool {
	if len(b) != len(lower) {
		return false
	}
	for i := range len(b) {
		c := b[i]
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

func trimBlanks(b []byte) []byte {
	for len(b) > 0 && isBlank(b[0]) {
		b = b[1:]
	}
	for len(b) > 0 && isBlank(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return b
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }
