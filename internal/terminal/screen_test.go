package terminal

import (
	"bytes"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/internal/virtual"
)

func TestScreenDrawsInPlaceAndLeavesNothing(t *testing.T) {
	virtual.Test(t, func(t *testing.T) {
		v := newVT(80, 24)
		_, _ = v.Write([]byte("$ loadforge run shop.go\r\n"))
		s := New(Config{Out: v, Mode: Live, Width: 80, Height: 24})
		if !s.IsLive() {
			t.Fatal("the screen is not live")
		}
		f := shop()
		_ = s.Begin(f.run)
		time.Sleep(time.Second)
		wantScreen(t, v, "starting  0:00 / 2:00")
		for i := range 3 {
			_ = s.Second(f.second(i))
			time.Sleep(time.Second)
		}
		wantScreen(t, v, "running  0:04 / 2:00")
		time.Sleep(2 * time.Second)
		wantScreen(t, v, "running  0:06 / 2:00") // time goes on without news
		_, _ = s.Write([]byte("INFO a line of the log\nand \x1b[2Janother\n"))
		time.Sleep(time.Second)
		wantScreen(t, v, "INFO a line of the log\nand ?[2Janother\n shop")
		_, _ = s.Write([]byte("the last line\n"))
		_ = s.End(metrics.Outcome{})
		wantText(t, v, "$ loadforge run shop.go", "INFO a line of the log", "and ?[2Janother", "the last line")
	})
}

func wantScreen(t *testing.T, v *vt, want string) {
	t.Helper()
	synctest.Wait()
	if got := strings.Join(v.text(), "\n"); !strings.Contains(got, want) {
		t.Errorf("%q is missing in\n%s", want, got)
	}
}

func TestScreenDrawsAtMostFourFramesASecond(t *testing.T) {
	virtual.Test(t, func(t *testing.T) {
		out := &countingWriter{}
		s := New(Config{Out: out, Mode: Live, Width: 80, Height: 24})
		f := shop()
		_ = s.Begin(f.run)
		for i := range 100 {
			_ = s.Second(f.second(i))
			time.Sleep(10 * time.Millisecond)
		}
		s.Close()
		if got := out.writes.Len(); got > 6 {
			t.Errorf("got %d frames in a second", got)
		}
	})
}

type countingWriter struct{ writes bytes.Buffer } // a byte for each

func (w *countingWriter) Write(p []byte) (int, error) {
	w.writes.WriteByte('.')
	return len(p), nil
}

// A stuckWriter is a terminal held by Ctrl-S.
type stuckWriter struct{ release chan struct{} }

func (w stuckWriter) Write(p []byte) (int, error) {
	<-w.release
	return len(p), nil
}

func TestStuckTerminalHoldsNobody(t *testing.T) {
	for _, mode := range []Mode{Live, Plain} {
		virtual.Test(t, func(t *testing.T) {
			out := stuckWriter{make(chan struct{})}
			s := New(Config{Out: out, Mode: mode, Width: 80, Height: 24, Every: time.Second})
			f := shop()
			start := time.Now()
			_ = s.Begin(f.run)
			for i := range 100 {
				_ = s.Second(f.second(i))
				_, _ = s.Write([]byte("a log line\n"))
			}
			if took := time.Since(start); took != 0 {
				t.Errorf("the screen held the run for %v", took)
			}
			time.Sleep(time.Minute)
			start = time.Now()
			_ = s.End(metrics.Outcome{})
			if took := time.Since(start); took > patience {
				t.Errorf("End took %v", took)
			}
			close(out.release)
		})
	}
}

func TestClosedTerminalIsForgotten(t *testing.T) {
	for _, mode := range []Mode{Live, Plain} {
		virtual.Test(t, func(t *testing.T) {
			out := &brokenWriter{}
			s := New(Config{Out: out, Mode: mode, Width: 80, Height: 24, Every: time.Second})
			f := shop()
			err := s.Begin(f.run)
			for i := range 10 {
				time.Sleep(time.Second)
				if e := s.Second(f.second(i)); e != nil {
					err = e
				}
			}
			if e := s.End(metrics.Outcome{}); err != nil || e != nil {
				t.Errorf("got %v, %v", err, e)
			}
			if out.calls != 1 {
				t.Errorf("got %d writes, want 1", out.calls)
			}
		})
	}
}

