package engine

import (
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
)

// A crash is a panic of user code.
type crash struct {
	message string
	stack   string // from the call that panicked down to the engine
}

func (c *crash) Error() string { return "panic: " + c.message }

// crashOf returns the crash that err is, or nil.
func crashOf(err error) *crash {
	if err == nil {
		return nil // before c, which is on the heap
	}
	var c *crash
	if errors.As(err, &c) {
		return c
	}
	return nil
}

// guard calls f. A panic becomes a crash.
func guard(f func() error) (err error) {
	defer catch(&err)
	return f()
}

func catch(err *error) {
	if cause := recover(); cause != nil {
		*err = crashBy(cause)
	}
}

// crashBy is the crash of a panic that is being recovered from.
func crashBy(cause any) error {
	return &crash{message: fmt.Sprint(cause), stack: relevant(string(debug.Stack()))}
}

// relevant cuts a stack down to the frames of user code: those above the first
// frame of the engine and below those of the panic itself. What has no such
// frames stays whole.
func relevant(stack string) string {
	lines := strings.Split(strings.TrimSpace(stack), "\n")
	from := 0
	for i, line := range lines {
		if strings.HasPrefix(line, "panic(") {
			from = i + 2
			break
		}
	}
	for from < len(lines) && from > 0 && strings.HasPrefix(lines[from], "runtime.") {
		from += 2
	}
	// A frame is two lines: the function, then file and line.
	for i := from; i+1 < len(lines); i += 2 {
		if isEngine(lines[i+1]) {
			lines = lines[:i]
			break
		}
	}
	if from >= len(lines) {
		return stack
	}
	return strings.Join(lines[from:], "\n")
}

func isEngine(file string) bool {
	return strings.Contains(file, "/internal/engine/") && !strings.Contains(file, "_test.go:")
}
