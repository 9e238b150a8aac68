package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"go/format"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/cluster"
	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/internal/store"
	"github.com/loadforge/loadforge/pattern"
	"github.com/loadforge/loadforge/threshold"
)

func TestInitWritesWhatItSays(t *testing.T) {
	for _, kind := range templateNames() {
		t.Run(kind, func(t *testing.T) {
			inFolder(t, nil)
			p := stage{}.play(t, "init", "my-shop", "--template", kind)
			p.wants(t, 0, "")
			if !strings.Contains(p.out, "loadforge run ./my-shop\n") {
				t.Errorf("it says\n%s", p.out)
			}
			source, err := os.ReadFile("my-shop/main.go")
			if err != nil {
				t.Fatal(err)
			}
			if formatted, err := format.Source(source); err != nil || !bytes.Equal(formatted, source) {
				t.Errorf("main.go is not formatted: %v", err)
			}
			for _, want := range []string{`Name:    "my-shop"`, `BaseURL: "http://127.0.0.1:8080"`, "// My-shop "} {
				if !strings.Contains(string(source), want) {
					t.Errorf("main.go lacks %s", want)
				}
			}
			stage{}.play(t, "init", "my-shop").wants(t, 104, "my-shop/main.go exists already; choose another name")
		})
	}
}

func TestInitNames(t *testing.T) {
	for dir, want := range map[string]string{
		"": `"loadtest"`, "deep/down/shop": `"shop"`, "./shop": `"shop"`, "...": `"test"`, "Über Uns": `"über-uns"`,
	} {
		inFolder(t, nil)
		args, file := []string{"init", dir}, filepath.Join(dir, "main.go")
		if dir == "" {
			args, file = []string{"init"}, "loadtest/main.go"
		}
		stage{}.play(t, args...).wants(t, 0, "")
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(source), "Name:    "+want) {
			t.Errorf("%q: main.go does not name the test %s", dir, want)
		}
	}
}

func TestInitQuotesWhatAShellWouldSplit(t *testing.T) {
	inFolder(t, nil)
	p := stage{}.play(t, "init", "a b/c")
	p.wants(t, 0, "")
	if want := "loadforge run " + quoted("./a b/c") + "\n"; !strings.Contains(p.out, want) || quoted("./a b/c") == "./a b/c" {
		t.Errorf("it says\n%s\nwant %s", p.out, want)
	}
	if got := quoted("./shop-1_ü.d"); got != "./shop-1_ü.d" {
		t.Errorf("a plain path is %s", got)
	}
}

func TestInitRefuses(t *testing.T) {
	inFolder(t, map[string]string{"taken": "", "half/accounts.csv": "mine"})
	for args, want := range map[string]string{
		"init shop.go":                "init makes a directory: loadforge init shop",
		"init shop --template autth":  `no template "autth" (did you mean "auth"?); there are basic, auth, api, open`,
		"init taken":                  "write the scenario: ",
		"init half --template=auth":   "half/accounts.csv exists already",
		"init taken/below --template": "--template needs a value: --template NAME",
	} {
		stage{}.play(t, strings.Fields(args)...).wants(t, 104, want)
	}
	if _, err := os.Stat("half/main.go"); err == nil {
		t.Error("half of a template was written")
	}
}

func TestPatternsAreDrawn(t *testing.T) {
	inFolder(t, map[string]string{
		"plan.toml": "[[load]]\nscenario = \"buyer\"\nmodel = \"rate\"\noffset = \"90s\"\npattern = { diurnal = { low = 2, high = 10, period = \"1h\", peak-at = \"30m\" } }",
	})
	s := newSpy()
	s.plan.Loads[0].Pattern = pattern.Sequence{pattern.Ramp{To: 8, For: 10_000_000_000}, pattern.Constant{Level: 8, For: 20_000_000_000}}
	s.plan.Loads = append(s.plan.Loads, idle("idler"))
	ascii := map[string]string{"LC_ALL": "C"}
	for name, test := range map[string]struct {
		stage stage
		args  string
	}{
		"pattern-spike.golden":    {stage{env: ascii}, "-p spike -u 20 --spike-to 200 -d 5m --width 40 --height 5"},
		"pattern-rate.golden":     {stage{env: ascii}, "-r 2.5 -d 1h --width 40 --height 3"},
		"pattern-file.golden":     {stage{env: ascii}, "plan.toml --width 40 --height 5"},
		"pattern-scenario.golden": {stage{test: s.test(), env: ascii}, "--width 40 --height 5"},
	} {
		p := test.stage.play(t, append([]string{"pattern"}, strings.Fields(test.args)...)...)
		p.wants(t, 0, "")
		golden(t, name, p.out)
	}
	stage{}.play(t, "pattern", "--height", "1000").wants(t, 104, "a drawing has at most 400 characters and 200 lines")
	stage{}.play(t, "pattern", "-p", "ramp").wants(t, 104, "--pattern ramp needs --ramp-to")
}

