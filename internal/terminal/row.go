package terminal

import (
	"slices"
	"strings"
)

// A seg is a piece of a line in one ink. Its text is clean.
type seg struct {
	text string
	ink  ink
}

// A field is a part of a row that stays or goes as a whole. When the row is too
// wide, the field of the highest rank goes first; rank zero stays.
type field struct {
	rank int
	segs []seg
}

// A row is a line of the screen before its width is known.
type row struct {
	keep  int // when the screen is too low, the rows that keep least go first
	left  []field
	right []field // flush right
	gap   int     // between fields; zero means 2
	// A head is shown only above a body.
	head, body bool
}

// of makes a field of text in turns with its ink: text, ink, text, ink.
func of(rank int, parts ...any) field {
	f := field{rank: rank}
	for i := 0; i+1 < len(parts); i += 2 {
		f.segs = append(f.segs, seg{parts[i].(string), parts[i+1].(ink)})
	}
	return f
}

func (f field) width() int {
	n := 0
	for _, s := range f.segs {
		n += width(s.text)
	}
	return n
}

func (r row) space() int {
	if r.gap == 0 {
		return 2
	}
	return r.gap
}

func (r row) width() int {
	n := 0
	for _, f := range r.left {
		n += f.width() + r.space()
	}
	for _, f := range r.right {
		n += f.width() + r.space()
	}
	return n - r.space()
}

// narrow drops fields until the row fits into w columns or nothing can go.
func (r row) narrow(w int) row {
	for r.width() > w {
		worst := 0
		for _, f := range append(r.left[:len(r.left):len(r.left)], r.right...) {
			worst = max(worst, f.rank)
		}
		if worst == 0 {
			return r
		}
		r.left = without(r.left, worst)
		r.right = without(r.right, worst)
	}
	return r
}

// without returns the fields but for the last one of a rank.
func without(fields []field, rank int) []field {
	for i := len(fields) - 1; i >= 0; i-- {
		if fields[i].rank == rank {
			return append(fields[:i:i], fields[i+1:]...)
		}
	}
	return fields
}

// draw writes the row in w columns at most.
func (r row) draw(l look, w int) string {
	r = r.narrow(w)
	segs := join(r.left, r.space())
	if len(r.right) > 0 {
		ends := join(r.right, r.space())
		gap := w - widthOf(segs) - widthOf(ends)
		if len(segs) > 0 {
			gap = max(gap, r.space())
		}
		segs = append(segs, seg{text: strings.Repeat(" ", max(0, gap))})
		segs = append(segs, ends...)
	}
	return write(segs, l, w)
}

func join(fields []field, space int) []seg {
	var segs []seg
	for i, f := range fields {
		if i > 0 {
			segs = append(segs, seg{text: strings.Repeat(" ", space)})
		}
		segs = append(segs, f.segs...)
	}
	return segs
}

func widthOf(segs []seg) int { return field{segs: segs}.width() }

// write paints segs and cuts them at w columns. Spaces at the end are left out,
// so that a terminal that makes its lines anew after a resize has less to wrap.
func write(segs []seg, l look, w int) string {
	if widthOf(segs) > w {
		segs = clip(segs, w, l.dots)
	}
	for n := len(segs); n > 0; n-- {
		if segs[n-1].text = strings.TrimRight(segs[n-1].text, " "); segs[n-1].text != "" {
			break
		}
		segs = segs[:n-1]
	}
	var b strings.Builder
	for _, s := range segs {
		b.WriteString(l.paint(s.text, s.ink))
	}
	return b.String()
}

func clip(segs []seg, w int, dots string) []seg {
	var kept []seg
	for i, s := range segs {
		n := width(s.text)
		if n > w || n == w && widthOf(segs[i+1:]) > 0 {
			return append(kept, seg{cut(s.text+" "+dots, w, dots), s.ink})
		}
		kept = append(kept, s)
		w -= n
	}
	return kept
}

// fit drops the rows that matter least until n are left. Of equals the last goes
// first.
func fit(rows []row, n int) []row {
	for len(rows) > max(n, 0) {
		least := len(rows) - 1
		for i := len(rows) - 1; i >= 0; i-- {
			if rows[i].keep < rows[least].keep {
				least = i
			}
		}
		rows = slices.Delete(rows, least, least+1)
	}
	for i := len(rows) - 1; i >= 0; i-- {
		if rows[i].head && (i+1 == len(rows) || !rows[i+1].body) {
			rows = slices.Delete(rows, i, i+1)
		}
	}
	return rows
}
