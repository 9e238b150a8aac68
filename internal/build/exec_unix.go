//go:build unix

package build

import (
	"fmt"
	"os"
	"syscall"
)

// Exec replaces this process with an executable. args[0] is the name it sees
// itself under. It returns only if that fails.
//
// Where a process can't be replaced, on Windows, the executable runs as a
// child, and Exec returns when it ends: nil for exit code 0, otherwise an
// *exec.ExitError with the code to exit with. Interrupts are left to the
// child, which gets them from the console, too.
func Exec(path string, args, env []string) error {
	if err := syscall.Exec(path, args, env); err != nil {
		return fmt.Errorf("running the scenario: %w", &os.PathError{Op: "exec", Path: path, Err: err})
	}
	return nil
}
