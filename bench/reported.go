package main

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// A result is what is read of a result of LoadForge.
type result struct {
	Totals struct {
		Requests  int64 `json:"requests"`
		Cancelled int64 `json:"requests_cancelled"`
		Errors    int64 `json:"errors"`
		Dropped   int64 `json:"dropped_iterations"`
		StartLag  lag   `json:"start_lag_ms"`
		Setup     int64 `json:"setups_failed"`
	} `json:"totals"`
	Errors []struct {
		Class   string `json:"class"`
		Message string `json:"message"`
	} `json:"errors"`
}

// A lag is in milliseconds; what can't be told is nil.
type lag struct {
	P50, P99, Max *float64
}

func resultOf(out string) (r result, err error) {
	if err = json.Unmarshal([]byte(out), &r); err != nil {
		err = fmt.Errorf("read the result: %w", err)
	}
	return r, err
}

// loadforgeCount returns what LoadForge says it sent.
func loadforgeCount(out string) (int64, error) {
	r, err := resultOf(out)
	if err == nil && r.Totals.Errors > 0 {
		err = fmt.Errorf("%d requests failed: %v", r.Totals.Errors, r.Errors)
	}
	return r.Totals.Requests + r.Totals.Cancelled, err
}

var wrkRequests = regexp.MustCompile(`(\d+) requests in `)

func wrkCount(out string) (int64, error) { return matched(wrkRequests, out) }

var h2loadRequests = regexp.MustCompile(`requests: \d+ total, \d+ started, (\d+) done`)

func h2loadCount(out string) (int64, error) { return matched(h2loadRequests, out) }

func matched(pattern *regexp.Regexp, out string) (int64, error) {
	m := pattern.FindStringSubmatch(out)
	if m == nil {
		return 0, fmt.Errorf("no count in %q", out)
	}
	return strconv.ParseInt(m[1], 10, 64)
}

func numberCount(out string) (int64, error) {
	return strconv.ParseInt(strings.TrimSpace(out), 10, 64)
}
