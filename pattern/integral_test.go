package pattern

import (
	"math"
	"testing"
	"time"
)

func TestIntegralOfEveryShape(t *testing.T) {
	day := Diurnal{Low: 40, High: 400, Period: 24 * time.Hour, PeakAt: 14 * time.Hour}
	saw := Ramp{To: 10, For: 10 * time.Second}
	seconds := func(f func(x float64) float64) func(time.Duration) float64 {
		return func(t time.Duration) float64 { return f(t.Seconds()) }
	}
	const s = time.Second
	tests := []struct {
		name string
		p    Pattern
		to   time.Duration
		want float64
	}{
		{"nothing", nil, s, 0},
		{"before the start", saw, -s, 0},
		{"after the end", saw, time.Hour, 50},
		{"a constant", Constant{7, 10 * s}, 3 * s, 21},
		{"a ramp", saw, 4 * s, 8},
		{"a climb", Step{From: 10, By: 10, Every: 30 * s, To: 35}, 120 * s, 30 * (10 + 20 + 30 + 35)},
		{"half a climb", Step{From: 10, By: 10, Every: 30 * s, To: 35}, 70 * s, 30*(10+20) + 10*30},
		{"a climb that stays", Step{From: 10, By: 10, Every: s, To: 20, For: 10 * s}, 10 * s, 10 + 9*20},
		{"a descent", Step{From: 2, By: -1, Every: s}, 3 * s, 3},
		{"a spike", Spike{Peak: 600, Start: 9 * s, Rise: 2 * s, Hold: 5 * s, Fall: 4 * s}, time.Minute, 600 * 8},
		{"a day", day, 24 * time.Hour, 220 * 86400},
		{"a quarter of a day", Diurnal{0, 2, 4 * time.Hour, 0, 0}, time.Hour, 3600 + 4*3600/(2*math.Pi)},
		{"a week", Diurnal{Low: 40, High: 400, Period: 24 * time.Hour, For: 168 * time.Hour}, 168 * time.Hour, 220 * 86400 * 7},
		{"a plan", plan(), 13 * time.Minute, 100*120 + 200*600 + 100*60},
		{"a sum", Sum{Constant{1, 10 * s}, Constant{2, 5 * s}}, 8 * s, 18},
		{"a scale", Scale{saw, 3}, 10 * s, 150},
		{"a stretch", Stretch{saw, time.Minute}, time.Minute, 300},
		{"a repeat", Repeat{saw, 5}, 24 * s, 2*50 + 8},
		{"a million repetitions", Repeat{saw, 1e6}, forever, 50e6},
		{"a func", Func{F: seconds(func(x float64) float64 { return x * x }), For: 3 * s}, 3 * s, 9},
		{"a func with a kink", Func{F: seconds(func(x float64) float64 { return math.Abs(x - 1/3.0) }), For: s}, s, 1.0/18 + 2.0/9},
		{"a func with a jump", Func{F: seconds(func(x float64) float64 {
			if x < 1.0/3 {
				return 1
			}
			return 1000
		}), For: s}, s, 1.0/3 + 1000*2/3.0},
		{"a func with a root", Func{F: seconds(math.Sqrt), For: s}, s, 2.0 / 3},
		{"a func of two nanoseconds", Func{F: func(t time.Duration) float64 { return float64(t) }, For: 2}, 2, 1e-9},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Integral(tt.p, tt.to); !near(got, tt.want, 1e-9) {
				t.Errorf("Integral(%v) = %.15g, want %.15g", tt.to, got, tt.want)
			}
		})
	}
}

func TestInterpolationIsExactForPolynomials(t *testing.T) {
	x := []float64{-1, -0.9, -0.6, -0.2, 0.2, 0.6, 0.9, 1}
	want := [nodes]float64{3, -1, 4, 1, -5, 9, -2, 6}
	y := make([]float64, len(x))
	for i := range x {
		y[i] = (&panel{coef: want}).poly(x[i])
	}
	for k, got := range interpolate(x, y) {
		if math.Abs(got-want[k]) > 1e-12 {
			t.Errorf("coefficient %d = %v, want %v", k, got, want[k])
		}
	}
	if got := interpolate(x[:2], y[:2]); !near(got[0]-got[1], y[0], 1e-12) || got[2] != 0 {
		t.Errorf("line through two points has coefficients %v", got)
	}
}

