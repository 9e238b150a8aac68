//go:build !unix && !windows

package terminal

import (
	"io"
	"os"

	"golang.org/x/term"
)

// isForeground reports whether a file is a terminal.
func isForeground(file *os.File) bool { return term.IsTerminal(int(file.Fd())) }

// enableEscapes does nothing: terminals know escape codes.
func enableEscapes(io.Writer) bool { return true }
