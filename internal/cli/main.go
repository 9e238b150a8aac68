// Package cli is the command line: flags, wiring and exit codes. It is the only
// place where the parts of LoadForge meet; what they do is theirs.
//
// [Main] serves two programs. The loadforge command has no test of its own and
// builds, or makes, the one it is asked to run. A scenario's binary has one, and
// running it is what it does when no other command is named.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/loadforge/loadforge/internal/cluster"
)

// The exit codes. They are documented and do not change.
const (
	exitPassed      = 0
	exitThresholds  = 99
	exitSetup       = 100
	exitTeardown    = 101
	exitUsage       = 104
	exitInterrupted = 105
	exitScenario    = 107
	exitInternal    = 109
	exitInvalid     = 111
	exitWorkers     = 112
)

// exitCodes are all of them.
func exitCodes() []int {
	return []int{
		exitPassed, exitThresholds, exitSetup, exitTeardown, exitUsage, exitInterrupted,
		exitScenario, exitInternal, exitInvalid, exitWorkers,
	}
}

// Main runs a command line and returns the exit code. args are without the
// program's name; test is nil for the loadforge command.
func Main(args []string, test *Test, tools Tools) int {
	a := &app{
		test: test, tools: tools, in: os.Stdin, out: os.Stdout, err: os.Stderr,
		getenv: os.LookupEnv, environ: os.Environ, signals: Signals, browse: browse,
	}
	return a.main(context.Background(), args)
}

// An app is one invocation: its streams, its environment and what it can do.
type app struct {
	test   *Test
	tools  Tools
	in     io.Reader
	out    io.Writer
	err    io.Writer
	getenv Lookup
	// environ lists what getenv finds.
	environ func() []string
	// signals subscribes to those that end a run, until stop is called.
	signals func() (received <-chan os.Signal, stop func())
	// browse opens an address in the browser.
	browse func(address string) error
	args   []string // the command line
	post   *post    // set in a worker process
	asked  *ledger  // which variables the plan asked for
}

func (a *app) main(ctx context.Context, args []string) (code int) {
	defer func() {
		if p := recover(); p != nil {
			fmt.Fprintf(a.err, "loadforge: internal error: %v\n%s\nplease report this, with the command that led to it\n", p, debug.Stack())
			code = exitInternal
		}
	}()
	a.args = args
	root := a.root()
	root.SetArgs(append([]string{}, args...)) // never nil: that would mean those of the process
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.err)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitPassed
	}
	return a.fail(err)
}

// fail prints an error, unless all was said, and returns its exit code.
func (a *app) fail(err error) int {
	var exit *exitError
	if errors.As(err, &exit) {
		if exit.err != nil {
			a.complain(exit.err)
		}
		return exit.code
	}
	a.complain(err)
	return codeOf(err)
}

func (a *app) complain(err error) {
	text := strings.TrimRight(inert(err.Error()), "\n")
	if strings.Contains(text, "\n") {
		fmt.Fprintf(a.err, "loadforge:\n%s\n", text)
		return
	}
	fmt.Fprintf(a.err, "loadforge: %s\n", text)
}

// inert replaces what a terminal would take for more than text: part of an error
// may come from a target, or from a name that somebody chose. Lines stay.
func inert(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t':
			return r
		case r == '\r':
			return -1
		case !unicode.IsPrint(r):
			return '?'
		}
		return r
	}, text)
}

// codeOf tells by its type what an error means. What has no type of its own is
// a mistake in what was asked for.
func codeOf(err error) int {
	var (
		setup    *cluster.SetupError
		teardown *cluster.TeardownError
		workers  *cluster.WorkersError
	)
	switch {
	case errors.As(err, &setup):
		return exitSetup
	case errors.As(err, &teardown):
		return exitTeardown
	case errors.As(err, &workers):
		return exitWorkers
	}
	return exitUsage
}

// An exitError ends the program with a code. A nil err says nothing more.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// noArgs refuses arguments in words of its own.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("%s takes no argument, but got %q; see %s --help", cmd.CommandPath(), args[0], cmd.CommandPath())
	}
	return nil
}

// oneArg takes an argument or none.
func oneArg(cmd *cobra.Command, args []string) error {
	if len(args) > 1 {
		return fmt.Errorf("%s takes one argument, but got %s; see %s --help", cmd.CommandPath(), strings.Join(args, " and "), cmd.CommandPath())
	}
	return nil
}

// scenarioArg is oneArg for commands that ask about a scenario: where one is
// built in, there is nothing to name.
func (a *app) scenarioArg(cmd *cobra.Command, args []string) error {
	if a.test != nil {
		return noArgs(cmd, args)
	}
	return oneArg(cmd, args)
}
