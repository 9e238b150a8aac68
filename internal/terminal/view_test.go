package terminal

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/loadforge/loadforge/internal/metrics"
	"pgregory.net/rapid"
)

func TestScreens(t *testing.T) {
	for _, c := range []struct {
		fixture       string
		seconds       int
		width, height int
		color, ascii  bool
	}{
		{fixture: "shop", seconds: 75, width: 120, height: 40},
		{fixture: "shop", seconds: 75, width: 100, height: 30},
		{fixture: "shop", seconds: 75, width: 80, height: 24},
		{fixture: "shop", seconds: 75, width: 70, height: 24},
		{fixture: "shop", seconds: 75, width: 40, height: 15},
		{fixture: "shop", seconds: 75, width: 80, height: 24, ascii: true},
		{fixture: "shop", seconds: 75, width: 80, height: 24, color: true},
		{fixture: "shop", seconds: 0, width: 100, height: 30},
		{fixture: "several", seconds: 75, width: 120, height: 40},
		{fixture: "several", seconds: 75, width: 70, height: 24},
		{fixture: "calm", seconds: 8, width: 100, height: 30},
		{fixture: "hostile", seconds: 75, width: 100, height: 40},
		{fixture: "spoiled", seconds: 75, width: 100, height: 40},
		{fixture: "spoiled", seconds: 75, width: 70, height: 24},
		{fixture: "iterations", seconds: 8, width: 80, height: 24},
		{fixture: "panicking", seconds: 8, width: 120, height: 30},
		{fixture: "panicking", seconds: 8, width: 70, height: 24},
		{fixture: "down", seconds: 8, width: 120, height: 30},
		{fixture: "down", seconds: 8, width: 70, height: 24},
		{fixture: "locked-out", seconds: 8, width: 100, height: 30},
		{fixture: "shop", seconds: 124, width: 120, height: 40},
	} {
		name := fmt.Sprintf("%s-%ds-%dx%d", c.fixture, c.seconds, c.width, c.height)
		if c.ascii {
			name += "-ascii"
		}
		if c.color {
			name += "-color"
		}
		t.Run(name, func(t *testing.T) {
			b := fixtures()[c.fixture]().board(c.seconds)
			got := strings.Join(b.draw(newLook(c.color, c.ascii), c.width, c.height), "\n") + "\n"
			if c.color {
				got = strings.ReplaceAll(got, "\x1b", "␛")
			}
			golden(t, name, got)
		})
	}
}

// A screen of any size stays inside of it and sends no codes but colours.
func TestScreenFitsEveryWindow(t *testing.T) {
	boards := map[string]*board{}
	for name, f := range fixtures() {
		boards[name] = f().board(75)
		boards[name+" at the start"] = f().board(0)
	}
	for name, b := range boards {
		for _, look := range []look{newLook(false, false), newLook(true, false), newLook(true, true)} {
			for width := 1; width <= 140; width += 5 {
				for height := 1; height <= 60; height += 19 {
					check(t, fmt.Sprintf("%s at %dx%d", name, width, height), b.draw(look, width, height), look, width, height)
				}
			}
		}
	}
}

func check(t *testing.T, name string, lines []string, look look, width, height int) {
	t.Helper()
	if len(lines) > max(0, height-1) {
		t.Fatalf("%s: got %d lines", name, len(lines))
	}
	for _, line := range lines {
		if got, most := shownWidth(line), max(1, width-1); got > most {
			t.Fatalf("%s: got a line of %d columns, want at most %d: %q", name, got, most, line)
		}
		inert(t, name, line, look)
	}
}

// inert fails if a line holds anything but printable characters and colours.
func inert(t *testing.T, name, line string, look look) {
	t.Helper()
	for text := range strings.SplitSeq(line, "\x1b[") {
		if look.color {
			if code, rest, ok := strings.Cut(text, "m"); ok && strings.Trim(code, "0123456789;") == "" {
				text = rest
			}
		} else if strings.Contains(line, "\x1b") {
			t.Fatalf("%s: escape code without colour: %q", name, line)
		}
		for _, r := range text {
			if !unicode.IsPrint(r) || look.ascii && r >= utf8.RuneSelf {
				t.Fatalf("%s: got %q in %q", name, r, line)
			}
		}
	}
}

