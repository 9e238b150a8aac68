package cli

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/loadforge/loadforge/internal/config"
	"github.com/loadforge/loadforge/internal/httpfile"
)

// Groups of commands, in the order of the help.
const (
	groupStart = "start"
	groupCheck = "check"
	groupMore  = "more"
)

// root makes the command tree.
func (a *app) root() *cobra.Command {
	root := a.command()
	root.SilenceErrors, root.SilenceUsage = true, true
	root.CompletionOptions.DisableDefaultCmd = true // ours has its own words
	root.Version = versionLine()
	root.SetVersionTemplate("{{.Version}}\n")
	root.SetFlagErrorFunc(flagError)
	root.SetHelpFunc(help)
	root.SetHelpCommand(helpCommand())
	root.AddGroup(
		&cobra.Group{ID: groupStart, Title: "Run"},
		&cobra.Group{ID: groupCheck, Title: "Before and after"},
		&cobra.Group{ID: groupMore, Title: "More"},
	)
	if a.test == nil {
		root.AddCommand(in(groupStart, a.runCommand(), a.demoCommand(), a.initCommand())...)
		root.AddCommand(in(groupMore, a.buildCommand(), a.echoCommand(), a.workerCommand())...)
	} else {
		run := a.runCommand()
		run.Hidden = true // it is what the program does anyway
		root.AddCommand(run)
	}
	root.AddCommand(in(groupCheck, a.patternCommand(), a.validateCommand(), a.reportCommand(), a.dashboardCommand())...)
	if a.test == nil {
		root.AddCommand(in(groupCheck, a.selftestCommand())...)
	}
	root.AddCommand(in(groupMore, a.completionCommand(), a.versionCommand())...)
	root.AddCommand(a.workCommand())
	for _, c := range root.Commands() {
		completeChoices(c)
	}
	return root
}

func in(group string, commands ...*cobra.Command) []*cobra.Command {
	for _, c := range commands {
		c.GroupID = group
	}
	return commands
}

// command is the root itself: a list of commands, or the run of the test.
func (a *app) command() *cobra.Command {
	if a.test != nil {
		root := a.runCommand()
		root.Use = a.program()
		root.Short = "Run the test " + a.test.Name
		root.Args = a.refuseArgument
		return root
	}
	return &cobra.Command{
		Use:   "loadforge",
		Short: "Load tests as Go programs, realistic patterns, numbers that are true",
		Example: `  loadforge demo                                  see what it does
  loadforge run https://host/path -u 50 -d 30s    50 users for 30 seconds
  loadforge init shop && loadforge run ./shop     a scenario of your own`,
		Args: refuseUnknown,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
}

// program is what a scenario's binary is called in its own help.
func (a *app) program() string {
	name := strings.Fields(a.test.Name)
	if len(name) == 0 {
		return "test"
	}
	return name[0]
}

// refuseUnknown answers an argument that is no command.
func refuseUnknown(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if looksRunnable(args[0]) {
		return fmt.Errorf("%q is no command; to run it: %s run %s", args[0], cmd.Name(), args[0])
	}
	return fmt.Errorf("unknown command %q%s; see %s --help", args[0], didYouMean(args[0], commandNames(cmd.Root())), cmd.Name())
}

// refuseArgument is the same for the binary of a scenario.
func (a *app) refuseArgument(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if looksRunnable(args[0]) {
		return fmt.Errorf("%s runs its own scenario; to run another: loadforge run %s", cmd.Root().Name(), args[0])
	}
	return refuseUnknown(cmd.Root(), args)
}

// looksRunnable says whether an argument was meant as what run takes.
func looksRunnable(arg string) bool {
	return httpfile.IsURL(arg) || arg == "." || filepath.Ext(arg) == ".go" || strings.ContainsAny(arg, `/\`)
}

func commandNames(root *cobra.Command) (names []string) {
	for _, c := range root.Commands() {
		if !c.Hidden {
			names = append(names, c.Name())
		}
	}
	return names
}

// helpCommand is the long way to write --help.
func helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:    "help [command]",
		Short:  "Say more about a command",
		Hidden: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			about, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return refuseUnknown(cmd.Root(), args)
			}
			about.InitDefaultHelpFlag()
			return about.Help()
		},
	}
}

func didYouMean(word string, known []string) string {
	if s := config.Suggest(word, known); s != "" {
		return fmt.Sprintf(" (did you mean %q?)", s)
	}
	return ""
}
