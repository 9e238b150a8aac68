package cli

import (
	"os"
	"os/signal"
	"syscall"
)

// Signals subscribes to the signals that end a run or a worker, until stop is
// called: Ctrl-C, SIGTERM, and SIGHUP of a terminal that is closed, which under
// nohup is nothing.
func Signals() (received <-chan os.Signal, stop func()) {
	c := make(chan os.Signal, 2)
	if !signal.Ignored(syscall.SIGHUP) { // as it is under nohup
		signal.Notify(c, syscall.SIGHUP)
	}
	signal.Notify(c, os.Interrupt, syscall.SIGTERM)
	// Who reads what is said may go away. Without this, saying more would end
	// the process; with it, it is a write that fails.
	pipe := make(chan os.Signal, 1)
	signal.Notify(pipe, syscall.SIGPIPE)
	return c, func() {
		signal.Stop(c)
		signal.Stop(pipe)
	}
}

// Retold says that a signal tells nothing new to who has received some before:
// of a closed terminal the kernel tells, and the shell again.
func Retold(sig os.Signal, before int) bool {
	return sig == syscall.SIGHUP && before > 0
}
