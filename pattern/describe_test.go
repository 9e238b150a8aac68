package pattern

import (
	"testing"
	"time"
)

// A wordy pattern describes itself.
type wordy struct{ Constant }

func (wordy) String() string { return "in my own words" }

func TestDescribe(t *testing.T) {
	long := make(Sequence, 100)
	for i := range long {
		long[i] = Constant{float64(i), time.Second}
	}
	for _, tt := range []struct {
		p    Pattern
		want string
	}{
		{nil, "nothing"},
		{Sequence{}, "nothing"},
		{(*Ramp)(nil), "nothing"},
		{Constant{200, 10 * time.Minute}, "hold 200 for 10m"},
		{&Constant{0.5, 90 * time.Minute}, "hold 0.5 for 1h30m"},
		{Constant{1e9, time.Hour + time.Second}, "hold 1000000000 for 1h1s"},
		{Constant{0.00123456, 150 * time.Millisecond}, "hold 0.00123 for 150ms"},
		{Ramp{0, 64.1154, 24 * time.Hour}, "ramp 0 -> 64.12 over 24h"},
		{plan(), "ramp 0 -> 200 over 2m, hold 200 for 10m, ramp 200 -> 0 over 1m"},
		{Step{From: 10, By: 10, Every: 30 * time.Second, For: 5 * time.Minute}, "step 10 -> 100 by 10 every 30s over 5m"},
		{Step{From: 10, By: -4, Every: 30 * time.Second}, "step 10 -> 0 by -4 every 30s over 2m"},
		{Spike{Peak: 600, Start: 10 * time.Hour, Rise: 5 * time.Minute, Hold: time.Hour, Fall: 30 * time.Minute}, "spike 0 -> 600 at 10h (rise 5m, hold 1h, fall 30m)"},
		{Spike{Base: 50, Peak: 600, Hold: time.Second, SettleFor: time.Minute}, "spike 50 -> 600 at 0s (hold 1s, settle at 50 for 1m)"},
		{Diurnal{40, 400, 24 * time.Hour, 14 * time.Hour, 0}, "diurnal 40 .. 400 over 24h (peak at 14h)"},
		{Diurnal{40, 400, 24 * time.Hour, 14 * time.Hour, 48 * time.Hour}, "diurnal 40 .. 400 over 48h (every 24h, peak at 14h)"},
		{Func{For: time.Minute}, "custom curve for 1m"},
		{Func{For: time.Minute, Name: "lunch rush"}, "lunch rush for 1m"},
		{foreign{plan()}, "pattern.foreign for 13m"},
		{wordy{}, "in my own words"},
		{Sum{plan(), Constant{1, time.Minute}}, "(ramp 0 -> 200 over 2m, hold 200 for 10m, ramp 200 -> 0 over 1m) + hold 1 for 1m"},
		{Scale{Constant{1, time.Minute}, 1.5}, "1.5 x hold 1 for 1m"},
		{Scale{Sum{Constant{1, 1}, Constant{2, 2}}, 2}, "2 x (hold 1 for 1ns + hold 2 for 2ns)"},
		{Stretch{Constant{1, time.Minute}, time.Second}, "(hold 1 for 1m) compressed to 1s"},
		{Stretch{Constant{1, time.Minute}, time.Hour}, "(hold 1 for 1m) stretched to 1h"},
		{Repeat{Constant{1, time.Minute}, 3}, "3 times (hold 1 for 1m)"},
		{long, "hold 0 for 1s, hold 1 for 1s, hold 2 for 1s, hold 3 for 1s, hold 4 for 1s, hold 5 for 1s, ... 91 more ..., hold 97 for 1s, hold 98 for 1s, hold 99 for 1s"},
	} {
		if got := Describe(tt.p); got != tt.want {
			t.Errorf("Describe(%#v)\n got %q\nwant %q", tt.p, got, tt.want)
		}
	}
}

