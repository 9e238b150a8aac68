package pattern

import (
	"fmt"
	"math"
	"time"
)

// Step climbs or descends a staircase: it holds From for Every, then From+By
// for Every, and so on.
//
// To is where the staircase ends; the last step is shorter if By doesn't
// divide the way. Zero To means no end when climbing, and zero when descending.
//
// For is how long the pattern lasts. If the staircase ends earlier, the level
// stays at To; if it ends later, the rest is cut off. Zero For means as long as
// it takes to hold every level, To included, for Every; a climb then needs To.
type Step struct {
	From  float64
	By    float64 // negative to descend
	To    float64
	Every time.Duration
	For   time.Duration
}

// At returns the level of the step that t falls on.
func (s Step) At(t time.Duration) float64 {
	if s.Every <= 0 || !inside(t, s.Duration()) {
		return 0
	}
	return s.levelOf(int(t / s.Every))
}

// Duration returns For, or the time the whole staircase takes.
func (s Step) Duration() time.Duration {
	if s.For != 0 || s.Every <= 0 || !s.ends() {
		return max(0, s.For)
	}
	last := s.last()
	if last >= math.MaxInt {
		return forever
	}
	return times(s.Every, last+1)
}

// ends reports whether the staircase has a last step.
func (s Step) ends() bool { return s.By < 0 || s.By > 0 && s.To > 0 }

// last returns the number of the first step at the level To, counting from zero.
func (s Step) last() int {
	if !s.ends() {
		return math.MaxInt
	}
	// A billionth of a step is forgiven: 2.1/0.3 is a little over seven.
	n := math.Ceil((s.To-s.From)/s.By - 1e-9)
	if !(n < math.MaxInt) {
		return math.MaxInt
	}
	return max(0, int(n))
}

// levelOf returns the level of step n.
func (s Step) levelOf(n int) float64 {
	if n >= s.last() {
		return s.To
	}
	return s.From + float64(n)*s.By
}

// count returns how many steps begin within the duration.
func (s Step) count() int {
	length := s.Duration()
	if s.Every <= 0 || length <= 0 {
		return 0
	}
	return min(int((length-1)/s.Every), s.last()) + 1
}

// String describes the pattern, as in "step 10 -> 100 by 10 every 30s over 5m".
func (s Step) String() string {
	return fmt.Sprintf("step %s -> %s by %s every %s over %s", number(s.From),
		number(s.levelOf(max(0, s.count()-1))), number(s.By), brief(s.Every), brief(s.Duration()))
}

func (s Step) kind() string   { return "step" }
func (s Step) bound() float64 { return max(s.From, s.levelOf(max(0, s.count()-1))) }

func (s Step) phases() []span {
	n := s.count()
	if n > maxPhases {
		return []span{{name: "steps", end: s.Duration()}}
	}
	spans := make([]span, n)
	for i := range spans {
		start := times(s.Every, i)
		spans[i] = span{name: fmt.Sprintf("step %d of %d", i+1, n), start: start, end: plus(start, s.Every)}
	}
	if n > 0 {
		spans[n-1].end = s.Duration()
	}
	return spans
}

func (s Step) check(v *validator) {
	v.level("From", s.From)
	v.level("To", s.To)
	v.positive("Every", s.Every)
	v.notNegative("For", s.For)
	switch {
	case s.By == 0 || math.IsNaN(s.By) || math.Abs(s.By) > MaxLevel:
		v.add("By must be the size of a step, above or below zero, is %s", number(s.By))
		return
	case s.By > 0 && s.To == 0 && s.For == 0:
		v.add("For must be positive, is 0s (or set To, the level to climb to)")
	case s.By > 0 && s.To != 0 && s.To < s.From:
		v.add("To must not be below From when By is positive, is %s", number(s.To))
	case s.count() > mostTurns:
		v.add("must have at most %d steps, has %d (is Every too short?)", mostTurns, s.count())
	case s.By < 0 && s.To > s.From:
		v.add("To must not be above From when By is negative, is %s", number(s.To))
	}
}

// A staircase is the curve of a Step.
type staircase struct {
	Step
	lasts time.Duration
	full  int // the step that begins at To and stays
}

func (s Step) curve() curve {
	length := s.Duration()
	if length <= 0 || s.Every <= 0 {
		return newLine(0, 0, length)
	}
	return staircase{Step: s, lasts: length, full: s.last()}
}

func (s staircase) length() time.Duration { return s.lasts }
func (s staircase) peak() float64         { return s.bound() }

// area adds up whole steps as an arithmetic series.
func (s staircase) area(x float64) float64 {
	every := s.Every.Seconds()
	n := min(math.Floor(x/every), float64(s.full))
	steps := every * n * (s.From + s.By*(n-1)/2)
	return steps + max(0, x-n*every)*s.levelOf(int(n))
}

func (s staircase) expand(t time.Duration, fr frame, into *terms) (start, end time.Duration) {
	n := min(int(t/s.Every), s.full)
	into.addLine(fr, s.levelOf(n), 0)
	start = times(s.Every, n)
	if n == s.full {
		return start, s.lasts
	}
	return start, min(plus(start, s.Every), s.lasts)
}
