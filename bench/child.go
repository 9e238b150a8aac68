package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/loadforge/loadforge/bench/proc"
)

// A usage is what a process took, from its start to its end.
type usage struct {
	cpu    time.Duration // user and system
	wall   time.Duration
	peak   int64   // KiB of memory at most
	others float64 // share of the core's time that others took while it ran
	out    string  // what it printed
}

// A launch is a program to be run to its end.
type launch struct {
	cores  string
	env    []string
	during func(pid int) // called when it has started; may be nil
	argv   []string
}

// run runs it. Others is only told of a single core.
func (l launch) run(ctx context.Context) (usage, error) {
	var out, problems bytes.Buffer
	cmd := exec.CommandContext(ctx, "taskset", append([]string{"-c", l.cores}, l.argv...)...)
	cmd.Env = append(os.Environ(), l.env...)
	cmd.Stdout, cmd.Stderr = &out, &problems
	before, _ := proc.Busy(l.cores)
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return usage{}, fmt.Errorf("start %s: %w", l.argv[0], err)
	}
	peak := make(chan int64, 1)
	done := make(chan struct{})
	go func() { peak <- watchPeak(cmd.Process.Pid, done) }()
	if l.during != nil {
		l.during(cmd.Process.Pid)
	}
	err := cmd.Wait()
	u := usage{wall: time.Since(start), out: out.String()}
	close(done)
	u.peak = <-peak
	if err != nil {
		return u, fmt.Errorf("%s: %w: %s", strings.Join(l.argv, " "), err, last(problems.String()))
	}
	u.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	if after, err := proc.Busy(l.cores); err == nil {
		u.others = max(0, (after-before-u.cpu).Seconds()/u.wall.Seconds())
	}
	return u, nil
}

// watchPeak asks for a process's peak memory until it is gone. The kernel's
// answer at its end would include that of the process that started it.
func watchPeak(pid int, done <-chan struct{}) (peak int64) {
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for {
		if now := proc.Peak(pid); now > 0 {
			peak = now
		}
		select {
		case <-done:
			return peak
		case <-ticker.C:
		}
	}
}

// last returns the last line of a text.
func last(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}
