package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/loadforge/loadforge/internal/config"
)

// flagError turns what the flag parser says into our own words.
func flagError(cmd *cobra.Command, err error) error {
	return fmt.Errorf("%s; see %s --help", sayFlag(cmd, err), cmd.CommandPath())
}

func sayFlag(cmd *cobra.Command, err error) string {
	var (
		unknown *pflag.NotExistError
		invalid *pflag.InvalidValueError
		missing *pflag.ValueRequiredError
	)
	switch {
	case errors.As(err, &unknown):
		return sayUnknown(cmd, unknown)
	case errors.As(err, &invalid):
		return "--" + invalid.GetFlag().Name + " " + sayInvalid(invalid)
	case errors.As(err, &missing):
		f := missing.GetFlag()
		return fmt.Sprintf("--%s needs a value: --%s %s", f.Name, f.Name, argument(f))
	}
	return strings.TrimSuffix(err.Error(), ".")
}

func sayUnknown(cmd *cobra.Command, e *pflag.NotExistError) string {
	name, short := e.GetSpecifiedName(), e.GetSpecifiedShortnames() != ""
	if owner := elsewhere(cmd, name, short); owner != "" {
		return fmt.Sprintf("%s is a flag of %s", dashed(name, short), owner)
	}
	hint := ""
	if near := config.Suggest(name, flagNames(cmd)); near != "" && !short {
		hint = fmt.Sprintf(" (did you mean %q?)", "--"+near)
	}
	return "unknown flag " + dashed(name, short) + hint
}

func dashed(name string, short bool) string {
	if short {
		return "-" + name
	}
	return "--" + name
}

// elsewhere finds the command that a flag typed too early belongs to.
func elsewhere(cmd *cobra.Command, name string, short bool) string {
	if cmd.HasParent() {
		return ""
	}
	for _, c := range cmd.Commands() {
		if c.Name() != "run" {
			continue
		}
		if short && c.Flags().ShorthandLookup(name) != nil || !short && c.Flags().Lookup(name) != nil {
			return c.CommandPath()
		}
	}
	return ""
}

func flagNames(cmd *cobra.Command) (names []string) {
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	return names
}

// sayInvalid keeps the words of our own values and replaces those of strconv.
func sayInvalid(e *pflag.InvalidValueError) string {
	said := e.Unwrap().Error()
	if !strings.HasPrefix(said, "strconv.") {
		return said
	}
	kind := map[string]string{"uint64": "a whole number of at least 0", "bool": "true or false"}
	if want := kind[e.GetFlag().Value.Type()]; want != "" {
		return fmt.Sprintf("must be %s, is %q", want, e.GetValue())
	}
	return said
}

// reason is what is wrong with the value of a flag, without the flag.
func reason(err error) string {
	var invalid *pflag.InvalidValueError
	if errors.As(err, &invalid) {
		return sayInvalid(invalid)
	}
	return err.Error()
}
