package cli

import (
	"errors"
	"runtime"

	"github.com/spf13/cobra"
)

// buildCommand makes a binary of a scenario that runs elsewhere.
func (a *app) buildCommand() *cobra.Command {
	var goos, goarch, out string
	cmd := &cobra.Command{
		Use:     "build <scenario>",
		Short:   "Build a scenario into a program that needs no toolchain",
		Example: "  loadforge build ./shop --os linux --arch arm64 -o shop-arm64",
		Args:    oneScenario("built"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if a.tools.Ship == nil {
				return errors.New("this program can't build scenarios; use the loadforge command")
			}
			if err := a.tools.Ship(cmd.Context(), args[0], goos, goarch, out); err != nil {
				return &exitError{exitScenario, err}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&goos, "os", runtime.GOOS, "operating system: linux, darwin, windows")
	cmd.Flags().StringVar(&goarch, "arch", runtime.GOARCH, "processor: amd64, arm64")
	cmd.Flags().StringVarP(&out, "output", "o", "", "file to write (default the scenario's name, followed by system and processor where a directory is called that)")
	_ = cmd.Flags().SetAnnotation("output", argumentKey, []string{"FILE"}) // it fails for unknown flags only
	cmd.Flags().SortFlags = false
	return cmd
}
