package cli

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/loadforge/loadforge/internal/httpfile"
)

// runCommand runs a test.
func (a *app) runCommand() *cobra.Command {
	o := new(options)
	cmd := &cobra.Command{
		Use:   "run <scenario.go | package directory | https://url>",
		Short: "Run a test",
		Example: `  loadforge run https://localhost:8080/ -u 50 -d 30s
  loadforge run https://localhost:8080/orders --json-data '{"product":1}' -r 200/s
  loadforge run ./shop --pattern spike -u 20 --spike-to 200 -d 5m
  loadforge run shop.go --threshold 'p95<300ms' --threshold 'error_rate<1%'`,
		RunE: func(cmd *cobra.Command, args []string) error { return a.run(cmd, args, o) },
	}
	o.define(cmd.Flags())
	o.defineRun(cmd.Flags())
	if a.test != nil {
		cmd.Use, cmd.Args, cmd.Example = "run", noArgs, ""
		return cmd
	}
	o.defineRequest(cmd.Flags())
	cmd.Args = oneScenario
	return cmd
}

// oneScenario wants a single argument.
func oneScenario(cmd *cobra.Command, args []string) error {
	if len(args) == 1 {
		return nil
	}
	if len(args) == 0 {
		return fmt.Errorf("what shall be run? give a scenario (a .go file or a package directory) or a URL; see %s --help", cmd.CommandPath())
	}
	return fmt.Errorf("one scenario at a time: got %s", strings.Join(args, " and "))
}

func (a *app) run(cmd *cobra.Command, args []string, o *options) error {
	if a.test != nil {
		return a.runTest(cmd, o, a.test)
	}
	if httpfile.IsURL(args[0]) || strings.HasPrefix(args[0], "${") {
		test, err := a.requestTest(args[0], o)
		if err != nil {
			return err
		}
		return a.runTest(cmd, o, &test)
	}
	return a.handOver(cmd, o, args[0], "run")
}

// requestTest makes a test of a URL and curl's flags. The header fields become
// those of the request.
func (a *app) requestTest(url string, o *options) (Test, error) {
	r, err := httpfile.New(url, httpfile.Flags{Method: o.method, Header: o.headers, Data: o.data, Binary: o.binary, JSON: o.jsonData})
	if err != nil {
		return Test{}, err
	}
	o.headers = nil
	return a.tools.Request(r), nil
}

// handOver builds a Go scenario and goes on as its binary, with the same flags.
func (a *app) handOver(cmd *cobra.Command, o *options, target, command string) error {
	switch ext := filepath.Ext(target); ext {
	case ".js", ".ts", ".http", ".rest":
		return fmt.Errorf("%s: this version runs Go scenarios and URLs, not %s files", target, ext)
	}
	if f := requestFlag(o); f != "" {
		return fmt.Errorf("--%s says what a URL is asked; %s is a scenario", f, target)
	}
	if a.tools.Build == nil {
		return fmt.Errorf("%s can't build scenarios; use the loadforge command", cmd.Root().Name())
	}
	path, err := a.tools.Build(cmd.Context(), target)
	if err != nil {
		return &exitError{exitScenario, err}
	}
	flags := retold(cmd.Flags())
	env, err := withPairs(os.Environ(), o.env)
	if err != nil {
		return err
	}
	err = a.tools.Exec(path, append([]string{path, command}, flags...), env)
	var exit interface{ ExitCode() int }
	if errors.As(err, &exit) {
		return &exitError{code: exit.ExitCode()}
	}
	if err != nil {
		return &exitError{exitScenario, fmt.Errorf("start %s: %w", target, err)}
	}
	return nil
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

// withPairs puts the variables of -e into the environment of the scenario, so
// that their values stand in no argument list.
func withPairs(env, list []string) ([]string, error) {
	set, err := pairs(list)
	if err != nil {
		return nil, err
	}
	for name, value := range set {
		env = append(env, name+"="+value)
	}
	return env, nil
}

// runTest runs a test that this program has.
func (a *app) runTest(cmd *cobra.Command, o *options, test *Test) error {
	p, err := a.plan(cmd, o, test)
	if err != nil {
		return err
	}
	defer closePlan(p)
	if err := o.checkOutput(); err != nil {
		return err
	}
	if p.Seed == 0 {
		p.Seed = rand.Uint64()
	}
	describe(&p, cmd.Flags())
	p.Close = nil // closed above, when the report is written
	s := &session{app: a, options: o}
	return s.run(cmd.Context(), p)
}

// formats are the reports that can be asked for.
func formats() []string { return []string{"html", "json", "csv", "junit", "md"} }

func (o *options) checkOutput() error {
	for _, f := range o.formats {
		known := false
		for _, k := range formats() {
			known = known || f == k
		}
		if !known {
			return fmt.Errorf("--format %q: must be some of %s%s", f, strings.Join(formats(), ", "), didYouMean(f, formats()))
		}
	}
	if o.output == "" {
		return errors.New("--output must name a directory")
	}
	return nil
}
