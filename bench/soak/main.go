// Soak keeps up a load for a while and prints each minute what memory it holds
// and what processor time a request takes: both should stay as they were.
//
//	go run ./bench/soak -for 30m
//	go run ./bench/soak -for 5m -rate 1     what LoadForge costs when it has next to nothing to do
//
// The load is the rich scenario of bench in the open model, against its minimal
// server; the generator runs on the first core, the server on the second. Each
// request is counted on both sides, and the counts must be equal at the end.
// TestDay of this package runs a day in virtual time.
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
	"time"
)

func main() {
	length := flag.Duration("for", 10*time.Minute, "how long the load lasts")
	every := flag.Duration("every", time.Minute, "how often to print")
	rate := flag.Int("rate", 2000, "requests per second")
	scenario := flag.String("scenario", "rich", "directory of bench/scenarios")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := soak(ctx, *scenario, *rate, *length, *every); err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(1)
	}
}

func soak(ctx context.Context, scenario string, rate int, length, every time.Duration) (err error) {
	if length < every || every < time.Second {
		return errors.New("-every must be a second at least, and not longer than -for")
	}
	dir, err := os.MkdirTemp("", "soak-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := build(ctx, dir, scenario); err != nil {
		return err
	}
	s, err := startServer(ctx, filepath.Join(dir, "minimal"))
	if err != nil {
		return err
	}
	defer s.stop()
	g, err := startGenerator(ctx, filepath.Join(dir, scenario), s.url, rate, length)
	if err != nil {
		return err
	}
	r := record{server: s, generator: g}
	r.keep(every)
	if err := g.wait(); err != nil {
		return err
	}
	fmt.Print(r.flatness())
	return r.compare()
}

// build compiles the server and the scenario.
func build(ctx context.Context, dir, scenario string) error {
	const bench = "github.com/loadforge/loadforge/bench/"
	cmd := exec.CommandContext(ctx, "go", "build", "-o", dir+"/", bench+"minimal", bench+"scenarios/"+scenario)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build: %w\n%s", err, out)
	}
	return nil
}
