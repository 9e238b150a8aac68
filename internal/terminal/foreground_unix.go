//go:build unix

package terminal

import (
	"io"
	"os"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// isForeground reports whether a file is a terminal that this process is in the
// foreground of. A screen in the background would draw over the shell.
func isForeground(file *os.File) bool {
	if !term.IsTerminal(int(file.Fd())) {
		return false
	}
	group, err := unix.IoctlGetInt(int(file.Fd()), unix.TIOCGPGRP)
	return err != nil || group == unix.Getpgrp()
}

// enableEscapes does nothing: terminals know escape codes.
func enableEscapes(io.Writer) bool { return true }
