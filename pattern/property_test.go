package pattern

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// levels and seconds are drawn so that most of them are ordinary numbers.
func drawLevel(t *rapid.T) float64 {
	if rapid.Bool().Draw(t, "whole") {
		return float64(rapid.IntRange(0, 50).Draw(t, "level"))
	}
	return rapid.Float64Range(0, 1000).Draw(t, "level")
}

func drawLength(t *rapid.T, least int) time.Duration {
	if rapid.Bool().Draw(t, "whole") {
		return time.Duration(rapid.IntRange(least, 60).Draw(t, "seconds")) * time.Second
	}
	// Odd numbers of nanoseconds, but never a few of them: a cliff that short is
	// rounded beyond recognition when it is stretched.
	return time.Duration(rapid.Int64Range(1e9, 60e9).Draw(t, "ns"))
}

// drawPattern returns a valid pattern with up to depth composites around shapes.
func drawPattern(t *rapid.T, depth int) Pattern {
	if depth == 0 || rapid.IntRange(0, 2).Draw(t, "shape") == 0 {
		return drawShape(t)
	}
	inner := func() Pattern { return drawPattern(t, depth-1) }
	switch rapid.IntRange(0, 4).Draw(t, "composite") {
	case 0:
		return Sequence(rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Pattern { return drawPattern(t, depth-1) }), 1, 3).Draw(t, "sequence"))
	case 1:
		return Sum(rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Pattern { return drawPattern(t, depth-1) }), 1, 3).Draw(t, "sum"))
	case 2:
		return Scale{Of: inner(), By: rapid.Float64Range(0.1, 3).Draw(t, "by")}
	case 3:
		of := inner()
		share := rapid.Float64Range(0.3, 3).Draw(t, "share")
		return Stretch{Of: of, To: time.Duration(share * float64(of.Duration()))}
	default:
		return Repeat{Of: inner(), Times: rapid.IntRange(1, 4).Draw(t, "times")}
	}
}

func drawShape(t *rapid.T) Pattern {
	switch rapid.IntRange(0, 4).Draw(t, "kind") {
	case 0:
		return Constant{drawLevel(t), drawLength(t, 1)}
	case 1:
		return Ramp{drawLevel(t), drawLevel(t), drawLength(t, 1)}
	case 2:
		every := drawLength(t, 1)
		halves := rapid.IntRange(1, 20).Draw(t, "half steps")
		return Step{From: drawLevel(t), By: 1 + drawLevel(t), Every: every, For: every * time.Duration(halves) / 2}
	case 3:
		s := Spike{
			Base: drawLevel(t), Settle: drawLevel(t), Start: drawLength(t, 0), Rise: drawLength(t, 0),
			Hold: drawLength(t, 1), Fall: drawLength(t, 0), SettleFor: drawLength(t, 0),
		}
		s.Peak = s.Base + 1 + drawLevel(t)
		return s
	default:
		d := Diurnal{Low: drawLevel(t), Period: drawLength(t, 1), For: drawLength(t, 0)}
		d.High = d.Low + drawLevel(t)
		d.PeakAt = time.Duration(rapid.Float64Range(0, 1).Draw(t, "peak") * float64(d.Period))
		return d
	}
}

// drawMoment returns a moment of p.
func drawMoment(t *rapid.T, p Pattern) time.Duration {
	return time.Duration(rapid.Int64Range(0, int64(p.Duration()-1)).Draw(t, "t"))
}

// pieces returns all pieces of p, at most limit.
func pieces(p Pattern, limit int) []piece {
	var list []piece
	c := curveOf(p)
	for t := time.Duration(0); t < c.length() && len(list) < limit; {
		var pc piece
		pc.load(c, t)
		list = append(list, pc)
		t = pc.end
	}
	return list
}

func TestPropertyDrawnPatternsAreValid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		if err := Validate(drawPattern(t, 3)); err != nil {
			t.Fatal(err)
		}
	})
}

