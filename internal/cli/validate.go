package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/loadforge/loadforge/internal/config"
)

// withGiven returns the shape with which flags were set.
func withGiven(s config.Shape, set map[string]bool) config.Shape {
	s.Given = set
	return s
}

// validateCommand checks everything that can be checked without sending.
func (a *app) validateCommand() *cobra.Command {
	o := new(options)
	cmd := &cobra.Command{
		Use:     "validate [scenario | loadforge.toml]",
		Short:   "Check a scenario and its settings without sending anything",
		Example: "  loadforge validate ./shop\n  loadforge validate loadforge.toml",
		Args:    cobra.MaximumNArgs(1),
	}
	o.define(cmd.Flags())
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if a.test != nil {
			return a.validateTest(cmd, o)
		}
		if len(args) == 1 && !isTOML(args[0]) {
			return a.handOver(cmd, o, args[0], "validate")
		}
		if len(args) == 1 {
			o.config = args[0]
		}
		return a.validateFile(cmd, o)
	}
	return cmd
}

func isTOML(name string) bool {
	return len(name) > 5 && name[len(name)-5:] == ".toml"
}

func (a *app) validateTest(cmd *cobra.Command, o *options) error {
	loads, err := a.testLoads(cmd, o)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.out, "%s is sound\n", a.test.Name)
	for _, l := range loads {
		fmt.Fprintf(a.out, "  %s\n", heading(l))
	}
	return nil
}

func (a *app) validateFile(cmd *cobra.Command, o *options) error {
	name := o.config
	if name == "" {
		name = configFile
	}
	if _, err := config.Read(name); err != nil {
		return err
	}
	loads, err := a.loads(cmd, o)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.out, "%s is sound\n", name)
	for _, l := range loads {
		fmt.Fprintf(a.out, "  %s\n", heading(l))
	}
	return nil
}
