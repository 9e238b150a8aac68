package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"text/tabwriter"

	"github.com/loadforge/loadforge/internal/page"
)

// runs are those of a results directory, the newest first.
func (a *app) runs(results string) (list []page.Entry, err error) {
	if a.tools.Runs != nil {
		list, err = a.tools.Runs(results)
	} else {
		list, err = page.Entries(results)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // no results yet
	}
	return list, err
}

// listRuns prints the runs of a results directory.
func (a *app) listRuns(results string) error {
	runs, err := a.runs(results)
	if err != nil {
		return &exitError{exitInternal, err}
	}
	if len(runs) == 0 {
		fmt.Fprintf(a.err, "there are no runs in %s; --output names another directory\n", results)
		return nil
	}
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "RUN\tSTATE\tVERDICT\tREQUESTS\tPER SECOND\tERRORS\tP95\tPATTERN")
	for i := range runs {
		r := &runs[i]
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.ID, r.State, r.Verdict, requestsOf(r),
			figure(r.PerSecond, 1, ""), figure(r.ErrorRate, 100, " %"), figure(r.P95, 1, " ms"), r.Pattern)
	}
	return w.Flush()
}

func requestsOf(r *page.Entry) string {
	if r.Requests == nil {
		return "-"
	}
	return strconv.FormatUint(*r.Requests, 10)
}

// figure writes a number that may not be known.
func figure(x *float64, scale float64, unit string) string {
	if x == nil {
		return "-"
	}
	return strconv.FormatFloat(*x*scale, 'f', 1, 64) + unit
}
