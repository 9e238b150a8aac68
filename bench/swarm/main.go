// Swarm measures what workers cost their coordinator:
//
//	go run ./bench/swarm -workers 1,20,200,1000 -for 30s
//
// The coordinator is a real one, with the embedded bus over TLS, a store and
// checkpoints, in a process of its own. The workers are made up: each has a
// connection and a write-ahead log of its own and speaks the protocol, but its
// snapshots are not measured, they are copies of a few. So a machine has a
// thousand of them.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// A task is what one process of the swarm is for.
type task struct {
	role    string
	workers int
	names   int
	rate    float64 // of requests per worker and second
	length  time.Duration
}

func main() {
	var t task
	list := flag.String("workers", "1,20,200,1000", "how many workers, one size after the other")
	flag.StringVar(&t.role, "role", "", "coordinator or workers: what a process that was started by another is")
	flag.IntVar(&t.workers, "count", 0, "how many workers, of such a process")
	flag.IntVar(&t.names, "names", 50, "request names of each worker")
	flag.Float64Var(&t.rate, "rate", 200, "requests per second of each worker")
	flag.DurationVar(&t.length, "for", 30*time.Second, "length of each run")
	flag.Parse()
	if err := t.do(*list); err != nil {
		fmt.Fprintln(os.Stderr, "swarm:", err)
		os.Exit(1)
	}
}

func (t task) do(list string) error {
	switch t.role {
	case "coordinator":
		return t.coordinate()
	case "workers":
		return t.work()
	}
	fmt.Printf("%d names and %g requests/s a worker, %v each; the coordinator's process: bus, merging, store\n\n", t.names, t.rate, t.length)
	fmt.Println("| workers | joined within | snapshots merged | CPU, % of a core | peak MiB | second to its merged snapshot, ms p50 | p99 | bus on disk, MiB | store, MiB/h |")
	fmt.Println("|---|---|---|---|---|---|---|---|---|")
	for one := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(one)
		if err != nil || n <= 0 {
			return fmt.Errorf("-workers: %q is no number of workers", one)
		}
		t.workers = n
		if err := t.measure(); err != nil {
			return fmt.Errorf("%d workers: %w", n, err)
		}
	}
	return nil
}

// child is this program as one side of a run.
func (t task) child(role string) (*exec.Cmd, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	c := exec.Command(program, "-role", role, "-count", strconv.Itoa(t.workers), "-names", strconv.Itoa(t.names),
		"-rate", fmt.Sprint(t.rate), "-for", t.length.String())
	c.Stderr = os.Stderr
	return c, nil
}

// measure prints a row: a coordinator's process beside one of workers.
func (t task) measure() error {
	coordinator, err := t.child("coordinator")
	if err != nil {
		return err
	}
	out, err := coordinator.StdoutPipe()
	if err != nil {
		return err
	}
	if err := coordinator.Start(); err != nil {
		return err
	}
	said := json.NewDecoder(out)
	var join string
	if err := said.Decode(&join); err != nil {
		return fmt.Errorf("the coordinator's join string: %w", err)
	}
	workers, err := t.child("workers")
	if err != nil {
		return err
	}
	workers.Stdin = strings.NewReader(join)
	if err := workers.Start(); err != nil {
		return err
	}
	var c cost
	if err := said.Decode(&c); err != nil && err != io.EOF {
		return fmt.Errorf("the coordinator's figures: %w", err)
	}
	if err := coordinator.Wait(); err != nil {
		return fmt.Errorf("the coordinator: %w", err)
	}
	if err := workers.Wait(); err != nil {
		return fmt.Errorf("the workers: %w", err)
	}
	c.print(t)
	return nil
}
