package terminal

import (
	"iter"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"
)

// clean makes text from outside inert: one line, every character printable and
// none that changes how others are shown. What it replaces stays visible as a
// question mark, so that nobody wonders why two names look the same.
func clean(s string, ascii bool) string {
	if isPlain(s) {
		return s
	}
	var b strings.Builder
	marks := 0
	for _, r := range s { // an invalid byte is utf8.RuneError
		if !unicode.Is(unicode.M, r) {
			marks = 0
		} else if marks++; marks > maxMarks || b.Len() == 0 {
			continue
		}
		if r = tame(r, ascii); r >= 0 {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// maxMarks is how many marks a letter keeps. Every script gets by with that; a
// tower of marks would cover the lines around it.
const maxMarks = 2

// isPlain reports whether s is printable ASCII.
func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

// tame returns what stands for r on the screen, -1 for nothing.
func tame(r rune, ascii bool) rune {
	switch {
	case r == '\n', r == '\r', r == '\t', unicode.Is(unicode.Z, r):
		return ' '
	case r >= 0xfe00 && r <= 0xfe0f, r == 0x200d, r >= 0x1f3fb && r <= 0x1f3ff:
		return -1 // they change the look of the character before, and its width
	case r == utf8.RuneError, !unicode.IsPrint(r), ascii && r >= utf8.RuneSelf:
		return '?'
	}
	return r
}

// lines yields the lines of a text without their ends.
func lines(s string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for line := range strings.Lines(s) {
			if !yield(strings.TrimRight(line, "\r\n")) {
				return
			}
		}
	}
}

// width is how many columns a text takes. It adds up characters as most terminals
// do; those that put several together need no more room for them.
func width(s string) int {
	if isPlain(s) {
		return len(s)
	}
	n := 0
	for _, r := range s {
		n += displaywidth.Rune(r)
	}
	return n
}

// cut shortens a text to at most w columns; dots stand for what is missing.
func cut(s string, w int, dots string) string {
	if width(s) <= w {
		return s
	}
	if w <= len(dots) {
		return head(s, w)
	}
	return head(s, w-width(dots)) + dots
}

// cutMiddle is cut for names: how they end tells them apart as well.
func cutMiddle(s string, w int, dots string) string {
	if width(s) <= w || w < 12 {
		return cut(s, w, dots)
	}
	room := w - width(dots)
	end := tail(s, room*2/5)
	return head(s, room-width(end)) + dots + end
}

// head is the longest beginning of s that fits into w columns.
func head(s string, w int) string {
	used, end := 0, 0
	for i, r := range s {
		used += displaywidth.Rune(r)
		if used > w {
			return s[:end]
		}
		end = i + utf8.RuneLen(r)
	}
	return s[:end]
}

// tail is the longest end of s that fits into w columns.
func tail(s string, w int) string {
	runes := []rune(s)
	used, from := 0, len(runes)
	for i := len(runes) - 1; i >= 0; i-- {
		used += displaywidth.Rune(runes[i])
		if used > w {
			break
		}
		from = i
	}
	for from < len(runes) && unicode.Is(unicode.M, runes[from]) {
		from++ // a mark without its letter
	}
	return string(runes[from:])
}

// left pads a text with spaces to w columns. It never cuts: half a number is a
// wrong number.
func left(s string, w int) string { return s + strings.Repeat(" ", max(0, w-width(s))) }

// right is left, flush right.
func right(s string, w int) string { return strings.Repeat(" ", max(0, w-width(s))) + s }

// wrap breaks a text into lines of at most w columns, n of them at most.
func wrap(s string, w, n int, dots string) []string {
	var out []string
	line := ""
	for _, word := range strings.Fields(s) {
		switch {
		case line == "":
			line = word
		case width(line)+1+width(word) <= w:
			line += " " + word
		default:
			out = append(out, line)
			line = word
		}
	}
	out = append(out, line)
	if len(out) > n {
		out = append(out[:n-1], strings.Join(out[n-1:], " "))
	}
	for i := range out {
		out[i] = cut(out[i], w, dots)
	}
	return out
}
