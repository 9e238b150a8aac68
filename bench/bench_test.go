package main

import (
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestSpreadShowsMedianLeastAndMost(t *testing.T) {
	for _, tt := range []struct {
		name string
		all  spread
		want string
	}{
		{"nothing", nil, "-"},
		{"one", spread{4}, "4.00 [4.00-4.00]"},
		{"three", spread{7, 5, 6.123}, "6.12 [5.00-7.00]"},
		{"an even number", spread{10, 20}, "15.0 [10.0-20.0]"},
		{"large", spread{1234, 999, 100}, "999 [100-1234]"},
	} {
		if got := tt.all.String(); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestDeviationsAreFromTheBestGrid(t *testing.T) {
	const rate = 1000
	grid := func(late func(i int) int64) (times []int64) {
		for i := range 3 * rate {
			times = append(times, 5e9+int64(i)*1e6+late(i))
		}
		return times
	}
	bunches := func(i int) int64 { return int64(9-i%10) * 1e6 } // ten at once
	for _, tt := range []struct {
		name        string
		times       []int64
		median, max float64
	}{
		{"even", grid(func(int) int64 { return 0 }), 0, 0},
		{"even, but all late", grid(func(int) int64 { return 3e6 }), 0, 0},
		{"every tenth late by 2 ms", grid(func(i int) int64 { return int64(i%10/9) * 2e6 }), 0, 2},
		{"bunches of ten", grid(bunches), 2.5, 4.5},
	} {
		off := deviations(tt.times, rate)
		if len(off) != 2*rate {
			t.Errorf("%s: %d deviations, want those of all seconds but the first: %d", tt.name, len(off), 2*rate)
		}
		if got := off.median(); math.Abs(got-tt.median) > 1e-6 {
			t.Errorf("%s: median %v ms, want %v", tt.name, got, tt.median)
		}
		if got := off.quantile(1); math.Abs(got-tt.max) > 1e-6 {
			t.Errorf("%s: most %v ms, want %v", tt.name, got, tt.max)
		}
	}
	if off := deviations(make([]int64, rate), rate); off != nil {
		t.Errorf("of a single second: got %d deviations, want none", len(off))
	}
}

func TestRateIsBetweenFirstAndLast(t *testing.T) {
	if got := rateOf([]int64{0, 5e8, 1e9}); got != 2 {
		t.Errorf("got %v/s, want 2", got)
	}
	if got := rateOf([]int64{1}); got != 0 {
		t.Errorf("of one arrival: got %v/s, want 0", got)
	}
}

func TestCountsAreRead(t *testing.T) {
	for _, tt := range []struct {
		name  string
		count func(string) (int64, error)
		text  string
		want  int64
		fails bool
	}{
		{"wrk", wrkCount, "  15578 requests in 4.19s, 3.80MB read", 15578, false},
		{"wrk that failed", wrkCount, "unable to connect", 0, true},
		{"h2load", h2loadCount, "requests: 61448 total, 61498 started, 61448 done, 61448 succeeded, 0 failed", 61448, false},
		{"LoadForge", loadforgeCount, `{"totals": {"requests": 12, "requests_cancelled": 3}}`, 15, false},
		{"LoadForge with errors", loadforgeCount, `{"totals": {"requests": 12, "errors": 1}}`, 12, true},
		{"no JSON", loadforgeCount, "", 0, true},
		{"a number", numberCount, "42\n", 42, false},
		{"nginx", requestsOf, "Active connections: 1 \nserver accepts handled requests\n 13 13 75 \nReading: 0 Writing: 1 Waiting: 0 \n", 75, false},
		{"not nginx", requestsOf, "<html>", 0, true},
	} {
		got, err := tt.count(tt.text)
		if got != tt.want || (err != nil) != tt.fails {
			t.Errorf("%s: got %d, %v, want %d and an error: %t", tt.name, got, err, tt.want, tt.fails)
		}
	}
}

func TestDifferencesAreShownRunByRun(t *testing.T) {
	runs := []sample{{counted: 10, reported: 10}, {counted: 10, reported: 7}}
	if got := differences(runs); got != "+0 -3" {
		t.Errorf("got %q, want +0 -3", got)
	}
	if got := differences([]sample{{reported: -1}}); got != "-" {
		t.Errorf("not asked: got %q, want -", got)
	}
}

func TestAllocationsAreThoseOfTheWindow(t *testing.T) {
	path := filepath.Join(t.TempDir(), "allocations")
	// At 1 to 5 s: a level each second, and a line that was not finished.
	text := "1000000000 100 9\n2000000000 1100 9\n3000000000 2100 9\n4000000000 3100 9\n5000000000 999999 9\n60000"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	second := func(s float64) time.Time { return time.Unix(0, int64(s*1e9)) }
	for _, tt := range []struct {
		name     string
		from, to float64
		want     string
	}{
		{"half a second more than its levels at both ends", 1.5, 4.5, "1.00 [1.00-1.00]"},
		{"without two levels", 2.5, 3.5, "-"},
		{"after the end", 10, 12, "-"},
	} {
		w := window{from: second(tt.from), to: second(tt.to), count: int64(1000 * (tt.to - tt.from))}
		if got := allocationsOf(path, w).String(); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
	if got := allocationsOf(path+"none", window{}); got != nil {
		t.Errorf("without a file: got %v, want none", got)
	}
}

func TestSourcesOfProcessesDiffer(t *testing.T) {
	for i, want := range []string{"127.0.2.1,127.0.2.2,127.0.2.3,127.0.2.4", "127.0.2.5,127.0.2.6,127.0.2.7,127.0.2.8"} {
		if got := sources(i); got != want {
			t.Errorf("process %d: got %s, want %s", i, got, want)
		}
	}
}
