package terminal

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

// A vt is a terminal: so much of one as a painter needs. Rows that have scrolled
// out at the top are its history.
type vt struct {
	columns, height int
	rows            [][]rune // history and screen
	wrapped         []bool   // a row goes on in the next
	x, y            int      // y counts from the first row of the history
	noWrap          bool
	out             bytes.Buffer
	mu              sync.Mutex // of Write and text
}

func newVT(columns, height int) *vt {
	return &vt{columns: columns, height: height, rows: [][]rune{nil}, wrapped: []bool{false}}
}

func (v *vt) top() int { return max(0, len(v.rows)-v.height) }

func (v *vt) Write(p []byte) (int, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.out.Write(p)
	for s := string(p); s != ""; {
		if rest, ok := strings.CutPrefix(s, "\x1b["); ok {
			end := strings.IndexFunc(rest, func(r rune) bool { return r >= '@' && r <= '~' })
			v.control(rest[:end], rest[end])
			s = rest[end+1:]
			continue
		}
		r := []rune(s)[0]
		v.put(r)
		s = s[len(string(r)):]
	}
	return len(p), nil
}

func (v *vt) control(params string, final byte) {
	n, _ := strconv.Atoi(params)
	switch final {
	case 'A':
		v.y = max(v.top(), v.y-max(1, n))
	case 'B':
		v.y = min(len(v.rows)-1, v.y+max(1, n))
	case 'K':
		v.erase(v.y, v.x)
	case 'J':
		v.erase(v.y, v.x)
		for y := v.y + 1; y < len(v.rows); y++ {
			v.erase(y, 0)
		}
	case 'h', 'l':
		if params == "?7" {
			v.noWrap = final == 'l'
		}
	}
}

func (v *vt) erase(y, from int) {
	if len(v.rows[y]) > from {
		v.rows[y] = v.rows[y][:from]
	}
	v.wrapped[y] = false
}

func (v *vt) put(r rune) {
	switch r {
	case '\r':
		v.x = 0
		return
	case '\n':
		v.down(false)
		return
	}
	if v.x >= v.columns {
		if v.noWrap {
			return
		}
		v.down(true)
		v.x = 0
	}
	for len(v.rows[v.y]) <= v.x {
		v.rows[v.y] = append(v.rows[v.y], ' ')
	}
	v.rows[v.y][v.x] = r
	v.x++
}

func (v *vt) down(wrap bool) {
	v.wrapped[v.y] = wrap
	if v.y++; v.y == len(v.rows) {
		v.rows, v.wrapped = append(v.rows, nil), append(v.wrapped, false)
	}
}

// resize breaks lines anew, as terminals do.
func (v *vt) resize(columns, height int) {
	var rows [][]rune
	var wrapped []bool
	y := 0
	for i := 0; i < len(v.rows); i++ {
		line, first := v.rows[i], i
		for v.wrapped[i] {
			i++
			line = append(slices.Clone(line), v.rows[i]...)
		}
		if first <= v.y && v.y <= i {
			y = len(rows)
		}
		for len(line) > columns {
			rows, wrapped, line = append(rows, line[:columns:columns]), append(wrapped, true), line[columns:]
		}
		rows, wrapped = append(rows, line), append(wrapped, false)
	}
	v.rows, v.wrapped, v.y, v.columns, v.height = rows, wrapped, y, columns, height
}

// text is everything up to the cursor, with spaces at the ends of lines left out.
func (v *vt) text() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	var lines []string
	for _, row := range v.rows {
		lines = append(lines, strings.TrimRight(string(row), " "))
	}
	for len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

