// Package terminal is the screen: what a run looks like to the person who
// started it.
//
// A [Screen] is told about a run as it goes, one call a second, and shows it:
// live on a terminal, as a plain line every few seconds anywhere else. [Summary]
// writes the result when the run is over.
//
//	screen := terminal.New(terminal.Config{Out: os.Stderr, Color: true})
//	defer screen.Close()
//	// Begin, Second, Second, ..., End: the coordinator's business
//	terminal.Summary(os.Stderr, run, outcome, terminal.SummaryOptions{Color: true})
//
// # Rules of the screen
//
//  1. It never holds the run. Begin, Second and End hand over values and return;
//     a slow terminal misses frames, a closed one is forgotten. End and Close
//     wait for what is being written, two seconds at most.
//  2. It is calm. It changes once a second with the data, and at most four times
//     a second at all; rows keep their places; numbers keep three digits and
//     their columns.
//  3. It sets no mode of the terminal, so there is nothing to give back: a
//     crash, an os.Exit in a scenario or SIGKILL leave a terminal that works. It
//     takes no keys: Ctrl-C stays a signal, the same with and without the
//     screen, and belongs to whoever handles signals.
//  4. Colour only repeats what a word or a sign says already. Sixteen colours
//     are enough, none is fine, and without a UTF-8 locale ASCII is.
//  5. Text from outside (names, messages, errors, log lines) is hostile: what is
//     no printable character is replaced, and everything is cut to the width it
//     takes on the screen.
//  6. It says what it does not know. A percentile with fewer than ten values
//     above it is a dash; an error rate is 0% only without errors; a result that
//     the generator itself spoiled is never shown as passed without saying so.
//  7. A small window shows less, never garbage: columns go from 100 on down, rows
//     by importance. What has gone wrong goes last.
package terminal

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
)

// A Mode says how a run is shown.
type Mode uint8

// The modes.
const (
	// Auto is Live if Out is a terminal that can show it and this process is in
	// its foreground, Plain otherwise.
	Auto Mode = iota
	// Live draws a screen and redraws it in place.
	Live
	// Plain writes a line now and then, without control codes.
	Plain
)

// Config says where and how to show a run. The zero value shows nothing; with
// Out it is ready.
type Config struct {
	Out  io.Writer // usually os.Stderr; nil shows nothing
	Mode Mode
	// Width and Height, in characters, take the place of those of the terminal.
	// They are needed where Out is no terminal and Mode is Live.
	Width, Height int
	Color         bool // use the terminal's 16 colours; NO_COLOR is the caller's business
	ASCII         bool // use only ASCII characters, see [ASCII]
	Quiet         bool // show nothing but log lines
	Verbose       bool // plain lines once a second, with the state of the generator
	// Hint is a line for the foot of the live screen, or several: for example
	// where the dashboard is, and what Ctrl-C does.
	Hint string
	// Every is the time between plain lines; zero means 5 s.
	Every time.Duration
	// Getenv looks up environment variables; nil means os.Getenv.
	Getenv func(string) string
	// Now tells the time; nil means time.Now.
	Now func() time.Time
}

// A Screen shows one run. Its methods are safe for concurrent use. They never
// fail: a screen that nobody can see is no reason to stop.
type Screen struct {
	out   io.Writer
	face  face
	close sync.Once

	mu     sync.Mutex
	closed bool
}

// A face is one of the ways to show a run. Its methods return at once, but for
// close, which waits a bounded time.
type face interface {
	begin(metrics.Run)
	second(*metrics.Snapshot, metrics.Progress)
	end(metrics.Outcome)
	log(line string)
	close()
}

// New returns a screen. It shows nothing before Begin.
func New(c Config) *Screen {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Getenv == nil {
		c.Getenv = os.Getenv
	}
	if c.Every <= 0 {
		c.Every = plainEvery
		if c.Verbose {
			c.Every = time.Second
		}
	}
	return &Screen{out: c.Out, face: newFace(c)}
}

func newFace(c Config) face {
	switch {
	case c.Out == nil:
		return dark{}
	case c.Quiet:
		return newHush(c)
	case c.Mode == Live, c.Mode == Auto && canLive(c):
		return newLive(c)
	}
	return newPlain(c)
}

// canLive reports whether a live screen works on Out and disturbs nobody.
func canLive(c Config) bool {
	if ci := c.Getenv("CI"); ci != "" && ci != "false" {
		return false // a terminal that is kept as a log
	}
	file, ok := c.Out.(*os.File)
	return ok && c.Getenv("TERM") != "dumb" && isForeground(file) && enableEscapes(file)
}

// IsLive reports whether the screen is redrawn in place; output of others then
// has to go through Write.
func (s *Screen) IsLive() bool {
	_, live := s.face.(*live)
	return live
}

// Begin shows what is about to run.
func (s *Screen) Begin(run metrics.Run) error {
	s.do(func() { s.face.begin(run) })
	return nil
}

// Second shows where the run stands. It keeps nothing of progress, and the
// snapshot for ten seconds.
func (s *Screen) Second(snapshot *metrics.Snapshot, progress metrics.Progress) error {
	s.do(func() { s.face.second(snapshot, progress) })
	return nil
}

// End takes the live screen away, as Close does. What remains is the caller's
// business, see Summary.
func (s *Screen) End(outcome metrics.Outcome) error {
	s.do(func() { s.face.end(outcome) })
	s.Close()
	return nil
}

// Close takes the live screen away if End has not done so, and waits until all
// is written, two seconds at most. It may be called more than once.
func (s *Screen) Close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.close.Do(s.face.close)
}

// Write shows lines of a log, above the live screen while there is one. Each
// call is a whole line or several. It does not block: what the terminal has no
// time for is left out. After End or Close it writes straight to Out.
func (s *Screen) Write(p []byte) (int, error) {
	if s.do(func() { s.log(p) }) || s.out == nil {
		return len(p), nil
	}
	s.close.Do(s.face.close) // waits until the screen is gone
	var b strings.Builder
	for line := range lines(string(p)) {
		b.WriteString(clean(line, false) + "\n")
	}
	if _, err := io.WriteString(s.out, b.String()); err != nil {
		return 0, fmt.Errorf("writing a log line: %w", err)
	}
	return len(p), nil
}

func (s *Screen) log(p []byte) {
	for line := range lines(string(p)) {
		s.face.log(clean(line, false))
	}
}

// do calls f if the screen is open, and reports whether it is.
func (s *Screen) do(f func()) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		f()
	}
	return !s.closed
}

// dark is a screen that shows nothing.
type dark struct{}

func (dark) begin(metrics.Run)                          {}
func (dark) second(*metrics.Snapshot, metrics.Progress) {}
func (dark) end(metrics.Outcome)                        {}
func (dark) log(string)                                 {}
func (dark) close()                                     {}

// A hush shows log lines only.
type hush struct {
	dark
	out *outlet
}

func newHush(c Config) hush { return hush{out: newOutlet(c.Out)} }

func (h hush) log(line string) { h.out.writeString(line + "\n") }
func (h hush) close()          { h.out.close(patience) }
