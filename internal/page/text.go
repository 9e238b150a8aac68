package page

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Clean returns s without what changes how the text around it is shown: control
// characters and terminal escapes, line ends, marks that turn the direction of
// writing, broken UTF-8. Snapshots are clean already, but for some of the marks;
// plans and files are anybody's.
func Clean(s string) string { return cleaned(s, false) }

// CleanLines is Clean, but keeps line feeds and tabs.
func CleanLines(s string) string { return cleaned(s, true) }

func cleanAll(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = Clean(s)
	}
	return out
}

func cleaned(s string, lines bool) string {
	hostile := func(r rune) bool { return isHostile(r) && !(lines && (r == '\n' || r == '\t')) }
	if utf8.ValidString(s) && strings.IndexFunc(s, hostile) < 0 {
		return s
	}
	return strings.Map(func(r rune) rune {
		if hostile(r) {
			return ' '
		}
		return r // a broken byte comes as U+FFFD
	}, s)
}

func isHostile(r rune) bool {
	switch {
	case r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0x2028, r == 0x2029, r == 0xfffe, r == 0xffff:
		return true
	case r == 0x200e, r == 0x200f, r == 0x061c:
		return true
	}
	return unicode.IsControl(r)
}
