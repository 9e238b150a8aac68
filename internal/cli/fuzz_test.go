package cli

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// FuzzFlags gives run flags that nobody means: they are refused in words, or
// mean the same when they are told again.
func FuzzFlags(f *testing.F) {
	for _, seed := range []string{
		"-u 5 -d 90", "-r 30/m --max-rps 1e6", "-u -5", "-u NaN", "-r +Inf", "-d 1e300", "--seed 18446744073709551616", "-p ramp --ramp-to 1e6",
		"-H A: 1 -e B=2", "--threshold p95<1s abort", "--fail-on-error-rate 5%", "--connect-to a:1:b:2", "--local-addr 127.0.0.1,::1", "--nonsense", "-", "--", "-u",
	} {
		f.Add(strings.ReplaceAll(seed, " ", "\x00"))
	}
	f.Fuzz(func(t *testing.T, text string) {
		args := strings.Split(text, "\x00")
		first, again, err := told(args)
		if err != nil || slices.Contains(first.formats, "") || slices.Contains(first.target.LocalAddr, "") {
			return // a list with nothing in it is refused later
		}
		second, _, err := told(again)
		if err != nil {
			t.Fatalf("%q was told again as %q: %v", args, again, err)
		}
		first.env, second.env = nil, nil // it stands in no arguments
		if got, want := fmt.Sprintf("%+v", second), fmt.Sprintf("%+v", first); got != want {
			t.Fatalf("%q was told again as %q, which means\n%s, want\n%s", args, again, got, want)
		}
	})
}

// told reads flags of run and tells them again.
func told(args []string) (*options, []string, error) {
	o := new(options)
	cmd := &cobra.Command{Use: "run"}
	o.define(cmd.Flags())
	o.defineRun(cmd.Flags())
	if err := cmd.ParseFlags(args); err != nil {
		return nil, nil, err
	}
	return o, retold(cmd.Flags()), nil
}