// A busyWriter is a terminal that another process has made non-blocking.
type busyWriter struct {
	bytes.Buffer
	busy int
}

func (w *busyWriter) Write(p []byte) (int, error) {
	if w.busy--; w.busy >= 0 {
		n, _ := w.Buffer.Write(p[:1])
		return n, &os.PathError{Op: "write", Path: "/dev/stderr", Err: syscall.EAGAIN}
	}
	return w.Buffer.Write(p)
}

func TestBusyTerminalIsTriedAgain(t *testing.T) {
	virtual.Test(t, func(t *testing.T) {
		out := &busyWriter{busy: 3}
		o := newOutlet(out)
		o.writeString("hello, world\n")
		o.close(patience)
		if got, want := out.String(), "hello, world\n"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		never := &busyWriter{busy: 1 << 30}
		o = newOutlet(never)
		o.writeString(strings.Repeat("x", 200))
		o.close(time.Minute)
		if got := never.Len(); got != 101 {
			t.Errorf("gave up after %d tries", got)
		}
	})
}

func TestOutletIsBounded(t *testing.T) {
	virtual.Test(t, func(t *testing.T) {
		out := stuckWriter{make(chan struct{})}
		o := newOutlet(out)
		for range 100 {
			o.writeString(strings.Repeat("x", outletBuffer/10))
		}
		synctest.Wait()
		if got := len(o.buf); got > outletBuffer {
			t.Errorf("got %d bytes waiting", got)
		}
		if o.idle() {
			t.Error("an outlet with a stuck terminal says it is idle")
		}
		close(out.release)
		o.close(patience)
		if !o.idle() {
			t.Error("an outlet that has written all says it is not idle")
		}
	})
}

func TestLogFloodIsCutShort(t *testing.T) {
	virtual.Test(t, func(t *testing.T) {
		v := newVT(80, 24)
		s := New(Config{Out: v, Mode: Live, Width: 80, Height: 24})
		_ = s.Begin(shop().run)
		for range 1000 {
			_, _ = io.WriteString(s, "too much\n")
		}
		s.Close()
		got := strings.Join(v.text(), "\n")
		if n := strings.Count(got, "too much"); n != maxLogged {
			t.Errorf("got %d lines, want %d", n, maxLogged)
		}
		if !strings.Contains(got, "… 800 log lines left out") {
			t.Errorf("nothing says that lines are missing:\n%s", got)
		}
	})
}

func TestScreenThatCannotBeDrawnSaysSo(t *testing.T) {
	l := newLive(Config{Out: io.Discard, Now: time.Now})
	defer l.close()
	got := l.draw(shown{columns: 100, rows: 30}) // no board
	if len(got) != 1 || !strings.HasPrefix(got[0], "the screen can't be drawn, the run goes on: ") {
		t.Errorf("got %q", got)
	}
}

func TestScreenIsClosedOnce(t *testing.T) {
	for _, c := range []Config{{}, {Out: io.Discard}, {Out: io.Discard, Mode: Live}, {Out: io.Discard, Quiet: true}} {
		s := New(c)
		s.Close()
		s.Close()
		if err := s.Begin(shop().run); err != nil {
			t.Error(err)
		}
		if err := s.Second(shop().second(0)); err != nil {
			t.Error(err)
		}
		if err := s.End(metrics.Outcome{}); err != nil {
			t.Error(err)
		}
	}
}

func TestLogLinesAfterTheEndAreWritten(t *testing.T) {
	var b strings.Builder
	s := New(Config{Out: &b, Mode: Live, Width: 80, Height: 24})
	s.Close()
	if _, err := io.WriteString(s, "the report is there\x07\n"); err != nil {
		t.Fatal(err)
	}
	if got, want := b.String(), "the report is there?\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	broken := New(Config{Out: &brokenWriter{}})
	broken.Close()
	if _, err := io.WriteString(broken, "x"); err == nil {
		t.Error("got no error from a closed terminal")
	}
	if _, err := io.WriteString(New(Config{}), "x"); err != nil {
		t.Errorf("without an output: %v", err)
	}
}

func TestZeroConfigShowsNothing(t *testing.T) {
	s := New(Config{})
	f := shop()
	_ = s.Begin(f.run)
	_ = s.Second(f.second(0))
	_ = s.End(metrics.Outcome{})
	if s.IsLive() {
		t.Error("a screen without output is live")
	}
}