// This ties the calculating half of the package to At, which is written
// separately and plainly for every type.
func TestPropertyPiecesAreTheCurve(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPattern(t, 3)
		end := time.Duration(0)
		for i, pc := range pieces(p, 300) {
			if pc.start != end || pc.end <= pc.start {
				t.Fatalf("piece %d of %v is %v..%v after %v", i, p, pc.start, pc.end, end)
			}
			end = pc.end
			for _, share := range []float64{0, 0.25, 0.5, 0.9} {
				at := pc.start + time.Duration(share*float64(pc.end-pc.start))
				if got, want := pc.levelAt(at), p.At(at); !near(got, want, 1e-5) {
					t.Fatalf("level of piece %d of %v at %v = %v, want %v", i, p, at, got, want)
				}
			}
		}
		if c := curveOf(p); c.length() != p.Duration() {
			t.Fatalf("curve of %v lasts %v, want %v", p, c.length(), p.Duration())
		}
	})
}

func TestPropertyIntegralIsTheSumOfSmallSteps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPattern(t, 3)
		total := 0.0
		for _, pc := range pieces(p, 200) {
			const n = 200 // midpoints on a smooth piece
			for i := range n {
				at := pc.start + time.Duration((float64(i)+0.5)/n*float64(pc.end-pc.start))
				total += p.At(at) * pc.seconds() / n
			}
			got := Integral(p, pc.end)
			if math.Abs(got-total) > 2e-3*(1+total) {
				t.Fatalf("Integral of %v to %v = %v, want about %v", Describe(p), pc.end, got, total)
			}
		}
	})
}

func TestPropertyIntegralIsMonotoneAndAdditive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPattern(t, 3)
		from, to := drawMoment(t, p), drawMoment(t, p)
		from, to = min(from, to), max(from, to)
		area := Integral(p, to) - Integral(p, from)
		most := Max(p) * (to - from).Seconds()
		slack := 1e-9 * (1 + Integral(p, to))
		if area < -slack || area > most+slack {
			t.Fatalf("area of %v from %v to %v = %v, want 0 to %v", Describe(p), from, to, area, most)
		}
	})
}

func TestPropertyForeignPatternsHaveTheSameArea(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPattern(t, 2)
		at := drawMoment(t, p)
		for _, pc := range pieces(p, 1000) {
			if pc.end-pc.start < p.Duration()/500 {
				t.Skip("a piece this narrow may be missed")
			}
		}
		got, want := Integral(foreign{p}, at), Integral(p, at)
		if !near(got, want, 1e-6) {
			t.Fatalf("Integral of a hidden %v to %v = %v, want %v", Describe(p), at, got, want)
		}
	})
}

func TestPropertyInverseUndoesIntegral(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPattern(t, 3)
		at := drawMoment(t, p)
		area := Integral(p, at)
		got, ok := Inverse(p, area)
		if !ok {
			t.Fatalf("%v of %v isn't reached", area, Describe(p))
		}
		// The moment may differ where the level is zero; the area may not.
		if diff := math.Abs(Integral(p, got) - area); diff > 2e-9*Max(p)+1e-11*(1+area) {
			t.Fatalf("Inverse of %v at %v = %v, an area %v away", Describe(p), at, got, diff)
		}
		if got > at+1 && p.At(at) > 1e-3 {
			t.Fatalf("Inverse of %v at %v = %v, which is later", Describe(p), at, got)
		}
	})
}

func TestPropertyCursorIsInverse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPattern(t, 3)
		c := NewCursor(p)
		n := rapid.IntRange(2, 200).Draw(t, "n")
		last := time.Duration(0)
		for k := range n {
			area := (float64(k) + 0.5) / float64(n) * c.Total()
			got, ok := c.Next(area)
			want, wantOK := Inverse(p, area)
			if got != want || ok != wantOK {
				t.Fatalf("Next(%v) of %v = %v, %v, want %v, %v", area, Describe(p), got, ok, want, wantOK)
			}
			if got < last {
				t.Fatalf("Next(%v) of %v = %v, before %v", area, Describe(p), got, last)
			}
			last = got
		}
	})
}

