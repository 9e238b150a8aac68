package engine

import (
	"fmt"
	"runtime"
	"strings"
	"time"
)

// A Report says how a run went that the recorder does not know of.
type Report struct {
	// Elapsed is how long the run took, from its start to the end of the last
	// user; zero if it was stopped before.
	Elapsed time.Duration
	// Stopped says that Stop or the context ended the run before its plan did.
	Stopped bool
	// Hung lists the users that were given up, because they did not return.
	// Their goroutines may still be running.
	Hung []Hang
}

// A Hang is a user whose code did not return when it was to stop.
type Hang struct {
	Scenario string
	Task     string // or "new user", "setup", "teardown", "think time"
	User     int
	For      time.Duration // how long it had been in there when it was given up
	// Stack is where it hangs, empty if it has returned since.
	Stack string
}

// String says it in a sentence.
func (h Hang) String() string {
	return fmt.Sprintf("user %d of %s has not returned from %s for %v", h.User, h.Scenario, h.Task, h.For.Round(time.Millisecond))
}

// hung is a user that was given up.
type hung struct {
	user *user
	Hang
}

func (e *Engine) report() Report {
	r := Report{Elapsed: max(0, e.now())}
	var lost []hung
	for _, l := range e.loads {
		r.Stopped = r.Stopped || l.stopped.Load()
		l.mu.Lock()
		lost = append(lost, l.hung...)
		l.mu.Unlock()
	}
	if len(lost) == 0 {
		return r
	}
	stacks := stacksByUser(goroutines())
	for _, h := range lost {
		h.Stack = relevant(stacks[fmt.Sprintf("%p", h.user)])
		r.Hung = append(r.Hung, h.Hang)
	}
	return r
}

// goroutines returns the stacks of all goroutines, as many as fit.
func goroutines() string {
	const enough = 4 << 20
	dump := make([]byte, enough)
	return string(dump[:runtime.Stack(dump, true)])
}

// stacksByUser finds the goroutines of users among the stacks of all, and says
// by the address of the user where each is: its frames show the user as an
// argument. It goes through them once, as thousands may hang.
func stacksByUser(dump string) map[string]string {
	const method = "internal/engine.(*user)."
	stacks := map[string]string{}
	for stack := range strings.SplitSeq(dump, "\n\n") {
		_, frames, _ := strings.Cut(stack, "\n") // the first line names the goroutine
		if !strings.Contains(frames, method+"main(") {
			continue
		}
		for rest := frames; ; {
			_, after, found := strings.Cut(rest, method)
			if !found {
				break
			}
			rest = after
			_, arguments, _ := strings.Cut(after, "(")
			if end := strings.IndexAny(arguments, ",?)"); end > 0 {
				stacks[arguments[:end]] = frames
			}
		}
	}
	return stacks
}
