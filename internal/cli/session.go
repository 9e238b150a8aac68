package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/pflag"
	"golang.org/x/term"

	"github.com/loadforge/loadforge/internal/cluster"
	"github.com/loadforge/loadforge/internal/config"
	"github.com/loadforge/loadforge/internal/dashboard"
	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/internal/report"
	"github.com/loadforge/loadforge/internal/store"
	"github.com/loadforge/loadforge/internal/terminal"
)

// A session is one run: where it is kept, how it is shown and what ends it.
type session struct {
	*app
	options *options
	trunk   *trunk // nil unless workers of other machines are to come
	writer  *store.Writer
	screen  *terminal.Screen
	live    *dashboard.Live // nil without a dashboard
	link    string          // to it
	state   []byte          // of the coordinator before, nil if there was none
	begun   metrics.Run     // as the coordinator announced it
}

// witness is the session as a sink: it remembers how the run was announced.
type witness struct{ *session }

func (w witness) Begin(run metrics.Run) error {
	w.begun = run
	return nil
}

func (witness) Second(*metrics.Snapshot, metrics.Progress) error { return nil }

func (witness) End(metrics.Outcome) error { return nil }

// describe fills in what a run tells about itself, besides its settings.
func describe(p *cluster.Plan) {
	r := &p.Run
	r.Start = time.Now().UTC()
	r.Seed = p.Seed
	r.Version = buildVersion()
	r.Host = fmt.Sprintf("%s/%s, %d cores, %s", runtime.GOOS, runtime.GOARCH, runtime.GOMAXPROCS(0), runtime.Version())
}

// echo is the settings of flags, variables and the config file that a run is
// made under. Those for the load count only where the load is theirs.
func echo(flags *pflag.FlagSet, file *config.File, ownLoad bool) map[string]string {
	said := map[string]string{}
	flags.VisitAll(func(f *pflag.Flag) {
		values := file.Settings[f.Name]
		switch {
		case secret(f.Name):
		case f.Changed:
			said[f.Name] = f.Value.String()
		case len(values) > 0 && !(ownLoad && group(f) == groupLoad):
			said[f.Name] = strings.Join(values, ",")
		}
	})
	return said
}

// secret says that a flag's value may be nobody else's business.
func secret(flag string) bool {
	return slices.Contains([]string{"env", "header", "data", "data-binary", "json-data", "proxy", "base-url"}, flag)
}

// run runs a plan and writes everything there is to say about it. The error
// carries the exit code.
func (s *session) run(ctx context.Context, p cluster.Plan) (outcome metrics.Outcome, err error) {
	if err := s.board(); err != nil {
		return outcome, err
	}
	defer s.disembark()
	if err := s.open(&p); err != nil {
		return outcome, err
	}
	p.Run.ID = s.writer.ID()
	control := new(cluster.Control)
	closeBoard, err := s.openBoard(&p, control)
	if err != nil {
		_ = s.writer.Close()
		return outcome, err
	}
	defer closeBoard()
	s.screen = terminal.New(s.screenConfig())
	defer s.screen.Close()
	s.writer.Warn = s.warnOfDisk
	disobey := sync.OnceFunc(s.obey(control, p.Graceful))
	defer disobey()
	defer s.adoptLog()()
	outcome, err = s.conduct(ctx, p, cluster.Options{
		Sinks: s.sinks(), Control: control, Logger: s.logger(slog.LevelWarn),
	})
	s.screen.Close()
	if outcome.Summary == nil {
		_ = s.writer.Close() // nothing was measured; the directory says so
		return outcome, err
	}
	received, unsubscribe := s.signals()
	defer unsubscribe()
	disobey()
	end := ending{session: s, received: received, stop: make(chan struct{})}
	if err = end.conclude(outcome, err); !end.cut {
		s.linger(ctx)
	}
	return outcome, err
}

func (s *session) sinks() []cluster.Sink {
	sinks := []cluster.Sink{s.writer, s.screen, witness{s}}
	if s.live != nil {
		sinks = append(sinks, s.live)
	}
	return sinks
}