func TestPropertyCrossingsRebuildTheCurve(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPattern(t, 2)
		const limit = 3000
		list := changes(p, limit)
		for i := 1; i < len(list); i++ {
			last := i == len(list)-1 && len(list) < limit
			if list[i].at <= list[i-1].at || list[i].count == list[i-1].count && !last {
				t.Fatalf("changes of %v are %v, %v", Describe(p), list[i-1], list[i])
			}
		}
		if len(list) < limit && list[len(list)-1] != (change{p.Duration(), 0}) {
			t.Fatalf("last change of %v is %v", Describe(p), list[len(list)-1])
		}
		for i := range list[:len(list)-1] {
			from, to := list[i].at, list[i+1].at
			for _, at := range []time.Duration{from, from + (to-from)/3, to - 1} {
				level := p.At(at)
				beside := math.Abs(level-math.Round(level)) < 1e-5*(1+level) // rounding, stretched
				if got, want := list[i].count, Whole(level); got != want && !beside {
					t.Fatalf("count of %v at %v = %d, want %d (level %v)", Describe(p), at, got, want, level)
				}
			}
		}
	})
}

func TestPropertyAlgebra(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawPattern(t, 2), drawPattern(t, 2)
		by := rapid.Float64Range(0.1, 10).Draw(t, "by")
		n := rapid.IntRange(1, 5).Draw(t, "n")
		to := drawLength(t, 1)
		whole := func(p Pattern) float64 { return Integral(p, p.Duration()) }
		at := drawMoment(t, a)
		for _, law := range []struct {
			name      string
			got, want float64
		}{
			{"area of a sum", whole(Sum{a, b}), whole(a) + whole(b)},
			{"area of a sum, swapped", Integral(Sum{b, a}, at), Integral(a, at) + Integral(b, at)},
			{"level of a sum", Sum{a, b}.At(at), a.At(at) + b.At(at)},
			{"area of a sequence", whole(Sequence{a, b}), whole(a) + whole(b)},
			{"a sequence's second half", Sequence{b, a}.At(b.Duration() + at), a.At(at)},
			{"nested sequences", whole(Sequence{a, Sequence{b, a}}), whole(Sequence{a, b, a})},
			{"area of a scale", whole(Scale{a, by}), by * whole(a)},
			{"peak of a scale", Max(Scale{a, by}), by * Max(a)},
			{"area of a stretch", whole(Stretch{a, to}), whole(a) * to.Seconds() / a.Duration().Seconds()},
			{"peak of a stretch", Max(Stretch{a, to}), Max(a)},
			{"a stretch to its own length", Integral(Stretch{a, a.Duration()}, at), Integral(a, at)},
			{"area of a repeat", whole(Repeat{a, n}), float64(n) * whole(a)},
			{"a repeat is a sequence", Integral(Repeat{a, 2}, a.Duration()+at), Integral(Sequence{a, a}, a.Duration()+at)},
			{"twice is times two", whole(Sum{a, a}), whole(Scale{a, 2})},
		} {
			if !near(law.got, law.want, 1e-9) {
				t.Fatalf("%s: got %v, want %v for %v and %v", law.name, law.got, law.want, Describe(a), Describe(b))
			}
		}
		if top := Max(Sum{a, b}); top > (Max(a)+Max(b))*(1+1e-8) || top < max(Max(a), Max(b))*(1-1e-8) {
			t.Fatalf("peak of a sum = %v, of its parts %v and %v", top, Max(a), Max(b))
		}
	})
}

func TestPropertyMaxIsNeverExceededAndReached(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPattern(t, 3)
		top, seen := Max(p), 0.0
		for _, pc := range pieces(p, 1000) {
			for i := range 50 {
				seen = max(seen, pc.at(pc.seconds()*float64(i)/49))
			}
		}
		if seen > top*(1+1e-8)+1e-8 { // a stretched piece ends at the next full nanosecond
			t.Fatalf("Max of %v = %v, but it reaches %v", Describe(p), top, seen)
		}
		if seen < top*0.9 && len(pieces(p, 1000)) < 1000 {
			t.Fatalf("Max of %v = %v, but it reaches only about %v", Describe(p), top, seen)
		}
	})
}

func TestPropertyPhasesCoverThePattern(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPattern(t, 3)
		end := time.Duration(0)
		for _, phase := range Phases(p) {
			if phase.Start != end || phase.End <= phase.Start || phase.Name == "" {
				t.Fatalf("phase %+v of %v after %v", phase, Describe(p), end)
			}
			if got := p.At(phase.Start); !near(phase.From, got, 1e-4) {
				t.Fatalf("phase %+v of %v starts at level %v", phase, Describe(p), got)
			}
			end = phase.End
		}
		if end != p.Duration() {
			t.Fatalf("phases of %v end at %v, want %v", Describe(p), end, p.Duration())
		}
	})
}
