package loadforge

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"strings"

	"github.com/loadforge/loadforge/internal/cli"
	"github.com/loadforge/loadforge/internal/cluster"
	"github.com/loadforge/loadforge/internal/httpfile"
	"github.com/loadforge/loadforge/pattern"
)

// Main makes a program of a test: it reads the command line, runs the test,
// shows it live, writes the report and exits with a code that says how it went.
// It does not return.
func Main(t Test) {
	test := t.forCommand()
	os.Exit(cli.Main(os.Args[1:], &test, cli.Tools{}))
}

// Command is the loadforge command, which has no test of its own. The tools
// are what a scenario's binary does without. It returns the exit code.
func Command(args []string, tools cli.Tools) int {
	tools.Request, tools.Target, tools.Demo = requestTest, checkTarget, demoTest
	return cli.Main(args, nil, tools)
}

func (t Test) forCommand() cli.Test {
	return cli.Test{Name: t.name(), Plan: t.plan}
}

// Run runs a test inside a program or a Go test: no screen, no files. The
// error is a [*ConfigError] when the test is not sound, or would put a high load
// on a public address that [HTTP.AllowPublic] does not allow, a [*ScenarioError]
// when its setup or teardown failed, an [*EngineError] otherwise; a run that did
// not pass its thresholds is a result, not an error. When ctx ends the run is
// cut short and its result returned.
func Run(ctx context.Context, t Test) (*Result, error) {
	p, err := t.plan(cli.Target{}, cli.Target{}, os.LookupEnv)
	if err != nil {
		return nil, err
	}
	if err := cli.Confine(ctx, &p, true, "HTTP.AllowPublic"); err != nil {
		p.Close()
		return nil, &ConfigError{err}
	}
	if p.Seed == 0 {
		p.Seed = 1 + rand.Uint64N(1e9) // few enough digits for every reader of JSON
	}
	outcome, err := cluster.Local(ctx, p, cluster.Options{})
	if err != nil {
		return nil, runError(err)
	}
	return resultOf(outcome), nil
}

func runError(err error) error {
	var setup *cluster.SetupError
	var teardown *cluster.TeardownError
	var plan *cluster.PlanError
	switch {
	case errors.As(err, &plan):
		return &ConfigError{err}
	case errors.As(err, &setup), errors.As(err, &teardown):
		return &ScenarioError{err}
	}
	return &EngineError{err}
}

// requestTest makes a test of one request from the command line.
func requestTest(r httpfile.Request) cli.Test {
	build := func(defaults, overrides cli.Target, env cli.Lookup) (cluster.Plan, error) {
		hide := new(secrets)
		request, err := expandRequest(r, env, hide)
		if err != nil {
			return cluster.Plan{}, &ConfigError{err}
		}
		base, path := httpfile.Split(request.URL)
		name := request.Name() // of the URL with its variables replaced
		task := Func(name, func(vu *VU) error {
			return vu.Send(Request{Method: request.Method, Path: path, Body: bodyOf(request)}).Err()
		})
		t := Test{
			Name: name, BaseURL: base, Header: request.Header,
			Load: []Load{task.Users(pattern.Constant{Level: cli.DefaultUsers, For: cli.DefaultDuration})},
		}
		return t.discreetPlan(defaults, overrides, env, hide)
	}
	return cli.Test{Name: r.Name(), Bare: true, Plan: build}
}

// checkTarget makes what the users of a test would share, to see whether it can be
// made.
func checkTarget(defaults, overrides cli.Target, env cli.Lookup) error {
	settings, err := Test{}.settle(defaults, overrides, env, new(secrets))
	if err != nil {
		return err
	}
	h, err := settings.open()
	if err != nil {
		return err
	}
	h.client.Close()
	return nil
}

// cutServer parts a URL, which may begin with a variable, where its path begins.
func cutServer(url string) (server, path string) {
	begin := strings.Index(url, "://") + len("://")
	if strings.HasPrefix(url, "${") {
		begin = strings.IndexByte(url, '}') + 1
	}
	i := strings.IndexAny(url[begin:], "/?#")
	if i < 0 {
		return url, ""
	}
	return url[:begin+i], url[begin+i:]
}

func bodyOf(r httpfile.Request) Body {
	if r.Body == nil {
		return NoBody
	}
	return Bytes("", r.Body)
}

// expandRequest replaces ${NAME} in URL and body; the header is expanded with
// the test's. What stands in for names behind the server is to be hidden.
func expandRequest(r httpfile.Request, env cli.Lookup, hide *secrets) (httpfile.Request, error) {
	server, path := cutServer(r.URL)
	server, err := expand(server, env)
	if err == nil {
		path, err = expand(path, hide.watch(env))
	}
	if err != nil {
		return r, fmt.Errorf("URL %q: %w", pathShown(r.URL), err)
	}
	r.URL = server + path
	if r.Body != nil && !r.Verbatim {
		body, err := expand(string(r.Body), hide.watch(env))
		if err != nil {
			return r, fmt.Errorf("request body: %w", err)
		}
		r.Body = []byte(body)
	}
	r.Header = maps.Clone(r.Header)
	return r, nil
}
