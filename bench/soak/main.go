// Soak keeps up a load for a while and prints each minute what memory it holds
// and what processor time a request takes: both should stay as they were.
//
//	go run ./bench/soak -for 30m
//	go run ./bench/soak -for 5m -rate 1     what LoadForge costs when it has next to nothing to do
//	go run ./bench/soak -for 30m -faults 30s    against a target that is down half of the time
//
// The load is the rich scenario of bench in the open model, against its minimal
// server; the generator runs on the first core, the server on the second. Each
// request is counted on both sides, and the counts must be equal at the end.
// With -faults the server is bench/faulty, which is healthy for so long and then
// faulty for as long. Threads and descriptors should come back to where they were
// as well, and each class of error must be as often reported as it was made; what
// was refused, or was under way when the server closed its door, only the
// generator can know. TestDay of this package runs a day in virtual time.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"time"
)

// A soaking is what was asked for.
type soaking struct {
	scenario           string
	rate               int
	length, every, bad time.Duration
}

func main() {
	var s soaking
	flag.DurationVar(&s.length, "for", 10*time.Minute, "how long the load lasts")
	flag.DurationVar(&s.every, "every", time.Minute, "how often to print")
	flag.IntVar(&s.rate, "rate", 2000, "requests per second")
	flag.StringVar(&s.scenario, "scenario", "rich", "directory of bench/scenarios")
	flag.DurationVar(&s.bad, "faults", 0, "have the target healthy for so long, then faulty for as long, and so on; 0 is never")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := s.soak(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(1)
	}
}

func (s *soaking) check() error {
	switch {
	case s.length < s.every || s.every < time.Second:
		return errors.New("-every must be a second at least, and not longer than -for")
	case s.bad != 0 && (s.bad < time.Second || s.every%(2*s.bad) != 0):
		return errors.New("-faults must be a second at least, and -every a multiple of twice that, so that each line has as many faults")
	}
	return nil
}

// target is the program to load, and how to start it.
func (s *soaking) target() (name string, args []string) {
	if s.bad == 0 {
		return "minimal", nil
	}
	return "faulty", []string{"-each", s.bad.String()}
}

func (s *soaking) soak(ctx context.Context) (err error) {
	if err := s.check(); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "soak-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	name, args := s.target()
	if err := build(ctx, dir, name, "scenarios/"+s.scenario); err != nil {
		return err
	}
	server, err := startServer(ctx, filepath.Join(dir, name), args...)
	if err != nil {
		return err
	}
	defer server.stop()
	g, err := s.generate(ctx, dir, server.url)
	if err != nil {
		return err
	}
	r := record{server: server, generator: g}
	r.keep(s.every)
	if err := g.wait(); err != nil {
		return err
	}
	fmt.Print(r.flatness())
	if s.bad > 0 {
		return r.compareFaults()
	}
	return r.compare()
}

// patience is how long users wait for a faulty target.
const patience = 2 * time.Second

func (s *soaking) generate(ctx context.Context, dir, url string) (*generator, error) {
	args := []string{"-r", strconv.Itoa(s.rate), "-d", s.length.String()}
	if s.bad > 0 {
		args = append(args, "--timeout", patience.String())
	}
	return startGenerator(ctx, filepath.Join(dir, s.scenario), url, args...)
}

// build compiles programs of bench.
func build(ctx context.Context, dir string, names ...string) error {
	args := []string{"build", "-o", dir + "/"}
	for _, name := range names {
		args = append(args, "github.com/loadforge/loadforge/bench/"+name)
	}
	if out, err := exec.CommandContext(ctx, "go", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("build: %w\n%s", err, out)
	}
	return nil
}
