package build

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if role := os.Getenv("BUILD_TEST_ROLE"); role != "" {
		os.Exit(play(role))
	}
	goleak.VerifyTestMain(m)
}

// withSDK is a go.mod that requires the fake SDK beside it.
const withSDK = "module example.com/shop\n\ngo 1.25.0\n\nrequire " + sdkModule + " v1.0.0\n\nreplace " + sdkModule + " => ../sdk\n"

// withoutSDK is a go.mod that knows nothing of LoadForge, is older than it, and
// replaces a module by a relative path.
const withoutSDK = `module example.com/app

go 1.21

require example.com/lib v1.0.0

replace example.com/lib => ../lib
`

func TestBuildFindsTheSDKForEveryKindOfTarget(t *testing.T) {
	tests := []struct {
		name   string
		files  map[string]string
		cwd    string
		target string
		want   string
	}{
		{
			"a package of a module that requires the SDK",
			map[string]string{"shop/go.mod": withSDK, "shop/load/main.go": program(`"module"`)},
			".", "shop/load", "module",
		}, {
			"a file of such a module, by import path",
			map[string]string{"shop/go.mod": withSDK, "shop/load/main.go": program(`"import path"`)},
			"shop", "example.com/shop/load", "import path",
		}, {
			"a package of the SDK itself",
			map[string]string{"sdk/examples/hello/main.go": program(`"example"`)},
			"sdk", "./examples/hello", "example",
		}, {
			"a file of a module without the SDK, importing its internal packages",
			map[string]string{
				"lib/go.mod": "module example.com/lib\n\ngo 1.21\n", "lib/lib.go": "package lib\n\nconst Word = \"lib\"\n",
				"app/go.mod":                    withoutSDK,
				"app/internal/orders/orders.go": "package orders\n\nimport \"example.com/lib\"\n\nconst Word = \"internal \" + lib.Word\n",
				"app/load/shop.go":              program("orders.Word", `"example.com/app/internal/orders"`),
			},
			"app", "load/shop.go", "internal lib",
		}, {
			"a module of a workspace that has the SDK",
			map[string]string{
				"go.work": "go 1.25.0\n\nuse (\n\t./sdk\n\t./app\n)\n", "app/go.mod": "module example.com/app\n\ngo 1.25.0\n",
				"app/main.go": program(`"workspace"`),
			},
			"app", ".", "workspace",
		}, {
			"a file beside the modules of a workspace",
			map[string]string{
				"go.work": "go 1.25.0\n\nuse (\n\t./sdk\n\t./app\n)\n", "app/go.mod": "module example.com/app\n\ngo 1.25.0\n",
				"app/words/words.go": "package words\n\nconst Beside = \"beside\"\n", "shop.go": program("words.Beside", `"example.com/app/words"`),
			},
			".", "shop.go", "beside",
		}, {
			"a directory beside the modules of a workspace",
			map[string]string{"go.work": "go 1.25.0\n\nuse ./sdk\n", "shop/shop.go": program(`"loose"`)},
			".", "shop", "loose",
		}, {
			"an import path of a workspace",
			map[string]string{
				"go.work": "go 1.25.0\n\nuse (\n\t./sdk\n\t./app\n)\n", "app/go.mod": "module example.com/app\n\ngo 1.25.0\n",
				"app/load/shop.go": program(`"path"`),
			},
			".", "example.com/app/load", "path",
		}, {
			"a file beside a workspace without the SDK",
			map[string]string{"go.work": "go 1.25.0\n\nuse ./app\n", "app/go.mod": "module example.com/app\n", "shop.go": program(`"alone"`)},
			".", "shop.go", "alone",
		}, {
			"a module that its workspace doesn't use",
			map[string]string{
				"go.work": "go 1.25.0\n\nuse ./sdk\n", "app/go.mod": "module example.com/app\n\ngo 1.25.0\n",
				"app/main.go": program(`"beside the workspace"`),
			},
			"app", ".", "beside the workspace",
		}, {
			"a directory outside any module",
			map[string]string{"loose/main.go": program("word()"), "loose/word.go": "package main\n\nfunc word() string { return \"loose directory\" }\n"},
			"loose", ".", "loose directory",
		}, {
			"a file outside any module, beside one that would not build, embedding a file",
			map[string]string{
				"loose/shop.go":  strings.Replace(program("rows", `_ "embed"`), "func main", "//go:embed rows.csv\nvar rows string\n\nfunc main", 1),
				"loose/other.go": "package main\n\nfunc main() {}\n", "loose/rows.csv": "1,2,3",
			},
			".", "loose/shop.go", "1,2,3",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newSite(t)
			for name, text := range tt.files {
				s.write(name, text)
			}
			before := s.snapshot()
			t.Chdir(s.path(tt.cwd))
			if got := s.fresh(tt.target); got != tt.want {
				t.Errorf("the program says %q, want %q", got, tt.want)
			}
			s.hit(tt.target)
			if after := s.snapshot(); !slices.Equal(after, before) {
				t.Errorf("files after the build:\n%s\nwant those before:\n%s", strings.Join(after, "\n"), strings.Join(before, "\n"))
			}
		})
	}
}

