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
	stacks := goroutines()
	for _, h := range lost {
		h.Stack = h.user.stack(stacks)
		r.Hung = append(r.Hung, h.Hang)
	}
	return r
}

// goroutines returns the stacks of all goroutines, as many as fit.
func goroutines() []string {
	const enough = 4 << 20
	dump := make([]byte, enough)
	dump = dump[:runtime.Stack(dump, true)]
	return strings.Split(string(dump), "\n\n")
}

// stack finds the user's goroutine among the stacks of all: a user's, that shows
// this user as an argument.
func (u *user) stack(stacks []string) string {
	argument := fmt.Sprintf("%p", u)
	for _, stack := range stacks {
		if strings.Contains(stack, argument) && strings.Contains(stack, "internal/engine.(*user).main(") {
			_, frames, _ := strings.Cut(stack, "\n") // the first line names the goroutine
			return relevant(frames)
		}
	}
	return ""
}
