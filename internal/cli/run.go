package cli

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/loadforge/loadforge/internal/config"
	"github.com/loadforge/loadforge/internal/httpfile"
	"github.com/loadforge/loadforge/internal/metrics"
)

// runCommand runs a test.
func (a *app) runCommand() *cobra.Command {
	o := new(options)
	cmd := &cobra.Command{
		Use:   "run <scenario.go | package directory | https://url>",
		Short: "Run a test",
		Example: `  loadforge run https://localhost:8443/ -u 50 -d 30s --insecure
  loadforge run http://localhost:8080/orders --json-data '{"id":1}' -r 200
  loadforge run ./shop --pattern spike -u 20 --spike-to 200 -d 5m
  loadforge run shop.go --threshold 'p95<300ms' --fail-on-error-rate 1%`,
		RunE: func(cmd *cobra.Command, args []string) error { return a.run(cmd, args, o) },
	}
	o.define(cmd.Flags())
	o.defineWorkers(cmd.Flags())
	o.defineRun(cmd.Flags())
	if a.test != nil {
		ownLoad(cmd.Flags())
		cmd.Use, cmd.Args, cmd.Example = "run", noArgs, ""
		return cmd
	}
	o.defineRequest(cmd.Flags())
	cmd.Args = oneScenario("run")
	return cmd
}

// oneScenario wants a single argument; done is what happens to it.
func oneScenario(done string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 1 {
			return nil
		}
		if len(args) == 0 {
			return fmt.Errorf("what shall be %s? name %s; see %s --help", done, strings.TrimPrefix(cmd.Use, cmd.Name()+" "), cmd.CommandPath())
		}
		return fmt.Errorf("one scenario at a time: got %s", strings.Join(args, " and "))
	}
}

func (a *app) run(cmd *cobra.Command, args []string, o *options) error {
	remote, err := a.remote(cmd, o)
	if err != nil {
		return err
	}
	if remote {
		return a.host(cmd, o, args)
	}
	test, err := a.testOf(args, o)
	if err != nil {
		return err
	}
	if test == nil {
		return a.handOver(cmd, o, args[0])
	}
	_, err = a.runTest(cmd, o, test)
	return err
}

// remote says that workers of other machines are to come: this process then holds
// their bus, and another one conducts the run.
func (a *app) remote(cmd *cobra.Command, o *options) (bool, error) {
	if a.aboard() {
		return false, nil
	}
	dotenv, err := config.ReadEnv(".env", a.getenv)
	if err != nil {
		return false, err
	}
	if err := foresee(cmd, layered(a.getenv, lookup(dotenv))); err != nil {
		return false, err
	}
	if o.wantsBus() {
		return true, nil
	}
	return false, busless(cmd.Flags())
}

// busless refuses flags that say how workers of other machines join, where none
// are to come. Their variables may well be there for other runs.
func busless(fs *pflag.FlagSet) error {
	for _, name := range []string{"advertise", "state", "join-file", "key-file", "ship", "lease"} {
		if fs.Changed(name) {
			return fmt.Errorf("--%s is for workers of other machines, and none are to come; say so with --expect N, --listen, --bus or --resume", name)
		}
	}
	return nil
}

// testOf is the test that this program has, or can make itself of a URL. It is
// nil when a scenario has to be built.
func (a *app) testOf(args []string, o *options) (*Test, error) {
	if a.test != nil {
		return a.test, nil
	}
	if len(args) == 0 || !isURL(args[0]) {
		return nil, nil
	}
	test, err := a.requestTest(args[0], o)
	return &test, err
}

// isURL takes a variable for one: it must be the URL or its beginning.
func isURL(arg string) bool { return httpfile.IsURL(arg) || strings.HasPrefix(arg, "${") }

// requestTest makes a test of a URL and curl's flags. The header fields become
// those of the request.
func (a *app) requestTest(url string, o *options) (Test, error) {
	if len(o.data) > 0 && o.binary+o.jsonData != "" || o.binary != "" && o.jsonData != "" {
		return Test{}, errors.New("--data, --data-binary and --json-data exclude each other")
	}
	if o.target.BaseURL != "" {
		return Test{}, errors.New("--base-url says where relative paths go; a URL says that itself")
	}
	r, err := httpfile.New(url, httpfile.Flags{Method: o.method, Header: o.headers, Data: o.data, Binary: o.binary, JSON: o.jsonData})
	if err != nil {
		return Test{}, err
	}
	o.headers = nil
	return a.tools.Request(r), nil
}