// snapshot returns name and content of every file outside the cache.
func (s *site) snapshot() []string {
	var files []string
	err := filepath.WalkDir(s.dir, func(path string, d os.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && d.Name() == "cache":
			return filepath.SkipDir
		case !d.IsDir():
			rel, _ := filepath.Rel(s.dir, path)
			files = append(files, rel+": "+s.read(rel))
		}
		return nil
	})
	if err != nil {
		s.Fatal(err)
	}
	return files
}

func TestBuildAgainOnlyAfterAChange(t *testing.T) {
	s := newSite(t)
	s.write("shop/go.mod", withSDK)
	s.write("shop/load/main.go", strings.Replace(program("word+rows+count()", `"embed"`, `"example.com/shop/words"`),
		"func main", "//go:embed rows.csv data/*.csv\nvar files embed.FS\n\nvar word = words.Hello\n\nfunc main", 1))
	s.write("shop/load/rows.go", `package main

import "strconv"

var rows = func() string { b, _ := files.ReadFile("rows.csv"); return string(b) }()

func count() string { d, _ := files.ReadDir("data"); return strconv.Itoa(len(d)) }
`)
	s.write("shop/load/rows.csv", " A ")
	s.write("shop/load/data/1.csv", "1")
	s.write("shop/words/words.go", "package words\n\nconst Hello = \"hello\"\n")
	target := s.path("shop/load")

	steps := []struct {
		name   string
		change func()
		want   string
	}{
		{"the first time", func() {}, "hello A 1"},
		{"after an edit of an imported package", func() { s.write("shop/words/words.go", "package words\n\nconst Hello = \"howdy\"\n") }, "howdy A 1"},
		{"after an edit of an embedded file", func() { s.write("shop/load/rows.csv", " B ") }, "howdy B 1"},
		{"after a new file that go:embed matches", func() { s.write("shop/load/data/2.csv", "2") }, "howdy B 2"},
		{"after a new source file", func() { s.write("shop/load/more.go", "package main\n\nfunc init() { word = \"more\" }\n") }, "more B 2"},
		{"after the removal of a source file", func() { s.remove("shop/load/more.go") }, "howdy B 2"},
		{"after an edit of the replaced SDK", func() {
			s.write("sdk/loadforge.go", strings.Replace(s.read("sdk/loadforge.go"), `word + "\n"`, `word + "!\n"`, 1))
		}, "howdy B 2!"},
	}
	for _, step := range steps {
		step.change()
		if got := s.fresh(target); got != step.want {
			t.Errorf("%s the program says %q, want %q", step.name, got, step.want)
		}
		s.hit(target)
	}

	s.write("shop/load/README.md", "not built")
	s.write("shop/load/load_test.go", "package main\n")
	s.write("shop/load/results/run.json", "{}")
	s.age(s.path("shop/load/main.go"))
	s.write("sdk/loadforge.go", s.read("sdk/loadforge.go"))
	s.hit(target)
	s.write("shop/go.mod", withSDK+"\n// edited\n")
	s.fresh(target)
}

func TestFilesThatMayHaveChangedDuringTheBuildAreNotTrusted(t *testing.T) {
	s := newSite(t)
	s.write("shop.go", program(`"now"`))
	target := s.path("shop.go")
	soon := time.Now().Add(time.Hour)
	inFuture := func(name string) {
		if err := os.Chtimes(s.path(name), soon, soon); err != nil {
			t.Fatal(err)
		}
	}
	inFuture("sdk/loadforge.go")
	s.fresh(target)
	s.fresh(target)
	s.age(s.path("sdk/loadforge.go"))
	s.fresh(target)
	s.hit(target)

	// The content of the target itself is known from before the build, and a
	// time that proves nothing makes for a look at it.
	inFuture("shop.go")
	s.hit(target)
	s.write("shop.go", program(`"new"`))
	inFuture("shop.go")
	if got := s.fresh(target); got != "new" {
		t.Errorf("the program says %q, want new", got)
	}
	s.hit(target)
	s.write("shop.go", program(`"sum"`)) // the size is the same
	inFuture("shop.go")
	if got := s.fresh(target); got != "sum" {
		t.Errorf("the program says %q, want sum", got)
	}
}