func TestScreenSurvivesAnyNumbers(t *testing.T) {
	numbers := rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{0, -1, math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat64}))
	durations := rapid.Custom(func(t *rapid.T) time.Duration { return time.Duration(rapid.Int64().Draw(t, "ns")) })
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String()
		latency := metrics.Latency{Count: rapid.Uint64().Draw(t, "count"), P50: durations.Draw(t, "p50"), P95: durations.Draw(t, "p95"), Max: durations.Draw(t, "max")}
		b := &board{
			plan: plan{
				test: text.Draw(t, "test"), target: text.Draw(t, "target"), length: durations.Draw(t, "length"),
				loads: []metrics.Load{{
					Scenario: text.Draw(t, "scenario"), Model: rapid.SampledFrom([]string{"users", "rate"}).Draw(t, "model"),
					Offset: durations.Draw(t, "offset"), Duration: durations.Draw(t, "duration"), Peak: numbers.Draw(t, "peak"),
					Curve:  rapid.SliceOf(numbers).Draw(t, "curve"),
					Phases: []metrics.Phase{{Name: text.Draw(t, "phase"), Start: durations.Draw(t, "start"), End: durations.Draw(t, "end")}},
				}},
			},
			state: text.Draw(t, "state"), elapsed: durations.Draw(t, "elapsed"), message: text.Draw(t, "message"),
			levels: []loadNow{{target: numbers.Draw(t, "target"), active: rapid.Int().Draw(t, "active"), started: numbers.Draw(t, "started")}},
			seen:   true, speed: numbers.Draw(t, "speed"), speeds: rapid.SliceOf(numbers).Draw(t, "speeds"),
			recent: latencies{over: time.Second, Latency: latency}, total: latencies{Latency: latency},
			requests: rapid.Uint64().Draw(t, "requests"), errors: rapid.Uint64().Draw(t, "errors"),
			groups: []errorGroup{{class: text.Draw(t, "class"), name: text.Draw(t, "name"), message: text.Draw(t, "error"), count: 1}},
			names:  []nameRow{{name: text.Draw(t, "request"), rate: numbers.Draw(t, "rate"), Latency: latency}}, nameCount: 1,
			thresholds: []metrics.ThresholdStatus{{
				Rule: text.Draw(t, "rule"), Value: numbers.Draw(t, "value"), Limit: numbers.Draw(t, "limit"), Distance: numbers.Draw(t, "distance"),
				Unit: rapid.SampledFrom([]string{"ms", "%", "/s", ""}).Draw(t, "unit"), Known: rapid.Bool().Draw(t, "known"), Passed: rapid.Bool().Draw(t, "passed"),
			}},
			health: metrics.Health{CPU: numbers.Draw(t, "cpu"), GCPause: durations.Draw(t, "gc")},
			lag:    latency, covered: numbers.Draw(t, "covered"),
			verdict: metrics.Verdict{State: metrics.Degraded, Reasons: []string{text.Draw(t, "reason")}},
		}
		width, height := rapid.IntRange(0, 150).Draw(t, "width"), rapid.IntRange(0, 50).Draw(t, "height")
		for _, line := range b.draw(newLook(false, false), width, height) {
			if got := shownWidth(line); got > max(1, width-1) {
				t.Fatalf("got %d columns of %d: %q", got, width, line)
			}
			if strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsPrint(r) }) {
				t.Fatalf("got %q", line)
			}
		}
	})
}

// What went wrong is the last to leave a window that gets lower.
func TestFailingThresholdsStayInLowWindows(t *testing.T) {
	b := shop().board(75)
	for height := 40; height >= 11; height-- {
		screen := strings.Join(b.draw(newLook(false, false), 80, height), "\n")
		if !strings.Contains(screen, "✗ p99<250ms on") {
			t.Errorf("at height %d the failing threshold is gone:\n%s", height, screen)
		}
	}
}

func TestTheLinkStaysLongerThanWhatCtrlCDoes(t *testing.T) {
	b := fixtures()["shop"]().board(75)
	b.hint = "dashboard: http://127.0.0.1:8089/\nCtrl-C stops"
	for height, want := range map[int][2]bool{60: {true, true}, 20: {false, false}} {
		screen := strings.Join(b.draw(newLook(false, false), 100, height), "\n")
		if got := [2]bool{strings.Contains(screen, "\n dashboard: http://127.0.0.1:8089/"), strings.Contains(screen, "\n Ctrl-C stops")}; got != want {
			t.Errorf("at height %d the link and the hint are there: %v, want %v", height, got, want)
		}
	}
	for height := range 60 {
		screen := strings.Join(b.draw(newLook(false, false), 100, height), "\n")
		if strings.Contains(screen, "Ctrl-C stops") && !strings.Contains(screen, "dashboard: ") {
			t.Errorf("at height %d the hint is there, and not the link", height)
		}
	}
}

