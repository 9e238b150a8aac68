package pattern

import (
	"math"
	"testing"
	"time"
)

// near reports whether got is want up to a relative error.
func near(got, want, tolerance float64) bool {
	return math.Abs(got-want) <= tolerance*(1+math.Abs(want))
}

// blackFriday is the composite of the documentation: a day and a sale in half
// an hour, after a minute of warm-up.
func blackFriday() Sequence {
	day := Diurnal{Low: 40, High: 400, Period: 24 * time.Hour, PeakAt: 14 * time.Hour}
	sale := Spike{
		Peak:  600,
		Start: 10 * time.Hour,
		Rise:  5 * time.Minute,
		Hold:  time.Hour,
		Fall:  30 * time.Minute,
	}
	curve := Stretch{Of: Sum{day, sale}, To: 30 * time.Minute}
	return Sequence{Ramp{To: curve.At(0), For: time.Minute}, curve}
}

// plan is the ramp, hold, ramp everybody begins with.
func plan() Sequence {
	return Sequence{
		Ramp{To: 200, For: 2 * time.Minute},
		Constant{Level: 200, For: 10 * time.Minute},
		Ramp{From: 200, For: time.Minute},
	}
}

// A foreign hides what type a pattern is.
type foreign struct{ of Pattern }

func (f foreign) At(t time.Duration) float64 { return f.of.At(t) }
func (f foreign) Duration() time.Duration    { return f.of.Duration() }

// A quiet embeds a built-in pattern and changes its level.
type quiet struct{ Constant }

func (q quiet) At(t time.Duration) float64 { return q.Constant.At(t) / 2 }

// A levelTest is a sentence about the level of a pattern at a moment.
type levelTest struct {
	name string
	p    Pattern
	at   time.Duration
	want float64
}

func (tt levelTest) run(t *testing.T) {
	if got := tt.p.At(tt.at); !near(got, tt.want, 1e-12) {
		t.Errorf("At(%v) = %v, want %v", tt.at, got, tt.want)
	}
}

func TestLevelsOfShapes(t *testing.T) {
	spike := Spike{
		Base: 50, Peak: 500, Start: 10 * time.Second, Rise: 10 * time.Second, Hold: 10 * time.Second,
		Fall: 10 * time.Second, Settle: 100, SettleFor: 10 * time.Second,
	}
	climb := Step{From: 10, By: 10, Every: 30 * time.Second, To: 35}
	descent := Step{From: 20, By: -10, Every: time.Second}
	day := Diurnal{Low: 40, High: 400, Period: 24 * time.Hour, PeakAt: 14 * time.Hour}
	for _, tt := range []levelTest{
		{"a constant holds", Constant{5, time.Second}, 0, 5},
		{"a constant is zero from its end on", Constant{5, time.Second}, time.Second, 0},
		{"a constant is zero before its start", Constant{5, time.Second}, -1, 0},
		{"a ramp starts at From", Ramp{10, 20, time.Second}, 0, 10},
		{"a ramp is halfway at half time", Ramp{10, 20, time.Second}, time.Second / 2, 15},
		{"a ramp can fall", Ramp{20, 0, time.Second}, time.Second * 3 / 4, 5},
		{"a step holds From", climb, 29 * time.Second, 10},
		{"a step climbs at once", climb, 30 * time.Second, 20},
		{"a step ends at To with a shorter step", climb, 100 * time.Second, 35},
		{"a step ends after To was held", climb, 120 * time.Second, 0},
		{"a step can descend", descent, 1500 * time.Millisecond, 10},
		{"a descent ends at zero", descent, 2500 * time.Millisecond, 0},
		{"a step stays at To for the rest of For", Step{From: 1, By: 1, To: 2, Every: 1, For: 10}, 9, 2},
		{"a step without To climbs until For", Step{From: 1, By: 1, Every: 1, For: 10}, 9, 10},
		{"a step is cut off by For", Step{From: 1, By: 1, To: 20, Every: 1, For: 10}, 10, 0},
		{"eleven steps of a tenth reach 1.1", Step{By: 0.1, To: 1.1, Every: 1}, 11, 1.1},
		{"a spike starts at Base", spike, 9 * time.Second, 50},
		{"a spike rises", spike, 15 * time.Second, 275},
		{"a spike holds Peak", spike, 20 * time.Second, 500},
		{"a spike falls", spike, 35 * time.Second, 300},
		{"a spike settles", spike, 40 * time.Second, 100},
		{"a spike ends", spike, 50 * time.Second, 0},
		{"a spike is zero before its start", spike, -1, 0},
		{"a spike without Settle returns to Base", Spike{Base: 5, Peak: 9, Hold: 1, SettleFor: 1}, 1, 5},
		{"a day is highest at PeakAt", day, 14 * time.Hour, 400},
		{"a day is lowest half a period from it", day, 2 * time.Hour, 40},
		{"a day passes the middle a quarter from it", day, 8 * time.Hour, 220},
		{"a day goes on for For", Diurnal{0, 1, 4, 0, 9}, 8, 1},
		{"a func is asked", Func{F: func(t time.Duration) float64 { return t.Seconds() }, For: time.Minute}, time.Second, 1},
		{"a func's NaN counts as zero", Func{F: func(time.Duration) float64 { return math.NaN() }, For: 9}, 1, 0},
		{"a func below zero counts as zero", Func{F: func(time.Duration) float64 { return -1 }, For: 9}, 1, 0},
		{"a func that is nil is zero", Func{For: 9}, 1, 0},
	} {
		t.Run(tt.name, tt.run)
	}
}

