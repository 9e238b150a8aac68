package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/cluster"
	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/internal/terminal"
	"github.com/loadforge/loadforge/pattern"
)

func TestExitCodes(t *testing.T) {
	fail := func(context.Context) error { return errors.New("no products") }
	for _, test := range []struct {
		says  string
		plan  func(*spy)
		flags []string
		code  int
		said  string
	}{
		{says: "a run that passes", code: 0, said: "FINISHED"},
		{says: "a threshold that fails", plan: func(s *spy) { s.plan.Thresholds = impossible() }, code: 99, said: "1 of 1 threshold failed"},
		{
			says: "a threshold that fails quietly", plan: func(s *spy) { s.plan.Thresholds = impossible() }, flags: []string{"-q"},
			code: 99, said: "loadforge: failed: p95<1ns\n",
		},
		{says: "a threshold of a flag that fails", flags: []string{"--threshold", "p95<1ns"}, code: 99, said: "1 of 1 threshold failed"},
		{says: "no errors allowed, and none happened", flags: []string{"--fail-on-error-rate", "0"}, code: 0, said: "PASSED"},
		{says: "a setup that fails", plan: func(s *spy) { s.plan.Setup = fail }, code: 100, said: "loadforge: set up the test: no products\n"},
		{says: "a teardown that fails", plan: func(s *spy) { s.plan.Teardown = fail }, code: 101, said: "loadforge: tear down the test: no products\n"},
		{says: "a scenario that is not sound", plan: func(s *spy) { s.failed = errors.New("no load") }, code: 104, said: "loadforge: no load\n"},
		{says: "a plan that is not sound", plan: func(s *spy) { s.plan.Loads[0].Tasks = nil }, code: 104, said: "loadforge: Load[0]"},
		{says: "a flag that makes no sense", flags: []string{"-u", "-3"}, code: 104, said: `loadforge: --users must be a whole number of at least 0, is "-3"; see shop --help`},
		{says: "a panic of ours", plan: func(s *spy) { s.panics = true }, code: 109, said: "please report this"},
		{
			says: "a result without a request, which is invalid", plan: func(s *spy) { s.plan.Loads[0] = mute() },
			code: 111, said: "loadforge: nothing was measured: 3 iterations sent no request; is there a request in every task?\n",
		},
		{
			says: "a result without a request, quietly", plan: func(s *spy) { s.plan.Loads[0] = mute() }, flags: []string{"-q"},
			code: 111, said: "loadforge: nothing was measured: ",
		},
		{
			says: "a threshold is the better reason", plan: func(s *spy) { s.plan.Loads[0] = mute() }, flags: []string{"--threshold", "p95<1s"},
			code: 99, said: "1 of 1 threshold failed",
		},
		{
			says: "iterations that fail", plan: func(s *spy) { s.plan.Loads[0] = failing() }, flags: []string{"--threshold", "iteration_error_rate<10%"},
			code: 99, said: "1 of 1 threshold failed",
		},
		{
			says: "iterations that may fail", plan: func(s *spy) { s.plan.Loads[0] = failing() }, flags: []string{"--threshold", "iteration_error_rate<=100%"},
			code: 0, said: "PASSED",
		},
	} {
		t.Run(test.says, func(t *testing.T) {
			inFolder(t, nil)
			s := newSpy()
			if test.plan != nil {
				test.plan(s)
			}
			s.stage().play(t, test.flags...).wants(t, test.code, test.said)
		})
	}
}

func TestErrorsHaveCodes(t *testing.T) {
	for _, test := range []struct {
		err  error
		code int
	}{
		{&cluster.WorkersError{Want: 3}, 112},
		{fmt.Errorf("wrapped: %w", &cluster.SetupError{Err: errors.New("x")}), 100},
		{&exitError{code: 42}, 42},
		{errors.New("anything else"), 104},
		{internal(errors.New("from within a run")), 109},
		{internal(&cluster.PlanError{Err: errors.New("x")}), 104},
		{internal(&cluster.TeardownError{Err: errors.New("x")}), 101},
	} {
		var out, err bytes.Buffer
		if got := (stage{}).app(&out, &err).fail(test.err); got != test.code {
			t.Errorf("%v: code is %d, want %d", test.err, got, test.code)
		}
	}
}