func TestRoughFunctionsAreCutEvenlyAndStayMonotone(t *testing.T) {
	// A level of zero or two that changes every few nanoseconds: no rule settles.
	noise := Func{For: time.Second, F: func(t time.Duration) float64 {
		x := uint64(t) * 0x9e3779b97f4a7c15
		return float64(x >> 63 * 2)
	}}
	if got := Integral(noise, time.Second); math.Abs(got-1) > 0.02 {
		t.Errorf("Integral = %v, want about 1", got)
	}
	last, curve := 0.0, noise.curve()
	for i := range 5_000 {
		area := curve.area(float64(i) / 10_000)
		if area < last {
			t.Fatalf("the integral falls from %v to %v after %v/10000 s", last, area, i)
		}
		last = area
	}
}

func TestJumpsOfAFuncAreExactToTheNanosecond(t *testing.T) {
	for _, length := range []time.Duration{3, 100, 1000, 5_000_000} {
		for i := range time.Duration(50) {
			at := 1 + (length-2)*i/50
			p := Func{For: length, F: func(t time.Duration) float64 {
				if t < at {
					return 5
				}
				return 50
			}}
			want := 5*at.Seconds() + 50*(length-at).Seconds()
			if got := Integral(p, length); math.Abs(got-want) > 1e-9*want {
				t.Fatalf("area of a jump at %v in %v = %v, want %v", at, length, got, want)
			}
		}
	}
}

func TestAPatternThatRoundsItsTimeIsNotRough(t *testing.T) {
	day := Diurnal{Low: 1, High: 1000, Period: time.Second}
	c := newSampled(foreign{Repeat{Stretch{day, 2345678901}, 20}}).(*sampled)
	if len(c.panels) > 5000 {
		t.Errorf("%d panels for a smooth curve, want some hundreds", len(c.panels))
	}
}

func TestWavesOfOneFrequencyAreAddedUp(t *testing.T) {
	day := Diurnal{Low: 40, High: 400, Period: 24 * time.Hour, PeakAt: 14 * time.Hour}
	night := Diurnal{Low: 10, High: 20, Period: 24 * time.Hour, PeakAt: 2 * time.Hour}
	list := pieces(Stretch{Sum{day, Scale{night, 3}, day}, time.Hour}, 10)
	if len(list) != 1 || len(list[0].waves) != 1 {
		t.Errorf("pieces %v, want one with one wave", list)
	}
}

func TestInverse(t *testing.T) {
	pause := Sequence{Constant{10, time.Second}, Constant{0, time.Second}, Constant{10, time.Second}}
	tests := []struct {
		name string
		p    Pattern
		area float64
		want time.Duration
		ok   bool
	}{
		{"area zero is reached at once", pause, 0, 0, true},
		{"area below zero is reached at once", pause, -5, 0, true},
		{"a constant", pause, 5, 500 * time.Millisecond, true},
		{"the first moment before a pause", pause, 10, time.Second, true},
		{"after a pause", pause, 10.001, 2*time.Second + 100*time.Microsecond, true},
		{"the whole area is reached at the end", pause, 20, 3 * time.Second, true},
		{"more than the whole is never reached", pause, 20.001, 3 * time.Second, false},
		{"NaN is never reached", pause, math.NaN(), 3 * time.Second, false},
		{"nothing has no area", nil, 1, 0, false},
		{"a ramp from zero", Ramp{0, 10, 10 * time.Second}, 12.5, 5 * time.Second, true},
		{"a ramp to zero", Ramp{10, 0, 10 * time.Second}, 37.5, 5 * time.Second, true},
		{"the end of a ramp to zero", Ramp{10, 0, 10 * time.Second}, 50, 10 * time.Second, true},
		{"nanoseconds are rounded to the nearest", Constant{3, time.Second}, 0.5, 166666667, true},
		{"half a day", Diurnal{0, 10, 24 * time.Hour, 12 * time.Hour, 0}, 5 * 43200, 12 * time.Hour, true},
		{"a million repetitions", Repeat{Ramp{0, 10, 10 * time.Second}, 1e6}, 50*999_999 + 12.5, 9_999_995 * time.Second, true},
		{"a climb", Step{From: 1, By: 1, Every: time.Second, For: time.Hour}, 1 + 2 + 3 + 2, 3500 * time.Millisecond, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := Inverse(tt.p, tt.area)
			if got != tt.want || ok != tt.ok {
				t.Errorf("Inverse(%v) = %v, %v, want %v, %v", tt.area, got, ok, tt.want, tt.ok)
			}
		})
	}
}

