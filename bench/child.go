package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// A usage is what a process took, from its start to its end.
type usage struct {
	cpu    time.Duration // user and system
	wall   time.Duration
	peak   int64   // KiB of memory at most
	others float64 // share of the core's time that others took while it ran
	out    string  // what it printed
}

// pinned runs a program on the generator's core to its end. During, if not nil,
// is called when it has started, with the process's number.
func pinned(ctx context.Context, env []string, during func(pid int), argv ...string) (usage, error) {
	var out, problems bytes.Buffer
	cmd := exec.CommandContext(ctx, "taskset", append([]string{"-c", generatorCore}, argv...)...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = &out, &problems
	before, err := busy(generatorCore)
	if err != nil {
		return usage{}, err
	}
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return usage{}, fmt.Errorf("start %s: %w", argv[0], err)
	}
	peak := make(chan int64, 1)
	done := make(chan struct{})
	go func() { peak <- watchPeak(cmd.Process.Pid, done) }()
	if during != nil {
		during(cmd.Process.Pid)
	}
	err = cmd.Wait()
	u := usage{wall: time.Since(start), out: out.String()}
	close(done)
	u.peak = <-peak
	if err != nil {
		return u, fmt.Errorf("%s: %w: %s", strings.Join(argv, " "), err, last(problems.String()))
	}
	after, err := busy(generatorCore)
	u.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	u.others = max(0, (after-before-u.cpu).Seconds()/u.wall.Seconds())
	return u, err
}

// watchPeak asks for a process's peak memory until it is gone. The kernel's
// answer at its end would include that of the process that started it.
func watchPeak(pid int, done <-chan struct{}) (peak int64) {
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for {
		if now := highWater(pid); now > 0 {
			peak = now
		}
		select {
		case <-done:
			return peak
		case <-ticker.C:
		}
	}
}

// highWater returns a process's peak memory in KiB, 0 when it is gone.
func highWater(pid int) int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == "VmHWM:" {
			n, _ := strconv.ParseInt(f[1], 10, 64)
			return n
		}
	}
	return 0
}

// last returns the last line of a text.
func last(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}