func TestInterruptedRunsAreReported(t *testing.T) {
	for says, signals := range map[string][]os.Signal{
		"once": {os.Interrupt}, "by somebody else": {os.Kill}, "twice": {os.Interrupt, os.Interrupt},
	} {
		t.Run(says, func(t *testing.T) {
			inFolder(t, nil)
			s := newSpy()
			s.plan.Loads[0].Pattern, s.plan.Loads[0].Iterations = pattern.Constant{Level: 2, For: time.Hour}, 0
			st := s.stage()
			st.signals = make(chan os.Signal, 2)
			for _, sig := range signals {
				st.signals <- sig
			}
			if p := st.play(t, "--json"); p.code != 105 || !strings.Contains(p.out, `"interrupted": true`) {
				t.Errorf("exit code is %d, want 105, of\n%s", p.code, p.out)
			}
			if _, err := os.Stat("results/latest/report.html"); err != nil {
				t.Errorf("no report: %v", err)
			}
		})
	}
}

func TestStoppingSaysWhatHappens(t *testing.T) {
	for _, test := range []struct {
		sig   os.Signal
		count int
		grace time.Duration
		want  string
	}{
		{os.Interrupt, 1, 0, "interrupted: users finish their task, 30s at most; Ctrl-C again stops now"},
		{os.Interrupt, 1, 90 * time.Second, "interrupted: users finish their task, 1m30s at most; Ctrl-C again stops now"},
		{os.Interrupt, 1, -1, "interrupted: stopping now"},
		{os.Interrupt, 2, 0, "interrupted: stopping now"},
		{syscall.SIGHUP, 1, 0, "the terminal was closed: users finish their task, 30s at most; a second signal stops now"},
		{os.Kill, 1, time.Second, "terminated: users finish their task, 1s at most; a second signal stops now"},
	} {
		if got := stopping(test.sig, test.count, test.grace); got != test.want {
			t.Errorf("%v, time %d, grace %v: says %q, want %q", test.sig, test.count, test.grace, got, test.want)
		}
	}
}

func TestJSONIsTheResultAndNothingElse(t *testing.T) {
	inFolder(t, nil)
	p := newSpy().stage().play(t, "--json")
	p.wants(t, 0, "FINISHED")
	want, err := os.ReadFile("results/latest/result.json")
	if err != nil {
		t.Fatal(err)
	}
	if p.out != string(want) {
		t.Errorf("standard output is\n%s\nwant result.json\n%s", p.out, want)
	}
}

func TestQuietRunsSayNothing(t *testing.T) {
	inFolder(t, nil)
	p := newSpy().stage().play(t, "-q")
	if p.code != 0 || p.out != "" || p.err != "" {
		t.Errorf("a quiet run ended with %+v", p)
	}
}

func TestARunSaysWhereItsFilesAreAndItsSeed(t *testing.T) {
	inFolder(t, nil)
	s := newSpy()
	p := s.stage().play(t, "-f", "html")
	p.wants(t, 0, "report:  results/")
	p.wants(t, 0, "seed:    7 (--seed")
	if s.closed != 1 {
		t.Errorf("the plan was closed %d times, want once", s.closed)
	}
	s.plan.Seed = 0
	s.stage().play(t, "--seed", "99", "--no-report").wants(t, 0, "seed:    99 (--seed")
	if p := s.stage().play(t, "--no-report"); strings.Contains(p.err, "seed:    0") || strings.Contains(p.err, "report: ") {
		t.Errorf("a run without a report and seed says\n%s", p.err)
	}
}

