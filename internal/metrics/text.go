package metrics

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// clean returns s fit to be shown anywhere: valid UTF-8 of at most limit bytes
// without control characters, so that neither a target nor a scenario can send
// escape codes to a terminal or break a line of a report. It is idempotent.
func clean(s string, limit int) string {
	if len(s) <= limit && isClean(s) {
		return s
	}
	return rewrite(s, limit, false)
}

// cleanLines is clean for text of several lines: it keeps line feeds and tabs.
func cleanLines(s string, limit int) string { return rewrite(s, limit, true) }

func rewrite(s string, limit int, lines bool) string {
	var b strings.Builder
	for _, r := range s { // an invalid byte is utf8.RuneError
		if isHostile(r) && !(lines && (r == '\n' || r == '\t')) {
			r = ' '
		}
		if b.Len()+utf8.RuneLen(r) > limit {
			break
		}
		b.WriteRune(r)
	}
	return b.String()
}

func isClean(s string) bool {
	return utf8.ValidString(s) && strings.IndexFunc(s, isHostile) < 0
}

// isHostile reports whether a character changes how the text around it is
// shown: control characters, line separators and the marks that reverse the
// direction of writing.
func isHostile(r rune) bool {
	switch {
	case r < utf8.RuneSelf:
		return r < ' ' || r == 0x7f
	case r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0x2028, r == 0x2029:
		return true
	}
	return unicode.IsControl(r)
}
