package build

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

func TestAManifestThatMayHaveMissedAnEditIsRacy(t *testing.T) {
	started := time.Date(2026, 1, 2, 3, 4, 5, 500_000_000, time.UTC)
	tests := []struct {
		name string
		file time.Time
		want bool
	}{
		{"written long before", started.Add(-time.Hour), false},
		{"written a moment before", started.Add(-21 * time.Millisecond), false},
		{"written within a tick of the clock", started.Add(-19 * time.Millisecond), true},
		{"written during the build", started.Add(time.Millisecond), true},
		{"from the future", started.Add(time.Hour), true},
		{"whole seconds, from the second of the build", started.Truncate(time.Second), true},
		{"whole seconds, long before", started.Truncate(time.Second).Add(-time.Minute), false},
	}
	for _, tt := range tests {
		files := manifest{Sources: []source{{Time: tt.file.UnixNano()}}}
		dirs := manifest{Directories: []directory{{Time: tt.file.UnixNano()}}}
		if files.racy(started) != tt.want || dirs.racy(started) != tt.want {
			t.Errorf("%s: racy is %v for a file and %v for a directory, want %v", tt.name, files.racy(started), dirs.racy(started), tt.want)
		}
	}
}

func TestDirectoryHoldsWhileTheNamesThatMatterStay(t *testing.T) {
	tests := []struct {
		name  string
		all   bool
		added string
		want  bool
	}{
		{"a source file", false, "b.go", false},
		{"a header", false, "b.h", false},
		{"the start of another module", false, "go.mod", false},
		{"a profile", false, "default.pgo", false},
		{"a test", false, "b_test.go", true},
		{"an editor's file", false, ".b.go.swp", true},
		{"a directory", false, "results", true},
		{"anything, where files are embedded", true, "rows.csv", false},
	}
	for _, tt := range tests {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "a.go"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		old := time.Now().Add(-time.Hour)
		if err := os.Chtimes(dir, old, old); err != nil {
			t.Fatal(err)
		}
		d := observeDir(dir, tt.all)
		if !d.holds() {
			t.Errorf("before adding %s: the directory has changed, want it not to", tt.name)
		}
		if err := os.WriteFile(filepath.Join(dir, tt.added), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if got := d.holds(); got != tt.want {
			t.Errorf("after adding %s: holds is %v, want %v", tt.name, got, tt.want)
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		if d.holds() {
			t.Errorf("after adding %s and removing the directory: holds, want not", tt.name)
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
		survey := &survey{files: make(map[string]bool), dirs: make(map[string]bool)}
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
	survey := &survey{files: make(map[string]bool), dirs: make(map[string]bool)}
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
