package config

import (
	"fmt"
	"strings"
)

// A Problem is one thing that is wrong with a file.
type Problem struct {
	File         string
	Line, Column int // from 1
	Text         string
	Source       string // the line itself
}

// Error returns the place and the text, then the line with a caret below.
func (p Problem) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s\n    %s\n    %s^", p.File, p.Line, p.Column, p.Text, p.Source, indent(p.Source, p.Column))
}

// indent is as wide as the text before the column, tabs kept.
func indent(source string, column int) string {
	var b strings.Builder
	for i, r := range source {
		if i >= column-1 {
			break
		}
		if r != '\t' {
			r = ' '
		}
		b.WriteRune(r)
	}
	return b.String()
}

// Problems is everything that is wrong with a file.
type Problems []Problem

// Error returns all problems, in order.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// place finds line, column and text of the line for an offset.
func place(source []byte, offset int) (line, column int, text string) {
	offset = min(max(offset, 0), len(source))
	before := string(source[:offset])
	start := strings.LastIndexByte(before, '\n') + 1
	end := len(source)
	if i := strings.IndexByte(string(source[offset:]), '\n'); i >= 0 {
		end = offset + i
	}
	text = strings.TrimRight(string(source[start:end]), "\r")
	return strings.Count(before, "\n") + 1, offset - start + 1, printable(text)
}

// printable keeps a line from writing to the terminal what it should not, and
// from filling it. Bytes keep their places.
func printable(line string) string {
	const widest = 160
	line = line[:min(len(line), widest)]
	return strings.Map(func(r rune) rune {
		if r != '\t' && (r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0) {
			return '.'
		}
		return r
	}, strings.ToValidUTF8(line, "?"))
}
