package pattern

import (
	"testing"
	"time"
)

// A named pattern is a row of a benchmark.
type named struct {
	name    string
	pattern Pattern
}

// benchPatterns run at about 100,000 arrivals a second.
func benchPatterns() []named {
	const rate = 100_000
	day := Diurnal{Low: rate / 10, High: rate, Period: 24 * time.Hour, PeakAt: 14 * time.Hour}
	sale := Spike{Peak: rate, Start: 10 * time.Hour, Rise: 5 * time.Minute, Hold: time.Hour, Fall: 30 * time.Minute}
	return []named{
		{"constant", Constant{rate, 10 * time.Minute}},
		{"ramp", Ramp{0, rate, 10 * time.Minute}},
		{"step", Step{From: rate / 10, By: rate / 10, Every: time.Minute, To: rate}},
		{"diurnal", day},
		{"sequence", Sequence{
			Ramp{0, rate, time.Minute},
			Constant{rate, time.Minute},
			Stretch{day, time.Minute},
			Ramp{rate, 0, time.Minute},
		}},
		{"blackfriday", Stretch{Sum{day, sale}, 30 * time.Minute}},
		{"twowaves", Sum{day, Stretch{day, time.Hour}}},
		{"func", Func{F: Stretch{day, time.Hour}.At, For: time.Hour}},
	}
}

func BenchmarkCursor(b *testing.B) {
	for _, p := range benchPatterns() {
		b.Run(p.name, func(b *testing.B) {
			c := NewCursor(p.pattern)
			b.ReportAllocs()
			area := 0.5
			for b.Loop() {
				if _, ok := c.Next(area); !ok {
					area = 0
				}
				area++
			}
		})
	}
}

func BenchmarkAt(b *testing.B) {
	for _, p := range benchPatterns() {
		b.Run(p.name, func(b *testing.B) {
			b.ReportAllocs()
			length := p.pattern.Duration()
			t, sum := time.Duration(0), 0.0
			for b.Loop() {
				sum += p.pattern.At(t)
				if t += 999_999_937; t >= length {
					t -= length
				}
			}
			if sum < 0 {
				b.Fatal("negative level")
			}
		})
	}
}

func BenchmarkIntegral(b *testing.B) {
	for _, p := range benchPatterns() {
		b.Run(p.name, func(b *testing.B) {
			for b.Loop() {
				Integral(p.pattern, p.pattern.Duration()/3)
			}
		})
	}
}

func BenchmarkCrossings(b *testing.B) {
	day := Diurnal{Low: 40, High: 400, Period: 24 * time.Hour, PeakAt: 14 * time.Hour}
	for b.Loop() {
		for range Crossings(day) {
		}
	}
}
