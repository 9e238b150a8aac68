package cli

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/loadforge/loadforge/internal/target"
)

// echoAddress is where the demo target listens and the templates send to.
const echoAddress = "127.0.0.1:8080"

// echoCommand is the demo target.
func (a *app) echoCommand() *cobra.Command {
	var c target.Config
	var addr string
	cmd := &cobra.Command{
		Use:     "echo",
		Short:   "Serve the demo target: a small shop that counts what it receives",
		Example: "  loadforge echo --latency 20ms --jitter 5ms --error-rate 1%",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := c.Validate(); err != nil {
				return err
			}
			return a.echo(cmd.Context(), addr, c)
		},
	}
	fs := cmd.Flags()
	fs.SortFlags = false
	fs.StringVar(&addr, "addr", echoAddress, "where to listen; port 0 takes a free one")
	defineTargetBehaviour(fs, &c)
	return cmd
}

func defineTargetBehaviour(fs *pflag.FlagSet, c *target.Config) {
	fs.Var(durationValue{&c.Latency}, "latency", "how long every request takes")
	fs.Var(durationValue{&c.Jitter}, "jitter", "how far the latency varies")
	fs.BoolVar(&c.Realistic, "realistic", false, "latencies and failures as a real shop has them")
	fs.Var(shareValue{&c.ErrorRate}, "error-rate", "share of requests answered with 500, such as 1%")
	fs.Var(rateValue{&c.Capacity}, "capacity", "requests per second beyond which they queue")
	fs.Var(durationValue{&c.Stall}, "stall", "freeze for that long ...")
	fs.Var(durationValue{&c.StallEvery}, "stall-every", "... once in every such period")
}

func (a *app) echo(ctx context.Context, addr string, c target.Config) error {
	ctx, cancel := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer cancel()
	t := target.New(c)
	url, stop, err := t.Start(addr)
	if err != nil {
		return fmt.Errorf("%w; choose another address with --addr", err)
	}
	fmt.Fprintf(a.out, "demo target: %s\ncounts at %s/_target/stats, Ctrl-C ends it\n", url, url)
	<-ctx.Done()
	stop()
	fmt.Fprintf(a.out, "received %s\n", plural(t.Stats().Total, "request"))
	return nil
}
