package terminal

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/loadforge/loadforge/internal/metrics"
)

const (
	frameTime = 250 * time.Millisecond // between frames, at least
	maxLogged = 200                    // log lines that wait for a frame
	// awayTime is how long the screen must not have been drawn to be taken for
	// suspended: others have written to the terminal since.
	awayTime = 3 * time.Second
)

// A live is a screen that is redrawn in place by one goroutine, which close
// waits for; another, the outlet's, does the writing.
type live struct {
	config  Config
	look    look
	tracker tracker
	out     *outlet

	mu     sync.Mutex
	board  *board
	at     time.Time // when the board was current
	logged []string
	missed int // log lines that found no room

	shown   shown // on the screen, known to run only
	stop    chan struct{}
	stopped chan struct{} // closed when the goroutine has ended, nil before it has begun
}

// shown is what a frame is made of.
type shown struct {
	board         *board
	elapsed       time.Duration
	columns, rows int
}

func newLive(c Config) *live {
	enableEscapes(c.Out)
	return &live{
		config: c, look: newLook(c.Color, c.ASCII), out: newOutlet(c.Out),
		stop: make(chan struct{}),
	}
}

func (l *live) begin(run metrics.Run) {
	l.tracker = tracker{plan: planOf(run), hint: l.config.Hint}
	l.hand(l.tracker.first())
	if l.stopped == nil {
		l.stopped = make(chan struct{})
		go l.run()
	}
}

func (l *live) second(s *metrics.Snapshot, p metrics.Progress) { l.hand(l.tracker.second(s, p)) }
func (l *live) end(metrics.Outcome)                            {}

// hand makes a board the one to show.
func (l *live) hand(b *board) {
	l.mu.Lock()
	l.board, l.at = b, l.config.Now()
	l.mu.Unlock()
}

func (l *live) log(line string) {
	l.mu.Lock()
	if len(l.logged) < maxLogged {
		l.logged = append(l.logged, line)
	} else {
		l.missed++
	}
	l.mu.Unlock()
}

// close takes the screen away.
func (l *live) close() {
	close(l.stop)
	if l.stopped != nil {
		<-l.stopped // soon: the outlet keeps nobody waiting
	}
	for _, line := range l.takeLogged() {
		l.out.writeString(line + "\n")
	}
	l.out.close(patience)
}

// run draws what is newest until the screen is closed.
func (l *live) run() {
	defer close(l.stopped)
	p := &painter{out: l.out}
	ticker := time.NewTicker(frameTime)
	defer ticker.Stop()
	last := time.Now()
	for {
		select {
		case <-l.stop:
			p.erase(l.columns())
			return
		case <-ticker.C:
		}
		if visible := l.visible(); !visible || time.Since(last) > awayTime {
			p.forget()
		} else if l.out.idle() {
			l.paint(p)
		}
		last = time.Now()
	}
}

// visible reports whether a frame would not disturb what else is on the terminal.
func (l *live) visible() bool {
	file, ok := l.config.Out.(*os.File)
	return !ok || l.config.Mode == Live || isForeground(file)
}

// paint draws the latest board, if anything has changed.
func (l *live) paint(p *painter) {
	logged, now := l.takeLogged(), l.now()
	if p.drawn && len(logged) == 0 && now == l.shown {
		return
	}
	l.shown = now
	p.paint(logged, l.draw(now), now.columns)
}

// now is what there is to show at this moment: time goes on in a second that
// takes long to finish.
func (l *live) now() shown {
	var now shown
	now.columns, now.rows = l.size()
	l.mu.Lock()
	defer l.mu.Unlock()
	now.board, now.elapsed = l.board, l.board.elapsed
	if state := l.board.state; state == "running" || state == "stopping" {
		now.elapsed += max(0, l.config.Now().Sub(l.at))
	}
	now.elapsed = now.elapsed.Truncate(time.Second)
	return now
}

// draw never panics: a screen that can't be drawn is no reason to end a run.
func (l *live) draw(now shown) (frame []string) {
	defer func() {
		if r := recover(); r != nil {
			text := fmt.Sprintf("the screen can't be drawn, the run goes on: %v", r)
			frame = []string{cut(clean(text, true), max(0, now.columns-1), "")}
		}
	}()
	b := *now.board
	b.elapsed = now.elapsed
	return b.draw(l.look, now.columns, now.rows)
}

// takeLogged returns the log lines that wait.
func (l *live) takeLogged() []string {
	l.mu.Lock()
	logged, missed := l.logged, l.missed
	l.logged, l.missed = nil, 0
	l.mu.Unlock()
	if missed > 0 {
		logged = append(logged, l.look.dots+" "+strconv.Itoa(missed)+" log lines left out")
	}
	return logged
}

// size asks for the size of the terminal; asking four times a second costs less
// than the signals that tell of changes, and works everywhere.
func (l *live) size() (columns, rows int) {
	columns, rows, known := sizeOf(l.config.Out)
	if !known {
		columns, rows = 80, 24
	}
	if l.config.Width > 0 {
		columns = l.config.Width
	}
	if l.config.Height > 0 {
		rows = l.config.Height
	}
	return columns, rows
}

// sizeOf is the size of a terminal, if it is one.
func sizeOf(out io.Writer) (columns, rows int, known bool) {
	file, ok := out.(*os.File)
	if !ok {
		return 0, 0, false
	}
	columns, rows, err := term.GetSize(int(file.Fd()))
	return columns, rows, err == nil && columns > 0 && rows > 0
}

func (l *live) columns() int {
	columns, _ := l.size()
	return columns
}
