package httpclient

import (
	"slices"
	"strings"
)

// Parameters of RFC 3492, section 5.
const (
	punyBase        = 36
	punyTMin        = 1
	punyTMax        = 26
	punySkew        = 38
	punyDamp        = 700
	punyInitialBias = 72
	punyInitialN    = 128
)

// punycode encodes a label as RFC 3492, section 6.3, says. It expects lower
// case and composed characters: the full mapping of UTS 46 needs tables that
// are not worth their size here.
func punycode(label string) string {
	runes := []rune(label)
	var out strings.Builder
	for _, r := range runes {
		if r < punyInitialN {
			out.WriteRune(r)
		}
	}
	basic := out.Len()
	if basic > 0 {
		out.WriteByte('-')
	}
	n, delta, bias := rune(punyInitialN), 0, punyInitialBias
	for handled := basic; handled < len(runes); n++ {
		next := nextRune(runes, n)
		delta += int(next-n) * (handled + 1)
		n = next
		for _, r := range runes {
			if r < n {
				delta++
			}
			if r == n {
				writePunyInt(&out, delta, bias)
				bias = punyAdapt(delta, handled+1, handled == basic)
				delta = 0
				handled++
			}
		}
		delta++
	}
	return out.String()
}

// nextRune returns the smallest rune that is at least n.
func nextRune(runes []rune, n rune) rune {
	return slices.MinFunc(runes, func(a, b rune) int {
		// Unsigned distance from n: what lies below n wraps to the far end.
		return int(int64(uint32(a-n)) - int64(uint32(b-n)))
	})
}

func writePunyInt(out *strings.Builder, q, bias int) {
	const digits = "abcdefghijklmnopqrstuvwxyz0123456789"
	for k := punyBase; ; k += punyBase {
		t := min(max(k-bias, punyTMin), punyTMax)
		if q < t {
			out.WriteByte(digits[q])
			return
		}
		out.WriteByte(digits[t+(q-t)%(punyBase-t)])
		q = (q - t) / (punyBase - t)
	}
}

// punyAdapt is the bias adaptation of RFC 3492, section 6.1.
func punyAdapt(delta, points int, first bool) int {
	if first {
		delta /= punyDamp
	} else {
		delta /= 2
	}
	delta += delta / points
	k := 0
	for delta > (punyBase-punyTMin)*punyTMax/2 {
		delta /= punyBase - punyTMin
		k += punyBase
	}
	return k + (punyBase-punyTMin+1)*delta/(delta+punySkew)
}
