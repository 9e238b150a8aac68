package pattern

import (
	"math"
	"testing"
	"time"
)

// A change is one element of Crossings.
type change struct {
	at    time.Duration
	count int
}

// changes collects up to limit crossings of p.
func changes(p Pattern, limit int) []change {
	var list []change
	for at, count := range Crossings(p) {
		if list = append(list, change{at, count}); len(list) == limit {
			break
		}
	}
	return list
}

func TestCrossings(t *testing.T) {
	const ms = time.Millisecond
	tests := []struct {
		name string
		p    Pattern
		want []change
	}{
		{"nothing", nil, []change{{0, 0}}},
		{"a constant", Constant{3.7, 10}, []change{{0, 3}, {10, 0}}},
		{"a constant zero", Constant{0, 10}, []change{{0, 0}, {10, 0}}},
		{"a ramp up", Ramp{0, 3, 3 * ms}, []change{{0, 0}, {1 * ms, 1}, {2 * ms, 2}, {3 * ms, 0}}},
		{"a ramp down drops just after the whole number", Ramp{2, 0, 2 * ms}, []change{{0, 2}, {1, 1}, {ms + 1, 0}, {2 * ms, 0}}},
		{"a ramp rounds up to the nanosecond", Ramp{0, 3, 10}, []change{{0, 0}, {4, 1}, {7, 2}, {10, 0}}},
		{"a ramp passing several in a nanosecond", Ramp{0, 10, 4}, []change{{0, 0}, {1, 2}, {2, 5}, {3, 7}, {4, 0}}},
		{"a cliff of two nanoseconds", Sequence{Ramp{0, 65.5, 2}, Constant{65.5, 9}}, []change{{0, 0}, {1, 32}, {2, 65}, {11, 0}}},
		{"a piece that starts between two nanoseconds", Stretch{Sequence{Constant{0, 1}, Ramp{0, 2, 2}}, 10}, []change{{0, 0}, {7, 1}, {10, 0}}},
		{"a slow ramp hits the hour", Sequence{Ramp{0, 2, 2 * time.Hour}, Constant{2, 5}}, []change{
			{0, 0}, {time.Hour, 1}, {2 * time.Hour, 2}, {2*time.Hour + 5, 0},
		}},
		{"a jump is one change", Sequence{Constant{1, 5}, Constant{9, 5}, Constant{9.5, 5}, Constant{2, 5}}, []change{
			{0, 1}, {5, 9}, {15, 2}, {20, 0},
		}},
		{"a climb", Step{From: 1, By: 2, Every: 10, For: 25}, []change{{0, 1}, {10, 3}, {20, 5}, {25, 0}}},
		{"rounding errors are no change", Sequence{Constant{70, 5}, Scale{Constant{1000, 5}, 0.07}}, []change{{0, 70}, {10, 0}}},
		{"waves that cancel out", Sum{
			Diurnal{0, 10, time.Hour, 0, 0}, Diurnal{0, 10, time.Hour, 30 * time.Minute, 0},
		}, []change{{0, 10}, {time.Hour, 0}}},
		{"a day", Diurnal{0, 2, 12 * time.Hour, 6 * time.Hour, 0}, []change{
			{0, 0},
			{3 * time.Hour, 1},
			{6*time.Hour - touch, 2},
			{6*time.Hour + touch + 1, 1},
			{9*time.Hour + 1, 0},
			{12 * time.Hour, 0},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := changes(tt.p, 100)
			if len(got) != len(tt.want) {
				t.Fatalf("got %v, want %v", got, tt.want)
			}
			for i := range got {
				off := got[i].at - tt.want[i].at
				exact := tt.want[i].at%time.Hour != touch+1 && tt.want[i].at%time.Hour != time.Hour-touch
				if got[i].count != tt.want[i].count || exact && off != 0 || off.Abs() > touch {
					t.Errorf("change %d is %v, want %v", i, got[i], tt.want[i])
				}
			}
		})
	}
}

// touch is about how long a curve that touches a whole number from below is
// seen there, because Whole forgives rounding: here the cosine of a 12-hour
// wave is within 3e-14 of its peak.
const touch = 2 * time.Millisecond

