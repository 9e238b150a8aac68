package terminal

import (
	"io"
	"os"

	"golang.org/x/sys/windows"
	"golang.org/x/term"
)

// isForeground reports whether a file is a console.
func isForeground(file *os.File) bool { return term.IsTerminal(int(file.Fd())) }

// enableEscapes makes a console understand escape codes and reports whether it
// does; that of Windows 10 and later can.
func enableEscapes(out io.Writer) bool {
	file, ok := out.(*os.File)
	if !ok {
		return true
	}
	console := windows.Handle(file.Fd())
	var mode uint32
	if windows.GetConsoleMode(console, &mode) != nil {
		return false
	}
	return windows.SetConsoleMode(console, mode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING) == nil
}
