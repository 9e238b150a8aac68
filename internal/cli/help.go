package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// help writes a command's help, flags by group, for 80 columns.
func help(cmd *cobra.Command, _ []string) {
	w := cmd.OutOrStdout()
	fmt.Fprintf(w, "%s\n\nUsage: %s\n", cmd.Short, usage(cmd))
	if cmd.Example != "" {
		fmt.Fprintf(w, "\nExamples:\n%s\n", cmd.Example)
	}
	helpCommands(w, cmd)
	helpFlags(w, cmd)
	if cmd.Flags().Lookup("users") != nil {
		fmt.Fprintf(w, "\nEvery flag has a variable, such as %s. A flag wins over it.\n", variable("max-rps"))
	}
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(w, "\n%s COMMAND --help says more.\n", cmd.Root().Name())
	}
}

func usage(cmd *cobra.Command) string {
	switch {
	case cmd.HasAvailableSubCommands() && cmd.Flags().Lookup("users") == nil:
		return cmd.CommandPath() + " COMMAND [flags]"
	case cmd.HasAvailableSubCommands():
		return cmd.CommandPath() + " [COMMAND] [flags]"
	}
	return cmd.UseLine()
}

func helpCommands(w io.Writer, cmd *cobra.Command) {
	for _, group := range cmd.Groups() {
		heading := fmt.Sprintf("\n%s:\n", group.Title)
		for _, c := range cmd.Commands() {
			if c.GroupID != group.ID || !c.IsAvailableCommand() {
				continue
			}
			fmt.Fprintf(w, "%s  %-11s %s\n", heading, c.Name(), c.Short)
			heading = ""
		}
	}
}

func helpFlags(w io.Writer, cmd *cobra.Command) {
	byGroup := map[string][]*pflag.Flag{}
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden && f.Name != "help" && f.Name != "version" {
			byGroup[group(f)] = append(byGroup[group(f)], f)
		}
	})
	for _, name := range append(groups(), "") {
		if len(byGroup[name]) == 0 {
			continue
		}
		fmt.Fprintf(w, "\n%s:\n", title(name))
		for _, f := range byGroup[name] {
			helpFlag(w, f)
		}
	}
}

func title(group string) string {
	switch group {
	case "":
		return "Flags"
	case groupLoad:
		return "Load (in place of a scenario's own)"
	}
	return group
}

// helpFlag writes one flag; a description that does not fit goes on below.
func helpFlag(w io.Writer, f *pflag.Flag) {
	const column, width = 28, 79
	left := "      --" + f.Name
	if f.Shorthand != "" {
		left = "  -" + f.Shorthand + ", --" + f.Name
	}
	left += " " + argument(f)
	text := f.Usage
	if d := defaultOf(f); d != "" {
		text += " (default " + d + ")"
	}
	if len(left) >= column {
		fmt.Fprintln(w, left)
		left = ""
	}
	for _, line := range wrap(text, width-column) {
		fmt.Fprintf(w, "%-*s%s\n", column, left, line)
		left = ""
	}
}

// argumentKey marks flags that take something else than their namesakes.
const argumentKey = "argument"

// argument names what a flag takes.
func argument(f *pflag.Flag) string {
	names := map[string]string{
		"bool": "", "string": "TEXT", "stringArray": "TEXT", "stringSlice": "LIST", "uint64": "N", "uint16": "N", "N": "N",
		"duration": "D", "rate": "RATE", "level": "X", "share": "X",
	}
	own := map[string]string{
		"config": "FILE", "output": "DIR", "baseline": "RUN", "base-url": "URL", "proxy": "URL", "env": "NAME=VALUE", "pattern": "P",
		"request": "METHOD", "addr": "ADDR", "dashboard-addr": "ADDR", "dashboard-host": "NAME", "allow-host": "HOST", "host": "NAME", "target": "URL", "http": "VERSION",
		"header": "'NAME: VALUE'", "connect-to": "ROUTE", "threshold": "RULE", "template": "NAME", "os": "NAME", "arch": "NAME",
		"key-file": "FILE", "coordinator": "HOST:PORT",
	}
	if name := f.Annotations[argumentKey]; len(name) > 0 {
		return name[0]
	}
	if name, ok := own[f.Name]; ok {
		return name
	}
	return names[f.Value.Type()]
}

// defaultOf is worth telling for those whose description does not.
func defaultOf(f *pflag.Flag) string {
	if strings.Contains(f.Usage, "default") || slices.Contains([]string{"", "0", "0s", "false", "[]"}, f.DefValue) {
		return ""
	}
	if f.Value.Type() == "duration" {
		return words(*f.Value.(durationValue).to)
	}
	return strings.Trim(f.DefValue, "[]")
}

func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len(line)+1+len(word) > width {
			lines, line = append(lines, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}