// warnOfDisk tells once when the results can't be kept, and when they can again.
func (s *session) warnOfDisk(err error) {
	if err == nil {
		s.logger(slog.LevelWarn).Warn("the results are on the disk again")
		return
	}
	s.logger(slog.LevelWarn).Warn("the results are not kept: " + err.Error())
}

func (s *session) screenConfig() terminal.Config {
	o := s.options
	hint := "Ctrl-C: let users finish and stop; twice: stop now"
	if s.link != "" {
		hint = "dashboard: " + s.link + "\n" + hint
	}
	return terminal.Config{
		Out: s.err, Color: s.color(o), ASCII: terminal.ASCII(getenv(s.getenv)), Getenv: getenv(s.getenv),
		Quiet: o.quiet, Verbose: o.verbose, Hint: hint,
	}
}

func getenv(env Lookup) func(string) string {
	return func(name string) string {
		v, _ := env(name)
		return v
	}
}

func (a *app) color(o *options) bool {
	no, _ := a.getenv("NO_COLOR")
	return !o.noColor && no == ""
}

// logger writes lines through the screen, which keeps them and its live part
// apart. Those of the run itself have to be asked for.
func (s *session) logger(least slog.Level) *slog.Logger {
	if s.options.verbose {
		least = slog.LevelInfo
	}
	return slog.New(slog.NewTextHandler(s.screen, &slog.HandlerOptions{Level: least, ReplaceAttr: short}))
}

// short leaves out what a person who looks on knows.
func short(groups []string, attr slog.Attr) slog.Attr {
	top := len(groups) == 0
	if top && attr.Key == slog.TimeKey || top && attr.Key == slog.LevelKey && attr.Value.Any() == slog.LevelInfo {
		return slog.Attr{}
	}
	return attr
}

// adoptLog takes what scenarios log, with slog or log, to the screen while the
// run lasts: written straight to the terminal it would tear the live screen.
func (s *session) adoptLog() (giveBack func()) {
	former, writer, flags := slog.Default(), log.Writer(), log.Flags()
	slog.SetDefault(s.logger(slog.LevelInfo))
	return func() {
		slog.SetDefault(former)
		log.SetOutput(writer)
		log.SetFlags(flags)
	}
}

// obey passes signals on: the first stops gracefully, the second at once.
func (s *session) obey(control *cluster.Control, grace time.Duration) (stop func()) {
	received, unsubscribe := s.signals()
	done, gone := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(gone)
		for count := 0; ; {
			select {
			case sig := <-received:
				if Retold(sig, count) {
					continue
				}
				count++
				control.Stop(stopping(sig, count, grace))
			case <-done:
				return
			}
		}
	}()
	return func() {
		unsubscribe()
		close(done)
		<-gone
	}
}

// defaultGraceful is what a plan means that says nothing of it.
const defaultGraceful = 30 * time.Second

// stopping says what a signal leads to.
func stopping(sig os.Signal, count int, grace time.Duration) string {
	name, again := "terminated", "a second signal"
	switch sig {
	case os.Interrupt:
		name, again = "interrupted", "Ctrl-C again"
	case syscall.SIGHUP:
		name = "the terminal was closed"
	}
	if count > 1 || grace < 0 {
		return name + ": stopping now"
	}
	if grace == 0 {
		grace = defaultGraceful
	}
	return fmt.Sprintf("%s: users finish their task, %s at most; %s stops now", name, words(grace), again)
}

// tell shows the result, writes the reports and tells the exit code. Closing stop
// leaves out what is not written yet.
func (s *session) tell(stop <-chan struct{}, outcome metrics.Outcome, runErr error) error {
	dir := s.writer.Dir()
	files, reportErr := s.report(dir, stop)
	if s.tools.Runs != nil {
		_, _ = s.tools.Runs(s.options.output) // keeps the index up to date; it can be made anew at any time
	}
	if !s.options.quiet {
		s.summarize(s.options, s.begun, outcome)
		s.sayFiles(dir, files)
	}
	if s.options.json {
		reportErr = errors.Join(reportErr, report.JSON(s.out, s.begun, outcome))
	}
	if err := s.verdict(outcome, runErr); err != nil || reportErr == nil {
		s.complainOf(reportErr, dir)
		return err
	}
	return &exitError{exitInternal, unwritten(reportErr, dir)}
}