func TestFinishingSaysWhomItWaitsFor(t *testing.T) {
	f := shop()
	f.run.Settings = map[string]string{"graceful-stop": "30s"}
	f.extra = func(s *metrics.Snapshot) {
		if s.Second >= 120 {
			s.Loads[0].Busy = 5
		}
	}
	b := f.board(128)
	b.levels[0].active = 5
	if screen := strings.Join(b.draw(newLook(false, false), 100, 40), "\n"); !strings.Contains(screen, " Users        5 left ") {
		t.Errorf("got\n%s", screen)
	}
	for _, c := range []struct {
		name   string
		change func(*board)
		want   string
	}{
		{"after the pattern", func(*board) {}, "! finishing: 5 users, 22s at most"},
		{"without a known limit", func(b *board) { b.graceful = 0 }, "! finishing: 5 users"},
		{"stopped by hand", func(b *board) { b.state = "stopping" }, ""},
		{"before its end", func(b *board) { b.elapsed = 119 * time.Second }, ""},
		{"before the numbers are from there", func(b *board) { b.counted = 119 * time.Second }, ""},
		{"with nobody left", func(b *board) { b.levels[0].busy = 0 }, ""},
	} {
		b := *b
		b.levels = slices.Clone(b.levels)
		c.change(&b)
		got := ""
		for _, line := range b.draw(newLook(false, false), 100, 40) {
			if strings.Contains(line, "finishing: ") {
				got = strings.TrimSpace(line)
			}
		}
		if got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestLargeCountsOfErrorsKeepTheirDistance(t *testing.T) {
	b := down().board(3)
	b.groups[0].count = 104_747
	screen := strings.Join(b.draw(newLook(false, false), 100, 40), "\n")
	if !strings.Contains(screen, "104,747 connect ") {
		t.Errorf("got\n%s", screen)
	}
}

func TestRecentLatencyLooksBackAsFarAsItMust(t *testing.T) {
	busy, quiet := shop().board(75), calm().board(30)
	if got, want := busy.recent.over, time.Second; got != want {
		t.Errorf("at 2,500 requests a second: got %v, want %v", got, want)
	}
	if got, want := quiet.recent.over, 10*time.Second; got != want {
		t.Errorf("at 7 requests a second: got %v, want %v", got, want)
	}
	if got, want := quiet.recent.Count, uint64(70); got != want {
		t.Errorf("got %d requests in 10 s, want %d", got, want)
	}
}

func TestChartsLeaveGapsForMissingSeconds(t *testing.T) {
	f := calm()
	tr := tracker{plan: planOf(f.run)}
	var b *board
	for _, second := range []int{0, 1, 4} {
		b = tr.second(f.second(second))
	}
	want := []float64{7, 7, -1, -1, 7}
	if fmt.Sprint(b.speeds) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", b.speeds, want)
	}
}

// A worker that was cut off for a while delivers its seconds late: they join the
// parts that are there.
func TestLatePartsJoinTheirSecond(t *testing.T) {
	f := calm()
	tr := tracker{plan: planOf(f.run)}
	var snapshots []*metrics.Snapshot
	var b *board
	for second := range 30 {
		s, p := f.second(second)
		s.Workers, s.Covered = 3, 0.75
		snapshots = append(snapshots, s)
		b = tr.second(s, p)
	}
	late := func(second int) {
		t.Helper()
		part, p := calm().second(0)
		part.Second, part.Workers, part.Covered = second, 1, 0.25
		p.Elapsed, p.Now = 30*time.Second, snapshots[29]
		b = tr.second(part, p)
	}
	for _, second := range []int{29, 25, 3} {
		late(second)
	}
	if got, want := b.speed, 14.0; got != want || b.workers != 4 || b.covered != 1 {
		t.Errorf("now: got %v req/s of %d workers (%v), want %v of 4 (1)", got, b.workers, b.covered, want)
	}
	if got, want := b.recent.Count, uint64(70+2*7); got != want {
		t.Errorf("the last ten seconds: got %d requests, want %d", got, want)
	}
	for second, got := range b.speeds {
		want := 7.0
		if second == 29 || second == 25 || second == 3 {
			want = 14
		}
		if got != want {
			t.Errorf("second %d: got %v req/s, want %v", second, got, want)
		}
	}
	if got := requestsOf(snapshots[29]); got != 7 {
		t.Errorf("the snapshot that others look at has %d requests now, want 7", got)
	}
	s, p := f.second(30)
	tr.second(s, p)
	if got := tr.second(s, p); len(got.speeds) != 31 || got.speed != 7 {
		t.Errorf("the same second twice: got %d seconds, %v req/s; want 31, 7", len(got.speeds), got.speed)
	}
}

func TestTrackerTakesTheSnapshotOfTheProgress(t *testing.T) {
	f := calm()
	_, p := f.second(0)
	tr := tracker{plan: planOf(f.run)}
	if b := tr.second(nil, p); !b.seen || b.speed != 7 {
		t.Errorf("got seen %v, %v req/s", b.seen, b.speed)
	}
	if b := (&tracker{}).second(nil, metrics.Progress{State: "setup"}); b.seen || b.state != "setup" {
		t.Errorf("without a snapshot: got seen %v, state %q", b.seen, b.state)
	}
}

func BenchmarkDraw(b *testing.B) {
	board := shop().board(75)
	look := newLook(true, false)
	b.ReportAllocs()
	for b.Loop() {
		board.draw(look, 120, 40)
	}
}

func BenchmarkSecond(b *testing.B) { benchmarkSecond(b, shop()) }

func BenchmarkSecondOf2000Names(b *testing.B) {
	f := shop()
	f.names = nil
	for i := range metrics.MaxNames {
		f.names = append(f.names, fixtureName{fmt.Sprintf("GET /page/%04d", i), 1.0 / metrics.MaxNames, 20 * time.Millisecond})
	}
	f.perUser *= 10
	benchmarkSecond(b, f)
}

func benchmarkSecond(b *testing.B, f *fixture) {
	tr := tracker{plan: planOf(f.run)}
	var snapshots []*metrics.Snapshot
	var last metrics.Progress
	for i := range 60 {
		s, p := f.second(i)
		snapshots, last = append(snapshots, s), p
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		tr.second(snapshots[i%60], last)
	}
}
