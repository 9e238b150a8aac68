package metrics

import (
	"bufio"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"
)

// platform reads what Linux tells in /proc.
type platform struct {
	portRange int
}

func (p *platform) open() {
	text, err := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range")
	if err == nil {
		p.portRange = portRange(string(text))
	}
}

// portRange is how many ports there are from the first to the last, both as
// numbers in text.
func portRange(text string) int {
	fields := strings.Fields(text)
	if len(fields) != 2 {
		return 0
	}
	first, err1 := strconv.Atoi(fields[0])
	last, err2 := strconv.Atoi(fields[1])
	if err1 != nil || err2 != nil || last < first {
		return 0
	}
	return last - first + 1
}

// ports returns how many TCP sockets this network namespace has, waiting ones
// (TIME_WAIT) included, as each may hold a local port, and the size of the port
// range. Listing who holds which would take a second with many sockets.
func (p *platform) ports() (inUse, size int) {
	if p.portRange == 0 {
		return 0, 0
	}
	for _, path := range []string{"/proc/net/sockstat", "/proc/net/sockstat6"} {
		if text, err := os.ReadFile(path); err == nil {
			inUse += socketsInUse(string(text))
		}
	}
	return inUse, p.portRange
}

// socketsInUse reads lines like "TCP: inuse 5 orphan 0 tw 12 alloc 8 mem 1".
func socketsInUse(text string) (n int) {
	lines := bufio.NewScanner(strings.NewReader(text))
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) == 0 || fields[0] != "TCP:" && fields[0] != "TCP6:" {
			continue
		}
		for i := 1; i+1 < len(fields); i += 2 {
			if fields[i] == "inuse" || fields[i] == "tw" {
				count, _ := strconv.Atoi(fields[i+1]) // no number is none
				n += count
			}
		}
	}
	return n
}

// openDescriptors asks for the size of /proc/self/fd, which since Linux 6.2 is
// the number of its entries and takes 2 µs; before that it is 0 and they have
// to be listed.
func openDescriptors() int {
	if info, err := os.Stat("/proc/self/fd"); err == nil && info.Size() > 0 {
		return int(info.Size())
	}
	return listedDescriptors("/proc/self/fd")
}

// readClocks reads CLOCK_BOOTTIME beside Go's clock, which is CLOCK_MONOTONIC
// and stands still while the machine is suspended.
func readClocks() clocks {
	const clockBootTime = 7
	before := time.Now()
	c := clocksAt(time.Now())
	var ts syscall.Timespec
	_, _, errno := syscall.RawSyscall(syscall.SYS_CLOCK_GETTIME, clockBootTime, uintptr(unsafe.Pointer(&ts)), 0)
	if errno == 0 {
		c.boot = time.Duration(ts.Nano())
	}
	c.blur = time.Since(before)
	return c
}
