package cluster

import (
	"fmt"
	"strings"
)

// A PlanError says that a plan can't be run: nothing was sent.
type PlanError struct{ Err error }

func (e *PlanError) Error() string { return "check the plan: " + e.Err.Error() }
func (e *PlanError) Unwrap() error { return e.Err }

// A SetupError says that the test's setup failed: no load was sent.
type SetupError struct{ Err error }

func (e *SetupError) Error() string { return "set up the test: " + e.Err.Error() }
func (e *SetupError) Unwrap() error { return e.Err }

// A TeardownError says that the test's teardown failed; the results stand.
type TeardownError struct{ Err error }

func (e *TeardownError) Error() string { return "tear down the test: " + e.Err.Error() }
func (e *TeardownError) Unwrap() error { return e.Err }

// A WorkersError says that the run could not begin, or not go on, for want of
// workers.
type WorkersError struct {
	Want, Have int
	// Lost says of each worker that is missing what became of it.
	Lost []string
}

func (e *WorkersError) Error() string {
	text := fmt.Sprintf("%d of %d workers left", e.Have, e.Want)
	if len(e.Lost) > 0 {
		text += ": " + strings.Join(e.Lost, "; ")
	}
	return text
}

// A RefusedError says that the coordinator did not take a worker into its run.
type RefusedError struct{ Reason string }

func (e *RefusedError) Error() string { return "join the run: refused: " + e.Reason }