func TestArrivalsOfAConstantRateAreExact(t *testing.T) {
	const rate = 1000
	c := NewCursor(Constant{Level: rate, For: 24 * time.Hour})
	for k := 0; k < rate*86400; k += 997 {
		want := time.Duration(k)*time.Millisecond + 500*time.Microsecond
		if got, ok := c.Next(float64(k) + 0.5); got != want || !ok {
			t.Fatalf("arrival %d at %d ns, %v, want %d ns", k, got, ok, want)
		}
	}
}

func TestArrivalsOfARampAreExact(t *testing.T) {
	// The integral of 100t is 50t^2: arrival k is due at the root of (k+1/2)/50.
	c := NewCursor(Ramp{To: 1000, For: 10 * time.Second})
	for k := range 5000 {
		want := time.Duration(math.Round(math.Sqrt((float64(k)+0.5)/50) * 1e9))
		if got, _ := c.Next(float64(k) + 0.5); got != want {
			t.Fatalf("arrival %d at %d ns, want %d ns", k, got, want)
		}
	}
	if got := c.Total(); got != 5000 {
		t.Errorf("Total = %v, want 5000", got)
	}
}

func TestADayOfArrivalsFollowsTheIntegral(t *testing.T) {
	day := Diurnal{Low: 0, High: 2, Period: 24 * time.Hour, PeakAt: 12 * time.Hour}
	c := NewCursor(day)
	curve := day.curve()
	n := int(c.Total())
	if n != 86400 {
		t.Fatalf("Total = %d, want %d", n, 86400)
	}
	last := time.Duration(-1)
	for k := range n {
		area := float64(k) + 0.5
		at, ok := c.Next(area)
		if !ok || at <= last {
			t.Fatalf("arrival %d at %v after %v, %v", k, at, last, ok)
		}
		last = at
		if got := curve.area(at.Seconds()); math.Abs(got-area) > 1e-7*max(1, day.At(at)) {
			t.Fatalf("arrival %d at %v, where the area is %v", k, at, got)
		}
	}
}

func TestCursorsShareOutArrivalsWithoutChangingThem(t *testing.T) {
	p := blackFriday()
	whole := NewCursor(p)
	parts := [3]*Cursor{NewCursor(p), NewCursor(p), NewCursor(p)}
	for k := 0; k < int(whole.Total()); k += 1 + k%5 {
		want, _ := whole.Next(float64(k) + 0.5)
		got, ok := parts[k*k%3].Next(float64(k) + 0.5)
		if got != want || !ok {
			t.Fatalf("arrival %d at %d ns for one of three, want %d ns", k, got, want)
		}
	}
}

func TestCursorGoesBackAndLeapsAhead(t *testing.T) {
	p := Sequence{Repeat{plan(), 1000}, blackFriday()}
	c := NewCursor(p)
	for _, share := range []float64{0.9999, 0.2, 0.5, 0.1, 0.99999, 0, 1} {
		area := share * c.Total()
		want, _ := Inverse(p, area)
		if got, ok := c.Next(area); got != want || !ok {
			t.Errorf("Next(%v) = %v, %v, want %v", area, got, ok, want)
		}
	}
}

func TestRoundingDoesNotLeadOverAPause(t *testing.T) {
	p := Repeat{Sequence{Ramp{0, 0.1, time.Second}, Constant{0.3, 700 * time.Millisecond}, Constant{0, time.Second}}, 1000}
	c := NewCursor(p)
	for k := range 1000 {
		want := time.Duration(k)*2700*time.Millisecond + 1700*time.Millisecond
		area := Integral(p, want+time.Duration(k)*time.Millisecond)
		if got, _ := c.Next(area); got > want {
			t.Fatalf("area %v is reached at %v, want %v, before the pause", area, got, want)
		}
		if got, _ := Inverse(p, area); got > want {
			t.Fatalf("the inverse of %v is %v, want %v, before the pause", area, got, want)
		}
	}
}

func TestCursorDoesNotAllocate(t *testing.T) {
	for _, p := range benchPatterns() {
		c := NewCursor(p.pattern)
		area := 0.0
		step := c.Total() / 3000
		allocs := testing.AllocsPerRun(2000, func() {
			area += step
			if _, ok := c.Next(area); !ok {
				t.Errorf("%s: %v of %v not reached", p.name, area, c.Total())
			}
		})
		if allocs != 0 {
			t.Errorf("%s: %v allocations per Next, want 0", p.name, allocs)
		}
	}
}
