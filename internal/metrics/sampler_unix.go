//go:build unix

package metrics

import (
	"math"
	"os"
	"syscall"
	"time"
)

// processTime is the processor time this process has used, in user mode and in
// the kernel.
func processTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// descriptorLimit is how many descriptors this process may have, 0 if there is
// no limit. The runtime raises it to the hard limit at the start.
func (*platform) descriptorLimit() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 0
	}
	if limit.Cur <= math.MaxInt32 {
		return int(limit.Cur)
	}
	return 0
}

// listedDescriptors counts the entries of a directory that lists the open
// descriptors, without its own.
func listedDescriptors(dir string) int {
	f, err := os.Open(dir)
	if err != nil {
		return 0
	}
	defer f.Close()
	names, _ := f.Readdirnames(-1) // as many as could be read
	return max(0, len(names)-1)
}
