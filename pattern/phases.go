package pattern

import "time"

// maxPhases is how many phases a composite is split into; above that it is one.
const maxPhases = 1000

// A Phase is a named stretch of a pattern, for timelines and progress bars.
type Phase struct {
	Name       string
	Start, End time.Duration
	From, To   float64 // level at the start, and on arriving at the end
}

// A span is a phase without its levels, in the time of the pattern it is from.
type span struct {
	name       string
	start, end time.Duration
}

// shift returns the span moved to later.
func (s span) shift(by time.Duration) span {
	return span{name: s.name, start: plus(s.start, by), end: plus(s.end, by)}
}

// Phases returns the stretches of the pattern in order, without gaps, from zero
// to its duration: the elements of a [Sequence], the steps of a [Step], the
// rise, hold and fall of a [Spike], each of these through [Scale], [Stretch]
// and [Repeat]. A [Sum] begins a phase where one of its elements does, and
// names it after the elements that have load. Composites of more than 1,000
// phases are one.
func Phases(p Pattern) []Phase {
	c := curveOf(p)
	var pc piece
	var phases []Phase
	for _, s := range phasesOf(p) {
		s.end = min(s.end, c.length())
		if s.start >= s.end {
			continue
		}
		phase := Phase{Name: s.name, Start: s.start, End: s.end}
		pc.load(c, s.start)
		phase.From = max(0, pc.levelAt(s.start))
		pc.load(c, s.end-1)
		phase.To = max(0, pc.levelAt(s.end))
		phases = append(phases, phase)
	}
	return phases
}

// phasesOf returns the spans of any pattern; a foreign one has a single span.
func phasesOf(p Pattern) []span {
	if b, ok := own(p); ok {
		return b.phases()
	}
	return []span{{name: "custom", end: lengthOf(p)}}
}
