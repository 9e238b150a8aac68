package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// shells are those that completion knows.
func shells() []string { return []string{"bash", "zsh", "fish", "powershell"} }

// completionCommand prints what makes a shell complete commands and flags.
func (a *app) completionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "completion <" + strings.Join(shells(), " | ") + ">",
		Short: "Print what makes a shell complete commands and flags",
		Example: `  source <(loadforge completion bash)
  loadforge completion zsh > "${fpath[1]}/_loadforge"
  loadforge completion fish > ~/.config/fish/completions/loadforge.fish
  loadforge completion powershell | Out-String | Invoke-Expression`,
		ValidArgs: shells(),
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				return nil
			}
			return fmt.Errorf("name one shell: %s", strings.Join(shells(), ", "))
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			switch root := cmd.Root(); args[0] {
			case "bash":
				return root.GenBashCompletionV2(a.out, true)
			case "zsh":
				return root.GenZshCompletion(a.out)
			case "fish":
				return root.GenFishCompletion(a.out, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(a.out)
			}
			return fmt.Errorf("no completion for %q%s; there is one for %s", args[0], didYouMean(args[0], shells()), strings.Join(shells(), ", "))
		},
	}
}

// completeChoices makes a shell complete the values of flags that have few.
func completeChoices(cmd *cobra.Command) {
	for flag, values := range map[string][]string{
		"pattern":  {"constant", "ramp", "step", "spike", "diurnal"},
		"format":   formats(),
		"http":     {"1.1", "2"},
		"template": templateNames(),
		"os":       {"linux", "darwin", "windows"},
		"arch":     {"amd64", "arm64"},
	} {
		if cmd.Flags().Lookup(flag) != nil {
			_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)) // it fails for unknown flags only
		}
	}
}
