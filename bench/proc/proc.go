// Package proc tells what processes and cores have done: time and memory, which
// it reads from /proc, and the room of their files.
package proc

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of the kernel's accounting.
const tick = 10 * time.Millisecond

// Busy returns how long a core has worked since the machine started.
func Busy(core string) (time.Duration, error) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) > 8 && f[0] == "cpu"+core {
			return ticks(f[1], f[2], f[3], f[6], f[7], f[8]) // all but idle and waiting for disks
		}
	}
	return 0, fmt.Errorf("this machine has no core %s", core)
}

// Spent returns the processor time, user and system, of a process that is still
// there.
func Spent(pid int) (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	f := strings.Fields(rest)
	if len(f) < 13 {
		return 0, fmt.Errorf("read processor time of process %d: got %q", pid, text)
	}
	return ticks(f[11], f[12])
}

func ticks(fields ...string) (time.Duration, error) {
	var sum time.Duration
	for _, f := range fields {
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("read processor time: %w", err)
		}
		sum += time.Duration(n) * tick
	}
	return sum, nil
}

// Peak returns the most memory a process has had, in KiB, 0 when it is gone.
func Peak(pid int) int64 { return status(pid, "VmHWM:") }

// Resident returns the memory a process has, in KiB, 0 when it is gone.
func Resident(pid int) int64 { return status(pid, "VmRSS:") }

// Threads returns how many threads of the system a process has, 0 when it is
// gone.
func Threads(pid int) int { return int(status(pid, "Threads:")) }

// Descriptors returns how many files, connections included, a process has open,
// 0 when it is gone.
func Descriptors(pid int) int {
	dir, err := os.Open(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		return 0
	}
	defer dir.Close()
	names, _ := dir.Readdirnames(-1)
	return len(names)
}

func status(pid int, field string) int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) >= 2 && f[0] == field {
			n, _ := strconv.ParseInt(f[1], 10, 64)
			return n
		}
	}
	return 0
}
