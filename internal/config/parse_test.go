package config

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/loadforge/loadforge/pattern"
)

var update = flag.Bool("update", false, "write the golden files anew")

const everything = `
users = 50
rate = "30/m"
duration = 90
base-url = "http://localhost:8080"
insecure = true
format = ["html", "json"]
connect-to = "a:1:b:2"
fail-on-error-rate = 0.05
thresholds = ["p95<300ms", "error_rate<1%"]

[env]
TOKEN = "secret"

[header]
Accept = "application/json"
X-Many = ["1", "2"]

[[load]]
scenario = "shopper"
offset = "10s"
iterations = 1000
pattern = { sequence = [
  { ramp = { to = 200, for = "2m" } },
  { constant = { level = 200, for = "10m" } },
  { step = { from = 10, by = -5, every = "1m", for = "3m" } },
  { spike = { base = 1, peak = 9, start = "1m", rise = "1s", hold = "2s", fall = "3s", settle = 2, settle-for = "4s" } },
] }

[[load]]
scenario = "webhook"
model = "rate"
max-users = 20

[load.pattern.stretch]
to = "30m"
of = { sum = [
  { diurnal = { low = 1, high = 9, period = "24h", peak-at = "14h", for = "48h" } },
  { scale = { by = 1.5, of = { repeat = { times = 3, of = { constant = { level = 1, for = "1h" } } } } } },
] }
`

func TestParseReadsEverything(t *testing.T) {
	f, err := Parse("loadforge.toml", []byte("\xef\xbb\xbf"+strings.ReplaceAll(everything, "\n", "\r\n")))
	if err != nil {
		t.Fatal(err)
	}
	wantSettings := map[string][]string{
		"users": {"50"}, "rate": {"30/m"}, "duration": {"1m30s"}, "base-url": {"http://localhost:8080"},
		"insecure": {"true"}, "format": {"html", "json"}, "connect-to": {"a:1:b:2"}, "fail-on-error-rate": {"0.05"},
	}
	if !reflect.DeepEqual(f.Settings, wantSettings) {
		t.Errorf("settings: got %v, want %v", f.Settings, wantSettings)
	}
	if f.Env["TOKEN"] != "secret" || f.Header.Get("Accept") != "application/json" || len(f.Header["X-Many"]) != 2 {
		t.Errorf("env %v, header %v", f.Env, f.Header)
	}
	if len(f.Thresholds) != 2 || f.Thresholds[0].String() != "p95<300ms" {
		t.Errorf("thresholds: %v", f.Thresholds)
	}
	want := []Load{
		{Scenario: "shopper", Offset: 10 * time.Second, Times: 1000, Pattern: pattern.Sequence{
			pattern.Ramp{To: 200, For: 2 * time.Minute},
			pattern.Constant{Level: 200, For: 10 * time.Minute},
			pattern.Step{From: 10, By: -5, Every: time.Minute, For: 3 * time.Minute},
			pattern.Spike{
				Base: 1, Peak: 9, Start: time.Minute, Rise: time.Second, Hold: 2 * time.Second,
				Fall: 3 * time.Second, Settle: 2, SettleFor: 4 * time.Second,
			},
		}},
		{Scenario: "webhook", Open: true, MaxUsers: 20, Pattern: pattern.Stretch{To: 30 * time.Minute, Of: pattern.Sum{
			pattern.Diurnal{Low: 1, High: 9, Period: 24 * time.Hour, PeakAt: 14 * time.Hour, For: 48 * time.Hour},
			pattern.Scale{By: 1.5, Of: pattern.Repeat{Times: 3, Of: pattern.Constant{Level: 1, For: time.Hour}}},
		}}},
	}
	if !reflect.DeepEqual(f.Loads, want) {
		t.Errorf("loads: got %+v, want %+v", f.Loads, want)
	}
}

func TestProblemsAreAllReportedWithTheirPlace(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.toml")
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		_, err = Parse("loadforge.toml", source)
		var problems Problems
		if !errors.As(err, &problems) {
			t.Errorf("%s: got %v, want problems", file, err)
			continue
		}
		golden := strings.TrimSuffix(file, ".toml") + ".golden"
		if *update {
			if err := os.WriteFile(golden, []byte(err.Error()+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, _ := os.ReadFile(golden)
		if got := err.Error() + "\n"; got != string(want) {
			t.Errorf("%s: got\n%s\nwant\n%s", file, got, want)
		}
	}
}

func TestReadNamesAMissingFile(t *testing.T) {
	if _, err := Read("does-not-exist.toml"); err == nil || !strings.Contains(err.Error(), "does-not-exist.toml") {
		t.Errorf("got %v", err)
	}
}

func TestDuration(t *testing.T) {
	tests := []struct {
		in      string
		want    time.Duration
		problem string
	}{
		{"90s", 90 * time.Second, ""},
		{"1h30m", 90 * time.Minute, ""},
		{" 1h 30m ", 90 * time.Minute, ""},
		{"60", time.Minute, ""},
		{"0.5", 500 * time.Millisecond, ""},
		{"0", 0, ""},
		{"-3s", 0, "negative"},
		{"-3", 0, "between"},
		{"nan", 0, "between"},
		{"1e300", 0, "between"},
		{"soon", 0, "duration such as"},
		{"", 0, "duration such as"},
	}
	for _, tt := range tests {
		got, err := Duration(tt.in)
		if got != tt.want || (err == nil) != (tt.problem == "") || err != nil && !strings.Contains(err.Error(), tt.problem) {
			t.Errorf("%q: got %s, %v, want %s, %q", tt.in, got, err, tt.want, tt.problem)
		}
	}
}

func TestPerSecond(t *testing.T) {
	tests := map[string]float64{"500": 500, "500/s": 500, "30/m": 0.5, "3600 / h": 1, "0": 0, "x": -1, "5/day": -1, "-5": -1, "inf": -1, "nan/s": -1}
	for in, want := range tests {
		got, err := PerSecond(in)
		if want < 0 && err == nil || want >= 0 && (err != nil || got != want) {
			t.Errorf("%q: got %v, %v, want %v", in, got, err, want)
		}
	}
}

func TestSuggest(t *testing.T) {
	known := []string{"users", "duration", "ramp-to", "step-size", "low"}
	for word, want := range map[string]string{
		"user": "users", "usres": "users", "duratoin": "duration", "rampto": "ramp-to", "step_size": "step-size",
		"xyz": "", "": "", "completely-different": "",
	} {
		if got := Suggest(word, known); got != want {
			t.Errorf("%q: got %q, want %q", word, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(everything))
	f.Add([]byte("users = nan\n[[load]]\npattern = {}"))
	f.Add([]byte("a = [[[[[[1]]]]]]\n[a.b]\n[[c.d]]\n[c.d.e]\n"))
	f.Add([]byte("load = 5\nenv = []\nheader = ''"))
	f.Fuzz(func(t *testing.T, source []byte) {
		file, err := Parse("f", source)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "f:") {
				t.Fatalf("an error without a place: %v", err)
			}
			return
		}
		for _, l := range file.Loads {
			if err := pattern.Validate(l.Pattern); err != nil {
				t.Fatalf("an unsound pattern came through: %v", err)
			}
		}
	})
}