// handOver builds a Go scenario and goes on as its binary, with the same
// command and flags.
func (a *app) handOver(cmd *cobra.Command, o *options, target string) error {
	if err := a.runnable(target, o); err != nil {
		return err
	}
	env, err := withPairs(a.environ(), o.env)
	if err != nil {
		return err
	}
	path, err := a.tools.Build(cmd.Context(), target)
	if err != nil {
		return &exitError{exitScenario, err}
	}
	err = a.tools.Exec(path, append([]string{path, cmd.Name()}, retold(cmd.Flags())...), env)
	var exit interface{ ExitCode() int }
	if errors.As(err, &exit) {
		return childEnded(exit.ExitCode())
	}
	if err != nil {
		return &exitError{exitScenario, fmt.Errorf("start %s: %w", target, err)}
	}
	return nil
}

// childEnded passes on the exit code of a scenario that ran as a child. One that
// is not ours is of a scenario that ended the program itself, or crashed.
func childEnded(code int) error {
	if slices.Contains(exitCodes(), code) {
		return &exitError{code: code}
	}
	if code < 0 {
		return &exitError{exitKilled, errors.New("the scenario's program was killed; loadforge report shows what was measured until then")}
	}
	return &exitError{code, fmt.Errorf("the scenario's program ended by itself, with exit code %d; loadforge report shows what was measured until then", code)}
}

// exitKilled is the exit code where a child was killed. It is none of ours, but
// what others, such as the Helm chart, know that by.
const exitKilled = 255

// runnable says why something can't be a Go scenario.
func (a *app) runnable(target string, o *options) error {
	switch ext := filepath.Ext(target); ext {
	case ".js", ".ts", ".http", ".rest":
		return fmt.Errorf("%s: this version runs Go scenarios and URLs, not yet %s files; loadforge init writes a scenario in Go", target, ext)
	}
	if scheme, _, ok := strings.Cut(target, "://"); ok {
		return fmt.Errorf("%s: this version speaks http and https, not %s", target, scheme)
	}
	if isHostPort(target) {
		return fmt.Errorf("%s: a URL begins with its scheme: http://%s", target, target)
	}
	if f := requestFlag(o); f != "" {
		return fmt.Errorf("--%s says what a URL is asked; %s is a scenario", f, target)
	}
	if a.tools.Build == nil {
		return errors.New("this program can't build scenarios; use the loadforge command")
	}
	return nil
}

func isHostPort(s string) bool {
	host, port, err := net.SplitHostPort(s)
	if err != nil || host == "" {
		return false
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return err == nil
}

func requestFlag(o *options) string {
	switch {
	case o.method != "":
		return "request"
	case len(o.data) > 0:
		return "data"
	case o.binary != "":
		return "data-binary"
	case o.jsonData != "":
		return "json-data"
	}
	return ""
}

// withPairs puts the variables of -e into the environment of the scenario, in
// the place of those that are there.
func withPairs(env, typed []string) ([]string, error) {
	set, err := pairs(typed)
	if err != nil {
		return nil, err
	}
	env = slices.DeleteFunc(slices.Clone(env), func(pair string) bool {
		name, _, _ := strings.Cut(pair, "=")
		_, replaced := set[name]
		return replaced
	})
	return append(env, list(set)...), nil
}

// runTest runs a test that this program has.
func (a *app) runTest(cmd *cobra.Command, o *options, test *Test) (metrics.Outcome, error) {
	p, err := a.plan(cmd, o, test)
	if err != nil {
		return metrics.Outcome{}, err
	}
	defer closePlan(p)
	if a.post != nil {
		return metrics.Outcome{}, a.serve(cmd.Context(), p)
	}
	if err := o.confine(cmd.Context(), &p, true); err != nil {
		return metrics.Outcome{}, err
	}
	if err := o.checkOutput(); err != nil {
		return metrics.Outcome{}, err
	}
	if err := o.findBaseline(); err != nil {
		return metrics.Outcome{}, err
	}
	if p.Seed == 0 {
		p.Seed = 1 + rand.Uint64N(1e9) // short enough to type, and exact in any JSON reader
	}
	describe(&p)
	a.note(p.Shortages(metrics.ReadLimits(), 1)...)
	p.Close = nil // closed above, when the report is written
	s := &session{app: a, options: o}
	return s.run(cmd.Context(), p)
}

// formats are the reports that can be asked for.
func formats() []string { return []string{"html", "json", "csv", "junit", "md"} }

func (o *options) checkOutput() error {
	for _, f := range o.formats {
		if !slices.Contains(formats(), f) {
			return fmt.Errorf("--format must be some of %s, is %q%s", strings.Join(formats(), ", "), f, didYouMean(f, formats()))
		}
	}
	if o.output == "" {
		return errors.New("--output must name a directory")
	}
	return nil
}
