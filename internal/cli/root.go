package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/loadforge/loadforge/internal/config"
)

// root makes the command tree.
func (a *app) root() *cobra.Command {
	root := a.command()
	root.SilenceErrors, root.SilenceUsage = true, true
	root.SuggestionsMinimumDistance = 2
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(flagError)
	root.SetHelpFunc(help)
	root.AddCommand(a.patternCommand(), a.validateCommand(), a.reportCommand(), a.versionCommand())
	if a.test == nil {
		root.AddCommand(a.runCommand(), a.initCommand(), a.buildCommand(), a.echoCommand(), a.demoCommand())
	} else {
		run := a.runCommand()
		run.Hidden = true // it is what the program does anyway
		root.AddCommand(run)
	}
	return root
}

// command is the root itself: a list of commands, or the run of the test.
func (a *app) command() *cobra.Command {
	if a.test != nil {
		root := a.runCommand()
		root.Use = a.test.Name
		root.Args = refuseUnknown
		return root
	}
	return &cobra.Command{
		Use:   "loadforge",
		Short: "Load tests as Go code, realistic patterns, numbers that are true",
		Example: `  loadforge demo                                  see what it does
  loadforge run https://host/path -u 50 -d 30s    50 users for 30 seconds
  loadforge init shop && loadforge run ./shop     a scenario of your own`,
		Args: refuseUnknown,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
}

// refuseUnknown answers an argument that is no command.
func refuseUnknown(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, c := range cmd.Root().Commands() {
		if !c.Hidden {
			names = append(names, c.Name())
		}
	}
	return fmt.Errorf("unknown command %q%s; see %s --help", args[0], didYouMean(args[0], names), cmd.Root().Name())
}

func didYouMean(word string, known []string) string {
	if s := config.Suggest(word, known); s != "" {
		return fmt.Sprintf(" (did you mean %q?)", s)
	}
	return ""
}

// flagError turns what the flag parser says into our own words.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) {
		name := unknown.GetSpecifiedName()
		dashes := "--"
		if unknown.GetSpecifiedShortnames() != "" {
			dashes = "-"
		}
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		hint := ""
		if s := config.Suggest(name, names); s != "" {
			hint = fmt.Sprintf(" (did you mean \"--%s\"?)", s)
		}
		return fmt.Errorf("unknown flag %s%s%s; see %s --help", dashes, name, hint, cmd.CommandPath())
	}
	var invalid *pflag.InvalidValueError
	if errors.As(err, &invalid) {
		return fmt.Errorf("--%s %s; see %s --help", invalid.GetFlag().Name, sayInvalid(invalid), cmd.CommandPath())
	}
	return fmt.Errorf("%s; see %s --help", strings.TrimSuffix(err.Error(), "."), cmd.CommandPath())
}

// sayInvalid keeps the words of our own values and replaces those of strconv.
func sayInvalid(e *pflag.InvalidValueError) string {
	said := e.Unwrap().Error()
	if !strings.HasPrefix(said, "strconv.") {
		return said
	}
	kind := map[string]string{"int": "a whole number", "int64": "a whole number", "uint64": "a whole number of at least 0", "float64": "a number", "bool": "true or false"}
	if want := kind[e.GetFlag().Value.Type()]; want != "" {
		return fmt.Sprintf("must be %s, is %q", want, e.GetValue())
	}
	return said
}
