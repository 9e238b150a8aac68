package terminal

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// Numbers on the screen have three significant digits, and keep the zeros at
// their end: a column then has one width, and a number that changes doesn't
// jump.

// three writes a positive number below 1000 with three digits.
func three(v float64) string {
	switch {
	case v < 9.995:
		return strconv.FormatFloat(v, 'f', 2, 64)
	case v < 99.95:
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return strconv.FormatFloat(v, 'f', 0, 64)
}

// duration writes a time that was measured: 812ns, 3.12ms, 81.4ms, 1.23s, 1m12s.
func (l look) duration(d time.Duration) string {
	switch v := float64(d); {
	case d < 0:
		return l.dash
	case d == 0:
		return "0s"
	case v < 999.5:
		return strconv.Itoa(int(d)) + "ns"
	case v < 999.5e3:
		return three(v/1e3) + l.micro
	case v < 999.5e6:
		return three(v/1e6) + "ms"
	case v < 59.95e9:
		return three(v/1e9) + "s"
	}
	return span(d)
}

// span writes a time people have planned: 15s, 1m30s, 2h05m, 3d04h.
func span(d time.Duration) string {
	s := int64(max(0, d).Round(time.Second) / time.Second)
	switch {
	case s < 60:
		return fmt.Sprintf("%ds", s)
	case s < 3600 && s%60 == 0:
		return fmt.Sprintf("%dm", s/60)
	case s < 3600:
		return fmt.Sprintf("%dm%02ds", s/60, s%60)
	case s < 86_400 && s%3600 < 60:
		return fmt.Sprintf("%dh", s/3600)
	case s < 86_400:
		return fmt.Sprintf("%dh%02dm", s/3600, s%3600/60)
	}
	return fmt.Sprintf("%dd%02dh", s/86_400, s%86_400/3600)
}

// exactly writes a time people have planned that may have parts of a second:
// 500ms, 1.5s, 1m30s.
func exactly(d time.Duration) string {
	if d > 0 && d < time.Minute {
		return d.Round(time.Millisecond).String()
	}
	return span(d)
}

// clock writes a time that runs: 0:42, 12:00, 1:02:03.
func clock(d time.Duration) string {
	s := int64(max(0, d) / time.Second)
	if s < 3600 {
		return fmt.Sprintf("%d:%02d", s/60, s%60)
	}
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s%3600/60, s%60)
}

// count writes a whole number with its thousands apart: 1,234,567.
func count(n uint64) string {
	digits := strconv.FormatUint(n, 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// number writes a level or a rate: 0, 0.25, 8.40, 40, 1,250.
func (l look) number(v float64) string {
	switch {
	case math.IsNaN(v) || math.IsInf(v, 0):
		return l.dash
	case v < 0:
		return "-" + l.number(-v)
	case v == math.Trunc(v) && v < 1e15, v >= 99.95 && v < 1e15:
		return count(uint64(math.Round(v)))
	case v >= 1e15:
		return strconv.FormatFloat(v, 'g', 3, 64)
	case v < 0.005:
		return "<0.01"
	}
	return three(v)
}

// rate writes what happens in a second, always with three digits.
func (l look) rate(v float64) string {
	if v > 0 && v == math.Trunc(v) && v < 99.95 {
		return three(v)
	}
	return l.number(v)
}

// size writes bytes in decimal units: 812 B, 1.20 MB.
func size(n float64) string {
	if n < 999.5 {
		return strconv.Itoa(int(math.Round(n))) + " B"
	}
	for _, unit := range []string{"kB", "MB", "GB", "TB"} {
		if n /= 1000; n < 999.5 {
			return three(n) + " " + unit
		}
	}
	return three(n/1000) + " PB"
}

// percent writes a share. It is 0% only if nothing is, and 100% only if all is.
func percent(part, of uint64) string {
	if of == 0 || part == 0 {
		return "0%"
	}
	if part >= of {
		return "100%"
	}
	return percentage(100 * float64(part) / float64(of))
}

// percentage writes a number of percent above 0 and below 100.
func percentage(v float64) string {
	switch {
	case v < 0.01:
		return "<0.01%"
	case v < 0.995:
		return strconv.FormatFloat(v, 'f', 2, 64) + "%"
	case v > 99.99:
		return ">99.99%"
	case v >= 99.9:
		return strconv.FormatFloat(v, 'f', 2, 64) + "%"
	}
	return strconv.FormatFloat(v, 'f', 1, 64) + "%"
}

// plural writes a number of things: "1 user", "2,000 users".
func plural(n uint64, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return count(n) + " " + thing + "s"
}
