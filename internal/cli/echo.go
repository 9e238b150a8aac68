package cli

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/loadforge/loadforge/internal/target"
)

// echoAddress is where the demo target listens and the templates send to.
const echoAddress = "127.0.0.1:8080"

// echoCommand is the demo target.
func (a *app) echoCommand() *cobra.Command {
	var c target.Config
	var addr string
	var errors, capacity float64
	var realistic bool
	cmd := &cobra.Command{
		Use:     "echo",
		Short:   "Serve the demo target: a small shop that counts what it receives",
		Example: "  loadforge echo --addr 127.0.0.1:8080 --latency 20ms --error-rate 0.01",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c.ErrorRate, c.Capacity, c.Realistic = errors, capacity, realistic
			if err := c.Validate(); err != nil {
				return err
			}
			return a.echo(cmd.Context(), addr, c)
		},
	}
	fs := cmd.Flags()
	fs.StringVar(&addr, "addr", echoAddress, "where to listen; port 0 takes a free one")
	fs.Var(durationValue{&c.Latency}, "latency", "how long every request takes")
	fs.Var(durationValue{&c.Jitter}, "jitter", "how far the latency varies")
	fs.Var(levelValue{&errors, false}, "error-rate", "share of requests answered with 500, 0 to 1")
	fs.Var(durationValue{&c.Stall}, "stall", "freeze for that long ...")
	fs.Var(durationValue{&c.StallEvery}, "stall-every", "... once in every such period")
	fs.Var(rateValue{&capacity}, "capacity", "requests per second beyond which it slows down")
	fs.BoolVar(&realistic, "realistic", false, "latencies and failures as a real shop has them")
	return cmd
}

func (a *app) echo(ctx context.Context, addr string, c target.Config) error {
	ctx, cancel := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer cancel()
	t := target.New(c)
	url, stop, err := t.Start(addr)
	if err != nil {
		return fmt.Errorf("%w; choose another address with --addr", err)
	}
	fmt.Fprintf(a.out, "demo target: %s (counts at %s/_target/stats, Ctrl-C ends it)\n", url, url)
	<-ctx.Done()
	stop()
	a.count(t)
	return nil
}

func (a *app) count(t *target.Target) {
	stats := t.Stats()
	fmt.Fprintf(a.out, "received %s requests\n", count(float64(stats.Total)))
}

// demoCommand runs the demo test against a target of its own.
func (a *app) demoCommand() *cobra.Command {
	o := new(options)
	cmd := &cobra.Command{
		Use:     "demo",
		Short:   "Run a 20-second test of a shop that comes with LoadForge",
		Example: "  loadforge demo",
		Args:    noArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.demo(cmd, o) },
	}
	o.define(cmd.Flags())
	o.defineRun(cmd.Flags())
	return cmd
}

func (a *app) demo(cmd *cobra.Command, o *options) error {
	t := target.New(target.Config{Realistic: true, Capacity: 1100, Seed: 1})
	url, stop, err := t.Start("127.0.0.1:0")
	if err != nil {
		return err
	}
	defer stop()
	test := a.tools.Demo(url)
	err = a.runTest(cmd, o, &test)
	if !o.quiet {
		a.compare(t)
	}
	return err
}

// compare says what the target itself counted, for everyone to hold against
// the report.
func (a *app) compare(t *target.Target) {
	deadline := time.Now().Add(time.Second)
	for t.Stats().InFlight > 0 && time.Now().Before(deadline) {
		time.Sleep(10 * time.Millisecond)
	}
	fmt.Fprintf(a.err, "the target counted %s requests, users' logins and logouts included\n", count(float64(t.Stats().Total)))
}
