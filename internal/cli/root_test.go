package cli

import (
	"flag"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/loadforge/loadforge/internal/httpfile"
)

var update = flag.Bool("update", false, "write the golden files")

// golden compares text with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := testdata(name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", file, got, want)
	}
}

func TestHelp(t *testing.T) {
	shop := stage{test: &Test{Name: "shop checkout"}}
	for name, test := range map[string]struct {
		stage stage
		args  []string
	}{
		"help.golden":      {stage{}, nil},
		"help-run.golden":  {stage{}, []string{"run", "--help"}},
		"help-demo.golden": {stage{}, []string{"help", "demo"}},
		"help-echo.golden": {stage{}, []string{"echo", "-h"}},
		"help-shop.golden": {shop, []string{"--help"}},
	} {
		p := test.stage.play(t, test.args...)
		p.wants(t, 0, "")
		golden(t, name, p.out)
		for line := range strings.Lines(p.out) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > 80 {
				t.Errorf("%s: a line has %d columns: %s", name, n, line)
			}
		}
	}
}

func TestMistakesInArguments(t *testing.T) {
	shop := newSpy().stage()
	shop.test.Name = "shop"
	unnamed := stage{test: &Test{Name: " "}}
	for _, test := range []struct {
		stage stage
		args  string
		want  string
	}{
		{stage{}, "runn", `unknown command "runn" (did you mean "run"?); see loadforge --help`},
		{stage{}, "xyzzy", `unknown command "xyzzy"; see loadforge --help`},
		{stage{}, "help runn", `unknown command "runn" (did you mean "run"?); see loadforge --help`},
		{stage{}, "help run it", `unknown command "run"`},
		{stage{}, "http://127.0.0.1/", `"http://127.0.0.1/" is no command; to run it: loadforge run http://127.0.0.1/`},
		{stage{}, ".", `"." is no command; to run it: loadforge run .`},
		{stage{}, "./shop", `"./shop" is no command; to run it: loadforge run ./shop`},
		{stage{}, "shop.go", `"shop.go" is no command; to run it: loadforge run shop.go`},
		{stage{}, "-u 5 ./shop", "-u is a flag of loadforge run; see loadforge --help"},
		{stage{}, "--threshold p95<1s", "--threshold is a flag of loadforge run; see loadforge --help"},
		{stage{}, "--treshold p95<1s", "unknown flag --treshold; see loadforge --help"},
		{stage{}, "-Z", "unknown flag -Z; see loadforge --help"},
		{stage{}, "run x --treshold p95<1s", `unknown flag --treshold (did you mean "--threshold"?); see loadforge run --help`},
		{stage{}, "run x -Z", "unknown flag -Z; see loadforge run --help"},
		{stage{}, "run x -u", "--users needs a value: --users N; see loadforge run --help"},
		{stage{}, "run x --duration", "--duration needs a value: --duration D; see loadforge run --help"},
		{stage{}, "run x --=1", "bad flag syntax: --=1; see loadforge run --help"},
		{stage{}, "run x --seed -1", `--seed must be a whole number of at least 0, is "-1"; see loadforge run --help`},
		{stage{}, "run x --insecure=maybe", `--insecure must be true or false, is "maybe"`},
		{stage{}, "run", "what shall be run? name <scenario.go | package directory | https://url>; see loadforge run --help"},
		{stage{}, "build", "what shall be built? name <scenario>; see loadforge build --help"},
		{stage{}, "build x", "this program can't build scenarios; use the loadforge command"},
		{stage{}, "run a b", "one scenario at a time: got a and b"},
		{stage{}, "run a.js", "a.js: this version runs Go scenarios and URLs, not yet .js files; loadforge init writes a scenario in Go"},
		{stage{}, "run ftp://x/", "ftp://x/: this version speaks http and https, not ftp"},
		{stage{}, "run localhost:8080", "localhost:8080: a URL begins with its scheme: http://localhost:8080"},
		{stage{}, "run ./shop -X PUT", "--request says what a URL is asked; ./shop is a scenario"},
		{stage{}, "run ./shop --data x", "--data says what a URL is asked"},
		{stage{}, "run ./shop --data-binary x", "--data-binary says what a URL is asked"},
		{stage{}, "run ./shop --json-data x", "--json-data says what a URL is asked"},
		{stage{}, "run ./shop", "this program can't build scenarios; use the loadforge command"},
		{stage{}, "run http://x/ --data-binary x --json-data y", "--data, --data-binary and --json-data exclude each other"},
		{stage{}, "run http://x/ -H x", `header "x"`},
		{stage{}, "init a b", "loadforge init takes one argument, but got a and b"},
		{stage{}, "demo x", `loadforge demo takes no argument, but got "x"`},
		{stage{}, "echo x", `loadforge echo takes no argument, but got "x"`},
		{stage{}, "echo --error-rate 5", `--error-rate must be a share such as 0.05 or 5%, is "5"`},
		{stage{}, "echo --stall 2s", "stall"},
		{stage{}, "echo --addr nowhere", "choose another address with --addr"},
		{stage{}, "completion", "name one shell: bash, zsh, fish, powershell"},
		{stage{}, "completion bsh", `no completion for "bsh" (did you mean "bash"?); there is one for bash, zsh, fish, powershell`},
		{stage{}, "report x --format pdf", `--format must be some of html, json, csv, junit, md, is "pdf"`},
		{stage{}, "report x", "runs are in results, or where --output says"},
		{shop, "patern", `unknown command "patern" (did you mean "pattern"?); see shop --help`},
		{shop, "./other", "shop runs its own scenario; to run another: loadforge run ./other"},
		{shop, "run ./other", `shop run takes no argument, but got "./other"`},
		{shop, "pattern ./other", `shop pattern takes no argument, but got "./other"`},
		{shop, "--usres 5", `unknown flag --usres (did you mean "--users"?); see shop --help`},
		{unnamed, "-Z", "unknown flag -Z; see test --help"},
	} {
		t.Run(test.args, func(t *testing.T) {
			inFolder(t, nil)
			test.stage.tools.Request = func(httpfile.Request) Test { return *newSpy().bare() }
			p := test.stage.play(t, strings.Fields(test.args)...)
			p.wants(t, 104, test.want)
			if !strings.HasPrefix(p.err, "loadforge: ") || strings.Count(p.err, "\n") != 1 || p.out != "" {
				t.Errorf("it says\n%s%s\nwant one line", p.out, p.err)
			}
		})
	}
}

func TestCompletion(t *testing.T) {
	for shell, want := range map[string]string{
		"bash": "bash completion V2 for loadforge", "zsh": "#compdef loadforge", "fish": "fish completion for loadforge", "powershell": "powershell completion for loadforge",
	} {
		p := stage{}.play(t, "completion", shell)
		p.wants(t, 0, "")
		if !strings.Contains(p.out, want) {
			t.Errorf("%s: got\n%s", shell, p.out)
		}
	}
	for args, want := range map[string]string{
		"run --pattern ": "diurnal\n", "run --format ": "junit\n", "init --template ": "auth\n", "completion ": "fish\n", "ru": "run\t",
	} {
		p := stage{}.play(t, append([]string{"__complete"}, strings.Split(args, " ")...)...)
		if !strings.Contains(p.out, want) {
			t.Errorf("%s: completes\n%s, want %q among it", args, p.out, want)
		}
	}
}

func TestVersionIsToldInEveryWay(t *testing.T) {
	for _, args := range []string{"version", "--version", "-v"} {
		p := stage{}.play(t, args)
		p.wants(t, 0, "")
		if !strings.HasPrefix(p.out, "loadforge devel") {
			t.Errorf("%s: got %q", args, p.out)
		}
	}
}