func TestLevelsOfComposites(t *testing.T) {
	saw := Ramp{To: 10, For: 10 * time.Second}
	for _, tt := range []levelTest{
		{"a sequence goes from one to the next", plan(), 2 * time.Minute, 200},
		{"a sequence ends", plan(), 13 * time.Minute, 0},
		{"a sequence is zero before its start", plan(), -1, 0},
		{"a sum adds", Sum{Constant{1, 10}, Constant{2, 5}}, 4, 3},
		{"a sum goes on without what has ended", Sum{Constant{1, 10}, Constant{2, 5}}, 5, 1},
		{"a scale multiplies", Scale{saw, 1.5}, 5 * time.Second, 7.5},
		{"a stretch extends", Stretch{saw, time.Minute}, 30 * time.Second, 5},
		{"a stretch compresses", Stretch{saw, time.Second}, 900 * time.Millisecond, 9},
		{"a repeat starts again", Repeat{saw, 3}, 21 * time.Second, 1},
		{"a repeat ends", Repeat{saw, 3}, 30 * time.Second, 0},
		{"nil elements are zero", Sequence{nil, (*Ramp)(nil), Sum{nil}, Scale{}, Stretch{To: 9}}, 1, 0},
		{"pointers work", Sequence{&Constant{5, 9}}, 1, 5},
		{"a foreign pattern works", Scale{quiet{Constant{5, 9}}, 2}, 1, 5},
	} {
		t.Run(tt.name, tt.run)
	}
}

