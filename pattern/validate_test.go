package pattern

import (
	"math"
	"strings"
	"testing"
	"time"
)

func TestValidateAcceptsWhatMakesSense(t *testing.T) {
	s := time.Second
	for _, p := range []Pattern{
		blackFriday(), plan(), &Ramp{0, 5, s},
		Constant{0, s},
		Constant{MaxLevel, 1},
		Ramp{0, 0, s},
		Step{From: 20, By: -3, Every: s},
		Step{From: 20, By: 3, Every: s, For: s / 2},
		Step{From: 3, By: 3, To: 3, Every: s},
		Spike{Peak: 5, Hold: s},
		Spike{Base: 5, Fall: s},
		Diurnal{High: 0, Period: s},
		Diurnal{5, 5, s, s, 10 * s},
		Func{F: func(time.Duration) float64 { return 1 }, For: s},
		foreign{plan()},
		Scale{plan(), 0.001},
		Stretch{plan(), 1},
		Repeat{plan(), 1},
		Sequence{Sum{plan()}},
	} {
		if err := Validate(p); err != nil {
			t.Errorf("%v: %v", Describe(p), err)
		}
	}
}

// A problemTest is a pattern with the error it gets.
type problemTest struct {
	name string
	p    Pattern
	want string // lines
}

func (tt problemTest) run(t *testing.T) {
	err := Validate(tt.p)
	if err == nil {
		t.Fatalf("no error, want %q", tt.want)
	}
	if got := err.Error(); got != tt.want {
		t.Errorf("error\n%s\nwant\n%s", got, tt.want)
	}
}

func TestValidateNamesEveryProblemOfShapes(t *testing.T) {
	s, nan, inf := time.Second, math.NaN(), math.Inf(1)
	returns := func(level float64) Func {
		return Func{For: 10 * s, F: func(t time.Duration) float64 {
			if t < 5*s {
				return 1
			}
			return level
		}}
	}
	for _, tt := range []problemTest{
		{"a constant", Constant{nan, 0}, "constant: Level must be from 0 to 1000000000, is NaN\nconstant: For must be positive, is 0s"},
		{"a ramp", Ramp{inf, -1, -3 * s}, "ramp: From must be from 0 to 1000000000, is +Inf\nramp: To must be from 0 to 1000000000, is -1\nramp: For must be positive, is -3s"},
		{"too high a level", Constant{2e9, s}, "constant: Level must be from 0 to 1000000000, is 2000000000"},
		{"a step of nothing", Step{Every: s, For: s}, "step: By must be the size of a step, above or below zero, is 0"},
		{"a step of NaN", Step{By: nan, Every: -s, For: -s, To: nan}, "step: To must be from 0 to 1000000000, is NaN\nstep: Every must be positive, is -1s\nstep: For must not be negative, is -1s\nstep: By must be the size of a step, above or below zero, is NaN"},
		{"a climb without end", Step{By: 1, Every: s}, "step: For must be positive, is 0s (or set To, the level to climb to)"},
		{"a climb downwards", Step{From: 5, By: 1, To: 2, Every: s}, "step: To must not be below From when By is positive, is 2"},
		{"a descent upwards", Step{From: 5, By: -1, To: 20, Every: s}, "step: To must not be above From when By is negative, is 20"},
		{"a climb too high", Step{By: 1e8, Every: s, For: time.Minute}, "step: reaches a level of 5900000000, the limit is 1000000000"},
		{"a climb too fine", Step{By: 1e-3, To: 1e5, Every: s}, "step: must have at most 1000000 steps, has 100000001 (is Every too short?)"},
		{"a spike of nothing", Spike{}, "spike: Peak must differ from Base, both are 0\nspike: Rise, Hold or Fall must be positive, all are 0s"},
		{"a spike backwards", Spike{Peak: nan, Base: -1, Settle: inf, Start: -1, Rise: -2, Hold: -3, Fall: -4, SettleFor: -5}, "spike: Base must be from 0 to 1000000000, is -1\nspike: Peak must be from 0 to 1000000000, is NaN\nspike: Settle must be from 0 to 1000000000, is +Inf\nspike: Start must not be negative, is -1ns\nspike: Rise must not be negative, is -2ns\nspike: Hold must not be negative, is -3ns\nspike: Fall must not be negative, is -4ns\nspike: SettleFor must not be negative, is -5ns"},
		{"a spike too long", Spike{Peak: 1, Start: forever / 2, Rise: forever / 2, Hold: forever / 2}, "spike: must not last longer than 292 years"},
		{"a day upside down", Diurnal{Low: 5, High: 4, Period: s}, "diurnal: Low must not be above High, is 5 and High is 4"},
		{"a day without length", Diurnal{PeakAt: -s, For: -s}, "diurnal: Period must be positive, is 0s\ndiurnal: PeakAt must not be negative, is -1s\ndiurnal: For must not be negative, is -1s"},
		{"a peak after the day", Diurnal{Period: 24 * time.Hour, PeakAt: 25 * time.Hour}, "diurnal: PeakAt must be within Period (24h), is 25h"},
		{"too many days", Diurnal{Period: 1, For: s}, "diurnal: For must be at most 1000000 times Period (1ns), is 1s"},
		{"a func without function", Func{}, "func: For must be positive, is 0s\nfunc: F must not be nil"},
		{"a func of NaN", Sum{returns(nan)}, "sum[0].func: F must return a level from 0 to 1000000000, returns NaN at 5.01s"},
		{"a func below zero", returns(-0.5), "func: F must return a level from 0 to 1000000000, returns -0.5 at 5.01s"},
		{"a func that panics", Func{For: s, F: func(time.Duration) float64 { panic("oh") }}, "func: F panics: oh"},
	} {
		t.Run(tt.name, tt.run)
	}
}

