package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"
)

// loadsOf validates with these flags and returns the loads that would run.
func loadsOf(t *testing.T, s stage, flags ...string) string {
	t.Helper()
	p := s.play(t, append([]string{"validate"}, flags...)...)
	p.wants(t, 0, "")
	var loads []string
	for line := range strings.Lines(p.out) {
		if load, ok := strings.CutPrefix(strings.TrimSpace(line), "load "); ok {
			loads = append(loads, strings.TrimSpace(load))
		}
	}
	return strings.Join(loads, "; ")
}

func TestLoadIsThatOfTheStrongestVoice(t *testing.T) {
	const file = "users = 3\nduration = \"30s\""
	const ramp = "rate = \"3/m\"\npattern = \"ramp\"\nramp-to = 9"
	const table = "[[load]]\npattern = { constant = { level = 8, for = \"5s\" } }"
	for _, test := range []struct {
		says  string
		own   bool   // the test has a load of its own: 2 users for a minute
		file  string // loadforge.toml
		env   map[string]string
		flags []string
		want  string
	}{
		{says: "the default", want: "visitor, users: hold 10 for 1m"},
		{says: "the file wins over the default", file: file, want: "visitor, users: hold 3 for 30s"},
		{says: "the file has another model", file: ramp, want: "visitor, iterations per second: ramp 0.05 -> 9 over 1m"},
		{says: "a table of the file", file: table, want: "visitor, users: hold 8 for 5s"},
		{says: "a variable wins over the file", file: file, env: map[string]string{"LOADFORGE_USERS": "4"}, want: "visitor, users: hold 4 for 30s"},
		{says: "an empty variable says nothing", file: file, env: map[string]string{"LOADFORGE_USERS": ""}, want: "visitor, users: hold 3 for 30s"},
		{says: "a flag wins over the variable", env: map[string]string{"LOADFORGE_USERS": "4"}, flags: []string{"-u", "5"}, want: "visitor, users: hold 5 for 1m"},
		{says: "a flag of the other model wins, too", env: map[string]string{"LOADFORGE_USERS": "4"}, flags: []string{"-r", "30/m"}, want: "visitor, iterations per second: hold 0.5 for 1m"},
		{says: "a flag chooses another pattern than the file", file: ramp, flags: []string{"-p", "constant"}, want: "visitor, iterations per second: hold 0.05 for 1m"},
		{says: "a flag chooses another pattern than the file implies", file: "ramp-to = 100", flags: []string{"-p", "constant"}, want: "visitor, users: hold 10 for 1m"},
		{says: "a parameter chooses another pattern, too", file: ramp, flags: []string{"--low", "0"}, want: "visitor, iterations per second: diurnal 0 .. 0.05 over 1m (peak at 30s)"},
		{says: "the same pattern is completed by the file", file: ramp, flags: []string{"-p", "ramp"}, want: "visitor, iterations per second: ramp 0.05 -> 9 over 1m"},
		{says: "a flag chooses another pattern than a variable", env: map[string]string{"LOADFORGE_RAMP_TO": "9"}, flags: []string{"-p", "constant"}, want: "visitor, users: hold 10 for 1m"},
		{says: "a flag has another model than the file", file: ramp, flags: []string{"-u", "1"}, want: "visitor, users: ramp 1 -> 9 over 1m"},

		{says: "the scenario's own", own: true, want: "visitor, users: hold 2 for 1m"},
		{says: "the scenario wins over the file", own: true, file: file, want: "visitor, users: hold 2 for 1m"},
		{says: "a table wins over the scenario", own: true, file: table, want: "visitor, users: hold 8 for 5s"},
		{says: "a variable wins over the scenario", own: true, env: map[string]string{"LOADFORGE_DURATION": "9"}, want: "visitor, users: hold 2 for 9s"},
		{says: "a flag wins over the scenario", own: true, flags: []string{"-r", "7", "-d", "2m"}, want: "visitor, iterations per second: hold 7 for 2m"},
		{says: "flags of a load are completed by the file", own: true, file: file, flags: []string{"-u", "7"}, want: "visitor, users: hold 7 for 30s"},
		{says: "a flag wins over a table", own: true, file: table, flags: []string{"-u", "7", "-d", "1s"}, want: "visitor, users: hold 7 for 1s"},
	} {
		t.Run(test.says, func(t *testing.T) {
			inFolder(t, map[string]string{"loadforge.toml": test.file})
			s := newSpy()
			st := stage{test: s.test(), env: test.env}
			if !test.own {
				st.test = s.bare()
			}
			if got := loadsOf(t, st, test.flags...); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestSettingsOfTheFileThatAreNotUsedAreNamed(t *testing.T) {
	inFolder(t, map[string]string{"loadforge.toml": "users = 3\ntimeout = \"5s\""})
	s := newSpy()
	const note = "note: loadforge.toml: users is not used"
	s.stage().play(t, "validate").wants(t, 0, note)
	for _, st := range []stage{{test: s.bare()}, s.stage()} {
		flags := []string{"validate"}
		if !st.test.Bare {
			flags = append(flags, "-u", "1")
		}
		if p := st.play(t, flags...); strings.Contains(p.err, "note:") {
			t.Errorf("bare %v: it says %s", st.test.Bare, p.err)
		}
	}
}

func TestAFileWithTwoModelsIsAMistake(t *testing.T) {
	inFolder(t, map[string]string{"loadforge.toml": "users = 3\nrate = 5"})
	s := newSpy()
	for range 20 { // maps have an order of their own each time
		stage{test: s.bare()}.play(t, "validate").wants(t, 104, "--users and --rate exclude each other")
	}
	if got, want := loadsOf(t, stage{test: s.bare()}, "-r", "7"), "visitor, iterations per second: hold 7 for 1m"; got != want {
		t.Errorf("with a flag it is %s, want %s", got, want)
	}
}

func TestSeveralScenariosOfATable(t *testing.T) {
	inFolder(t, map[string]string{
		"two.toml": `
[[load]]
scenario = "buyer"
model = "rate"
max-users = 50
pattern = { constant = { level = 5, for = "10s" } }
[[load]]
scenario = "visitor"
offset = "5s"
iterations = 12
pattern = { constant = { level = 4, for = "10s" } }`,
		"nobody.toml":  "[[load]]\npattern = { constant = { level = 5, for = \"10s\" } }",
		"unknown.toml": "[[load]]\nscenario = \"thief\"\npattern = { constant = { level = 5, for = \"10s\" } }",
	})
	s := newSpy()
	s.plan.Loads = append(s.plan.Loads, idle("buyer"))
	st := s.stage()
	if got, want := loadsOf(t, st, "-c", "two.toml"), "buyer, iterations per second: hold 5 for 10s; visitor, users: hold 4 for 10s, after 5s"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got, want := loadsOf(t, st, "-u", "10"), "visitor, users: hold 5 for 1m; buyer, users: hold 5 for 1m"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got, want := loadsOf(t, st, "-u", "1"), "visitor, users: hold 1 for 1m"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	begin := time.Now()
	st.play(t, "-u", "1", "--iterations", "3", "--no-report").wants(t, 0, "note: buyer is left out, for there are fewer users than scenarios\n")
	if took := time.Since(begin); took > 30*time.Second {
		t.Errorf("it took %s to make 3 iterations", took)
	}
	if got, want := loadsOf(t, st, "-u", "0", "-p", "ramp", "--ramp-to", "8"), "visitor, users: ramp 0 -> 4 over 1m; buyer, users: ramp 0 -> 4 over 1m"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	st.play(t, "validate", "-u", "0").wants(t, 104, "the load is 0 all the time")
	st.play(t, "validate", "-u", "0", "-p", "ramp", "--ramp-to", "0").wants(t, 104, "the load is 0 all the time")
	stage{test: s.bare()}.play(t, "validate", "-c", "unknown.toml").wants(t, 104, "with a URL leave [[load]] out, or name another config file with -c")
	st.play(t, "validate", "-c", "unknown.toml").wants(t, 104, `unknown.toml: no scenario is called "thief"; the test has "visitor", "buyer"`)
	st.play(t, "validate", "-c", "nobody.toml").wants(t, 104, `nobody.toml: no scenario is called ""`)
}

func TestTargetsOfFileAndFlagsReachTheTest(t *testing.T) {
	inFolder(t, map[string]string{"loadforge.toml": `
base-url = "http://127.0.0.1:1"
timeout = "3s"
insecure = true
http = "2"
proxy = "http://127.0.0.1:3128"
connect-to = ["a:1:b:2", "c:3:d:4"]
header = { Accept = "text/html", X-Many = ["1", "2"] }`})
	s := newSpy()
	p := stage{test: s.test(), env: map[string]string{"LOADFORGE_HEADER": "Authorization: Bearer x\nAccept: a;q=1"}}.play(t, "validate",
		"--base-url", "http://127.0.0.1:2", "--timeout", "9", "--insecure", "--http", "1.1", "--proxy", "socks5://127.0.0.1:9", "--connect-to", "e:5:f:6")
	p.wants(t, 0, "")
	if want := (Target{
		BaseURL: "http://127.0.0.1:1", Timeout: 3 * time.Second, Insecure: true, HTTP: "2", Proxy: "http://127.0.0.1:3128",
		ConnectTo: []string{"a:1:b:2", "c:3:d:4"}, Header: http.Header{"Accept": {"text/html"}, "X-Many": {"1", "2"}},
	}); !reflect.DeepEqual(s.defaults, want) {
		t.Errorf("the file says\n%+v, want\n%+v", s.defaults, want)
	}
	if want := (Target{
		BaseURL: "http://127.0.0.1:2", Timeout: 9 * time.Second, Insecure: true, HTTP: "1.1", Proxy: "socks5://127.0.0.1:9",
		ConnectTo: []string{"e:5:f:6"}, Header: http.Header{"Authorization": {"Bearer x"}, "Accept": {"a;q=1"}},
	}); !reflect.DeepEqual(s.overrides, want) {
		t.Errorf("the flags say\n%+v, want\n%+v", s.overrides, want)
	}
}

func TestLimitsReachThePlan(t *testing.T) {
	for _, test := range []struct {
		says  string
		file  string
		flags []string
		want  string
	}{
		{says: "the scenario's own", want: "max 5, seed 7, graceful 2s, warmup 1s, users 0, iterations 20, thresholds 0"},
		{
			says: "flags", flags: []string{"--max-rps", "60/m", "--seed", "8", "--graceful-stop", "3", "--warmup", "10ms", "--max-users", "9", "--iterations", "100"},
			want: "max 1, seed 8, graceful 3s, warmup 10ms, users 9, iterations 100, thresholds 0",
		},
		{
			says: "the file", file: "max-rps = 2\nseed = 8\ngraceful-stop = 3\nwarmup = \"10ms\"\nmax-users = 9\niterations = 100\nfail-on-error-rate = 0.1\nthresholds = [\"p95<1s\"]",
			want: "max 2, seed 8, graceful 3s, warmup 10ms, users 9, iterations 100, thresholds 2",
		},
		{says: "no grace", flags: []string{"--graceful-stop", "0"}, want: "max 5, seed 7, graceful -1ns, warmup 1s, users 0, iterations 20, thresholds 0"},
		{says: "flags of thresholds", flags: []string{"--threshold", "p95<1s", "--threshold", "p99<2s", "--fail-on-error-rate", "1%"}, want: "max 5, seed 7, graceful 2s, warmup 1s, users 0, iterations 20, thresholds 3"},
	} {
		t.Run(test.says, func(t *testing.T) {
			inFolder(t, map[string]string{"loadforge.toml": test.file})
			s := newSpy()
			s.plan.MaxRate, s.plan.Graceful, s.plan.Warmup = 5, 2*time.Second, time.Second
			a, cmd, o := parsed(t, s.stage(), test.flags...)
			p, err := a.plan(cmd, o, a.test)
			if err != nil {
				t.Fatal(err)
			}
			l := p.Loads[0]
			got := fmt.Sprintf("max %v, seed %d, graceful %v, warmup %v, users %d, iterations %d, thresholds %d",
				p.MaxRate, p.Seed, p.Graceful, p.Warmup, l.MaxUsers, l.Iterations, len(p.Thresholds))
			if got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestOutputSettingsOfTheFile(t *testing.T) {
	inFolder(t, map[string]string{"loadforge.toml": "output = \"there\"\nformat = [\"json\", \"md\"]\nquiet = true\nfail-on-invalid = true"})
	a, cmd, o := parsed(t, newSpy().stage())
	if _, err := a.plan(cmd, o, a.test); err != nil {
		t.Fatal(err)
	}
	if o.output != "there" || !reflect.DeepEqual(o.formats, []string{"json", "md"}) || !o.quiet || !o.failInvalid {
		t.Errorf("the options are %+v", o)
	}
	a, cmd, o = parsed(t, newSpy().stage(), "-o", "here", "--quiet=false", "-f", "csv")
	if _, err := a.plan(cmd, o, a.test); err != nil {
		t.Fatal(err)
	}
	if o.output != "here" || !reflect.DeepEqual(o.formats, []string{"csv"}) || o.quiet {
		t.Errorf("with flags the options are %+v", o)
	}
}

func TestVariablesHaveLayers(t *testing.T) {
	inFolder(t, map[string]string{
		".env":           "FROM_DOTENV=dotenv\nFROM_OUTSIDE=dotenv\nTYPED=dotenv\nIN_FILE=dotenv",
		"loadforge.toml": "[env]\nFROM_FILE = \"file\"\nIN_FILE = \"file\"",
	})
	for _, name := range []string{"FROM_DOTENV", "FROM_OUTSIDE", "TYPED", "IN_FILE"} {
		t.Setenv(name, "") // so that the test restores what the command exports
		_ = os.Unsetenv(name)
	}
	s := newSpy()
	st := stage{test: s.test(), env: map[string]string{"FROM_OUTSIDE": "outside", "TYPED": "outside"}}
	st.play(t, "validate", "-e", "TYPED=typed=it").wants(t, 0, "")
	for name, want := range map[string]string{
		"FROM_DOTENV": "dotenv", "FROM_OUTSIDE": "outside", "TYPED": "typed=it", "FROM_FILE": "file", "IN_FILE": "dotenv",
	} {
		if got, _ := s.env(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if _, ok := s.env("NOWHERE"); ok {
		t.Error("NOWHERE is set")
	}
	for name, want := range map[string]string{"FROM_DOTENV": "dotenv", "TYPED": "typed=it"} {
		if got := os.Getenv(name); got != want {
			t.Errorf("the scenario's own os.Getenv(%s) is %q, want %q", name, got, want)
		}
	}
}

func TestMistakesInSettings(t *testing.T) {
	for _, test := range []struct {
		says  string
		files map[string]string
		env   map[string]string
		flags []string
		want  string
	}{
		{says: "a key", files: map[string]string{"loadforge.toml": "duratoin = 1"}, want: "loadforge.toml:1:1: unknown key \"duratoin\" (did you mean \"duration\"?)\n    duratoin = 1\n    ^\n"},
		{says: "a file that is not there", flags: []string{"-c", "none.toml"}, want: "none.toml"},
		{says: "a .env", files: map[string]string{".env": "A=1\nB"}, want: ".env:2: want NAME=value, have \"B\"\n"},
		{says: "a pair", flags: []string{"-e", "=1"}, want: `--env "=1": want NAME=VALUE`},
		{says: "a header", flags: []string{"-H", "x"}, want: `header "x": want 'Name: value'`},
		{says: "a threshold", flags: []string{"--threshold", "p95"}, want: "--threshold: threshold \"p95\""},
		{says: "two variables", env: map[string]string{"LOADFORGE_USERS": "x", "LOADFORGE_JSON": "perhaps"}, want: "LOADFORGE_USERS must be a whole number of at least 0, is \"x\"\nLOADFORGE_JSON must be true or false, is \"perhaps\"\n"},
		{says: "a line of a variable", env: map[string]string{"LOADFORGE_THRESHOLD": "p95<1s\np95"}, want: "--threshold: threshold \"p95\""},
		{says: "a load", flags: []string{"-d", "0"}, want: "--duration must be positive, is 0s"},
		{says: "users that are none", flags: []string{"-u", "0"}, want: "loadforge: the load is 0 all the time, so nothing would be sent; give --users, --rate or the pattern a level above 0\n"},
		{says: "a rate that is none", flags: []string{"-r", "0"}, want: "the load is 0 all the time"},
		{says: "a ramp from nothing to nothing", flags: []string{"-u", "0", "-p", "ramp", "--ramp-to", "0"}, want: "the load is 0 all the time"},
		{says: "a ramp to less than a user", flags: []string{"-u", "0", "-p", "ramp", "--ramp-to", "0.5"}, want: "the load is 0 all the time"},
		{says: "a warm-up as long as the run", flags: []string{"validate", "-d", "5s", "-u", "1", "--warmup", "5s"}, want: "a warm-up of 5s leaves nothing to measure of a run of 5s"},
		{says: "a policy", flags: []string{"validate", "--on-worker-loss", "abbort"}, want: `--on-worker-loss must be rebalance, continue or abort, is "abbort" (did you mean "abort"?)`},
		{says: "a format of the file", files: map[string]string{"loadforge.toml": "format = [\"pdf\"]"}, flags: []string{"validate"}, want: `is "pdf"`},
		{says: "a key without a bus", flags: []string{"--key-file", "key.txt"}, want: "--key-file is for workers of other machines, and none are to come; say so with --expect N"},
		{says: "a lease without a bus", flags: []string{"validate", "--lease", "5s"}, want: "--lease is for workers of other machines"},
		{says: "a variable of workers", env: map[string]string{"LOADFORGE_EXPECT": "few"}, want: `LOADFORGE_EXPECT must be a whole number of at least 0, is "few"`},
		{says: "a pattern", flags: []string{"-p", "spyke"}, want: "(did you mean \"spike\"?)"},
		{says: "a rule of the plan", flags: []string{"--warmup", "1s", "--threshold", "p95<-1s"}, want: "threshold"},
	} {
		t.Run(test.says, func(t *testing.T) {
			inFolder(t, test.files)
			s := newSpy()
			stage{test: s.test(), env: test.env}.play(t, test.flags...).wants(t, 104, test.want)
			if _, err := os.Stat("results"); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("results: %v, want none", err)
			}
		})
	}
}

func TestMisspeltVariablesAreMentioned(t *testing.T) {
	inFolder(t, map[string]string{".env": "LOADFORGE_PATERN=ramp\n"})
	t.Setenv("LOADFORGE_PATERN", "")
	_ = os.Unsetenv("LOADFORGE_PATERN")
	s := newSpy()
	p := stage{test: s.test(), env: map[string]string{"LOADFORGE_USRES": "1", "LOADFORGE_SDK": "/x", "LOADFORGE_TOKEN_OF_THE_SHOP": "x", "USRES": "1", "LOADFORGE_RAET": ""}}.play(t, "validate")
	want := "note: the variable LOADFORGE_USRES means nothing here; did you mean LOADFORGE_USERS?\n" +
		"note: the variable LOADFORGE_PATERN means nothing here; did you mean LOADFORGE_PATTERN?\n"
	if p.code != 0 || p.err != want {
		t.Errorf("it ended with %d and\n%s\nwant\n%s", p.code, p.err, want)
	}
}
