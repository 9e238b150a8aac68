package build

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
)

// Exec runs an executable as a child, because a process can't be replaced here,
// and returns when it ends: nil for exit code 0, otherwise an *exec.ExitError
// with the code to exit with. args[0] is the name it sees itself under.
//
// Interrupts are left to the child, which gets them from the console, too: this
// process must outlive it to pass on its exit code.
func Exec(path string, args, env []string) error {
	cmd := exec.Command(path)
	cmd.Args, cmd.Env = args, env
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	caught := make(chan os.Signal, 1) // never read: being caught is enough
	signal.Notify(caught, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(caught)
	err := cmd.Run()
	var exit *exec.ExitError
	if err == nil || errors.As(err, &exit) {
		return err
	}
	return fmt.Errorf("running the scenario: %w", err)
}
