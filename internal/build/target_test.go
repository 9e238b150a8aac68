package build

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
)

func TestTargetsThatAreNotScenarios(t *testing.T) {
	s := newSite(t)
	for name, text := range map[string]string{
		"shop.go": program(`"x"`), "shop_test.go": "package main\n", "lib.go": "package lib\n", "notes.txt": "",
		"empty/README": "", "tests/a_test.go": "package a\n", "lib/lib.go": "package lib\n", "many/one/main.go": program(`"x"`), "many/lib/l.go": "package l\n",
		"app/go.mod": "module app\n\ngo 1.25.0\n", "app/main.go": program(`"x"`),
		"work/go.work": "go 1.25.0\n\nuse ./app\n", "work/app/go.mod": "module example.com/app\n\ngo 1.25.0\n", "work/app/main.go": program(`"x"`),
	} {
		s.write(name, text)
	}
	tests := []struct{ cwd, target, want, hint string }{
		{".", "none.go", "no such file or directory", "shop.go"},
		{".", "shop", "no such file or directory", "did you mean shop.go?"},
		{"empty", "./none", "no such file or directory", "loadforge init"},
		{".", "example.com/none", "no such file or directory", "import path"},
		{"app", "fmt2/x", "no such file or directory", "import path"},
		{"app", "example.com/a@v1.2.3", "a package at a version", "go get example.com/a@v1.2.3"},
		{"app", "what is this?", "no such file or directory", ""},
		{".", "./...", "a pattern of packages", "name one"},
		{".", "shop_test.go", "a test file", "go test"},
		{".", "notes.txt", "not a Go file", "only Go"},
		{".", "lib.go", "package lib, not a program", "func main"},
		{".", "empty", "no Go files", "loadforge init"},
		{".", "tests", "only test files", "go test"},
		{".", "lib", "no package main", "func main"},
		{".", "many", "no Go files", filepath.FromSlash("./many/one")},
		{"many", ".", "no Go files", filepath.FromSlash("./one")},
		{"work/app", ".", "a module of the workspace", "go get " + sdkModule},
	}
	for _, tt := range tests {
		t.Run(tt.cwd+" "+tt.target, func(t *testing.T) {
			t.Chdir(s.path(tt.cwd))
			var refused *TargetError
			err := s.fail(tt.target)
			if !errors.As(err, &refused) {
				t.Fatalf("got %v, want a TargetError", err)
			}
			if !strings.Contains(refused.Problem, tt.want) || !strings.Contains(refused.Hint, tt.hint) {
				t.Errorf("got\n%v\nwant %q with a hint at %q", err, tt.want, tt.hint)
			}
		})
	}
}

func TestTargetNamesItsProgram(t *testing.T) {
	s := newSite(t)
	s.write("shop/main.go", program(`"x"`))
	s.write("shop/load.go", program(`"x"`))
	s.write("shop/go.mod", withSDK)
	t.Chdir(s.path("shop"))
	for arg, want := range map[string]string{
		"main.go": "shop", "load.go": "load", ".": "shop", "../shop": "shop",
		"example.com/shop": "shop", "example.com/shop/v2": "shop", "example.com/other/cmd/load": "load",
		string(filepath.Separator): "main",
	} {
		if got, err := locate(arg); got.name != want || err != nil {
			t.Errorf("%s is called %q, %v, want %q", arg, got.name, err, want)
		}
	}
}

func TestSingleTarget(t *testing.T) {
	if got, err := Single([]string{"./shop"}); got != "./shop" || err != nil {
		t.Errorf("one target: got %q, %v, want it", got, err)
	}
	tests := []struct {
		name string
		args []string
		want string
	}{
		{"none", nil, "no scenario given"},
		{"files of one directory", []string{"shop/a.go", "shop/b.go"}, filepath.FromSlash("./shop")},
		{"files of this directory", []string{"a.go", "b.go"}, "(.)"},
		{"files of the directory above", []string{"../a.go", "../b.go"}, "(..)"},
		{"two packages", []string{"./shop", "./api"}, "one after the other"},
	}
	for _, tt := range tests {
		if got, err := Single(tt.args); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %q, %v, want an error with %q", tt.name, got, err, tt.want)
		}
	}
}

func TestBrokenModuleFilesAreNamed(t *testing.T) {
	s := newSite(t)
	s.write("mod/go.mod", "module example.com/app\n\nrequire (\n")
	s.write("mod/main.go", program(`"x"`))
	s.write("strict/go.mod", "module example.com/app\n\nfancy new directive\n")
	s.write("strict/main.go", program(`"x"`))
	s.write("work/go.work", "use (\n")
	s.write("work/go.mod", "module example.com/app\n")
	s.write("work/main.go", program(`"x"`))
	s.write("lost/main.go", program(`"x"`))
	s.write("lost/go.mod", "module example.com/app\n")
	s.write("lost/go.work", "use (\n\t.\n\t./gone\n)\n")
	for target, want := range map[string]string{
		"mod": "mod" + string(filepath.Separator) + "go.mod:3", "strict": "go.mod:3", "work": "go.work:1",
		"lost": filepath.Join("gone", "go.mod"),
	} {
		if err := s.fail(s.path(target)); !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want an error with %q", target, err, want)
		}
	}
}

func TestGOWORKSaysWhichWorkspaceIsInForce(t *testing.T) {
	s := newSite(t)
	s.write("go.work", "go 1.25.0\n")
	s.write("app/go.mod", "module example.com/app\n")
	for value, want := range map[string]string{"": s.path("go.work"), "off": "", s.path("other.work"): s.path("other.work")} {
		t.Setenv("GOWORK", value)
		if got := findProject(s.path("app")); got != (project{root: s.path("app"), work: want}) {
			t.Errorf("GOWORK=%q: got %+v, want the workspace %q", value, got, want)
		}
	}
}
