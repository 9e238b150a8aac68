package terminal

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func env(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

// openPTY returns both ends of a terminal of that size.
func openPTY(t *testing.T, columns, rows uint16) (outside, inside *os.File) {
	t.Helper()
	outside, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no terminals here: %v", err)
	}
	t.Cleanup(func() { outside.Close() })
	n, err := unix.IoctlGetInt(int(outside.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(outside.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		t.Skipf("no terminals here: %v", err)
	}
	inside, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no terminals here: %v", err)
	}
	t.Cleanup(func() { inside.Close() })
	resizePTY(t, inside, columns, rows)
	return outside, inside
}

func resizePTY(t *testing.T, f *os.File, columns, rows uint16) {
	t.Helper()
	if err := unix.IoctlSetWinsize(int(f.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Col: columns, Row: rows}); err != nil {
		t.Fatal(err)
	}
}

// A recording reads what a terminal gets.
type recording struct {
	mu   sync.Mutex
	buf  bytes.Buffer
	done chan struct{}
}

func record(f *os.File) *recording {
	r := &recording{done: make(chan struct{})}
	go func() {
		defer close(r.done)
		p := make([]byte, 4096)
		for {
			n, err := f.Read(p)
			r.mu.Lock()
			r.buf.Write(p[:n])
			r.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	return r
}

// until waits for a text.
func (r *recording) until(t *testing.T, want string) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
		r.mu.Lock()
		got := strings.Contains(r.buf.String(), want)
		r.mu.Unlock()
		if got {
			return
		}
		<-time.After(5 * time.Millisecond)
	}
	t.Fatalf("%q did not appear in %q", want, r.buf.String())
}

func TestScreenIsLiveOnATerminal(t *testing.T) {
	outside, inside := openPTY(t, 100, 30)
	if !New(Config{Out: inside, Getenv: env("TERM", "xterm")}).closes(t).IsLive() {
		t.Error("not live on a terminal")
	}
	for name, c := range map[string]Config{
		"a dumb terminal":    {Out: inside, Getenv: env("TERM", "dumb")},
		"continuous testing": {Out: inside, Getenv: env("TERM", "xterm", "CI", "true")},
		"plain by request":   {Out: inside, Mode: Plain},
		"no file":            {Out: &bytes.Buffer{}},
		"a file":             {Out: tempFile(t)},
	} {
		if New(c).closes(t).IsLive() {
			t.Errorf("live on %s", name)
		}
	}
	outside.Close()
}

func (s *Screen) closes(t *testing.T) *Screen {
	t.Cleanup(s.Close)
	return s
}

func tempFile(t *testing.T) *os.File {
	t.Helper()
	f, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func TestScreenFollowsTheSizeOfTheTerminal(t *testing.T) {
	outside, inside := openPTY(t, 100, 30)
	got := record(outside)
	s := New(Config{Out: inside, Getenv: env("TERM", "xterm")})
	f := shop()
	_ = s.Begin(f.run)
	_ = s.Second(f.second(0))
	got.until(t, "p95, last minute")
	resizePTY(t, inside, 40, 15)
	got.until(t, " shop            ● running")
	s.Close()
	if err := Summary(inside, f.run, f.outcome(2), SummaryOptions{}); err != nil {
		t.Error(err)
	}
	got.until(t, "✗ FAILED  shop                2s of 2m")
	inside.Close()
	outside.Close()
	<-got.done
}
