package build

import (
	"errors"
	"regexp"
	"strings"
	"testing"
)

// goroot is where the standard library is, which messages name.
var goroot = regexp.MustCompile(`\([^()]*[/\\]src`)

func TestCompileErrorsShowTheirSource(t *testing.T) {
	tests := []struct {
		golden string
		files  map[string]string
		cwd    string
		target string
	}{
		{"types.golden", map[string]string{"shop/load/main.go": `package main

import (
	"os"

	"github.com/loadforge/loadforge"
)

func pair() (int, string) { return 1 }

func main() {
	vu := loadforge.VU{}
	for range 3 {
		loadforge.Main("größe", "→",	vu.Id)
	}
}
`}, "shop", "load"},
		{"syntax.golden", map[string]string{"shop.go": "package main\n\nfunc main() {\n\tx :=\n}\n"}, ".", "shop.go"},
		{"module.golden", map[string]string{
			"shop.go": "package main\n\nimport (\n\t\"example.com/none\"\n\t\"nonstd\"\n)\n\nfunc main() { none.X() }\n",
		}, ".", "shop.go"},
		{"embed.golden", map[string]string{
			"shop.go": strings.Replace(program("rows", `_ "embed"`), "func main", "//go:embed rows.csv\nvar rows string\n\nfunc main", 1),
		}, ".", "shop.go"},
		{"internal.golden", map[string]string{"shop.go": program(`"x"`, `_ "net/http/internal"`)}, ".", "shop.go"},
		{"nomain.golden", map[string]string{"shop.go": "package main\n\nfunc Main() {}\n"}, ".", "shop.go"},
		{"siblings.golden", map[string]string{"shop/main.go": program("word"), "shop/word.go": "package main\n\nvar word = \"x\"\n"}, ".", "shop/main.go"},
		{"programs.golden", map[string]string{"all/a.go": program(`"a"`), "all/b.go": program(`"b"`)}, "all", "."},
		{"dependency.golden", map[string]string{"sdk/broken.go": "package loadforge\n\nvar x int = \"y\"\n", "shop.go": program(`"x"`)}, ".", "shop.go"},
	}
	for _, tt := range tests {
		t.Run(tt.golden, func(t *testing.T) {
			compare := golden(t, tt.golden)
			s := newSite(t)
			for name, text := range tt.files {
				s.write(name, text)
			}
			t.Chdir(s.path(tt.cwd))
			var failed *CompileError
			err := s.fail(tt.target)
			if !errors.As(err, &failed) {
				t.Fatalf("got %v, want a CompileError", err)
			}
			compare(goroot.ReplaceAllString(err.Error(), "(GOROOT/src"))
		})
	}
}

func TestAFixedErrorBuilds(t *testing.T) {
	s := newSite(t)
	s.write("shop.go", program(`"works"`))
	target := s.path("shop.go")
	s.fresh(target)
	s.write("shop.go", program("broken"))
	s.fail(target)
	s.fail(target)
	s.write("shop.go", program(`"fixed"`))
	if got := s.fresh(target); got != "fixed" {
		t.Errorf("the program says %q, want fixed", got)
	}
}

func TestFrame(t *testing.T) {
	long := "\tx := \"" + strings.Repeat("a", 200) + "\" + y + \"" + strings.Repeat("b", 200) + "\""
	tests := []struct {
		name    string
		problem Problem
		want    string
	}{
		{"tabs", Problem{Line: 7, Column: 4, Source: "\t\tif x {"}, "\n     7 |     if x {\n       |      ^"},
		{"letters of several bytes", Problem{Line: 7, Column: 9, Source: `"größ" x`}, "\n     7 | \"größ\" x\n       |       ^"},
		{"the end of the line", Problem{Line: 123456, Column: 5, Source: "x := \r"}, "\n123456 | x :=\n       |     ^"},
		{"a long line", Problem{Line: 1, Column: 212, Source: long}, "\n     1 | …" + strings.Repeat("a", 56) + "\" + y + \"" + strings.Repeat("b", 44) + "…\n       | " + strings.Repeat(" ", 61) + "^"},
		{"the start of a long line", Problem{Line: 1, Column: 2, Source: long}, "\n     1 |   x := \"" + strings.Repeat("a", 102) + "…\n       |   ^"},
		{"an empty line", Problem{Line: 1, Column: 1, Source: "\t"}, ""},
		{"a column that isn't there", Problem{Line: 1, Column: 9, Source: "x"}, ""},
	}
	for _, tt := range tests {
		if got := tt.problem.frame(); got != tt.want {
			t.Errorf("%s:%s\nwant:%s", tt.name, got, tt.want)
		}
	}
}

func TestOutputThatIsNotAboutAPosition(t *testing.T) {
	f := &failure{
		stdout: []byte("plain text\n{broken\n" +
			`{"ImportPath":"a","Action":"build-output","Output":"package a\n"}` + "\n" +
			`{"ImportPath":"b","Action":"build-output","Output":"# b\nb.c:1: error: no column\n"}` + "\n" +
			`{"ImportPath":"a","Action":"build-output","Output":"\timports b\n\timports a: import cycle not allowed\n"}` + "\n" +
			`{"ImportPath":"a","Action":"build-fail"}` + "\n"),
		stderr: "go: something\n",
	}
	var got []string
	for _, p := range f.problems(t.TempDir()) {
		got = append(got, p.Message)
	}
	want := []string{"plain text", "{broken", "package a\n\timports b\n\timports a: import cycle not allowed", "error: no column", "go: something"}
	if strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestPositionsOfOtherSystems(t *testing.T) {
	for line, want := range map[string]string{
		`C:\shop\main.go:3:4: bad`: `C:\shop\main.go`, "\t../x.go:3:4: bad": "../x.go", "x.s:3: bad": "x.s",
	} {
		if m := position.FindStringSubmatch(line); m == nil || m[1] != want {
			t.Errorf("the file in %q is %q, want %q", line, m, want)
		}
	}
}
