package page

import (
	"math"
	"time"
)

// micros is a duration in microseconds.
func micros(d time.Duration) int64 { return int64((d + 500) / time.Microsecond) }

// millis is a duration in milliseconds, to the microsecond.
func millis(d time.Duration) float64 { return math.Round(float64(d)/1e3) / 1e3 }

// seconds is a duration in seconds, to the millisecond.
func seconds(d time.Duration) float64 { return math.Round(float64(d)/1e6) / 1e3 }

// round is the nearest whole number, 0 of what is none.
func round(x float64) int64 {
	if math.IsNaN(x) || math.Abs(x) > maxValue {
		return 0
	}
	return int64(math.Round(x))
}

// decimals rounds to so many decimals. What is no finite number is 0: JSON has
// no word for it.
func decimals(x float64, n int) float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return 0
	}
	scale := math.Pow10(n)
	if r := math.Round(x*scale) / scale; !math.IsInf(r, 0) {
		return r
	}
	return x
}
