//go:build !unix

package crew

import (
	"os"
	"os/exec"
)

// leaveSignal is what there is here: a process that is asked to leave ends.
var leaveSignal = os.Kill

func apart(*exec.Cmd) {}

// standard makes a connection of standard input and output.
func standard() pipes { return pipes{os.Stdin, os.Stdout} }
