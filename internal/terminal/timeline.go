package terminal

import (
	"math"
	"strings"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
)

// timeline is the plan of the run, with where it stands.
func (v *view) timeline() []row {
	var rows []row
	plot := max(1, v.w-v.label-2)
	if len(v.loads) > 1 {
		plot, rows = v.loadRows(plot)
	} else if len(v.loads) == 1 && v.length > 0 {
		rows = v.curveRows(&v.loads[0], plot)
	}
	if v.length > 0 {
		rows = append(rows, v.bar(plot))
	}
	return append(rows, v.phaseRow(plot)...)
}

// position is the column a moment of the run is in.
func (v *view) position(t time.Duration, columns int) int {
	if v.length <= 0 {
		return 0
	}
	return min(columns-1, max(0, int(float64(t)/float64(v.length)*float64(columns))))
}

// bar is the time line.
func (v *view) bar(columns int) row {
	at := v.position(v.elapsed, columns)
	i := bold
	if v.state == "stopping" {
		i = warnBold
	}
	r := v.named("", keepTime, of(0,
		strings.Repeat(v.done, at), accent, v.head, i, strings.Repeat(v.rest, max(0, columns-1-at)), faint))
	r.left[0] = of(0, right(percentShare(v.share()), v.label), bold)
	return r
}

// phaseRow names the phases below the time line, the current one first of all.
func (v *view) phaseRow(columns int) []row {
	if len(v.loads) != 1 || v.length <= 0 {
		return nil
	}
	l := &v.loads[0]
	current := phase(l, v.elapsed)
	if current == nil {
		return nil
	}
	if v.w < 70 || len(l.Phases) == 1 {
		return []row{v.named("", keepPhases, v.currentPhase(current))}
	}
	cells := v.phaseCells(l, current, columns)
	return []row{v.named("", keepPhases, field{segs: cells})}
}

func (v *view) currentPhase(p *metrics.Phase) field {
	return of(0, v.clean(p.Name), bold, ", "+span(v.until(p))+" left", faint)
}

// A label is a text at a column.
type label struct {
	at   int
	text string
	ink  ink
}

func (l label) end() int { return l.at + width(l.text) }

// phaseCells puts the name of each phase below its start. The current phase is
// written whatever it covers, others where there is room.
func (v *view) phaseCells(l *metrics.Load, current *metrics.Phase, columns int) []seg {
	now := label{text: v.clean(current.Name) + ", " + span(v.until(current)) + " left", ink: bold}
	now.at = max(0, min(v.position(current.Start, columns), columns-width(now.text)))
	var labels []label
	used := 0
	for i := range l.Phases {
		p := &l.Phases[i]
		if p == current {
			labels, used = append(labels, now), now.end()+1
			continue
		}
		name := label{at: v.position(p.Start, columns), text: v.clean(p.Name), ink: faint}
		room := v.position(p.End, columns)
		if i+1 == len(l.Phases) {
			room = columns
		}
		if p.Start < current.Start {
			room = min(room, now.at-1)
		}
		if name.at >= used && name.end() <= room {
			labels, used = append(labels, name), name.end()+1
		}
	}
	return place(labels)
}

// place puts labels, which do not overlap, at their columns.
func place(labels []label) []seg {
	var segs []seg
	at := 0
	for _, l := range labels {
		segs = append(segs, seg{strings.Repeat(" ", max(0, l.at-at)), plainInk}, seg{l.text, l.ink})
		at = l.end()
	}
	return segs
}

// curveRows draw the curve of a single load, as high as the window allows.
func (v *view) curveRows(l *metrics.Load, columns int) []row {
	height := 0
	switch {
	case v.h >= 29:
		height = 3
	case v.h >= 22:
		height = 1
	}
	levels := v.curveOf(l, columns)
	var rows []row
	for at := height - 1; at >= 0; at-- {
		r := v.named("", keepPhases+1, v.curve(levels, l.Peak, at, height))
		r.left[0] = of(0, right(v.axis(l, at, height)+" ", v.label), faint)
		rows = append(rows, r)
	}
	return rows
}

// axis is the label beside a row of the curve.
func (v *view) axis(l *metrics.Load, at, height int) string {
	unit := "users"
	if isRate(l) {
		unit = "per s"
	}
	switch {
	case at == height-1:
		return v.number(l.Peak)
	case at == height-2:
		return unit
	case at == 0:
		return "0"
	}
	return ""
}