func TestDurations(t *testing.T) {
	long := Constant{1, math.MaxInt64 / 2}
	tests := []struct {
		name string
		p    Pattern
		want time.Duration
	}{
		{"a negative duration counts as zero", Ramp{For: -1}, 0},
		{"a step lasts until To was held", Step{From: 10, By: 10, Every: 30, To: 35}, 120},
		{"a descent goes to zero", Step{From: 20, By: -10, Every: 30}, 90},
		{"eight levels from 0 to 2.1, 0.3 apart", Step{By: 0.3, To: 2.1, Every: 1}, 8},
		{"a climb without To and For has no length", Step{From: 20, By: 10, Every: 30}, 0},
		{"a step without Every has no length", Step{From: 20, By: -10}, 0},
		{"a staircase of too many steps saturates", Step{From: 1e9, By: -1e-300, Every: 1}, forever},
		{"a spike lasts for all its parts", Spike{Start: 1, Rise: 2, Hold: 4, Fall: 8, SettleFor: 16}, 31},
		{"a day lasts a period", Diurnal{Period: 9}, 9},
		{"a day lasts for For", Diurnal{Period: 9, For: 3}, 3},
		{"a sequence adds up", Sequence{Constant{1, 2}, nil, Ramp{For: 3}}, 5},
		{"a sequence saturates", Sequence{long, long, long}, forever},
		{"a sum is as long as the longest", Sum{Constant{1, 2}, Ramp{For: 3}}, 3},
		{"a scale keeps the duration", Scale{Of: Ramp{For: 3}}, 3},
		{"a stretch has its own", Stretch{Of: Ramp{For: 3}, To: 7}, 7},
		{"a repeat multiplies", Repeat{Ramp{For: 3}, 4}, 12},
		{"a repeat saturates", Repeat{long, 3}, forever},
		{"a repeat of a negative number is empty", Repeat{long, -3}, 0},
		{"a black friday lasts 31 minutes", blackFriday(), 31 * time.Minute},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.p.Duration(); got != tt.want {
				t.Errorf("Duration() = %v, want %v", got, tt.want)
			}
		})
	}
}

func TestBlackFriday(t *testing.T) {
	p := blackFriday()
	if err := Validate(p); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		when string
		at   time.Duration
		want float64
	}{
		{"after the warm-up", time.Minute, 64},
		{"at night", 3 * time.Minute, 41},
		{"in the morning", 13 * time.Minute, 293},
		{"in the sale", 14 * time.Minute, 926},
		{"in the afternoon", 18*time.Minute + 30*time.Second, 400},
		{"at the end", 31*time.Minute - 1, 64},
		{"afterwards", 31 * time.Minute, 0},
	} {
		if got := math.Round(p.At(tt.at)); got != tt.want {
			t.Errorf("level %s = %v, want %v", tt.when, got, tt.want)
		}
	}
}

func TestWholeForgivesRoundingOnly(t *testing.T) {
	for _, tt := range []struct {
		level float64
		want  int
	}{
		{0, 0},
		{-1, 0},
		{math.NaN(), 0},
		{math.Inf(1), MaxLevel},
		{1e300, MaxLevel},
		{0.999999999, 0},
		{1 - 1e-15, 1},
		{69.99999999999999, 70},
		{3 * 0.1 * 10, 3},
		{399.9999999, 399},
		{MaxLevel, MaxLevel},
	} {
		if got := Whole(tt.level); got != tt.want {
			t.Errorf("Whole(%v) = %d, want %d", tt.level, got, tt.want)
		}
	}
}

func TestForeignPatternThatEmbedsABuiltinIsAskedItself(t *testing.T) {
	p := quiet{Constant{Level: 100, For: 10 * time.Second}}
	if got := Integral(p, p.Duration()); !near(got, 500, 1e-9) {
		t.Errorf("Integral = %v, want 500", got)
	}
	if got := Max(p); got != 50 {
		t.Errorf("Max = %v, want 50", got)
	}
}

func TestPointersAreThePatternsTheyPointAt(t *testing.T) {
	day, spike := Diurnal{Low: 1, High: 9, Period: time.Hour}, Spike{Peak: 9, Rise: time.Hour}
	step, custom := Step{From: 1, By: 1, Every: time.Minute, To: 9}, Func{F: plan().At, For: time.Hour}
	sequence, sum := plan(), Sum{plan(), day}
	for _, p := range []struct{ value, pointer Pattern }{
		{Constant{1, 9}, &Constant{1, 9}},
		{Ramp{1, 3, 9}, &Ramp{1, 3, 9}},
		{day, &day},
		{spike, &spike},
		{step, &step},
		{custom, &custom},
		{sequence, &sequence},
		{sum, &sum},
		{Scale{day, 2}, &Scale{day, 2}},
		{Stretch{day, 99}, &Stretch{day, 99}},
		{Repeat{day, 2}, &Repeat{day, 2}},
	} {
		want := p.value.Duration()
		if got, ok := own(p.pointer); !ok || got.Duration() != want || Describe(p.pointer) != Describe(p.value) {
			t.Errorf("a pointer to %v is %v", Describe(p.value), Describe(p.pointer))
		}
	}
}