func TestPatternsAsJSON(t *testing.T) {
	inFolder(t, nil)
	p := stage{}.play(t, "pattern", "-r", "10", "-d", "10s", "--json")
	p.wants(t, 0, "")
	var got []struct {
		Model    string
		Duration float64 `json:"duration_s"`
		Peak     float64
		Total    float64
		Points   []struct{ Second, Level float64 }
	}
	if err := json.Unmarshal([]byte(p.out), &got); err != nil {
		t.Fatalf("%v in\n%s", err, p.out)
	}
	if len(got) != 1 || got[0].Model != "rate" || got[0].Duration != 10 || got[0].Peak != 10 || got[0].Total != 100 {
		t.Errorf("got %+v", got)
	}
	if points := got[0].Points; len(points) < 10 || points[1].Second != 1 || points[1].Level != 10 {
		t.Errorf("the points are %v", points)
	}
}

func TestValidateSaysWhatWouldRun(t *testing.T) {
	inFolder(t, map[string]string{
		"plan.toml": "users = 4\nthresholds = [\"p95<300ms\"]",
		"rate.toml": "fail-on-error-rate = 0.05",
		"bad.toml":  "usres = 4",
	})
	s := newSpy()
	s.plan.Thresholds = []threshold.Rule{threshold.ErrorRate(0.01)}
	for args, test := range map[string]struct {
		stage stage
		want  string
	}{
		"validate -u 3": {s.stage(), "shop is sound\n  target     http://127.0.0.1:1\n  load       visitor, users: hold 3 for 1m\n  threshold  error_rate<1%\n"},
		"validate -u 3 --threshold rps>=5 --fail-on-error-rate 2%": {
			s.stage(), "shop is sound\n  target     http://127.0.0.1:1\n  load       visitor, users: hold 3 for 1m\n  threshold  error_rate<1%\n  threshold  request_rate>=5/s\n  threshold  error_rate<2%\n",
		},
		"validate -u 3 -c rate.toml": {
			s.stage(), "shop is sound\n  target     http://127.0.0.1:1\n  load       visitor, users: hold 3 for 1m\n  threshold  error_rate<1%\n  threshold  error_rate<5%\n",
		},
		"validate rate.toml --threshold count>=1": {stage{}, "rate.toml is sound\n  load       users: hold 10 for 1m\n  threshold  count>=1\n  threshold  error_rate<5%\n"},
		"validate plan.toml":                      {stage{}, "plan.toml is sound\n  load       users: hold 4 for 1m\n  threshold  p95<300ms\n"},
	} {
		p := test.stage.play(t, strings.Fields(args)...)
		if p.code != 0 || p.out != test.want {
			t.Errorf("%s: ended with %d and\n%s%s\nwant\n%s", args, p.code, p.out, p.err, test.want)
		}
	}
	if s.closed != 3 {
		t.Errorf("the plan was closed %d times, want once for each", s.closed)
	}
	if p := (stage{}).play(t, "validate", "bad.toml"); p.code != 104 || strings.Contains(p.err, "name a scenario") {
		t.Errorf("a mistake in the file ended with %d and\n%s", p.code, p.err)
	}
	stage{}.play(t, "validate", "plan.toml", "--threshold", "p95").wants(t, 104, "--threshold: ")
	stage{}.play(t, "validate").wants(t, 104, "; name a scenario or a config file")
	stage{}.play(t, "validate", "plan.toml", "--warmup", "1h").wants(t, 104, "leaves nothing to measure")
	stage{}.play(t, "validate", "plan.toml", "--on-worker-loss", "x").wants(t, 104, "--on-worker-loss must be")
	stage{}.play(t, "validate", "plan.toml", "-u", "0").wants(t, 104, "the load is 0 all the time")
	stage{}.play(t, "validate", "plan.toml", "-H", "x").wants(t, 104, `header "x"`)
	stage{}.play(t, "validate", "plan.toml", "-p", "ramp").wants(t, 104, "needs --ramp-to")
}

