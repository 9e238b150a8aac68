package build

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestFileTimesThatProveNothing(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 500_000_000, time.UTC)
	tests := []struct {
		name string
		file int64
		want bool
	}{
		{"written long before", at.Add(-time.Hour).UnixNano(), false},
		{"written a moment before", at.Add(-21 * time.Millisecond).UnixNano(), false},
		{"written within a tick of the clock", at.Add(-19 * time.Millisecond).UnixNano(), true},
		{"written later", at.Add(time.Millisecond).UnixNano(), true},
		{"from the future", at.Add(time.Hour).UnixNano(), true},
		{"whole seconds, from the same second", at.Truncate(time.Second).UnixNano(), true},
		{"whole seconds, long before", at.Truncate(time.Second).Add(-time.Minute).UnixNano(), false},
		{"the start of time", 0, false},
		{"not sure", unsure, true},
	}
	for _, tt := range tests {
		if got := recent(tt.file, at); got != tt.want {
			t.Errorf("%s: recent is %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestAManifestIsSuspectWhenItCouldHaveMissedAnEdit(t *testing.T) {
	started := time.Now()
	old, late := started.Add(-time.Hour).UnixNano()+1, started.UnixNano()
	file := func(at int64, sum string) source { return source{Path: "a.go", Size: 1, Time: at, Sum: sum} }
	dir := func(at int64, names string) directory { return directory{Path: "a", Time: at, Names: names} }
	tests := []struct {
		name          string
		after, before manifest
		want          bool
	}{
		{"nothing recent", manifest{Sources: []source{file(old, "x")}, Directories: []directory{dir(old, "x")}}, manifest{}, false},
		{"no file", manifest{Sources: []source{{Path: "a.go", Size: -1}}}, manifest{}, false},
		{"a recent file", manifest{Sources: []source{file(late, "x")}}, manifest{}, true},
		{"a recent file, the same before", manifest{Sources: []source{file(late, "x")}}, manifest{Sources: []source{file(unsure, "x")}}, false},
		{"a recent file, another before", manifest{Sources: []source{file(unsure, "x")}}, manifest{Sources: []source{file(unsure, "y")}}, true},
		{"a recent directory", manifest{Directories: []directory{dir(late, "x")}}, manifest{}, true},
		{"a recent directory, the same before", manifest{Directories: []directory{dir(late, "x")}}, manifest{Directories: []directory{dir(late, "x")}}, false},
		{"a recent directory, another before", manifest{Directories: []directory{dir(late, "x")}}, manifest{Directories: []directory{dir(late, "y")}}, true},
	}
	for _, tt := range tests {
		if got := tt.after.suspects(started, tt.before); got != tt.want {
			t.Errorf("%s: suspect is %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestReviewOfASource(t *testing.T) {
	const text = "// Comment.\n\npackage main\n\nimport \"os\"\n\nvar x = os.Args\n"
	tests := []struct {
		name  string
		file  string
		rules bool
		do    func(*site, string)
		want  change
	}{
		{"nothing", "a.go", false, func(*site, string) {}, unchanged},
		{"another time", "a.go", false, func(s *site, f string) { s.age(s.path(f)) }, touched},
		{"the same text again", "a.go", false, func(s *site, f string) { s.write(f, text) }, touched},
		{"a body", "a.go", false, func(s *site, f string) { s.write(f, text+"var y = 1\n") }, edited},
		{"an import", "a.go", false, func(s *site, f string) { s.write(f, strings.Replace(text, "import", "import \"io\"\nimport", 1)) }, restructured},
		{"a constraint", "a.go", false, func(s *site, f string) { s.write(f, "//go:build linux\n\n"+text) }, restructured},
		{"a package name", "a.go", false, func(s *site, f string) { s.write(f, strings.Replace(text, "main", "lib", 1)) }, restructured},
		{"an embedded file", "a.go", false, func(s *site, f string) { s.write(f, text+"//go:embed x\nvar y string\n") }, restructured},
		{"a syntax error before the imports", "a.go", false, func(s *site, f string) { s.write(f, "packag"+text) }, restructured},
		{"its end", "a.go", false, func(s *site, f string) { s.remove(f) }, restructured},
		{"data", "rows.csv", false, func(s *site, f string) { s.write(f, "1,2\n") }, edited},
		{"a rule", "go.mod", true, func(s *site, f string) { s.write(f, text+"\n") }, restructured},
		{"the time of a rule", "go.mod", true, func(s *site, f string) { s.age(s.path(f)) }, touched},
	}
	for _, tt := range tests {
		s := newSite(t)
		s.write(tt.file, text)
		before := inspect(s.path(tt.file), tt.rules)
		tt.do(s, tt.file)
		after, got := before.review()
		if got != tt.want {
			t.Errorf("after a change of %s: got change %d, want %d", tt.name, got, tt.want)
		}
		if _, again := after.review(); again != unchanged {
			t.Errorf("a second review after a change of %s: got change %d, want none", tt.name, again)
		}
	}

	s := newSite(t)
	absent := inspect(s.path("default.pgo"), true)
	if _, got := absent.review(); got != unchanged {
		t.Errorf("a file that still doesn't exist: got change %d, want none", got)
	}
	s.write("default.pgo", "")
	if _, got := absent.review(); got != restructured {
		t.Errorf("a file that now exists: got change %d, want %d", got, restructured)
	}
}

func TestReviewOfADirectory(t *testing.T) {
	tests := []struct {
		name  string
		all   bool
		added string
		want  change
	}{
		{"a source file", false, "b.go", restructured},
		{"a header", false, "b.h", restructured},
		{"the start of another module", false, "go.mod", restructured},
		{"a profile", false, "default.pgo", restructured},
		{"a test", false, "b_test.go", touched},
		{"an editor's file", false, ".b.go.swp", touched},
		{"something in another directory", false, "results/x.go", touched},
		{"anything, where files are embedded", true, "rows.csv", restructured},
	}
	for _, tt := range tests {
		s := newSite(t)
		s.write("p/a.go", "")
		before := inspectDir(s.path("p"), tt.all)
		if _, got := before.review(); got != unchanged {
			t.Errorf("before adding %s: got change %d, want none", tt.name, got)
		}
		s.write("p/"+tt.added, "")
		if _, got := before.review(); got != tt.want {
			t.Errorf("after adding %s: got change %d, want %d", tt.name, got, tt.want)
		}
		if err := os.RemoveAll(s.path("p")); err != nil {
			t.Fatal(err)
		}
		if _, got := before.review(); got != restructured {
			t.Errorf("after the end of the directory: got change %d, want %d", got, restructured)
		}
	}
}

func TestEmbeddedDirectories(t *testing.T) {
	s := newSite(t)
	for _, name := range []string{"p/rows.csv", "p/data/x/1.csv", "p/data/y/deep/2.csv", "p/other/3.csv"} {
		s.write(name, "")
	}
	tests := []struct {
		pattern string
		want    []string
	}{
		{"rows.csv", nil},
		{"data", []string{"data", "data/x", "data/y", "data/y/deep"}},
		{"all:other", []string{"other"}},
		{"data/*/1.csv", []string{"data", "data/x", "data/y"}},
		{"*.csv", []string{"."}},
		{"data/*", []string{"data", "data/x", "data/y", "data/y/deep"}},
	}
	for _, tt := range tests {
		var want []string
		for _, dir := range tt.want {
			want = append(want, filepath.Join(s.path("p"), filepath.FromSlash(dir)))
		}
		survey := newSurvey()
		survey.addEmbedded(s.path("p"), tt.pattern)
		if got := slices.Sorted(maps.Keys(survey.dirs)); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", tt.pattern, got, want)
		}
	}
}

func TestASurveyFollowsWhatDecidesAboutVersions(t *testing.T) {
	s := newSite(t)
	s.write("work/go.work", "go 1.25.0\n\nuse (\n\t./app\n\t./tools\n)\n")
	s.write("work/app/go.mod", "module example.com/app\n\nreplace example.com/a => ../a\n\nreplace example.com/b => example.com/c v1.0.0\n")
	s.write("work/tools/go.mod", "module example.com/tools\n")
	s.write("work/a/go.mod", "module example.com/a\n\nreplace example.com/app => ../app\n")
	survey := newSurvey()
	survey.addProject(project{root: s.path("work/app"), work: s.path("work/go.work")})
	var want []string
	for _, name := range []string{
		"a/go.mod", "a/go.sum", "app/go.mod", "app/go.sum", "app/vendor/modules.txt",
		"go.work", "go.work.sum", "tools/go.mod", "tools/go.sum", "vendor/modules.txt",
	} {
		want = append(want, s.path("work/"+name))
	}
	if got := slices.Sorted(maps.Keys(survey.files)); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
