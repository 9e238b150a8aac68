//go:build unix

package build

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// fakeGo puts a go command in front of PATH that is a shell script; in it $GO is
// the real one.
func (s *site) fakeGo(script string) {
	s.Helper()
	path, err := exec.LookPath("go")
	if err != nil {
		s.Fatal(err)
	}
	s.write("fake/go", "#!/bin/sh\nGO='"+path+"'\n"+script)
	if err := os.Chmod(s.path("fake/go"), 0o700); err != nil {
		s.Fatal(err)
	}
	s.Setenv("PATH", s.path("fake")+string(filepath.ListSeparator)+os.Getenv("PATH"))
}

func TestAnOldGoIsToldWhichToolchainToFetch(t *testing.T) {
	s := newSite(t)
	s.write("shop.go", program(`"fetched"`))
	s.fakeGo(`if [ "$GOTOOLCHAIN" = go1.25.0+auto ]; then
	GOTOOLCHAIN=local exec "$GO" "$@"
fi
echo 'go: go.mod requires go >= 1.25 (running go 1.24.9)' >&2
exit 1
`)
	if got := s.fresh(s.path("shop.go")); got != "fetched" {
		t.Errorf("the program says %q, want fetched", got)
	}
	s.hit(s.path("shop.go"))
}

func TestGoListsOnlyAfterAChangeOfMoreThanBodies(t *testing.T) {
	s := newSite(t)
	s.fakeGo("echo \"$1\" >>'" + s.path("calls") + "'\nexec \"$GO\" \"$@\"\n")
	target := s.path("shop.go")
	steps := []struct{ name, source, want string }{
		{"the first time", program(`"a"`), "build env list"},
		{"after an edit of a body", program(`"b"`), "build"},
		{"after a new import", program(`"c"`, `_ "os"`), "build env list"},
		{"after no edit", program(`"c"`, `_ "os"`), ""},
	}
	for _, step := range steps {
		s.write("shop.go", step.source)
		s.write("calls", "")
		s.build(target)
		calls := strings.Fields(s.read("calls"))
		slices.Sort(calls)
		if got := strings.Join(calls, " "); got != step.want {
			t.Errorf("%s go is asked to %q, want %q", step.name, got, step.want)
		}
		s.hit(target)
	}
}

func TestAnAncientGoIsOnlyReported(t *testing.T) {
	s := newSite(t)
	s.write("shop.go", program(`"x"`))
	s.fakeGo("echo 'flag provided but not defined: -json' >&2\nexit 2\n")
	var old *OldToolchainError
	if err := s.fail(s.path("shop.go")); !errors.As(err, &old) {
		t.Errorf("got %v, want an OldToolchainError", err)
	}
}

func TestAGoThatFailsSilently(t *testing.T) {
	s := newSite(t)
	s.write("shop.go", program(`"x"`))
	s.fakeGo("exit 3\n")
	var exit *exec.ExitError
	if err := s.fail(s.path("shop.go")); !errors.As(err, &exit) || exit.ExitCode() != 3 {
		t.Errorf("got %v, want its exit code 3", err)
	}
}

func TestABinaryWhoseSourcesCannotBeListedStillRuns(t *testing.T) {
	s := newSite(t)
	s.write("shop.go", program(`"runs"`))
	s.fakeGo("[ \"$1\" = list ] && exit 1\nexec \"$GO\" \"$@\"\n")
	for range 2 {
		if got := s.fresh(s.path("shop.go")); got != "runs" {
			t.Errorf("the program says %q, want runs", got)
		}
	}
}