func TestValidateNamesEveryProblemOfComposites(t *testing.T) {
	s, nan := time.Second, math.NaN()
	ok := Constant{1, s}
	for _, tt := range []problemTest{
		{"nil", nil, "pattern: must not be nil"},
		{"a nil pointer", (*Ramp)(nil), "pattern: must not be nil"},
		{"inside a sequence", Sequence{ok, Ramp{To: 5, For: -3 * s}}, "sequence[1].ramp: For must be positive, is -3s"},
		{"deep inside", Stretch{Sum{ok, Repeat{Scale{Ramp{}, 1}, 2}}, s}, "stretch.sum[1].repeat.scale.ramp: For must be positive, is 0s"},
		{"nil inside", Sequence{ok, nil, Sum{(*Sum)(nil)}}, "sequence[1]: must not be nil\nsequence[2].sum[0]: must not be nil"},
		{"composites of nil", Sequence{Scale{By: 1}, Stretch{To: s}, Repeat{Times: 1}}, "sequence[0].scale: Of must not be nil\nsequence[1].stretch: Of must not be nil\nsequence[2].repeat: Of must not be nil"},
		{"an empty sequence", Sequence{}, "sequence: must have at least one element"},
		{"an empty sum", Sum{}, "sum: must have at least one element"},
		{"a scale of zero", Scale{ok, 0}, "scale: By must be positive, at most 1000000000, is 0"},
		{"a scale of NaN", Scale{ok, nan}, "scale: By must be positive, at most 1000000000, is NaN"},
		{"a scale too high", Scale{Constant{1e6, s}, 1e4}, "scale: reaches a level of 10000000000, the limit is 1000000000"},
		{"a sum too high", Sequence{Sum{Constant{6e8, s}, Constant{6e8, s}}}, "sequence[0].sum: reaches a level of 1200000000, the limit is 1000000000"},
		{"a stretch to nothing", Stretch{ok, 0}, "stretch: To must be positive, is 0s"},
		{"a repeat of no times", Repeat{ok, 0}, "repeat: Times must be at least 1, is 0"},
		{"a repeat of too many times", Repeat{ok, 1e7}, "repeat: Times must be at most 1000000, is 10000000"},
		{"a repeat too long", Repeat{Constant{1, forever / 10}, 11}, "repeat: must not last longer than 292 years"},
		{"a sequence too long", Sequence{Sequence{Constant{1, forever / 2}, Constant{1, forever / 2}, Constant{1, 5}}}, "sequence[0].sequence: must not last longer than 292 years"},
		{"a foreign pattern of NaN", Scale{rude{nan, s}, 1}, "scale.pattern.rude: At must return a level from 0 to 1000000000, returns NaN at 0s"},
		{"a foreign pattern without length", rude{1, -s}, "pattern.rude: Duration must be positive, is -1s"},
	} {
		t.Run(tt.name, tt.run)
	}
}

func TestValidateFindsAPatternInsideItself(t *testing.T) {
	itself := Sequence{Constant{1, 1}, nil}
	itself[1] = Stretch{Of: itself, To: 1}
	err := Validate(itself)
	if err == nil || !strings.HasSuffix(err.Error(), ": is nested more than 100 deep; does it contain itself?") {
		t.Errorf("error %v, want a single one about the nesting", err)
	}
}

func TestValidateStopsAtVeryManyPatterns(t *testing.T) {
	var p Pattern = Constant{1, 1}
	for range 40 { // two to the power of forty constants
		p = Sum{p, p}
	}
	err := Validate(p)
	if err == nil || !strings.HasSuffix(err.Error(), ": has more than 100000 patterns inside") {
		t.Errorf("error %v, want a single one about too many patterns", err)
	}
}

// A rude pattern answers with anything.
type rude struct {
	level  float64
	length time.Duration
}

func (r rude) At(time.Duration) float64 { return r.level }
func (r rude) Duration() time.Duration  { return r.length }
