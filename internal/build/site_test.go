package build

import (
	"bytes"
	"context"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// A site is a directory with a fake SDK and whatever a test writes beside it.
// Every file it writes is a second younger than the one before and all are
// old, so that no build finds its sources too fresh to trust.
type site struct {
	*testing.T
	dir string
	now time.Time
	Builder
}

func newSite(t *testing.T) *site {
	t.Helper()
	// Everything must work without a network, whatever go.mod lacks.
	for name, value := range map[string]string{
		"GOPROXY": "off", "GOFLAGS": "", "GOWORK": "", "GOTOOLCHAIN": "local", "GOOS": "", "GOARCH": "", "LOADFORGE_SDK": "",
	} {
		t.Setenv(name, value)
	}
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s := &site{T: t, dir: dir, now: time.Now().Add(-time.Hour)}
	s.Builder = Builder{Cache: s.path("cache"), SDK: SDK{Dir: s.path("sdk")}}
	s.write("sdk/go.mod", "module "+sdkModule+"\n\ngo 1.25.0\n")
	s.write("sdk/loadforge.go", `// Package loadforge is a fake.
package loadforge

import "os"

type VU struct{ ID int }

func Main(words ...string) {
	for _, word := range words {
		os.Stdout.WriteString(word + "\n")
	}
}
`)
	return s
}

// program returns the source of a scenario that says word, an expression.
func program(word string, imports ...string) string {
	lines := []string{"package main", "", "import ("}
	for _, path := range append(imports, `"`+sdkModule+`"`) {
		lines = append(lines, "\t"+path)
	}
	return strings.Join(append(lines, ")", "", "func main() { loadforge.Main("+word+") }", ""), "\n")
}

func (s *site) path(name string) string { return filepath.Join(s.dir, filepath.FromSlash(name)) }

func (s *site) write(name, text string) {
	s.Helper()
	path := s.path(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		s.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		s.Fatal(err)
	}
	s.age(path)
}

func (s *site) remove(name string) {
	s.Helper()
	if err := os.Remove(s.path(name)); err != nil {
		s.Fatal(err)
	}
	s.age(filepath.Dir(s.path(name)))
}

// age gives the next old time to a file and the directories around it.
func (s *site) age(path string) {
	s.Helper()
	s.now = s.now.Add(time.Second + time.Nanosecond)
	for ; len(path) > len(s.dir); path = filepath.Dir(path) {
		if err := os.Chtimes(path, s.now, s.now); err != nil {
			s.Fatal(err)
		}
	}
}

func (s *site) read(name string) string {
	s.Helper()
	data, err := os.ReadFile(s.path(name))
	if err != nil {
		s.Fatal(err)
	}
	return string(data)
}

func (s *site) build(target string) Binary {
	s.Helper()
	binary, err := s.Build(s.Context(), target)
	if err != nil {
		s.Fatalf("building %s: %v", target, err)
	}
	return binary
}

// hit fails the test if anything is built.
func (s *site) hit(target string) {
	s.Helper()
	if s.build(target).Fresh {
		s.Errorf("%s was built again, want it from the cache", target)
	}
}

// fresh builds and fails the test if nothing was; it returns what the program
// prints.
func (s *site) fresh(target string) string {
	s.Helper()
	binary := s.build(target)
	if !binary.Fresh {
		s.Errorf("%s came from the cache, want it built", target)
	}
	return s.run(binary.Path)
}

func (s *site) run(path string) string {
	s.Helper()
	out, err := exec.Command(path).CombinedOutput()
	if err != nil {
		s.Fatalf("running %s: %v\n%s", path, err, out)
	}
	return strings.TrimSpace(string(out))
}

// fail builds what can't be built.
func (s *site) fail(target string) error {
	s.Helper()
	binary, err := s.Build(s.Context(), target)
	if err == nil {
		s.Fatalf("building %s made %s, want an error", target, binary.Path)
	}
	return err
}

// golden compares got to a file in testdata. The test must not have changed
// the current directory when it made want with this function's result.
func golden(t *testing.T, name string) func(got string) {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return func(got string) {
		t.Helper()
		got = filepath.ToSlash(got) + "\n"
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if want := bytes.ReplaceAll(want, []byte("\r\n"), []byte("\n")); got != string(want) {
			t.Errorf("%s\ngot:\n%s\nwant:\n%s", name, got, want)
		}
	}
}

func canceled() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}