func wantText(t interface {
	Helper()
	Errorf(string, ...any)
}, v *vt, want ...string,
) {
	t.Helper()
	if got := v.text(); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestPainterReplacesItsFrameOnly(t *testing.T) {
	v := newVT(20, 6)
	fmt.Fprint(v, "before\r\n")
	p := &painter{out: v}
	p.paint(nil, []string{"a 1", "b 1", "c 1"}, 20)
	wantText(t, v, "before", "a 1", "b 1", "c 1")
	p.paint(nil, []string{"a 2", "b 1", "c"}, 20)
	wantText(t, v, "before", "a 2", "b 1", "c")
	p.paint(nil, []string{"a 3"}, 20)
	wantText(t, v, "before", "a 3")
	p.paint([]string{"log 1", "log 2"}, []string{"a 3", "b 3"}, 20)
	wantText(t, v, "before", "log 1", "log 2", "a 3", "b 3")
	p.erase(20)
	wantText(t, v, "before", "log 1", "log 2")
	if v.y != 3 || v.x != 0 {
		t.Errorf("the cursor is at %d, %d", v.x, v.y)
	}
}

func TestPainterWritesNothingWithoutAChange(t *testing.T) {
	v := newVT(20, 6)
	p := &painter{out: v}
	p.paint(nil, []string{"a", "b"}, 20)
	n := v.out.Len()
	p.paint(nil, []string{"a", "b"}, 20)
	if got := v.out.Len(); got != n {
		t.Errorf("got %d more bytes", got-n)
	}
}

func TestPainterRepairsWhatSomebodyTyped(t *testing.T) {
	v := newVT(20, 10)
	p := &painter{out: v}
	p.paint(nil, []string{"a 1", "b", "c"}, 20)
	fmt.Fprint(v, "oops\r\n")
	p.paint(nil, []string{"a 2", "b", "c"}, 20)
	wantText(t, v, "a 1", "a 2", "b", "c")
}

func TestPainterScrollsAtTheFootOfTheTerminal(t *testing.T) {
	v := newVT(20, 4)
	fmt.Fprint(v, "1\r\n2\r\n3\r\n")
	p := &painter{out: v}
	p.paint(nil, []string{"a", "b", "c"}, 20)
	p.paint(nil, []string{"d", "e", "f"}, 20)
	wantText(t, v, "1", "2", "3", "d", "e", "f")
}

func TestPainterForgetsAFrameThatOthersWroteBelow(t *testing.T) {
	v := newVT(20, 10)
	p := &painter{out: v}
	p.paint(nil, []string{"a"}, 20)
	fmt.Fprint(v, "[1]+ Stopped\r\n$ fg\r\n")
	p.forget()
	p.paint(nil, []string{"b"}, 20)
	wantText(t, v, "a", "[1]+ Stopped", "$ fg", "b")
}

func TestPainterFollowsResizes(t *testing.T) {
	v := newVT(20, 12)
	fmt.Fprint(v, "before\r\n")
	p := &painter{out: v}
	p.paint(nil, []string{"\x1b[1maaaaaaaaaaaaaaaa\x1b[0m", "bbb", "cccccccccc"}, 20)
	v.resize(10, 12)
	wantText(t, v, "before", "aaaaaaaaaa", "aaaaaa", "bbb", "cccccccccc")
	p.paint(nil, []string{"aaaaa", "bbb"}, 10)
	wantText(t, v, "before", "aaaaa", "bbb")
	v.resize(30, 12)
	p.paint(nil, []string{"aaaaaaaaaaaaaaaaaaaaaaaaa", "bbb", "cc"}, 30)
	wantText(t, v, "before", "aaaaaaaaaaaaaaaaaaaaaaaaa", "bbb", "cc")
	v.resize(7, 12)
	p.erase(7)
	wantText(t, v, "before")
}

func TestPainterErasesNothingBeforeTheFirstFrame(t *testing.T) {
	v := newVT(20, 4)
	(&painter{out: v}).erase(20)
	if v.out.Len() != 0 {
		t.Errorf("got %q", v.out.String())
	}
}

// Whatever a painter is given, in whatever order, the terminal ends up with the
// log lines and the last frame. Frames are lower than the terminal.
func TestPainterLeavesWhatItShould(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		columns := 30
		v := newVT(columns, 12)
		p := &painter{out: v}
		line := rapid.StringMatching(`[a-z]{1,4}`)
		var logs, frame []string
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			if rapid.IntRange(0, 3).Draw(t, "resize") == 0 {
				columns = rapid.IntRange(4, 40).Draw(t, "columns")
				v.resize(columns, 12)
			}
			above := rapid.SliceOfN(line, 0, 3).Draw(t, "above")
			frame = rapid.SliceOfN(line, 0, 11).Draw(t, "frame")
			logs = append(logs, above...)
			p.paint(above, frame, columns)
			wantText(t, v, append(slices.Clone(logs), frame...)...)
		}
		p.erase(columns)
		wantText(t, v, logs...)
	})
}
