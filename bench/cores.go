package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// The generator and the server have a core each.
const (
	generatorCore = "0"
	serverCore    = "1"
)

// tick is the unit of the kernel's accounting.
const tick = 10 * time.Millisecond

// busy returns how long a core has worked since the machine started.
func busy(core string) (time.Duration, error) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) > 8 && f[0] == "cpu"+core {
			return ticks(f[1], f[2], f[3], f[6], f[7], f[8]) // all but idle and waiting for disks
		}
	}
	return 0, fmt.Errorf("this machine has no core %s: two are needed", core)
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

// spent returns the processor time of a process that is still there.
func spent(pid int) (time.Duration, error) {
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

// quiet waits until both cores have little to do, but not for ever.
func (b *bench) quiet(ctx context.Context) {
	const probe, most = 250 * time.Millisecond, 0.1
	for end := time.Now().Add(b.patience); time.Now().Before(end) && ctx.Err() == nil; {
		one, _ := busy(generatorCore)
		two, _ := busy(serverCore)
		time.Sleep(probe)
		oneAfter, _ := busy(generatorCore)
		twoAfter, _ := busy(serverCore)
		if max(oneAfter-one, twoAfter-two).Seconds() < most*probe.Seconds() {
			return
		}
	}
}
