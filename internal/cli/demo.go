package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/internal/target"
)

// demoCommand runs the demo test against a target of its own. Nothing around
// it changes what it does: it reads no config file and takes no target's flags.
func (a *app) demoCommand() *cobra.Command {
	o := new(options)
	var elsewhere string
	cmd := &cobra.Command{
		Use:     "demo",
		Short:   "Run a 20-second test of a shop that comes with LoadForge",
		Example: "  loadforge demo\n  loadforge demo --pattern spike -u 20 --spike-to 200 -d 30s",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if elsewhere != "" {
				_, err := a.demo(cmd, o, elsewhere)
				return err
			}
			return a.demoHere(cmd, o)
		},
	}
	o.defineLoad(cmd.Flags())
	o.defineLimits(cmd.Flags())
	grouped(cmd.Flags(), groupTarget, func(fs *pflag.FlagSet) {
		fs.StringVar(&elsewhere, "target", "", "a loadforge echo to use (default one in this process)")
	})
	o.defineRun(cmd.Flags())
	ownLoad(cmd.Flags())
	o.noConfig = true
	return cmd
}

func (a *app) demo(cmd *cobra.Command, o *options, url string) (metrics.Outcome, error) {
	if a.tools.Demo == nil {
		return metrics.Outcome{}, errors.New("this program has no demo; use the loadforge command")
	}
	test := a.tools.Demo(url)
	return a.runTest(cmd, o, &test)
}

func (a *app) demoHere(cmd *cobra.Command, o *options) error {
	t := target.New(target.Config{Realistic: true, Capacity: 1100, Seed: 1})
	url, stop, err := t.Start("127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("start the demo target: %w", err)
	}
	outcome, err := a.demo(cmd, o, url)
	stop() // when it has answered what it was asked
	if outcome.Summary != nil && !o.quiet {
		a.compare(outcome.Summary, t.Stats())
	}
	return err
}

// compare puts the target's own count beside ours.
func (a *app) compare(s *metrics.Summary, counted target.Stats) {
	if s.Warmup > 0 {
		return // what the summary leaves out, the target has counted
	}
	aside := uint64(0)
	for _, n := range s.Stages {
		aside += n.Count
	}
	fmt.Fprintf(a.err, "\nrequests reported %s (%s of them logging in and out), counted by the target %s\n",
		count(float64(s.Requests+s.Cancelled+aside)), count(float64(aside)), count(float64(counted.Total)))
}
