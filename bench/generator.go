package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

// A job is what a generator is asked to do.
type job struct {
	base        string // URL without path
	http2       bool
	connections int           // or users
	rate        int           // of the open model
	think       time.Duration // mean pause of users
	allocations string        // file for it to tell its allocations in, "" without
	duration    time.Duration
}

func (j job) url() string     { return j.base + "/items/1" }
func (j job) seconds() string { return strconv.FormatFloat(j.duration.Seconds(), 'f', -1, 64) + "s" }
func (j job) count() string   { return strconv.Itoa(j.connections) }

// A generator is a program that can do a job.
type generator struct {
	name    string
	program string
	args    func(b *bench, j job) []string
	env     func(j job) []string
	// reported reads how many requests the generator says it made; nil when
	// it is not asked.
	reported func(out string) (int64, error)
	exact    bool // what is reported must be what the server counted
	inner    bool // it is ours, and tells its allocations
}

// path finds the program, or returns "".
func (b *bench) path(g *generator) string {
	path, err := filepath.Abs(filepath.Join(b.bin, g.program))
	if _, statErr := os.Stat(path); err == nil && statErr == nil {
		return path
	}
	if path, err = exec.LookPath(g.program); err != nil {
		return ""
	}
	return path
}

// have returns those of the generators that are installed.
func (b *bench) have(all ...*generator) (found []*generator) {
	for _, g := range all {
		if b.path(g) == "" {
			b.say("skip %s: %s is not installed", g.name, g.program)
			continue
		}
		found = append(found, g)
	}
	return found
}

// scenario is a scenario of LoadForge, run as its user would.
func scenario(name, program string, more ...string) *generator {
	return &generator{
		name: name, program: program, exact: true, inner: true, reported: loadforgeCount,
		args: func(b *bench, j job) []string { return append(b.flags(j), more...) },
		env:  func(j job) []string { return []string{"BENCH_ALLOCATIONS=" + j.allocations} },
	}
}

// flags are those of LoadForge for a job.
func (b *bench) flags(j job) []string {
	args := []string{"-u", j.count()}
	if j.rate > 0 {
		args = []string{"-r", strconv.Itoa(j.rate)}
	}
	args = append(args, "-d", j.seconds(), "--base-url", j.base, "-o", filepath.Join(b.work, "runs"), "--json")
	if j.http2 {
		args = append(args, "--http", "2")
	}
	return args
}

// quietly leaves reports and screen away, as they cost the same however long a
// run is.
func quietly(name, program string) *generator { return scenario(name, program, "-q", "--no-report") }
