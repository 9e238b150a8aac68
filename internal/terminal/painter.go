package terminal

import (
	"bytes"
	"io"
	"slices"
	"strconv"
	"strings"
)

// A painter draws frames in place, below whatever the terminal shows already. It
// sets no mode that outlasts a write: not the alternate screen, not a hidden
// cursor, no keys taken away. So nothing has to be restored, and a crash, an
// os.Exit in a scenario or SIGKILL leave a terminal that works.
//
// After each frame the cursor is at the start of the line below it, which is why
// a frame must be lower than the terminal.
type painter struct {
	out     io.Writer
	lines   []string
	columns int
	drawn   bool
}

const (
	// Terminals that know the first draw all of a frame at once, others ignore
	// it. The second keeps a line that takes more room than we think, as some do
	// with some scripts, from wrapping.
	wrapOff    = "\x1b[?7l"
	wrapOn     = "\x1b[?7h"
	startFrame = "\x1b[?2026h" + wrapOff
	endFrame   = wrapOn + "\x1b[?2026l"
	eraseLine  = "\x1b[K" // from the cursor on
	eraseBelow = "\x1b[J"
)

// paint replaces the last frame by lines, and writes others above it that stay.
// It writes nothing if nothing has changed. All lines are written, not only those
// that have changed: somebody may have pressed Enter, or a scenario have printed
// something, and then they are not where they were.
func (p *painter) paint(above, lines []string, columns int) {
	moved := p.drawn && columns != p.columns
	if p.drawn && !moved && len(above) == 0 && slices.Equal(lines, p.lines) {
		return
	}
	var b bytes.Buffer
	b.WriteString(startFrame)
	if moved || len(above) > 0 {
		p.clear(&b, columns)
	} else {
		up(&b, len(p.lines))
	}
	if len(above) > 0 {
		b.WriteString(wrapOn + strings.Join(above, "\r\n") + "\r\n" + wrapOff)
	}
	for _, line := range lines {
		b.WriteString(line + eraseLine + "\r\n")
	}
	b.WriteString(eraseBelow + endFrame)
	p.lines, p.columns, p.drawn = slices.Clone(lines), columns, true
	_, _ = p.out.Write(b.Bytes())
}

// erase takes the frame away and leaves the cursor where it began.
func (p *painter) erase(columns int) {
	if !p.drawn {
		return
	}
	var b bytes.Buffer
	p.clear(&b, columns)
	p.forget()
	_, _ = p.out.Write(b.Bytes())
}

// forget leaves the last frame where it is; the next one comes below the cursor.
func (p *painter) forget() { p.lines, p.drawn = nil, false }

// clear empties the rows of the last frame and moves to its start. It does so row
// by row: terminals that are told to erase all from the top of the screen keep a
// copy in their history.
func (p *painter) clear(b *bytes.Buffer, columns int) {
	rows := p.rows(columns)
	up(b, rows)
	b.WriteString(strings.Repeat(eraseLine+"\x1b[B", rows) + eraseLine)
	up(b, rows)
	p.lines = nil
}

// up moves the cursor to the start of a line some rows above.
func up(b *bytes.Buffer, rows int) {
	b.WriteString("\r")
	if rows > 0 {
		b.WriteString("\x1b[" + strconv.Itoa(rows) + "A")
	}
}

// rows is how many rows the last frame takes now. When a terminal is made
// narrower it breaks lines that have become too long.
func (p *painter) rows(columns int) int {
	n := 0
	for _, line := range p.lines {
		n++
		if w := shownWidth(line); columns > 0 && w > columns {
			n += (w - 1) / columns
		}
	}
	return n
}

// shownWidth is the width of a painted text, without its colours.
func shownWidth(s string) int {
	n := 0
	for {
		text, rest, colored := strings.Cut(s, "\x1b[")
		n += width(text)
		if !colored {
			return n
		}
		_, s, _ = strings.Cut(rest, "m")
	}
}
