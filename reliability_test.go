package loadforge

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// docs/reliability.md says which test holds what. Each of them exists.
func TestEveryFaultHasItsTest(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("docs", "reliability.md"))
	if err != nil {
		t.Fatal(err)
	}
	tests := testsOfModule(t)
	code := regexp.MustCompile("`([^`]+)`")
	rows := 0
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.Trim(line, "| \n"), " | ")
		if len(cells) != 3 || cells[2] == "test" {
			continue
		}
		rows++
		names := code.FindAllStringSubmatch(cells[2], -1)
		if len(names) == 0 {
			t.Errorf("%q has no test", cells[0])
		}
		for _, name := range names {
			if !tests[name[1]] {
				t.Errorf("%q: there is no test %s", cells[0], name[1])
			}
		}
	}
	if rows < 60 {
		t.Errorf("the page has %d rows: has its form changed?", rows)
	}
}

var (
	packageClause = regexp.MustCompile(`(?m)^package (\w+?)(?:_test)?$`)
	testFunction  = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
)

// testsOfModule are the tests as docs/reliability.md names them: by package, or
// by file where they are scripts.
func testsOfModule(t *testing.T) map[string]bool {
	t.Helper()
	tests := map[string]bool{}
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		name := entry.Name()
		if entry.IsDir() && slices.Contains([]string{"node_modules", ".cache", ".git"}, name) {
			return fs.SkipDir
		}
		if script, ok := strings.CutSuffix(name, ".txtar"); ok {
			tests["script/"+script] = true
		}
		if script, ok := strings.CutSuffix(name, ".e2e.ts"); ok {
			tests["web/e2e/"+script] = true
		}
		if err != nil || !strings.HasSuffix(name, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		if clause := packageClause.FindSubmatch(text); clause != nil {
			for _, test := range testFunction.FindAllSubmatch(text, -1) {
				tests[string(clause[1])+"."+string(test[1])] = true
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return tests
}