func TestTicks(t *testing.T) {
	var at []time.Duration
	var levels []float64
	for t, level := range Ticks(Ramp{To: 10, For: 10}, 4) {
		at, levels = append(at, t), append(levels, level)
	}
	if len(at) != 3 || at[0] != 0 || at[1] != 4 || at[2] != 8 || levels[2] != 8 {
		t.Errorf("ticks at %v with levels %v, want 0, 4, 8 with the same", at, levels)
	}
	for range Ticks(Ramp{To: 10, For: 10}, 0) {
		t.Error("ticks every 0s must not exist")
	}
	for at := range Ticks(Constant{1, forever}, forever-1) {
		if at != 0 {
			break // and doesn't overflow on the way
		}
	}
}

func TestMax(t *testing.T) {
	day := Diurnal{Low: 40, High: 400, Period: 24 * time.Hour, PeakAt: 14 * time.Hour}
	opposite := day
	opposite.PeakAt = 2 * time.Hour
	half := Diurnal{Low: 0, High: 100, Period: time.Hour, PeakAt: 0, For: 15 * time.Minute}
	for _, tt := range []struct {
		name string
		p    Pattern
		want float64
	}{
		{"nothing", nil, 0},
		{"a constant", Constant{7, 1}, 7},
		{"an empty constant", Constant{7, 0}, 0},
		{"a ramp comes close to To", Ramp{0, 200, time.Minute}, 200},
		{"a falling ramp", Ramp{200, 0, time.Minute}, 200},
		{"a climb ends below To when cut off", Step{From: 1, By: 2, To: 100, Every: 1, For: 3}, 5},
		{"a descent", Step{From: 9, By: -2, Every: 1}, 9},
		{"a spike", Spike{Base: 5, Peak: 50, Rise: 1}, 50},
		{"a dip", Spike{Base: 50, Peak: 5, Start: 1, Hold: 1}, 50},
		{"a day", day, 400},
		{"a day cut off before its peak", Diurnal{0, 100, 4 * time.Hour, 2 * time.Hour, time.Hour}, 50},
		{"a day cut off after its peak", half, 100},
		{"two days that cancel out", Sum{day, opposite}, 440},
		{"a day on a falling ramp", Sum{Ramp{From: 100, For: 24 * time.Hour}, half}, 200},
		{"a peak between two waves", Sum{
			Diurnal{0, 100, time.Hour, 0, 0},
			Diurnal{0, 100, time.Hour, 15 * time.Minute, 0},
		}, 100 + 50*math.Sqrt2},
		{"a black friday", blackFriday(), 220 + 180*math.Cos(2*math.Pi*(14-11-5.0/60)/24) + 600},
		{"scaled, stretched and repeated", Repeat{Stretch{Scale{day, 2}, 9}, 3}, 800},
		{"a func", Func{F: func(t time.Duration) float64 { return 3 }, For: 9}, 3},
		{"a sum with a func", Sum{foreign{half}, Constant{1, 1}}, 101},
		{"too many pieces", Sum{Repeat{half, 1e6}, Repeat{Ramp{0, 1, time.Second}, 1e6}}, 101},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Max(tt.p); !near(got, tt.want, 1e-9) {
				t.Errorf("Max = %v, want %v", got, tt.want)
			}
		})
	}
}
