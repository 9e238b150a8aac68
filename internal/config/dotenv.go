package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// ReadEnv reads a .env file. A file that is not there has no variables.
func ReadEnv(name string, outer func(string) (string, bool)) (map[string]string, error) {
	source, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return map[string]string{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read variables: %w", err)
	}
	return ParseEnv(name, string(source), outer)
}

// ParseEnv reads lines of NAME=value. A value may stand in single quotes, where
// everything is literal, or in double quotes, where \n, \t, \" and \\ are
// escapes; both may run over several lines. Outside single quotes ${NAME} is
// replaced by a variable defined above, or by that of outer. Comments begin
// with # at the start of a line or after a blank. "export" before a name is
// allowed. Errors name file and line.
func ParseEnv(name, source string, outer func(string) (string, bool)) (map[string]string, error) {
	e := &envReader{rest: strings.TrimPrefix(source, "\ufeff"), line: 1, values: map[string]string{}, outer: outer}
	for e.rest != "" {
		if err := e.entry(); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, e.line, err)
		}
	}
	return e.values, nil
}

type envReader struct {
	rest   string
	line   int
	values map[string]string
	outer  func(string) (string, bool)
}

// cut takes the rest of the line away.
func (e *envReader) cut() string {
	line, rest, _ := strings.Cut(e.rest, "\n")
	e.rest = rest
	e.line++
	return strings.TrimSuffix(line, "\r")
}

func (e *envReader) entry() error {
	line, _, _ := strings.Cut(e.rest, "\n")
	text := strings.TrimSpace(line)
	if text == "" || text[0] == '#' {
		e.cut()
		return nil
	}
	before, _, ok := strings.Cut(line, "=")
	name := strings.TrimSpace(before)
	if after, exported := strings.CutPrefix(name, "export "); exported {
		name = strings.TrimSpace(after)
	}
	if !ok || !isVariable(name) {
		return fmt.Errorf("want NAME=value, have %q", printable(text))
	}
	e.rest = strings.TrimLeft(e.rest[len(before)+1:], " \t")
	value, err := e.value()
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	e.values[name] = value
	return nil
}

func isVariable(name string) bool {
	for i, r := range name {
		letter := r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return name != ""
}

func (e *envReader) value() (string, error) {
	switch {
	case strings.HasPrefix(e.rest, "'"):
		return e.quoted('\'')
	case strings.HasPrefix(e.rest, `"`):
		return e.quoted('"')
	}
	line := e.cut()
	if strings.HasPrefix(line, "#") {
		return "", nil
	}
	if i := strings.Index(line, " #"); i >= 0 {
		line = line[:i]
	}
	return e.expand(strings.TrimSpace(line)), nil
}

func (e *envReader) quoted(quote byte) (string, error) {
	var b strings.Builder
	for i := 1; i < len(e.rest); i++ {
		switch c := e.rest[i]; {
		case c == quote:
			e.line += strings.Count(e.rest[:i], "\n")
			e.rest = e.rest[i+1:]
			if after := strings.TrimSpace(e.cut()); after != "" && after[0] != '#' {
				e.line--
				return "", fmt.Errorf("unexpected %q after the closing quote", printable(after))
			}
			if quote == '\'' {
				return b.String(), nil
			}
			return e.expand(b.String()), nil
		case c == '\\' && quote == '"' && i+1 < len(e.rest):
			i++
			b.WriteString(unescape(e.rest[i]))
		default:
			b.WriteByte(c)
		}
	}
	return "", errors.New("the quote is never closed")
}

func unescape(c byte) string {
	switch c {
	case 'n':
		return "\n"
	case 't':
		return "\t"
	case 'r':
		return "\r"
	case '"', '\\', '$':
		return string(c)
	}
	return "\\" + string(c)
}

// expand replaces ${NAME}; a variable that is nowhere is empty, as in a shell.
func (e *envReader) expand(s string) string {
	var b strings.Builder
	for {
		start := strings.Index(s, "${")
		end := -1
		if start >= 0 {
			end = strings.IndexByte(s[start:], '}')
		}
		if end < 0 || !isVariable(s[start+2:start+end]) {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(s[:start])
		b.WriteString(e.lookup(s[start+2 : start+end]))
		s = s[start+end+1:]
	}
}

func (e *envReader) lookup(name string) string {
	if v, ok := e.values[name]; ok {
		return v
	}
	if e.outer != nil {
		if v, ok := e.outer(name); ok {
			return v
		}
	}
	return ""
}
