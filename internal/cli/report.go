package cli

import (
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/loadforge/loadforge/internal/report"
)

// reportCommand makes the reports of a stored run anew.
func (a *app) reportCommand() *cobra.Command {
	o := new(options)
	cmd := &cobra.Command{
		Use:     "report [run]",
		Short:   "Make the reports of a stored run, also of one that was killed",
		Example: "  loadforge report\n  loadforge report results/20261123-101500_shop_4f2a --format html,json",
		Args:    cobra.MaximumNArgs(1),
	}
	cmd.Flags().StringVarP(&o.output, "output", "o", "results", "directory of the results; its latest run is taken if none is named")
	cmd.Flags().StringSliceVarP(&o.formats, "format", "f", formats(), "reports to write")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := fromEnvironment(cmd, a.getenv); err != nil {
			return err
		}
		if err := o.checkOutput(); err != nil {
			return err
		}
		run := o.output
		if len(args) == 1 {
			run = args[0]
		}
		files, err := report.Write(run, reportFormats(o.formats))
		for _, name := range files {
			fmt.Fprintln(a.out, filepath.ToSlash(name))
		}
		return err
	}
	return cmd
}

func reportFormats(names []string) (out report.Formats) {
	for _, name := range names {
		out = append(out, report.Format(name))
	}
	return out
}
