package metrics

import (
	"syscall"
	"time"
)

// processTime is the processor time this process has used, in user mode and in
// the kernel.
func processTime() time.Duration {
	process, err := syscall.GetCurrentProcess()
	if err != nil {
		return 0
	}
	var created, exited, kernel, user syscall.Filetime
	if err := syscall.GetProcessTimes(process, &created, &exited, &kernel, &user); err != nil {
		return 0
	}
	return ticks(kernel) + ticks(user)
}

// ticks converts a span of 100 ns each.
func ticks(t syscall.Filetime) time.Duration {
	return time.Duration(int64(t.HighDateTime)<<32|int64(t.LowDateTime)) * 100
}

// descriptorLimit is 0: Windows has no such limit.
func (*platform) descriptorLimit() int { return 0 }
