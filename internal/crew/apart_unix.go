//go:build unix

package crew

import (
	"os"
	"os/exec"
	"syscall"
)

// leaveSignal asks a worker process to leave.
const leaveSignal = syscall.SIGTERM

// apart keeps a process out of the group that Ctrl-C of the terminal reaches:
// the coordinator decides when its workers stop.
func apart(c *exec.Cmd) { c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// standard makes a connection of standard input and output. Pipes that don't
// block are read through the poller, and closing them ends a read.
func standard() pipes {
	open := func(f *os.File) *os.File {
		fd, err := syscall.Dup(int(f.Fd()))
		if err != nil || syscall.SetNonblock(fd, true) != nil {
			return f
		}
		syscall.CloseOnExec(fd)
		return os.NewFile(uintptr(fd), f.Name())
	}
	return pipes{open(os.Stdin), open(os.Stdout)}
}