// curve draws one row of the area below a curve; at counts from below.
func (v *view) curve(levels []float64, top float64, at, height int) field {
	now := v.position(v.elapsed, len(levels))
	var past, future strings.Builder
	for i, level := range levels {
		b := &future
		if i <= now {
			b = &past
		}
		b.WriteString(v.part(level, top, at, height))
	}
	return of(0, past.String(), accent, future.String(), faint)
}

// part draws the cell of a curve at some height.
func (v *view) part(level, top float64, at, height int) string {
	if level <= 0 || top <= 0 {
		return " "
	}
	n := len(v.fill)
	eighths := max(1, int(level/top*float64(height*n)+0.5)) - at*n
	if eighths <= 0 {
		return " "
	}
	return v.fill[min(n, eighths)-1]
}

// curveOf is the highest level of a load in each column of the run's time.
func (v *view) curveOf(l *metrics.Load, columns int) []float64 {
	levels := make([]float64, max(0, columns))
	if len(l.Curve) == 0 || l.Duration <= 0 || v.length <= 0 {
		return levels
	}
	step := float64(l.Duration) / float64(max(1, len(l.Curve)-1))
	for i := range levels {
		from := float64(v.length)*float64(i)/float64(columns) - float64(l.Offset)
		to := float64(v.length)*float64(i+1)/float64(columns) - float64(l.Offset)
		if to <= 0 || from >= float64(l.Duration) {
			continue
		}
		levels[i] = highest(l.Curve, from/step, to/step)
	}
	return levels
}

// highest is the greatest value of a curve between two places, read between its
// points as lines.
func highest(curve []float64, from, to float64) float64 {
	top := max(between(curve, from), between(curve, to))
	for i := max(0, int(from)+1); i < len(curve) && float64(i) <= to; i++ {
		top = max(top, curve[i])
	}
	return top
}

// meanLevel is the mean level of a load over a time of the run, zero before its
// start and after its end. It adds up the trapezoids below its curve.
func meanLevel(l *metrics.Load, from, to time.Duration) float64 {
	if len(l.Curve) == 0 || l.Duration <= 0 || to <= from {
		return 0
	}
	start, end := max(0, from-l.Offset), min(l.Duration, to-l.Offset)
	if end <= start {
		return 0
	}
	step := float64(l.Duration) / float64(max(1, len(l.Curve)-1))
	first, last := float64(start)/step, float64(end)/step
	area, at := 0.0, first
	for at < last {
		next := min(last, math.Floor(at)+1)
		area += (next - at) * (between(l.Curve, at) + between(l.Curve, next)) / 2
		at = next
	}
	return area * step / float64(to-from)
}

func between(curve []float64, at float64) float64 {
	at = min(max(at, 0), float64(len(curve)-1))
	i := int(at)
	if i+1 >= len(curve) {
		return curve[i]
	}
	return curve[i] + (curve[i+1]-curve[i])*(at-float64(i))
}

// loadRows are the loads of a run of several, each with its curve on the time
// axis they share. It returns how wide that is.
func (v *view) loadRows(columns int) (plot int, rows []row) {
	words := make([][]field, len(v.loads))
	widest := 0
	for i := range v.loads {
		words[i] = v.loadWords(i)
		widest = max(widest, row{left: words[i]}.narrow(columns/2).width())
	}
	plot = max(8, columns-widest-2)
	for i := range v.loads {
		l := &v.loads[i]
		r := v.named(v.clean(l.Scenario), keepUsers-min(i, 3), v.curve(v.curveOf(l, plot), l.Peak, 0, 1))
		words := row{left: words[i]}.narrow(widest).left
		r.left = append(r.left, words...)
		rows = append(rows, r)
	}
	return plot, rows
}

// loadWords say how a load stands.
func (v *view) loadWords(i int) []field {
	l, now := &v.loads[i], v.levelOf(i)
	level := of(0, count(uint64(max(0, now.active)))+"/"+v.whole(now.target)+" users", bold)
	if isRate(l) {
		level = of(0, v.rate(now.started)+"/"+v.number(now.target)+" per s", bold)
	}
	fields := []field{level}
	if isRate(l) {
		fields = append(fields, of(2, plural(uint64(max(0, now.active)), "user"), faint))
	}
	if now.dropped > 0 {
		fields = append(fields, of(1, count(now.dropped)+" dropped", warn))
	}
	if p := phase(l, v.elapsed); p != nil {
		fields = append(fields, of(3, v.clean(p.Name), faint))
	}
	return fields
}
