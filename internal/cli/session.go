package cli

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/pflag"
	"golang.org/x/term"

	"github.com/loadforge/loadforge/internal/cluster"
	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/internal/report"
	"github.com/loadforge/loadforge/internal/store"
	"github.com/loadforge/loadforge/internal/terminal"
)

// A session is one run: where it is kept, how it is shown and what ends it.
type session struct {
	*app
	options *options
	writer  *store.Writer
	screen  *terminal.Screen
	begun   metrics.Run // as the coordinator announced it
}

// witness is the session as a sink: it remembers how the run was announced.
type witness struct{ *session }

func (w witness) Begin(run metrics.Run) error {
	w.begun = run
	return nil
}

func (witness) Second(*metrics.Snapshot, metrics.Progress) error { return nil }

func (witness) End(metrics.Outcome) error { return nil }

// describe fills in what a run tells about itself.
func describe(p *cluster.Plan, flags *pflag.FlagSet) {
	r := &p.Run
	r.Start = time.Now().UTC()
	r.Seed = p.Seed
	r.Version = buildVersion()
	r.Host = fmt.Sprintf("%s/%s, %d cores, %s", runtime.GOOS, runtime.GOARCH, runtime.GOMAXPROCS(0), runtime.Version())
	r.Settings = map[string]string{}
	flags.Visit(func(f *pflag.Flag) {
		if value := f.Value.String(); !secret(f.Name) {
			r.Settings[f.Name] = value
		}
	})
}

// secret says that a flag's value may be nobody else's business.
func secret(flag string) bool {
	return slices.Contains([]string{"env", "header", "data", "data-binary", "json-data", "proxy", "base-url"}, flag)
}

// run runs a plan and writes everything there is to say about it. The error
// carries the exit code.
func (s *session) run(ctx context.Context, p cluster.Plan) (err error) {
	if s.writer, err = store.Create(s.options.output, p.Run); err != nil {
		return fmt.Errorf("%w; name another directory with --output", err)
	}
	p.Run.ID = s.writer.ID()
	s.screen = terminal.New(s.screenConfig())
	defer s.screen.Close()
	control := new(cluster.Control)
	stop := s.obey(control)
	defer stop()
	outcome, runErr := cluster.Local(ctx, p, cluster.Options{
		Sinks: []cluster.Sink{s.writer, s.screen, witness{s}}, Control: control, Logger: s.logger(),
	})
	s.screen.Close()
	if outcome.Summary == nil {
		_ = s.writer.Close() // nothing was measured; the directory says so
		return runErr
	}
	return s.conclude(outcome, runErr)
}

func (s *session) screenConfig() terminal.Config {
	o := s.options
	c := terminal.Config{
		Out: s.err, Color: s.color(), ASCII: terminal.ASCII(getenv(s.getenv)),
		Quiet: o.quiet, Verbose: o.verbose, Hint: "Ctrl-C stops gracefully, twice at once",
	}
	return c
}

func getenv(env Lookup) func(string) string {
	return func(name string) string {
		v, _ := env(name)
		return v
	}
}

func (s *session) color() bool {
	no, _ := s.getenv("NO_COLOR")
	return !s.options.noColor && no == ""
}

// logger writes what is worth knowing later: on request, and through the
// screen, which keeps lines and live part apart.
func (s *session) logger() *slog.Logger {
	level := slog.LevelWarn
	if s.options.verbose {
		level = slog.LevelInfo
	}
	return slog.New(slog.NewTextHandler(s.screen, &slog.HandlerOptions{Level: level}))
}

// obey passes signals on: the first stops gracefully, the second at once.
func (s *session) obey(control *cluster.Control) (stop func()) {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	done, gone := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(gone)
		for {
			select {
			case sig := <-signals:
				control.Stop("interrupted by " + sig.String())
			case <-done:
				return
			}
		}
	}()
	return func() {
		signal.Stop(signals)
		close(done)
		<-gone
	}
}

// conclude shows the result, writes the reports and tells the exit code.
func (s *session) conclude(outcome metrics.Outcome, runErr error) error {
	dir := s.writer.Dir()
	files, reportErr := s.report(dir)
	if !s.options.quiet {
		terminal.Summary(s.err, s.begun, outcome, terminal.SummaryOptions{
			Color: s.color() && isTerminal(s.err), ASCII: terminal.ASCII(getenv(s.getenv)),
		})
		s.sayFiles(dir, files)
	}
	if s.options.json {
		if err := report.JSON(s.out, s.begun, outcome); err != nil {
			return &exitError{exitInternal, err}
		}
	}
	if reportErr != nil {
		s.complain(fmt.Errorf("write the report: %w; loadforge report %s tries again", reportErr, dir))
	}
	return s.verdict(outcome, runErr)
}

// report writes the reports that were asked for and returns their names.
func (s *session) report(dir string) ([]string, error) {
	if s.options.noReport {
		return nil, nil
	}
	return report.Write(dir, reportFormats(s.options.formats))
}

func (s *session) sayFiles(dir string, files []string) {
	for _, name := range files {
		if filepath.Ext(name) == ".html" {
			fmt.Fprintf(s.err, "\nreport:  %s\n", filepath.ToSlash(name))
		}
	}
	fmt.Fprintf(s.err, "results: %s\n", filepath.ToSlash(dir)+"/")
}

// isTerminal says whether a stream is one a person looks at.
func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// verdict is the exit code of a finished run.
func (s *session) verdict(outcome metrics.Outcome, runErr error) error {
	switch {
	case runErr != nil:
		return runErr
	case outcome.Interrupted:
		return &exitError{code: exitInterrupted}
	case failed(outcome.Thresholds):
		return &exitError{code: exitThresholds}
	case s.options.failInvalid && outcome.Verdict.State == metrics.Invalid:
		return &exitError{exitInvalid, fmt.Errorf("the result can't be trusted: %s", strings.Join(outcome.Verdict.Reasons, "; "))}
	}
	return nil
}

func failed(thresholds []metrics.ThresholdStatus) bool {
	return slices.ContainsFunc(thresholds, func(t metrics.ThresholdStatus) bool { return !t.Passed })
}