func TestTheTargetOfAFileIsValidated(t *testing.T) {
	inFolder(t, map[string]string{"there.toml": "base-url = \"http://${HOST}/\"\n[env]\nHOST = \"shop.test\""})
	var defaults, overrides Target
	host := ""
	st := stage{tools: Tools{Target: func(d, o Target, env Lookup) error {
		defaults, overrides = d, o
		host, _ = env("HOST")
		return errors.New("no such place")
	}}}
	st.play(t, "validate", "there.toml", "--proxy", "http://127.0.0.1:1").wants(t, 104, "no such place")
	if defaults.BaseURL != "http://${HOST}/" || overrides.Proxy != "http://127.0.0.1:1" || host != "shop.test" {
		t.Errorf("it checks %+v, %+v with the host %q", defaults, overrides, host)
	}
	st.play(t, "pattern", "there.toml").wants(t, 0, "")
}

func TestAFileAloneHasTheLoadThatRuns(t *testing.T) {
	const table = "users = 7\n[[load]]\nscenario = \"visitor\"\npattern = { constant = { level = 8, for = \"20s\" } }\n"
	const second = "[[load]]\nscenario = \"buyer\"\nmodel = \"rate\"\npattern = { constant = { level = 4, for = \"10s\" } }\n"
	inFolder(t, map[string]string{"one.toml": table, "two.toml": table + second, "plain.toml": "users = 7"})
	two := newSpy()
	two.plan.Loads = append(two.plan.Loads, idle("buyer"))
	for _, file := range []struct {
		name string
		run  stage // what it is meant for
	}{{"one.toml", newSpy().stage()}, {"two.toml", two.stage()}} {
		for _, flags := range [][]string{nil, {"-d", "1m"}, {"-u", "9"}, {"-r", "9", "-d", "5s"}} {
			want := loadsOf(t, file.run, append(flags, "-c", file.name)...)
			if got := loadsOf(t, stage{}, append(flags, file.name)...); got != want {
				t.Errorf("%s with %q has\n%s, but what runs is\n%s", file.name, flags, got, want)
			}
		}
	}
	if got, want := loadsOf(t, stage{}, "plain.toml", "-d", "9s"), "users: hold 7 for 9s"; got != want {
		t.Errorf("users of a file are %s, want %s", got, want)
	}
	st := stage{env: map[string]string{"LOADFORGE_CONFIG": "one.toml"}}
	if got, want := loadsOf(t, st, "plain.toml"), "users: hold 7 for 1m"; got != want {
		t.Errorf("beside a variable the file that is named has %s, want %s", got, want)
	}
}

func TestReportsOfStoredRuns(t *testing.T) {
	inFolder(t, nil)
	newSpy().stage().play(t, "-q", "--no-report").wants(t, 0, "")
	latest, err := filepath.EvalSymlinks("results/latest")
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range []string{"report -f md", "report latest -f md", "report " + filepath.Base(latest) + " -f md", "report " + latest + " -f md", "report -o results -f md"} {
		p := stage{}.play(t, strings.Fields(args)...)
		p.wants(t, 0, "")
		if !strings.HasSuffix(p.out, "/summary.md\n") || strings.Count(p.out, "\n") != 1 {
			t.Errorf("%s: says %s", args, p.out)
		}
	}
	st := stage{env: map[string]string{"LOADFORGE_FORMAT": "json"}}
	if p := st.play(t, "report"); !strings.HasSuffix(p.out, "/result.json\n") {
		t.Errorf("with a variable it says %s", p.out)
	}
	st.env["LOADFORGE_FORMAT"] = "pdf"
	st.play(t, "report").wants(t, 104, `is "pdf"`)
	if err := os.RemoveAll("results/latest/report.html"); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir("results/latest/report.html", 0o755); err != nil {
		t.Fatal(err)
	}
	p := stage{}.play(t, "report", "-f", "html,md")
	p.wants(t, 109, "report.html")
	if !strings.HasSuffix(p.out, "/summary.md\n") {
		t.Errorf("when one report fails it makes %s", p.out)
	}
	stage{}.play(t, "report", "-o", "elsewhere").wants(t, 104, "runs are in elsewhere, or where --output says")
}

