package report

import (
	"math"
	"strconv"
	"time"
)

// millis is a duration in milliseconds, to the microsecond.
func millis(d time.Duration) float64 {
	return math.Round(float64(d)/1e3) / 1e3
}

// secs is a duration in seconds, to the millisecond.
func secs(d time.Duration) float64 { return math.Round(float64(d)/1e6) / 1e3 }

// round rounds to so many decimals. What is no finite number is 0: JSON has no
// word for it.
func round(x float64, decimals int) float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return 0
	}
	scale := math.Pow10(decimals)
	if r := math.Round(x*scale) / scale; !math.IsInf(r, 0) {
		return r
	}
	return x
}

// count groups the digits of n by three.
func count(n uint64) string {
	digits := strconv.FormatUint(n, 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// amount writes a number with three digits, or all of them from a thousand on.
func amount(x float64) string {
	switch a := math.Abs(x); {
	case a >= 100:
		sign := ""
		if x < 0 {
			sign = "-"
		}
		return sign + count(uint64(math.Round(min(a, 1e18))))
	case a >= 10:
		return decimal(x, 1)
	case a == 0:
		return "0"
	}
	return decimal(x, 2)
}

func decimal(x float64, decimals int) string {
	return strconv.FormatFloat(round(x, decimals), 'f', -1, 64)
}

// percent writes a share. Only all is 100 %, and only nothing is 0.
func percent(x float64) string {
	switch {
	case x <= 0:
		return "0 %"
	case x < 0.0001:
		return "< 0.01 %"
	case x > 0.9999 && x < 1:
		return "> 99.99 %"
	case x < 0.1, x > 0.99 && x < 1:
		return strconv.FormatFloat(100*x, 'f', 2, 64) + " %"
	case x == 1:
		return "100 %"
	}
	return strconv.FormatFloat(100*x, 'f', 1, 64) + " %"
}

// latency writes a duration with three digits in the unit people use for it.
func latency(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return strconv.FormatInt(d.Microseconds(), 10) + " µs"
	case d < time.Second:
		return amount(float64(d)/1e6) + " ms"
	case d < 100*time.Second:
		return decimal(d.Seconds(), 2) + " s"
	}
	return clock(d) + " min"
}

// clock writes a time of the run: 4:05, 1:04:05.
func clock(d time.Duration) string {
	s := int64(d.Round(time.Second) / time.Second)
	if s < 3600 {
		return strconv.FormatInt(s/60, 10) + ":" + two(s%60)
	}
	return strconv.FormatInt(s/3600, 10) + ":" + two(s/60%60) + ":" + two(s%60)
}

func two(n int64) string {
	if n < 10 {
		return "0" + strconv.FormatInt(n, 10)
	}
	return strconv.FormatInt(n, 10)
}

// span writes how long something took: 450 ms, 12.5 s, 4 min 5 s, 2 h 30 min.
func span(d time.Duration) string {
	d = d.Round(time.Millisecond)
	switch {
	case d < time.Second:
		return latency(d)
	case d < time.Minute:
		return decimal(d.Seconds(), 1) + " s"
	}
	d = d.Round(time.Second)
	h, m, s := int64(d/time.Hour), int64(d/time.Minute%60), int64(d/time.Second%60)
	text := ""
	for _, part := range []struct {
		n    int64
		unit string
	}{{h, " h"}, {m, " min"}, {s, " s"}} {
		if part.n > 0 {
			text += " " + strconv.FormatInt(part.n, 10) + part.unit
		}
	}
	return text[1:]
}

// valueText writes a threshold's value with its unit.
func valueText(x float64, unit string) string {
	switch unit {
	case "ms":
		return latency(time.Duration(x * 1e6))
	case "":
		return amount(x)
	case "/s":
		return amount(x) + "/s"
	}
	return decimal(x, 3) + " " + unit
}
