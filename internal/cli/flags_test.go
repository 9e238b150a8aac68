package cli

import (
	"bytes"
	"reflect"
	"runtime/debug"
	"testing"
	"time"

	"github.com/spf13/cobra"
)

// parsed returns the run command of a scenario's binary after its flags.
func parsed(t *testing.T, s stage, flags ...string) (*app, *cobra.Command, *options) {
	t.Helper()
	a := s.app(new(bytes.Buffer), new(bytes.Buffer))
	o := new(options)
	cmd := &cobra.Command{Use: "run"}
	o.define(cmd.Flags())
	o.defineRun(cmd.Flags())
	if err := cmd.ParseFlags(flags); err != nil {
		t.Fatal(err)
	}
	return a, cmd, o
}

func TestFlagsAreRetoldAsTheyWereMeant(t *testing.T) {
	flags := []string{
		"-u", "5", "-d", "90", "-p", "ramp", "--ramp-to", "1e6", "--max-rps", "30/m", "--seed", "42", "--insecure",
		"-H", "A: 1, 2", "-H", "B: x=y", "-e", "SECRET=1", "-f", "html,json", "-f", "md", "--fail-on-error-rate", "5%", "--threshold", "p95<1s",
	}
	_, cmd, first := parsed(t, stage{}, flags...)
	args := retold(cmd.Flags())
	for _, arg := range args {
		if arg == "--env=SECRET=1" {
			t.Error("a variable stands in the arguments")
		}
	}
	_, _, second := parsed(t, stage{}, args...)
	first.env = nil
	if !reflect.DeepEqual(first, second) {
		t.Errorf("%v became\n%v\nwhich means\n%+v, want\n%+v", flags, args, second, first)
	}
}

func TestValues(t *testing.T) {
	var (
		d time.Duration
		f float64
	)
	for _, test := range []struct {
		value interface {
			Set(string) error
			String() string
			Type() string
		}
		text, want string // want is "" for an error
	}{
		{durationValue{&d}, "90", "1m30s"},
		{durationValue{&d}, "1h30m", "1h30m0s"},
		{durationValue{&d}, "-1s", ""},
		{durationValue{&d}, "soon", ""},
		{rateValue{&f}, "30/m", "0.5"},
		{rateValue{&f}, "500/s", "500"},
		{rateValue{&f}, "NaN", ""},
		{levelValue{&f, true}, "7", "7"},
		{levelValue{&f, true}, "7.5", ""},
		{levelValue{&f, true}, "-1", ""},
		{levelValue{&f, true}, "1e10", ""},
		{levelValue{&f, true}, "many", ""},
		{levelValue{&f, false}, "7.5", "7.5"},
		{levelValue{&f, false}, "-0.5", ""},
		{levelValue{&f, false}, "NaN", ""},
		{levelValue{&f, false}, "Inf", ""},
		{levelValue{&f, false}, "some", ""},
		{shareValue{&f}, "0.05", "0.05"},
		{shareValue{&f}, "5%", "0.05"},
		{shareValue{&f}, "5 %", "0.05"},
		{shareValue{&f}, "0", "0"},
		{shareValue{&f}, "1", "1"},
		{shareValue{&f}, "5", ""},
		{shareValue{&f}, "-1%", ""},
		{shareValue{&f}, "NaN", ""},
		{shareValue{&f}, "%", ""},
	} {
		err := test.value.Set(test.text)
		if got := test.value.String(); err == nil && got != test.want {
			t.Errorf("%s %q is %q, want %q", test.value.Type(), test.text, got, test.want)
		}
		if err != nil && test.want != "" {
			t.Errorf("%s %q: %v, want %q", test.value.Type(), test.text, err, test.want)
		}
	}
}

func TestEmptyValuesHaveAnEmptyText(t *testing.T) {
	for _, v := range []interface{ String() string }{durationValue{}, rateValue{}, levelValue{}, shareValue{}} {
		if got := v.String(); got != "" {
			t.Errorf("%T is %q, want nothing", v, got)
		}
	}
}

func TestVersions(t *testing.T) {
	commit := []debug.BuildSetting{{Key: "vcs.revision", Value: "0123456789abcdef0123"}}
	for _, test := range []struct {
		says string
		info *debug.BuildInfo
		want string
	}{
		{"nothing is known", nil, "devel"},
		{"a release", &debug.BuildInfo{Main: debug.Module{Path: modulePath, Version: "v1.2.3"}}, "v1.2.3"},
		{"a commit", &debug.BuildInfo{Main: debug.Module{Path: modulePath, Version: "(devel)"}, Settings: commit}, "devel-0123456789ab"},
		{"no commit", &debug.BuildInfo{Main: debug.Module{Path: modulePath}, Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: "01"}}}, "devel"},
		{
			"a scenario built against a release",
			&debug.BuildInfo{Main: debug.Module{Path: "shop"}, Settings: commit, Deps: []*debug.Module{{Path: "other", Version: "v9.9.9"}, {Path: modulePath, Version: "v1.2.3"}}},
			"v1.2.3",
		},
		{
			"a scenario built against a checkout, whose commit is not that of the scenario",
			&debug.BuildInfo{Main: debug.Module{Path: "shop"}, Settings: commit, Deps: []*debug.Module{{Path: modulePath, Version: "v0.0.0", Replace: &debug.Module{Path: "/src"}}}},
			"devel",
		},
	} {
		if got := versionOf(test.info); got != test.want {
			t.Errorf("%s: got %q, want %q", test.says, got, test.want)
		}
	}
}
