package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/loadforge/loadforge/internal/report"
)

// reportCommand makes the reports of a stored run anew.
func (a *app) reportCommand() *cobra.Command {
	o := new(options)
	var list bool
	cmd := &cobra.Command{
		Use:   "report [run]",
		Short: "Show a stored run, also one that was killed, and make its reports",
		Example: `  loadforge report
  loadforge report --list
  loadforge report results/20261123-101500_shop_4f2a --format html,json
  loadforge report --baseline 20261122-101500_shop_9c01`,
		Args: oneArg,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := fromEnvironment(cmd, a.getenv); err != nil {
				return err
			}
			if err := o.checkOutput(); err != nil {
				return err
			}
			if list {
				return a.listRuns(o.output)
			}
			if err := o.findBaseline(); err != nil {
				return err
			}
			return a.report(o, o.runDir(args))
		},
	}
	cmd.Flags().StringVarP(&o.output, "output", "o", resultsDir, "directory of the results; the latest run there is taken if none is named")
	cmd.Flags().StringSliceVarP(&o.formats, "format", "f", formats(), "reports to write")
	cmd.Flags().BoolVar(&list, "list", false, "list the runs, and make no report")
	o.defineBaseline(cmd.Flags())
	cmd.Flags().BoolVarP(&o.quiet, "quiet", "q", false, "show no summary")
	cmd.Flags().BoolVarP(&o.verbose, "verbose", "v", false, "show the whole summary")
	cmd.Flags().BoolVar(&o.noColor, "no-color", false, "no colours (NO_COLOR does the same)")
	return cmd
}

// report shows what a stored run came to, and prints where its reports are.
func (a *app) report(o *options, dir string) error {
	run, err := report.Read(dir)
	if err != nil {
		return sayUnread(err, o.output)
	}
	if !o.quiet {
		a.summarize(o, run.Run, run.Outcome)
		fmt.Fprintln(a.err)
	}
	files, err := report.Write(dir, report.Options{Formats: reportFormats(o.formats), Baseline: o.baseline})
	slices.SortStableFunc(files, func(a, b string) int { return rank(a) - rank(b) })
	for _, name := range files {
		fmt.Fprintln(a.out, filepath.ToSlash(name))
	}
	return sayUnread(err, o.output)
}

// rank sorts reports as the formats are listed; those of seconds are written
// first.
func rank(file string) int {
	order := []string{"report.html", "result.json", "timeseries.csv", "endpoints.csv", "junit.xml", "summary.md"}
	return slices.Index(order, filepath.Base(file))
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
