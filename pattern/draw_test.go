package pattern

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// update is set by go test -update to write the golden files anew.
var update = flag.Bool("update", false, "write the golden files")

func TestDraw(t *testing.T) {
	flat := Constant{0, time.Minute}
	for _, tt := range []struct {
		name  string
		p     Pattern
		chart Chart
	}{
		{"blackfriday", blackFriday(), Chart{}},
		{"blackfriday_ascii", blackFriday(), Chart{Width: 60, Height: 10, ASCII: true}},
		{"plan", plan(), Chart{Width: 80, Height: 14}},
		{"step_small", Step{From: 10, By: 10, To: 100, Every: 30 * time.Second}, Chart{Width: 40, Height: 8}},
		{"spike_narrow", Spike{Base: 1, Peak: 30, Start: 30 * time.Minute, Hold: time.Second, SettleFor: 30 * time.Minute}, Chart{Width: 50, Height: 7}},
		{"rate_low", Diurnal{0.1, 0.7, 7 * 24 * time.Hour, 12 * time.Hour, 0}, Chart{Width: 64, Height: 10}},
		{"flat", flat, Chart{Width: 30, Height: 6}},
		{"nothing", nil, Chart{Width: 30, Height: 6}},
		{"tiny", plan(), Chart{Width: 1, Height: 1, ASCII: true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := strings.Join(tt.chart.Draw(tt.p), "\n") + "\n"
			file := filepath.Join("testdata", "draw_"+tt.name+".golden")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if got != strings.ReplaceAll(string(want), "\r\n", "\n") {
				t.Errorf("got\n%swant\n%s", got, want)
			}
		})
	}
}

func TestDrawKeepsToItsSize(t *testing.T) {
	for _, width := range []int{0, 1, 15, 16, 17, 23, 30, 47, 64, 99, 200} {
		for height := range 20 {
			lines := Draw(blackFriday(), width, height)
			wantWidth, wantHeight := max(16, orElse(width, 72)), max(4, orElse(height, 12))
			if len(lines) != wantHeight {
				t.Fatalf("%dx%d: %d lines, want %d", width, height, len(lines), wantHeight)
			}
			for _, line := range lines {
				if n := utf8.RuneCountInString(line); n > wantWidth {
					t.Fatalf("%dx%d: line of %d columns: %q", width, height, n, line)
				}
			}
		}
	}
}

func TestDrawASCIIIsASCII(t *testing.T) {
	for _, line := range (Chart{ASCII: true}).Draw(blackFriday()) {
		for _, r := range line {
			if r >= utf8.RuneSelf {
				t.Fatalf("%q isn't ASCII", line)
			}
		}
	}
}

func TestDrawCopesWithVeryManyPieces(t *testing.T) {
	lines := Draw(Repeat{Sequence{Constant{1, 1}, Constant{2, 1}}, 1e6}, 40, 6)
	if !strings.Contains(lines[0], "█") {
		t.Errorf("the peak isn't drawn: %q", lines)
	}
}