func TestResultsThatCantBeWrittenAreNoSuccess(t *testing.T) {
	block := func(context.Context) error { // the link latest may not be there yet
		runs, err := filepath.Glob(filepath.Join("results", "*_shop_*"))
		if err != nil || len(runs) != 1 {
			return fmt.Errorf("the runs are %q, %w", runs, err)
		}
		return os.Mkdir(filepath.Join(runs[0], "report.html"), 0o755)
	}
	for _, test := range []struct {
		says string
		plan func(*spy)
		code int
	}{
		{"nothing else was wrong", func(*spy) {}, 109},
		{"a threshold failed", func(s *spy) { s.plan.Thresholds = impossible() }, 99},
	} {
		t.Run(test.says, func(t *testing.T) {
			inFolder(t, nil)
			s := newSpy()
			s.plan.Teardown = block
			test.plan(s)
			s.stage().play(t).wants(t, test.code, "loadforge: write the results: ")
		})
	}
}

func TestAScreenThatNobodySeesIsNoReasonToFail(t *testing.T) {
	inFolder(t, nil)
	a := newSpy().stage().app(new(bytes.Buffer), nil)
	a.err = broken{}
	if code := a.main(t.Context(), nil); code != 0 {
		t.Errorf("exit code is %d, want 0", code)
	}
	if _, err := os.Stat("results/latest/report.html"); err != nil {
		t.Errorf("no report: %v", err)
	}
}

// broken is a stream like that of a terminal that was closed.
type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, os.ErrClosed }

func TestTroubleWithTheDiskIsTold(t *testing.T) {
	var said bytes.Buffer
	s := &session{app: newSpy().stage().app(nil, &said), options: new(options)}
	s.screen = terminal.New(s.screenConfig())
	s.warnOfDisk(errors.New("no space left on device"))
	s.warnOfDisk(nil)
	s.screen.Close()
	for _, want := range []string{"the results are not kept: no space left on device", "the results are on the disk again"} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("it says\n%s\nwant %q", said.String(), want)
		}
	}
}

func TestNothingMeasuredSaysWhereToLook(t *testing.T) {
	for _, test := range []struct {
		summary metrics.Summary
		want    string
	}{
		{metrics.Summary{Cancelled: 3, Started: 3, Names: []metrics.NameSummary{{}}}, "does the target answer?"},
		{metrics.Summary{Started: 3, Failed: 3}, "the errors say why"},
		{metrics.Summary{SetupFailed: 3}, "the errors say why"},
		{metrics.Summary{Started: 3}, "does a task hang?"},
		{metrics.Summary{Started: 3, Iterations: 3}, "is there a request in every task?"},
		{metrics.Summary{Warmup: time.Second, Duration: time.Second}, "--warmup has to be shorter"},
		{metrics.Summary{}, "loadforge pattern draws"},
	} {
		outcome := metrics.Outcome{Passed: true, Summary: &test.summary, Verdict: metrics.Assess(&test.summary, metrics.Facts{})}
		err := (&session{options: new(options)}).verdict(outcome, nil)
		var exit *exitError
		if !errors.As(err, &exit) || exit.code != 111 || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v: got %v, want code 111 and %q", test.summary, err, test.want)
		}
		outcome.Interrupted = true
		if err := (&session{options: new(options)}).verdict(outcome, nil); !errors.As(err, &exit) || exit.code != 105 {
			t.Errorf("interrupted: got %v, want code 105", err)
		}
	}
}

func TestAResultsDirectoryThatCantBeIsFoundFirst(t *testing.T) {
	inFolder(t, map[string]string{"file": ""})
	s := newSpy()
	s.plan.Setup = func(context.Context) error { t.Error("the setup ran"); return nil }
	s.stage().play(t, "-o", "file/results").wants(t, 104, "file/results")
	s.stage().play(t, "-o", "").wants(t, 104, "loadforge: --output must name a directory")
}

func TestSettingsOfARunAreRememberedWithoutSecrets(t *testing.T) {
	inFolder(t, nil)
	s := newSpy()
	p := s.stage().play(t, "--json", "-q", "-H", "Authorization: hunter2", "-e", "A=hunter2", "--base-url", "http://u:hunter2@127.0.0.1/", "--timeout", "5")
	p.wants(t, 0, "")
	if !strings.Contains(p.out, `"timeout": "5s"`) {
		t.Errorf("the result does not have the timeout:\n%s", p.out)
	}
	if strings.Contains(p.out, "hunter2") {
		t.Errorf("the result has a secret:\n%s", p.out)
	}
}

