package threshold

import "strings"

const expectedMetrics = "expected p50 to p99.99, mean, min, max, error_rate, iteration_error_rate, check_rate, request_rate, count or dropped"

// squash makes "Error rate", "error-rate" and "error_rate" the same word.
func squash(phrase string) string {
	return strings.NewReplacer(" ", "", "\t", "", "_", "", "-", "").Replace(strings.ToLower(phrase))
}

func isScope(word string) bool {
	switch word {
	case "service", "servicetime", "response", "responsetime", "latency":
		return true
	}
	return false
}

// metricOf returns the metric of a squashed word and its quantile. The zero
// Metric is returned for a word that is none.
func metricOf(word string) (Metric, float64) {
	switch word {
	case "mean", "avg", "average":
		return LatencyMean, 0
	case "min", "fastest":
		return LatencyMin, 0
	case "max", "slowest":
		return LatencyMax, 0
	case "med", "median":
		return LatencyQuantile, 0.5
	case "errorrate", "errors", "failurerate", "failrate":
		return ErrorShare, 0
	case "iterationerrorrate", "iterationerrors", "iterationfailurerate", "failediterations":
		return IterationErrorShare, 0
	case "checkrate", "checks":
		return CheckShare, 0
	case "requestrate", "rate", "rps", "throughput":
		return RequestRate, 0
	case "count", "requests":
		return RequestCount, 0
	case "dropped", "droppediterations":
		return DroppedCount, 0
	}
	if q := quantileOf(word); q > 0 {
		return LatencyQuantile, q
	}
	return 0, 0
}

// quantileOf reads p95, p(95) and p99.9. Digits that would be more than a
// hundred are read as people write them: p999 is p99.9, p9999 is p99.99.
func quantileOf(word string) float64 {
	digits, ok := strings.CutPrefix(word, "p")
	if !ok {
		return 0
	}
	if inner, ok := strings.CutPrefix(digits, "("); ok {
		if digits, ok = strings.CutSuffix(inner, ")"); !ok {
			return 0
		}
	}
	digits = strings.TrimSuffix(digits, "%")
	if strings.Trim(digits, "0123456789.") != "" {
		return 0
	}
	if len(digits) > 2 && digits[0] == '9' && !strings.Contains(digits, ".") {
		digits = digits[:2] + "." + digits[2:]
	}
	q, err := parsePercent(digits)
	if err != nil || q >= 1 {
		return 0
	}
	return q
}

func isUnit(word string) bool {
	switch strings.ToLower(word) {
	case "ns", "us", "µs", "μs", "ms", "s", "m", "h", "%", "percent",
		"/s", "/sec", "/m", "/min", "/h", "rps", "req/s", "reqs/s", "requests/s":
		return true
	}
	return false
}

func metricWords() []string {
	return []string{
		"p50", "p75", "p90", "p95", "p99", "p99.9", "median", "mean", "avg", "min", "max",
		"error_rate", "iteration_error_rate", "check_rate", "checks", "request_rate", "rps", "count", "requests", "dropped",
	}
}

// nearest returns the word that was probably meant, or "" if none is near.
func nearest(typed string, words []string) string {
	best, bestDistance := "", 3
	typed = squash(typed)
	for _, word := range words {
		d := editDistance(typed, squash(word))
		if d < bestDistance && 2*d <= len(word) {
			best, bestDistance = word, d
		}
	}
	return best
}

// editDistance counts the insertions, deletions, substitutions and swaps of
// neighbours that lead from a to b (Damerau-Levenshtein, optimal string
// alignment).
func editDistance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			substitution := rows[i-1][j-1]
			if a[i-1] != b[j-1] {
				substitution++
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, substitution)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
