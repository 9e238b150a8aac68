package terminal

import (
	"strings"

	"github.com/loadforge/loadforge/internal/metrics"
)

// An ink is a role of text that has a colour. Whatever it says is said by words
// or signs too.
type ink uint8

const (
	plainInk ink = iota
	bold
	faint
	accent
	good
	bad
	warn
	goodBold
	badBold
	warnBold
)

// A look is how things are drawn: with which characters and colours.
type look struct {
	ascii bool
	color bool

	dash, dots, micro string
	dot, arrow        string   // between parts of a line; between a test and its target
	fill              []string // parts of a cell, from a little to all of it
	done, head, rest  string   // of the time line
	edge              string   // of the curve
	gauge, gaugeRest  string
	ok, fail, alert   string // signs
	unknown, active   string
}

func newLook(color, ascii bool) look {
	l := look{
		ascii: ascii,
		dash:  "–", dots: "…", micro: "µs", dot: "·", arrow: "→",
		fill: strings.Split("▁▂▃▄▅▆▇█", ""),
		done: "━", head: "●", rest: "─", edge: "▏",
		gauge: "■", gaugeRest: "·",
		ok: "✓", fail: "✗", alert: "!", unknown: "?", active: "●",
	}
	if ascii {
		l = look{
			ascii: true,
			dash:  "-", dots: "..", micro: "us", dot: "|", arrow: "->",
			fill: []string{".", ":", "#"},
			done: "=", head: ">", rest: "-", edge: "|",
			gauge: "#", gaugeRest: ".",
			ok: "+", fail: "x", alert: "!", unknown: "?", active: "*",
		}
	}
	l.color = color
	return l
}

// code is what turns an ink on, in the words of ECMA-48: SGR parameters.
func (i ink) code() string {
	switch i {
	case bold:
		return "1"
	case faint:
		return "2"
	case accent:
		return "36"
	case good:
		return "32"
	case bad:
		return "31"
	case warn:
		return "33"
	case goodBold:
		return "1;32"
	case badBold:
		return "1;31"
	case warnBold:
		return "1;33"
	}
	return ""
}

// paint gives a text its colour.
func (l look) paint(text string, i ink) string {
	if !l.color || i.code() == "" || strings.TrimSpace(text) == "" {
		return text
	}
	return "\x1b[" + i.code() + "m" + text + "\x1b[0m"
}

// clean makes text from outside inert.
func (l look) clean(s string) string { return clean(s, l.ascii) }

// called is a name made inert, or what stands for none.
func (l look) called(name string) string {
	if name = l.clean(name); strings.TrimSpace(name) == "" {
		return metrics.Unnamed
	}
	return name
}

// ASCII reports whether the environment asks for ASCII characters only: the
// locale is not a UTF-8 one, or the terminal is known to lack the characters.
func ASCII(getenv func(string) string) bool {
	if getenv("TERM") == "linux" { // the console has 512 characters
		return true
	}
	if getenv("WT_SESSION") != "" { // Windows Terminal; Windows has no locale variables
		return false
	}
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if locale := strings.ToLower(getenv(name)); locale != "" {
			return !strings.Contains(locale, "utf-8") && !strings.Contains(locale, "utf8")
		}
	}
	return true
}