func TestReportsShowTheRun(t *testing.T) {
	inFolder(t, nil)
	newSpy().stage().play(t, "-q", "--no-report", "--threshold", "count>=20").wants(t, 0, "")
	p := stage{}.play(t, "report")
	p.wants(t, 0, "PASSED")
	p.wants(t, 0, "count>=20")
	var names []string
	for line := range strings.Lines(p.out) {
		names = append(names, filepath.Base(strings.TrimSpace(line)))
	}
	if got, want := strings.Join(names, " "), "report.html result.json timeseries.csv endpoints.csv junit.xml summary.md"; got != want {
		t.Errorf("it prints %s, want %s", got, want)
	}
	if p := (stage{}).play(t, "report", "-q"); p.code != 0 || p.err != "" {
		t.Errorf("quietly it ended with %d and says\n%s", p.code, p.err)
	}
}

func TestReportsSayThatARunHasNoEnd(t *testing.T) {
	inFolder(t, nil)
	w, err := store.Create("results", metrics.Run{Test: "shop", Duration: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Begin(metrics.Run{Test: "shop", Duration: time.Hour, Workers: 1}); err != nil {
		t.Fatal(err)
	}
	for second := range 3 {
		s := &metrics.Snapshot{Second: second, Length: time.Second, Workers: 1, Covered: 1, Names: []metrics.NameStats{{Name: "GET /", Count: 5}}}
		if err := w.Second(s, metrics.Progress{}); err != nil {
			t.Fatal(err)
		}
	}
	stage{}.play(t, "report").wants(t, 0, "the run is still going on")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	p := stage{}.play(t, "report")
	p.wants(t, 0, "INTERRUPTED")
	p.wants(t, 0, "the log of the run has no end")
}

func TestEchoServesUntilItIsStopped(t *testing.T) {
	out := &waited{says: make(chan string, 10)}
	a := stage{}.app(new(bytes.Buffer), new(bytes.Buffer))
	a.out = out
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan int)
	go func() { done <- a.main(ctx, []string{"echo", "--addr", "127.0.0.1:0"}) }()

	url := regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(<-out.says)
	resp, err := http.Get(url + "/products/7")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	stage{}.play(t, "echo", "--addr", strings.TrimPrefix(url, "http://")).wants(t, 104, "choose another address with --addr")
	stop()
	if code := <-done; code != 0 {
		t.Errorf("exit code is %d", code)
	}
	if got, want := <-out.says, "received 1 request\n"; got != want {
		t.Errorf("it says %q, want %q", got, want)
	}
}

// waited is a stream whose writes can be waited for.
type waited struct{ says chan string }

func (w *waited) Write(p []byte) (int, error) {
	w.says <- string(p)
	return len(p), nil
}

func TestForecastsOfLittle(t *testing.T) {
	for _, test := range []struct {
		flags, want string
	}{
		{"-r 5/h", "forecast: 0.083 iterations in 1m, at most 5 per hour\n"},
		{"-r 30/m -d 10s", "forecast: 5 iterations in 10s, at most 30 per minute\n"},
		{"-r 2.5 -d 1h", "forecast: 9,000 iterations in 1h, at most 2.5 per second\n"},
		{"-u 0", "forecast: 0 user-seconds in 1m, at most 0 users\n"},
	} {
		p := stage{}.play(t, append([]string{"pattern"}, strings.Fields(test.flags)...)...)
		p.wants(t, 0, "")
		if !strings.HasSuffix(p.out, test.want) {
			t.Errorf("%s: it ends with\n%s\nwant %s", test.flags, p.out, test.want)
		}
	}
}

func TestPhasesStandInColumns(t *testing.T) {
	var out bytes.Buffer
	long := strings.Repeat("very ", 5) + "long"
	drawPhases(&out, cluster.Load{Offset: 100 * time.Hour, Pattern: pattern.Sequence{
		pattern.Func{Name: long, For: 90 * time.Second, F: func(time.Duration) float64 { return 7 }}, pattern.Constant{Level: 8, For: time.Minute},
	}})
	lines := strings.Split(out.String(), "\n")
	if strings.Index(lines[0], " 7") != strings.Index(lines[1], " 8") {
		t.Errorf("the levels are not in one column:\n%s", out.String())
	}
}

func TestCounts(t *testing.T) {
	for f, want := range map[float64]string{0: "0", 999: "999", 1000: "1,000", 1234567.6: "1,234,568"} {
		if got := count(f); got != want {
			t.Errorf("%v is %q, want %q", f, got, want)
		}
	}
}
