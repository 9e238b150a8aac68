package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/loadforge/loadforge/internal/target"
)

// A copy of the test program that is started as loadforge, but under another
// name, must not run the tests: they would start it again.
func TestMain(m *testing.M) {
	programs := map[string]func(){"loadforge": main, "phases": phases, "mischief": mischief}
	if name := filepath.Base(os.Args[0]); programs[name] == nil && len(os.Args) > 1 && !strings.HasPrefix(os.Args[1], "-") {
		fmt.Fprintf(os.Stderr, "%s is the test program, not loadforge: it does not know %q\n", name, os.Args[1])
		os.Exit(2)
	}
	testscript.Main(m, programs)
}

// hasty keeps the race detector from waiting a second at the end of each
// process.
const hasty = "GORACE=atexit_sleep_ms=0"

// targetKey finds a script's target among its values.
type targetKey struct{}

// The transcripts in testdata/script drive the real binary against a real
// server. Each has a target of its own, at $TARGET, in its own directory.
// Scenarios that several of them use are in $SCENARIOS, and are built once.
func TestTranscripts(t *testing.T) {
	cache := t.TempDir()
	goEnv := goEnvironment(t)
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		UpdateScripts:       os.Getenv("UPDATE") != "", // writes what commands say into the scripts
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			scenarios, err := filepath.Abs(filepath.Join("testdata", "scenarios"))
			if err != nil {
				return err
			}
			demo := target.New(target.Config{Seed: 1})
			url, stop, err := demo.Start("127.0.0.1:0")
			if err != nil {
				return err
			}
			env.Defer(stop)
			env.Values[targetKey{}] = demo
			binary, err := exec.LookPath("loadforge")
			if err != nil {
				return err
			}
			env.Vars = append(env.Vars, goEnv...)
			env.Vars = append(env.Vars,
				"LOADFORGE="+binary, "TARGET="+url, "SCENARIOS="+scenarios, "LC_ALL=C.UTF-8", "NO_COLOR=1",
				hasty, "XDG_CACHE_HOME="+cache, "LocalAppData="+cache, "HOME="+cache,
			)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "received": received, "counted": counted,
		},
	})
}

// goEnvironment lets scripts, whose home is elsewhere, build as this machine
// does.
func goEnvironment(t *testing.T) (env []string) {
	t.Helper()
	out, err := exec.Command("go", "env", "-json", "GOCACHE", "GOMODCACHE", "GOPROXY", "GOFLAGS", "GONOSUMDB", "GOSUMDB", "GOTOOLCHAIN").Output()
	if err != nil {
		t.Fatalf("go env: %v", err)
	}
	var vars map[string]string
	if err := json.Unmarshal(out, &vars); err != nil {
		t.Fatal(err)
	}
	for name, value := range vars {
		env = append(env, name+"="+value)
	}
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	return append(env, "LOADFORGE_SDK="+root)
}

// exits CODES command... runs a command that has to end with one of the codes,
// which commas separate.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODES command...")
	}
	code := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%s: %v", args[1], err)
		}
		code = exit.ExitCode()
	}
	if got := strconv.Itoa(code); !slices.Contains(strings.Split(args[0], ","), got) {
		ts.Fatalf("exit code is %s, want %s", got, args[0])
	}
}

func targetOf(ts *testscript.TestScript) *target.Target {
	return ts.Value(targetKey{}).(*target.Target)
}

// received N says how many requests the target has received.
func received(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: received N")
	}
	if got := fmt.Sprint(targetOf(ts).Stats().Total); (got == args[0]) == neg {
		ts.Fatalf("the target received %s requests", got)
	}
}

// counted FILE compares the requests of a result.json with those that the
// target received.
func counted(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: counted FILE")
	}
	var result struct {
		Totals struct{ Requests uint64 }
	}
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &result))
	if got := targetOf(ts).Stats().Total; got != result.Totals.Requests || got == 0 {
		ts.Fatalf("the target received %d requests, %s says %d", got, args[0], result.Totals.Requests)
	}
}