func TestCrossingsOfSlowRampsHitTheNanosecond(t *testing.T) {
	const length = 24 * time.Hour
	for n := 1; n < 300; n++ {
		every := length / time.Duration(n)
		if length%every != 0 {
			continue
		}
		for i, c := range changes(Ramp{0, float64(n), length}, n) {
			if want := (change{time.Duration(i) * every, i}); c != want {
				t.Fatalf("change %d of a ramp to %d is %v, want %v", i, n, c, want)
			}
		}
		for i, c := range changes(Ramp{float64(n), 0, length}, n)[1:] {
			if want := (change{time.Duration(i)*every + 1, n - 1 - i}); c != want {
				t.Fatalf("change %d of a ramp from %d is %v, want %v", i, n, c, want)
			}
		}
	}
}

func TestCrossingsOfADayMatchTheArcCosine(t *testing.T) {
	day := Diurnal{Low: 40, High: 400, Period: 24 * time.Hour, PeakAt: 12 * time.Hour}
	n := 0
	for _, c := range changes(day, 1e6) {
		if c.at == 0 || c.at >= 11*time.Hour || c.count <= 40 {
			continue // around the peak a nanosecond is less than rounding
		}
		n++
		// 220 - 180 cos(2 pi t/24h) = count
		want := math.Acos((220-float64(c.count))/180) / (2 * math.Pi) * 86400e9
		if got := float64(c.at); math.Abs(got-want) > 2 {
			t.Errorf("%d is reached at %.0f ns, want %.1f ns", c.count, got, want)
		}
	}
	if n < 300 {
		t.Errorf("looked at %d changes, want more than 300", n)
	}
}

func TestCrossingsFindsWhatIsBetweenTwoTurningPoints(t *testing.T) {
	// A ripple of one second on a day: the level passes 220 very many times.
	p := Sum{
		Diurnal{Low: 40, High: 400, Period: time.Hour, PeakAt: time.Hour / 2},
		Diurnal{Low: 0, High: 3, Period: time.Second, For: time.Hour},
	}
	count, n := -1, 0
	for _, c := range changes(p, 1e6) {
		if n++; n > 1 && c.at < time.Hour && c.count == count {
			t.Fatalf("the count is %d twice in a row at %v", count, c.at)
		}
		count = c.count
	}
	if n < 3600*2*2 {
		t.Errorf("%d changes, want at least four a second", n)
	}
}

func TestCrossingsAreLazy(t *testing.T) {
	p := Repeat{Repeat{Ramp{0, 1e6, time.Second}, 1e6}, 1e3}
	got := changes(p, 3)
	if len(got) != 3 || got[2] != (change{2 * time.Microsecond, 2}) {
		t.Errorf("first changes %v, want the third at 2us", got)
	}
}

func TestCrossingsOfAFuncAreExact(t *testing.T) {
	day := Diurnal{Low: 40, High: 400, Period: 24 * time.Hour, PeakAt: 14 * time.Hour}
	want, got := changes(day, 1e6), changes(Func{F: day.At, For: 24 * time.Hour}, 1e6)
	if len(got) < len(want)-2 || len(got) > len(want) {
		t.Fatalf("%d changes, want %d", len(got), len(want))
	}
	i := 0
	for _, w := range want {
		if w.count == 400 {
			continue // touched for milliseconds only
		}
		for i < len(got) && got[i].count != w.count {
			i++
		}
		if i == len(got) || (got[i].at-w.at).Abs() > 2 && w.count != 399 {
			t.Fatalf("%d isn't reached at %v", w.count, w.at)
		}
	}
}

func TestCrossingsOfAFuncSeeAJumpToTheNanosecond(t *testing.T) {
	jump := Func{For: time.Hour, F: func(t time.Duration) float64 {
		if t < 1234567890123 {
			return 5
		}
		return 50
	}}
	want := []change{{0, 5}, {1234567890123, 50}, {time.Hour, 0}}
	got := changes(jump, 10)
	if len(got) != 3 || got[0] != want[0] || got[1] != want[1] || got[2] != want[2] {
		t.Errorf("changes %v, want %v", got, want)
	}
}
