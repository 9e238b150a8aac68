package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/loadforge/loadforge/internal/cluster"
	"github.com/loadforge/loadforge/internal/config"
)

// validateCommand checks everything that can be checked without sending.
func (a *app) validateCommand() *cobra.Command {
	o := new(options)
	cmd := &cobra.Command{
		Use:     "validate [scenario | loadforge.toml | https://url]",
		Short:   "Check a scenario and its settings without sending anything",
		Example: "  loadforge validate ./shop\n  loadforge validate loadforge.toml",
		Args:    a.scenarioArg,
		RunE: func(cmd *cobra.Command, args []string) error {
			test, err := a.testOf(args, o)
			switch {
			case err != nil:
				return err
			case test != nil:
				return a.validateTest(cmd, o, test)
			case o.takesScenario(args):
				return a.handOver(cmd, o, args[0])
			}
			return a.validateFile(cmd, o)
		},
	}
	o.define(cmd.Flags())
	if a.test != nil {
		ownLoad(cmd.Flags())
		cmd.Use = "validate"
	}
	return cmd
}

func (a *app) validateTest(cmd *cobra.Command, o *options, test *Test) error {
	p, err := a.plan(cmd, o, test)
	if err != nil {
		return err
	}
	closePlan(p)
	fmt.Fprintf(a.out, "%s is sound\n", p.Name)
	if p.Run.Target != "" {
		fmt.Fprintf(a.out, "  target     %s\n", p.Run.Target)
	}
	a.sayLoads(p.Loads)
	for _, rule := range p.Thresholds {
		fmt.Fprintf(a.out, "  threshold  %s\n", rule)
	}
	return nil
}

func (a *app) sayLoads(loads []cluster.Load) {
	for _, l := range loads {
		fmt.Fprintf(a.out, "  load       %s\n", heading(l))
	}
}

func (a *app) validateFile(cmd *cobra.Command, o *options) error {
	name := o.configName()
	file, err := config.Read(name)
	if err != nil {
		return fmt.Errorf("%w; name a scenario or a config file", err)
	}
	loads, err := a.loads(cmd, o)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.out, "%s is sound\n", name)
	a.sayLoads(loads)
	for _, rule := range file.Thresholds {
		fmt.Fprintf(a.out, "  threshold  %s\n", rule)
	}
	return nil
}
