package cli

import (
	"fmt"
	"os"
	"runtime/debug"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/internal/store"
)

// An ending is the last part of a session, in which all is written. That may
// block: on a disk, a terminal, a pipe that nobody reads.
type ending struct {
	*session
	received <-chan os.Signal
	stop     chan struct{} // closed: write no more
	cut      bool          // it was
	result   error         // of telling, when that is done
	panicked any           // what that panicked with, and where
}

// conclude tells what a run came to, and lets a second signal end that at once.
// The first is answered only: it may have been meant for the run.
func (e *ending) conclude(outcome metrics.Outcome, runErr error) error {
	told := make(chan struct{})
	go func() {
		defer close(told)
		defer func() {
			if p := recover(); p != nil {
				e.panicked = fmt.Sprintf("%v\n%s", p, debug.Stack())
			}
		}()
		e.result = e.tell(e.stop, outcome, runErr)
	}()
	for count := 0; ; {
		select {
		case <-told:
			if e.panicked != nil {
				panic(e.panicked) // main says so
			}
			return e.result
		case sig := <-e.received:
			if Retold(sig, count) {
				continue
			}
			if count++; count > 1 {
				return e.abandon(told)
			}
			// A terminal that hangs may be what the signal is about.
			go func() {
				fmt.Fprintln(e.err, "the run is over, its report is being written; a second signal ends that at once")
			}()
		}
	}
}

// tidyPatience is how long what is being written may take to be taken back. Who
// asked twice does not want to wait.
const tidyPatience = 250 * time.Millisecond

// abandon ends without all of the report, and leaves no part of a file. The log
// of the run is whole: loadforge report makes the rest of it.
func (e *ending) abandon(told <-chan struct{}) error {
	e.cut = true
	close(e.stop)
	select {
	case <-told:
	case <-time.After(tidyPatience):
		_ = store.Sweep(e.writer.Dir()) // what can't be removed is hidden, and harmless
	}
	return &exitError{code: exitInterrupted}
}