func TestPhases(t *testing.T) {
	minute := time.Minute
	many := make(Sequence, 2000)
	for i := range many {
		many[i] = Constant{1, 1}
	}
	for _, tt := range []struct {
		name string
		p    Pattern
		want []Phase
	}{
		{"nothing", nil, nil},
		{"a plan", plan(), []Phase{
			{"ramp up", 0, 2 * minute, 0, 200}, {"hold", 2 * minute, 12 * minute, 200, 200}, {"ramp down", 12 * minute, 13 * minute, 200, 0},
		}},
		{"steps", Step{From: 1, By: 2, Every: 10, For: 25}, []Phase{
			{"step 1 of 3", 0, 10, 1, 1}, {"step 2 of 3", 10, 20, 3, 3}, {"step 3 of 3", 20, 25, 5, 5},
		}},
		{"steps that stay", Step{From: 1, By: 2, To: 3, Every: 10, For: 50}, []Phase{
			{"step 1 of 2", 0, 10, 1, 1}, {"step 2 of 2", 10, 50, 3, 3},
		}},
		{"very many steps", Step{From: 1, By: 1, Every: 1, For: 2000}, []Phase{{"steps", 0, 2000, 1, 2000}}},
		{"a spike", Spike{Base: 1, Peak: 9, Start: minute, Rise: minute, Hold: minute, Fall: minute, Settle: 2, SettleFor: minute}, []Phase{
			{"before spike", 0, minute, 1, 1},
			{"spike rise", minute, 2 * minute, 1, 9},
			{"spike hold", 2 * minute, 3 * minute, 9, 9},
			{"spike fall", 3 * minute, 4 * minute, 9, 2},
			{"spike settle", 4 * minute, 5 * minute, 2, 2},
		}},
		{"a day", Diurnal{0, 8, minute, 0, 0}, []Phase{{"diurnal", 0, minute, 8, 8}}},
		{"a func", Func{F: func(time.Duration) float64 { return 5 }, For: minute, Name: "lunch"}, []Phase{{"lunch", 0, minute, 5, 5}}},
		{"a foreign pattern", foreign{Constant{1, 9}}, []Phase{{"custom", 0, 9, 1, 1}}},
		{"scaled and stretched", Scale{Stretch{Sequence{Constant{1, minute}, Ramp{1, 3, minute}}, minute}, 2}, []Phase{
			{"hold", 0, minute / 2, 2, 2}, {"ramp up", minute / 2, minute, 2, 6},
		}},
		{"repeated", Repeat{Constant{1, 9}, 2}, []Phase{{"hold (1 of 2)", 0, 9, 1, 1}, {"hold (2 of 2)", 9, 18, 1, 1}}},
		{"repeated very often", Repeat{Constant{1, 9}, 1e6}, []Phase{{"repeat", 0, 9e6, 1, 1}}},
		{"a very long sequence", many, []Phase{{"sequence", 0, 2000, 1, 1}}},
		{"a very long sum", Sum{Repeat{Constant{1, 9}, 700}, Repeat{Constant{1, 10}, 700}}, []Phase{{"sum", 0, 7000, 2, 1}}},
		{"a sum", Sum{Constant{4, 4 * minute}, Spike{Peak: 6, Start: minute, Hold: minute}}, []Phase{
			{"hold", 0, minute, 4, 4}, {"hold + spike hold", minute, 2 * minute, 10, 10}, {"hold", 2 * minute, 4 * minute, 4, 4},
		}},
		{"a sum without load", Sum{Constant{0, 9}, Constant{0, 9}}, []Phase{{"hold + hold", 0, 9, 0, 0}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := Phases(tt.p)
			if len(got) != len(tt.want) {
				t.Fatalf("got %v, want %v", got, tt.want)
			}
			for i, want := range tt.want {
				g := got[i]
				levels := near(g.From, want.From, 1e-9) && near(g.To, want.To, 1e-9)
				if g.From, g.To = want.From, want.To; g != want || !levels {
					t.Errorf("phase %d is %+v, want %+v", i, got[i], want)
				}
			}
		})
	}
}