func TestSettingsOfTheFileAreRemembered(t *testing.T) {
	inFolder(t, map[string]string{"loadforge.toml": "users = 3\nmax-rps = \"5000/s\"\nformat = [\"json\", \"md\"]\nproxy = \"http://u:hunter2@127.0.0.1:9\""})
	for _, test := range []struct {
		own  bool
		want map[string]string
	}{
		{true, map[string]string{"max-rps": "5000/s", "format": "json,md", "quiet": "true"}},
		{false, map[string]string{"max-rps": "5000/s", "format": "json,md", "quiet": "true", "users": "3"}},
	} {
		s := newSpy()
		st := s.stage()
		if !test.own {
			st.test = s.bare()
		}
		st.play(t, "-q").wants(t, 0, "")
		text, err := os.ReadFile("results/latest/result.json")
		if err != nil {
			t.Fatal(err)
		}
		var result struct{ Settings map[string]string }
		if err := json.Unmarshal(text, &result); err != nil {
			t.Fatal(err)
		}
		if !maps.Equal(result.Settings, test.want) {
			t.Errorf("own load %v: the settings are %v, want %v", test.own, result.Settings, test.want)
		}
	}
}

func TestWhatScenariosLogStandsAmongTheLines(t *testing.T) {
	inFolder(t, nil)
	s := newSpy()
	s.plan.Setup = func(context.Context) error {
		logSomething()
		return nil
	}
	p := s.stage().play(t)
	for _, want := range []string{`msg="sold out" user=3`, `msg="the old way"`} {
		p.wants(t, 0, want)
	}
	if strings.Contains(p.err, "level=INFO") || strings.Contains(p.err, "time=") {
		t.Errorf("the log is wordy:\n%s", p.err)
	}
}

func TestTheDemoComparesCounts(t *testing.T) {
	inFolder(t, map[string]string{"loadforge.toml": "nonsense = 1"})
	s := newSpy()
	tools := Tools{Demo: func(url string) Test { return *s.test() }}
	st := stage{tools: tools, env: map[string]string{"LOADFORGE_BASE_URL": "http://127.0.0.1:1"}}
	p := st.play(t, "demo", "--iterations", "5")
	p.wants(t, 0, "requests reported 5 (0 of them logging in and out), counted by the target 0\n")
	if s.overrides.BaseURL != "" {
		t.Errorf("the demo went to %s", s.overrides.BaseURL)
	}
	for flags, code := range map[string]int{"-q": 0, "--target http://127.0.0.1:1": 0, "--warmup 10ms": 111} {
		p := st.play(t, append([]string{"demo"}, strings.Fields(flags)...)...)
		p.wants(t, code, "")
		if strings.Contains(p.err, "counted by") {
			t.Errorf("with %v it compares counts", flags)
		}
	}
	stage{}.play(t, "demo").wants(t, 104, "this program has no demo")
}

func logSomething() {
	slog.Info("sold out", "user", 3)
	log.Print("the old way")
}

// What a scenario puts into an error may come from the target.
func TestErrorsAreInertOnATerminal(t *testing.T) {
	for text, want := range map[string]string{
		"\x1b]0;owned\x07\x1b[2J":    "loadforge: ?]0;owned??[2J\n",
		"a\u009b31mred\u202egnp.exe": "loadforge: a?31mred?gnp.exe\n",
		"a\r\nb\tc\x00":              "loadforge:\na\nb\tc?\n",
		"\xff é 漢":                   "loadforge: \ufffd é 漢\n",
	} {
		s := newSpy()
		s.failed = errors.New(text)
		if got := s.stage().play(t, "--no-report"); got.err != want {
			t.Errorf("%q is said as %q, want %q", text, got.err, want)
		}
	}
}
