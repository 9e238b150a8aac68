package cli

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/loadforge/loadforge/internal/cluster"
	"github.com/loadforge/loadforge/internal/config"
	"github.com/loadforge/loadforge/threshold"
)

// validateCommand checks everything that can be checked without sending. It
// takes all flags of run, so that a command line is checked as it stands.
func (a *app) validateCommand() *cobra.Command {
	o := new(options)
	cmd := &cobra.Command{
		Use:     "validate [scenario | loadforge.toml | https://url]",
		Short:   "Check a scenario and its settings without sending anything",
		Example: "  loadforge validate ./shop --threshold 'p95<300ms'\n  loadforge validate loadforge.toml",
		Args:    a.scenarioArg,
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, err := a.remote(cmd, o); err != nil {
				return err
			}
			test, err := a.testOf(args, o)
			switch {
			case err != nil:
				return err
			case test != nil:
				return a.validateTest(cmd, o, test)
			case takesScenario(cmd, args):
				return a.handOver(cmd, o, args[0])
			}
			return a.validateFile(cmd, o)
		},
	}
	o.define(cmd.Flags())
	o.defineWorkers(cmd.Flags())
	o.defineRun(cmd.Flags())
	if a.test != nil {
		ownLoad(cmd.Flags())
		cmd.Use = "validate"
	} else {
		o.defineRequest(cmd.Flags())
	}
	cmd.Flags().VisitAll(hideOutput)
	return cmd
}

// hideOutput leaves flags that make no difference out of the help.
func hideOutput(f *pflag.Flag) {
	f.Hidden = group(f) == groupOutput && f.Name != "config"
}

func (a *app) validateTest(cmd *cobra.Command, o *options, test *Test) error {
	p, err := a.plan(cmd, o, test)
	if err != nil {
		return err
	}
	closePlan(p)
	if err := o.checkOutput(); err != nil {
		return err
	}
	fmt.Fprintf(a.out, "%s is sound\n", p.Name)
	if p.Run.Target != "" {
		fmt.Fprintf(a.out, "  target     %s\n", p.Run.Target)
	}
	a.sayLoads(p.Loads)
	a.sayThresholds(p.Thresholds)
	return nil
}

func (a *app) sayThresholds(rules []threshold.Rule) {
	for _, rule := range rules {
		fmt.Fprintf(a.out, "  threshold  %s\n", rule)
	}
}

func (a *app) sayLoads(loads []cluster.Load) {
	for _, l := range loads {
		fmt.Fprintf(a.out, "  load       %s\n", heading(l))
	}
}

func (a *app) validateFile(cmd *cobra.Command, o *options) error {
	if _, err := config.Read(o.configName()); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w; name a scenario or a config file", err)
	}
	p, defaults, err := a.sketch(cmd, o)
	if err != nil {
		return err
	}
	if a.tools.Target != nil {
		err = a.tools.Target(defaults, o.target, a.getenv)
	}
	if err := errors.Join(err, o.checkRules(p.Thresholds), checkCourse(p), o.checkOutput()); err != nil {
		return err
	}
	fmt.Fprintf(a.out, "%s is sound\n", o.configName())
	a.sayLoads(p.Loads)
	a.sayThresholds(p.Thresholds)
	return nil
}
