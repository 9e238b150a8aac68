package terminal

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/internal/virtual"
)

// plainRun shows seconds of a fixture without a terminal.
func plainRun(f *fixture, c Config, seconds int, change func(second int, p *metrics.Progress)) string {
	var b strings.Builder
	c.Out, c.Mode = &b, Plain
	s := New(c)
	_ = s.Begin(f.run)
	for i := range seconds {
		snapshot, p := f.second(i)
		change(i, &p)
		_ = s.Second(snapshot, p)
	}
	_ = s.End(metrics.Outcome{})
	return b.String()
}

func TestPlainLines(t *testing.T) {
	for name, f := range fixtures() {
		t.Run(name, func(t *testing.T) {
			seconds := 42
			got := plainRun(f(), Config{}, seconds, func(int, *metrics.Progress) {})
			golden(t, "plain-"+name, got)
			if strings.Contains(got, "\x1b") {
				t.Error("control codes in plain output")
			}
		})
	}
}

func TestPlainLinesTellOfChanges(t *testing.T) {
	got := plainRun(shop(), Config{}, 40, func(second int, p *metrics.Progress) {
		switch {
		case second == 0:
			p.State = "setup"
		case second >= 20 && second < 30:
			p.Message = "worker 2 is slow"
		case second >= 30:
			p.Verdict = metrics.Verdict{State: metrics.Degraded, Reasons: []string{"a worker was lost", "the clock jumped"}}
			p.Thresholds[0] = metrics.ThresholdStatus{Rule: "p95<300ms", Value: 341, Unit: "ms", Limit: 300, Known: true, Aborted: true}
			p.State, p.Message = "stopping", "threshold p95<300ms"
		}
	})
	golden(t, "plain-changes", got)
	for _, line := range []string{
		"    1s  setup\n", "    2s  running\n", "   21s  running: worker 2 is slow\n", "   31s  stopping: threshold p95<300ms\n",
		"   31s  verdict degraded: a worker was lost; the clock jumped\n", "   31s  threshold p95<300ms failed (341ms) and ends the run\n",
	} {
		if n := strings.Count(got, line); n != 1 {
			t.Errorf("got %q %d times, want once", line, n)
		}
	}
}

// The pattern is over before the first line is due: what is left of it at that
// moment says nothing of the seconds before.
func TestTheLineOfAShortRunIsAboutAllOfIt(t *testing.T) {
	for model, want := range map[string]string{
		"rate":  "    3s  end  rate 13.3/13.3  4.67 req/s",
		"users": "    3s  end  4.67 req/s",
	} {
		f := calm()
		f.run.Duration = 2 * time.Second
		l := &f.run.Loads[0]
		l.Model, l.Duration, l.Phases[0].End = model, 2*time.Second, 2*time.Second
		got := plainRun(f, Config{}, 3, func(second int, p *metrics.Progress) {
			if l := &p.Now.Loads[0]; second == 2 {
				l.Target, l.Active, l.Started, l.Busy = 0, 0, 0, 3
				p.Now.Names = nil
			} else {
				l.Started = 20
				p.Now.Names[0].Count = 7
			}
		})
		if !strings.Contains(got, want) || strings.Contains(got, "users 0") {
			t.Errorf("%s: got\n%swant %q", model, got, want)
		}
		if !strings.Contains(got, "    3s  finishing: 3 users\n") {
			t.Errorf("%s: nobody is said to finish:\n%s", model, got)
		}
	}
}

func TestPlainSaysWhoIsLeftAfterThePattern(t *testing.T) {
	got := plainRun(shop(), Config{}, 126, func(second int, p *metrics.Progress) {
		if second > 120 {
			p.Now.Loads[0].Active, p.Now.Loads[0].Busy = 5, 5
		}
	})
	for _, want := range []string{"\n 2m02s  finishing: 5 users\n", "\n 2m05s  users 5 left  0 req/s"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
}

func TestPlainLeavesOutAnIdleEnd(t *testing.T) {
	got := plainRun(calm(), Config{}, 6, func(second int, p *metrics.Progress) {
		if second == 5 {
			p.Now.Names = nil
		}
	})
	if strings.Contains(got, "end") || strings.Count(got, "req/s") != 1 {
		t.Errorf("got\n%s", got)
	}
}

func TestPlainHasTheUnitsOfTheSummary(t *testing.T) {
	for ascii, want := range map[bool]string{false: "µs", true: "us"} {
		got := plainRun(calm(), Config{Verbose: true, ASCII: ascii}, 1, func(int, *metrics.Progress) {})
		if !strings.Contains(got, want) {
			t.Errorf("ASCII %v: %s is missing in\n%s", ascii, want, got)
		}
	}
}

func TestMeanLevel(t *testing.T) {
	ramp := &metrics.Load{Offset: 10 * time.Second, Duration: 10 * time.Second, Curve: []float64{0, 50, 100}}
	for _, c := range []struct {
		from, to int
		want     float64
	}{
		{0, 10, 0},
		{10, 20, 50},
		{10, 15, 25},
		{19, 20, 95},
		{5, 15, 12.5},
		{15, 25, 37.5},
		{20, 25, 0},
		{5, 5, 0},
	} {
		got := meanLevel(ramp, time.Duration(c.from)*time.Second, time.Duration(c.to)*time.Second)
		if math.Abs(got-c.want) > 1e-9 {
			t.Errorf("from %d s to %d s: got %v, want %v", c.from, c.to, got, c.want)
		}
	}
	if got := meanLevel(&metrics.Load{Duration: time.Second, Curve: []float64{7}}, 0, time.Second); got != 7 {
		t.Errorf("a curve of one point: got %v, want 7", got)
	}
	if got := meanLevel(&metrics.Load{}, 0, time.Second); got != 0 {
		t.Errorf("no curve: got %v, want 0", got)
	}
}

func TestVerbosePlainLinesComeEverySecond(t *testing.T) {
	got := plainRun(calm(), Config{Verbose: true}, 3, func(int, *metrics.Progress) {})
	golden(t, "plain-verbose", got)
}

func TestPlainLinesComeInTheirInterval(t *testing.T) {
	got := plainRun(calm(), Config{Every: 2 * time.Second}, 7, func(int, *metrics.Progress) {})
	if n := strings.Count(got, "req/s"); n != 4 { // 2, 4, 6, and the rest at the end
		t.Errorf("got %d lines, want 4:\n%s", n, got)
	}
}

func TestPlainWithoutSnapshots(t *testing.T) {
	var b strings.Builder
	s := New(Config{Out: &b})
	_ = s.Begin(metrics.Run{Test: "empty"})
	_ = s.Second(nil, metrics.Progress{State: "waiting", Elapsed: 5 * time.Second, Message: "for 2 workers"})
	_ = s.End(metrics.Outcome{})
	want := "empty\n    5s  waiting: for 2 workers\n    5s  0 req/s  errors 0%\n"
	if b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}

func TestQuietShowsLogLinesOnly(t *testing.T) {
	virtual.Test(t, func(t *testing.T) {
		var b strings.Builder
		s := New(Config{Out: &b, Quiet: true, Mode: Live})
		f := shop()
		_ = s.Begin(f.run)
		_ = s.Second(f.second(0))
		_, _ = s.Write([]byte("first\x1b[2J\nsecond\n"))
		_ = s.End(metrics.Outcome{})
		if got, want := b.String(), "first?[2J\nsecond\n"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}