func TestAFileWrittenAMomentAgoIsBuiltOnce(t *testing.T) {
	s := newSite(t)
	s.write("shop/go.mod", withSDK)
	s.write("shop/main.go", program(`"now"`))
	for _, name := range []string{"shop", "shop/go.mod", "shop/main.go"} {
		if err := os.Chtimes(s.path(name), time.Now(), time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	s.fresh(s.path("shop"))
	s.hit(s.path("shop"))
}

// dependency returns a require line and go.sum for the only module that every
// machine that runs these tests has: one this package itself requires.
func (s *site) dependency() (require, sums string) {
	s.Helper()
	f, err := parseMod(filepath.Join("..", "..", "go.mod"))
	if err != nil {
		s.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join("..", "..", "go.sum"))
	if err != nil {
		s.Fatal(err)
	}
	for _, r := range f.Require {
		if r.Mod.Path == "golang.org/x/mod" {
			return "\nrequire " + r.Mod.Path + " " + r.Mod.Version + "\n", string(data)
		}
	}
	s.Fatal("go.mod does not require golang.org/x/mod")
	return "", ""
}

func TestAFileOutsideAnyModuleUsesTheSDKsOwnModulesOffline(t *testing.T) {
	s := newSite(t)
	require, sums := s.dependency()
	s.write("sdk/go.mod", "module "+sdkModule+"\n\ngo 1.25.0\n"+require)
	s.write("sdk/go.sum", sums)
	s.write("sdk/semver.go", "package loadforge\n\nimport \"golang.org/x/mod/semver\"\n\nvar Major = semver.Major(\"v7.1.0\")\n")
	s.write("shop.go", program("loadforge.Major"))
	if got := s.fresh(s.path("shop.go")); got != "v7" {
		t.Errorf("the program says %q, want v7", got)
	}
	s.hit(s.path("shop.go"))
}

func TestMissingChecksumsAreAddedInPrivate(t *testing.T) {
	s := newSite(t)
	t.Setenv("GOSUMDB", "off")
	require, _ := s.dependency()
	s.write("lib/go.mod", "module example.com/lib\n\ngo 1.25.0\n"+require)
	s.write("lib/lib.go", "package lib\n\nimport \"golang.org/x/mod/semver\"\n\nvar Major = semver.Major(\"v8.1.0\")\n")
	s.write("app/go.mod", withoutSDK)
	s.write("app/shop.go", program("lib.Major", `"example.com/lib"`))
	if got := s.fresh(s.path("app/shop.go")); got != "v8" {
		t.Errorf("the program says %q, want v8", got)
	}
	s.hit(s.path("app/shop.go"))
	if got := s.read("app/go.mod"); got != withoutSDK {
		t.Errorf("go.mod has become\n%s", got)
	}
	// What go added to its copy is still there for the next build.
	s.write("app/shop.go", program("lib.Major+lib.Major", `"example.com/lib"`))
	if got := s.fresh(s.path("app/shop.go")); got != "v8v8" {
		t.Errorf("the program says %q, want v8v8", got)
	}
}

func TestConcurrentBuildsOfOneTargetMakeOneBinary(t *testing.T) {
	s := newSite(t)
	s.write("shop.go", program(`"once"`))
	binaries := make([]Binary, 4)
	var wg sync.WaitGroup
	for i := range binaries {
		wg.Go(func() {
			var err error
			if binaries[i], err = s.Build(t.Context(), s.path("shop.go")); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	built := 0
	for _, b := range binaries {
		if b.Fresh {
			built++
		}
		if b.Path != binaries[0].Path {
			t.Errorf("binaries %s and %s, want one", b.Path, binaries[0].Path)
		}
	}
	if built != 1 {
		t.Errorf("built %d times, want once", built)
	}
}

func TestBuildTagsMakeAnotherBinary(t *testing.T) {
	s := newSite(t)
	s.write("shop/main.go", program("word"))
	s.write("shop/plain.go", "//go:build !fancy\n\npackage main\n\nconst word = \"plain\"\n")
	s.write("shop/fancy.go", "//go:build fancy\n\npackage main\n\nconst word = \"fancy\"\n")
	if got := s.fresh(s.path("shop")); got != "plain" {
		t.Errorf("without tags the program says %q, want plain", got)
	}
	s.Tags = "fancy"
	if got := s.fresh(s.path("shop")); got != "fancy" {
		t.Errorf("with the tag fancy the program says %q, want fancy", got)
	}
	s.Tags = ""
	s.hit(s.path("shop"))
}

func TestAPackageThatIsAProgramOnlyForOthersIsRefused(t *testing.T) {
	s := newSite(t)
	s.write("lib/lib.go", "package lib\n")
	s.write("lib/gen.go", "//go:build ignore\n\npackage main\n\nfunc main() {}\n")
	var refused *TargetError
	if err := s.fail(s.path("lib")); !errors.As(err, &refused) {
		t.Errorf("got %v, want a TargetError", err)
	}
}

func TestBuildEndsWithItsContext(t *testing.T) {
	s := newSite(t)
	s.write("shop.go", program(`"never"`))
	if _, err := s.Build(canceled(), s.path("shop.go")); !errors.Is(err, context.Canceled) {
		t.Errorf("building in a context that has ended: got %v, want %v", err, context.Canceled)
	}
	e, err := s.job(s.path("shop.go"), platform{})
	if err != nil {
		t.Fatal(err)
	}
	unlock, err := e.entry.lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	ctx, cancel := context.WithTimeout(t.Context(), 3*lockPoll)
	defer cancel()
	if _, err := s.Build(ctx, s.path("shop.go")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("waiting for another build: got %v, want %v", err, context.DeadlineExceeded)
	}
}

func TestAnUnusableCacheIsAnErrorWithAHint(t *testing.T) {
	s := newSite(t)
	s.write("shop.go", program(`"never"`))
	s.Cache = s.path("shop.go")
	if err := s.fail(s.path("shop.go")); !strings.Contains(err.Error(), "hint: ") {
		t.Errorf("got %v, want a hint", err)
	}
	s.Cache = ""
	for _, name := range []string{"HOME", "XDG_CACHE_HOME", "LocalAppData"} {
		t.Setenv(name, "")
	}
	if err := s.fail(s.path("shop.go")); !strings.Contains(err.Error(), "hint: set HOME") {
		t.Errorf("got %v, want a hint", err)
	}
}

func TestShip(t *testing.T) {
	s := newSite(t)
	s.write("sdk/loadforge.go", "package loadforge\n\nfunc Main(word string) { println(word) }\n")
	s.write("shop/main.go", program(`"shipped"`))
	t.Chdir(s.dir)

	binary, err := s.Ship(t.Context(), "shop", "", "", "")
	if err != nil {
		t.Fatal(err)
	}
	// The directory of the scenario has the name already.
	want := s.path(platform{os: runtime.GOOS}.exe("shop-" + runtime.GOOS + "-" + runtime.GOARCH))
	if binary.Path != want {
		t.Errorf("shipped to %s, want %s", binary.Path, want)
	}
	if got := s.run(binary.Path); got != "shipped" {
		t.Errorf("the program says %q, want shipped", got)
	}
	if data := s.read(filepath.Base(want)); strings.Contains(data, s.path("shop/main.go")) {
		t.Errorf("the program contains the path %s", s.path("shop/main.go"))
	}
	digest, err := binary.Digest()
	if err != nil || len(digest) != 64 {
		t.Errorf("Digest() = %q, %v, want 64 digits", digest, err)
	}

	if err := os.Mkdir("out", 0o700); err != nil {
		t.Fatal(err)
	}
	again, err := s.Ship(t.Context(), "shop/main.go", "", "", "out")
	if err != nil {
		t.Fatal(err)
	}
	if want := s.path(platform{}.exe("out/shop")); again.Path != want {
		t.Errorf("shipped to %s, want %s", again.Path, want)
	}
}

func TestShipRefuses(t *testing.T) {
	s := newSite(t)
	s.write("lib/lib.go", "package lib\n")
	s.write("lib/gen.go", "//go:build ignore\n\npackage main\n\nfunc main() {}\n")
	s.write("shop.go", program(`"never"`))
	s.write("broken.go", program("nothing"))
	t.Chdir(s.dir)
	tests := []struct {
		name, target, goarch, out, want string
	}{
		{"a platform that doesn't exist", "shop.go", "z80", "", "not a platform Go builds for"},
		{"a library", "lib", "", "", "not a program"},
		{"what does not compile", "broken.go", "", "", "undefined: nothing"},
		{"a destination in no directory", "shop.go", "", "nowhere/shop", "writing nowhere/shop"},
		{"nothing", "none.go", "", "", "no such file"},
	}
	for _, tt := range tests {
		if _, err := s.Ship(t.Context(), tt.target, "", tt.goarch, tt.out); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("shipping %s: got %v, want an error with %q", tt.name, err, tt.want)
		}
	}
}

func TestDigestOfNothing(t *testing.T) {
	if digest, err := (Binary{Path: filepath.Join(t.TempDir(), "none")}).Digest(); err == nil {
		t.Errorf("Digest() = %q, want an error", digest)
	}
}

func TestProgressTellsNewsAtOnceAndKeepsTheRest(t *testing.T) {
	var out bytes.Buffer
	c := &chatter{says: &progress{w: &out}}
	for _, part := range []string{"go: downloading exam", "ple.com/a v1.0.0\n# pkg\nwarn", "ing: x\nlast"} {
		fmt.Fprint(c, part)
	}
	if got, want := out.String(), "go: downloading example.com/a v1.0.0\n"; got != want {
		t.Errorf("printed %q, want %q", got, want)
	}
	if got, want := c.rest(), "# pkg\nwarning: x\nlast"; got != want {
		t.Errorf("kept %q, want %q", got, want)
	}
}
