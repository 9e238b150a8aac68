package report

import (
	"math"
	"testing"
	"time"
)

func TestNumbersAsPeopleReadThem(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{count(0), "0"},
		{count(1234567), "1,234,567"},
		{amount(0.126), "0.13"},
		{amount(12.34), "12.3"},
		{amount(123.4), "123"},
		{amount(-4321), "-4,321"},
		{amount(1e30), "1,000,000,000,000,000,000"},
		{percent(0), "0 %"},
		{percent(0.00001), "< 0.01 %"},
		{percent(0.0577), "5.77 %"},
		{percent(0.5), "50.0 %"},
		{percent(0.9994), "99.94 %"},
		{percent(0.999999), "> 99.99 %"},
		{percent(1), "100 %"},
		{latency(0), "0 µs"},
		{latency(850 * time.Microsecond), "850 µs"},
		{latency(1234 * time.Microsecond), "1.23 ms"},
		{latency(43_900 * time.Microsecond), "43.9 ms"},
		{latency(1813 * time.Millisecond), "1.81 s"},
		{latency(100 * time.Second), "1:40 min"},
		{clock(0), "0:00"},
		{clock(65 * time.Second), "1:05"},
		{clock(3*time.Hour + 4*time.Minute + 5*time.Second), "3:04:05"},
		{span(0), "0 µs"},
		{span(450 * time.Millisecond), "450 ms"},
		{span(12_500 * time.Millisecond), "12.5 s"},
		{span(2 * time.Minute), "2 min"},
		{span(2*time.Hour + 30*time.Second), "2 h 30 s"},
		{valueText(282.067, "ms"), "282 ms"},
		{valueText(5.7753, "%"), "5.775 %"},
		{valueText(5000, "/s"), "5,000/s"},
		{valueText(12, ""), "12"},
		{plural(1, "request"), "1 request"},
		{plural(0, "request"), "0 requests"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestWhatIsNoNumberIsZero(t *testing.T) {
	for _, x := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		if got := round(x, 3); got != 0 {
			t.Errorf("%v: got %v", x, got)
		}
	}
	if got := round(math.MaxFloat64, 6); got != math.MaxFloat64 {
		t.Errorf("the largest: got %v", got)
	}
}
