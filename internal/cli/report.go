package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/loadforge/loadforge/internal/report"
)

// reportCommand makes the reports of a stored run anew.
func (a *app) reportCommand() *cobra.Command {
	o := new(options)
	cmd := &cobra.Command{
		Use:   "report [run]",
		Short: "Make the reports of a stored run, also of one that was killed",
		Example: `  loadforge report
  loadforge report results/20261123-101500_shop_4f2a --format html,json`,
		Args: oneArg,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := fromEnvironment(cmd, a.getenv); err != nil {
				return err
			}
			if err := o.checkOutput(); err != nil {
				return err
			}
			files, err := report.Write(o.runDir(args), reportFormats(o.formats))
			for _, name := range files {
				fmt.Fprintln(a.out, filepath.ToSlash(name))
			}
			return sayUnread(err, o.output)
		},
	}
	cmd.Flags().StringVarP(&o.output, "output", "o", resultsDir, "directory of the results; the latest run there is taken if none is named")
	cmd.Flags().StringSliceVarP(&o.formats, "format", "f", formats(), "reports to write")
	return cmd
}

// runDir finds a run by its directory or, among the results, by its name.
func (o *options) runDir(args []string) string {
	if len(args) == 0 {
		return o.output
	}
	within := filepath.Join(o.output, args[0])
	if _, err := os.Stat(args[0]); err == nil || !filepath.IsLocal(args[0]) {
		return args[0]
	}
	if _, err := os.Stat(within); err == nil {
		return within
	}
	return args[0]
}

// sayUnread tells a run that is not there from one that can't be reported.
func sayUnread(err error, results string) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w; runs are in %s, or where --output says", err, results)
	}
	return &exitError{exitInternal, err}
}

func reportFormats(names []string) (out report.Formats) {
	for _, name := range names {
		out = append(out, report.Format(name))
	}
	return out
}
