package loadforge

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/loadforge/loadforge"

// allowed is the picture of docs/architecture.md: which packages of the module
// a package may import. Arrows point down; what is not listed here may import
// nothing of the module.
var allowed = map[string][]string{
	"pattern":             {},
	"threshold":           {},
	"web":                 {},
	"internal/hdr":        {},
	"internal/target":     {},
	"internal/httpfile":   {},
	"internal/build":      {},
	"internal/virtual":    {},
	"internal/metrics":    {"internal/hdr", "threshold"},
	"internal/httpclient": {"internal/metrics"},
	"internal/engine":     {"pattern", "internal/metrics"},
	"internal/cluster":    {"pattern", "threshold", "internal/engine", "internal/metrics"},
	"internal/cluster/clustertest": {
		"pattern", "internal/cluster", "internal/engine", "internal/metrics", "internal/virtual",
	},
	"internal/wire":          {"internal/cluster"},
	"internal/crew":          {"internal/cluster", "internal/wire"},
	"internal/natsbus":       {"internal/wire"},
	"internal/fleet":         {"internal/cli", "internal/cluster", "internal/crew", "internal/natsbus", "internal/wire"},
	"internal/store":         {"internal/metrics"},
	"internal/page":          {"threshold", "internal/hdr", "internal/metrics", "internal/store"},
	"internal/page/pagetest": {"internal/page"},
	"internal/report":        {"internal/page", "internal/store", "internal/metrics", "internal/hdr", "threshold", "web"},
	"internal/history":       {"internal/page", "internal/store"},
	"internal/dashboard":     {"internal/metrics", "internal/page", "internal/store", "web"},
	"internal/terminal":      {"internal/metrics"},
	"internal/config":        {"pattern", "threshold"},
	"internal/selftest":      {"pattern", "internal/cluster", "internal/metrics", "internal/target"},
	"internal/cli": {
		"pattern", "threshold", "internal/cluster", "internal/config", "internal/crew", "internal/dashboard", "internal/httpfile",
		"internal/metrics", "internal/page", "internal/report", "internal/selftest", "internal/store", "internal/target", "internal/terminal", "internal/wire",
	},
	"": {
		"pattern", "threshold", "internal/cli", "internal/cluster", "internal/engine",
		"internal/httpclient", "internal/httpfile", "internal/metrics",
	},
	"feed":          {""},
	"cmd/loadforge": {"", "internal/build", "internal/cli", "internal/fleet", "internal/history", "internal/page"},
}

// standardOnly lists the packages that import nothing but the standard library.
var standardOnly = []string{"pattern", "threshold", "web", "internal/hdr", "internal/target", "internal/httpfile", "internal/virtual"}

// A listed package is what go list knows of it.
type listed struct {
	ImportPath string
	Name       string
	Imports    []string
	Deps       []string
	Standard   bool
}

func list(t *testing.T, args ...string) []listed {
	t.Helper()
	out, err := exec.Command("go", append([]string{"list", "-json=ImportPath,Name,Imports,Deps,Standard"}, args...)...).Output()
	if err != nil {
		t.Fatalf("go list %v: %v", args, err)
	}
	var all []listed
	for decoder := json.NewDecoder(strings.NewReader(string(out))); decoder.More(); {
		var p listed
		if err := decoder.Decode(&p); err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return all
}

// outside says that a package is a program beside the product, which may use
// whatever it likes.
func outside(name string) bool {
	return name == "bench" || strings.HasPrefix(name, "bench/") || strings.HasPrefix(name, "examples/")
}

func within(importPath string) (string, bool) {
	if importPath == module {
		return "", true
	}
	return strings.CutPrefix(importPath, module+"/")
}

func TestImportsPointDown(t *testing.T) {
	for _, p := range list(t, "./...") {
		name, _ := within(p.ImportPath)
		if outside(name) {
			continue
		}
		may, known := allowed[name]
		if !known {
			t.Errorf("package %q is not in the picture: add it to allowed and to docs/architecture.md", name)
		}
		for _, imported := range p.Imports {
			if to, ours := within(imported); ours && !slices.Contains(may, to) {
				t.Errorf("%q imports %q, which the picture does not allow", name, to)
			}
		}
	}
}

func TestLeavesUseTheStandardLibraryOnly(t *testing.T) {
	for _, name := range standardOnly {
		for _, p := range list(t, "./"+name) {
			for _, imported := range p.Imports {
				if first, _, _ := strings.Cut(imported, "/"); strings.Contains(first, ".") && !strings.HasPrefix(imported, module) {
					t.Errorf("%q imports %s", name, imported)
				}
			}
		}
	}
}

// A scenario's binary is built at every edit: what only the loadforge command
// needs must not be linked into it.
func TestScenarioBinariesStaySlim(t *testing.T) {
	heavy := []string{
		module + "/internal/build", module + "/internal/history", module + "/internal/script", module + "/internal/importer",
		"github.com/nats-io/nats.go", "github.com/nats-io/nats-server/v2/server",
		"github.com/grafana/sobek", "github.com/evanw/esbuild", "github.com/getkin/kin-openapi", "modernc.org/sqlite",
	}
	for _, p := range list(t, ".") {
		for _, dep := range p.Deps {
			if slices.Contains(heavy, dep) {
				t.Errorf("the root package depends on %s", dep)
			}
		}
	}
}

func TestEveryPackageHasOneDocComment(t *testing.T) {
	docs := map[string][]string{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "node_modules" || d.Name() == "tools") {
			return filepath.SkipDir
		}
		if filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		return countDoc(path, docs)
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range slices.Sorted(maps.Keys(docs)) {
		if len(docs[dir]) != 1 {
			t.Errorf("%s has %d package comments %v, want 1", dir, len(docs[dir]), docs[dir])
		}
	}
}

func countDoc(path string, docs map[string][]string) error {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments|parser.PackageClauseOnly)
	if err != nil {
		return err
	}
	dir := filepath.Dir(path)
	if docs[dir] == nil {
		docs[dir] = []string{}
	}
	if file.Doc != nil && len(file.Doc.List) > 0 {
		docs[dir] = append(docs[dir], filepath.Base(path))
	}
	return nil
}

// The only functions that may run before main are those of the standard
// library and of dependencies: a package that registers itself can't be found
// by reading.
func TestNoPackageHasAnInitFunction(t *testing.T) {
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".go" {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, decl := range file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
				t.Errorf("%s has an init function", path)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Virtual time is safe under the race detector only through internal/virtual.
func TestBubblesAreMadeInOnePlace(t *testing.T) {
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".go" || filepath.Dir(path) == "internal/virtual" {
			return err
		}
		text, err := os.ReadFile(path)
		if strings.Contains(string(text), "synctest"+".Test(") {
			t.Errorf("%s calls synctest directly: use virtual.Test", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestEveryDirectDependencyHasAReason(t *testing.T) {
	mod, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	decisions, err := filepath.Glob("docs/decisions/*.md")
	if err != nil {
		t.Fatal(err)
	}
	var reasons strings.Builder
	for _, name := range decisions {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		reasons.Write(text)
	}
	for line := range strings.Lines(string(mod)) {
		fields := strings.Fields(strings.TrimPrefix(strings.TrimSpace(line), "require "))
		if len(fields) != 2 || !strings.HasPrefix(fields[1], "v") {
			continue // not a requirement, or an indirect one
		}
		if !strings.Contains(reasons.String(), fields[0]) {
			t.Errorf("%s has no reason in docs/decisions", fields[0])
		}
	}
}