// summarize shows what a run came to. A screen that nobody can see is no reason
// to fail.
func (a *app) summarize(o *options, run metrics.Run, outcome metrics.Outcome) {
	_ = terminal.Summary(a.err, run, outcome, terminal.SummaryOptions{
		Color: a.color(o) && isTerminal(a.err), ASCII: terminal.ASCII(getenv(a.getenv)), Verbose: o.verbose,
	})
}

// complainOf mentions what is not the reason to fail.
func (s *session) complainOf(reportErr error, dir string) {
	if reportErr != nil {
		s.complain(unwritten(reportErr, dir))
	}
}

func unwritten(err error, dir string) error {
	return fmt.Errorf("write the results: %w; loadforge report %s tries again", err, filepath.ToSlash(dir))
}

// report writes the reports that were asked for and returns their names.
func (s *session) report(dir string, stop <-chan struct{}) ([]string, error) {
	if s.options.noReport {
		return nil, nil
	}
	return report.Write(dir, report.Options{Formats: reportFormats(s.options.formats), Baseline: s.options.baseline, Stop: stop})
}

func (s *session) sayFiles(dir string, files []string) {
	fmt.Fprintln(s.err)
	for _, name := range files {
		if filepath.Ext(name) == ".html" {
			fmt.Fprintf(s.err, "report:  %s\n", filepath.ToSlash(name))
		}
	}
	fmt.Fprintf(s.err, "results: %s/\n", filepath.ToSlash(dir))
	fmt.Fprintf(s.err, "seed:    %d (--seed makes the same choices again)\n", s.begun.Seed)
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
		return internal(runErr)
	case outcome.Interrupted:
		return &exitError{code: exitInterrupted}
	case slices.ContainsFunc(outcome.Thresholds, failed):
		return &exitError{exitThresholds, s.sayFailed(outcome.Thresholds)}
	case outcome.Verdict.State == metrics.Invalid && empty(outcome.Summary):
		return &exitError{exitInvalid, fmt.Errorf("%s; %s", outcome.Verdict.Reasons[0], whyEmpty(outcome.Summary))}
	case s.options.failInvalid && outcome.Verdict.State == metrics.Invalid:
		return &exitError{exitInvalid, fmt.Errorf("the result can't be trusted: %s", strings.Join(outcome.Verdict.Reasons, "; "))}
	}
	return nil
}

// empty says that there is nothing to judge: nobody may take that for a success.
func empty(s *metrics.Summary) bool {
	return s.Requests == 0 && (len(s.Names) == 0 || s.Cancelled > 0)
}

// whyEmpty says where to look.
func whyEmpty(s *metrics.Summary) string {
	switch {
	case s.Cancelled > 0:
		return "does the target answer? --timeout bounds a request, --graceful-stop the end of the run"
	case s.Warmup > 0 && s.Warmup >= s.Duration:
		return "all of it was warm-up, so --warmup has to be shorter"
	case s.Failed+s.SetupFailed > 0:
		return "the errors say why"
	case s.Started > 0 && s.Iterations == 0:
		return "no iteration came to an end: does a task hang?"
	case s.Started > 0:
		return "is there a request in every task?"
	}
	return "loadforge pattern draws what the load was to be"
}

// internal marks errors of a run that are of no type a user could have caused.
func internal(err error) error {
	var plan *cluster.PlanError
	if codeOf(err) != exitUsage || errors.As(err, &plan) {
		return err
	}
	return &exitError{exitInternal, err}
}

// sayFailed names the thresholds that failed to those who see no summary.
func (s *session) sayFailed(thresholds []metrics.ThresholdStatus) error {
	if !s.options.quiet {
		return nil
	}
	var rules []string
	for _, t := range thresholds {
		if failed(t) {
			rules = append(rules, t.Rule)
		}
	}
	return fmt.Errorf("failed: %s", strings.Join(rules, ", "))
}

func failed(t metrics.ThresholdStatus) bool { return !t.Passed }
