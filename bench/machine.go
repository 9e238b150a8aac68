package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// describe opens the page: when and where this was measured. What is added to a
// page has its time and load only.
func (b *bench) describe() {
	if b.more {
		fmt.Fprintf(b.out, "\n%s: load of the machine %s, %d runs.\n", time.Now().UTC().Format("15:04 UTC"), word("/proc/loadavg"), b.rounds)
		return
	}
	fmt.Fprintf(b.out, "# Bench of %s\n\n", time.Now().UTC().Format("2 January 2006, 15:04 UTC"))
	fmt.Fprintf(b.out, "%s, %d cores, Linux %s, %s", processor(), runtime.NumCPU(), word("/proc/sys/kernel/osrelease"), runtime.Version())
	if commit := output("git", "rev-parse", "--short", "HEAD"); commit != "" {
		fmt.Fprintf(b.out, ", LoadForge at commit %s", commit)
	}
	fmt.Fprintf(b.out, ". Load of the machine before: %s.\n", word("/proc/loadavg"))
	fmt.Fprintf(b.out, "Generator on core %s, server on core %s. %d runs of %s each, generators in turn.\n",
		generatorCore, serverCore, b.rounds, b.length)
}

func processor() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

// word returns the first word of a file.
func word(path string) string {
	text, err := os.ReadFile(path)
	if fields := strings.Fields(string(text)); err == nil && len(fields) > 0 {
		return fields[0]
	}
	return "unknown"
}

// output returns what a command prints, or nothing.
func output(name string, args ...string) string {
	out, err := exec.Command(name, args...).Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}
