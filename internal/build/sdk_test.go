package build

import (
	"errors"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
)

func TestSDKIsWhatThisProgramWasMadeFrom(t *testing.T) {
	s := newSite(t)
	here, gone := s.path("sdk"), s.path("gone")
	main := func(version, sum string) *debug.BuildInfo {
		return &debug.BuildInfo{Main: debug.Module{Path: sdkModule, Version: version, Sum: sum}}
	}
	tests := []struct {
		name string
		info *debug.BuildInfo
		root string
		want SDK
	}{
		{"installed by version", main("v1.2.3", "h1:x"), here, SDK{Version: "v1.2.3"}},
		{"installed from a branch", main("v0.0.0-20260102030405-0123456789ab", "h1:x"), gone, SDK{Version: "v0.0.0-20260102030405-0123456789ab"}},
		{"built in a checkout", main("(devel)", ""), here, SDK{Dir: here}},
		{"built in a checkout with an edit", main("v1.2.3+dirty", ""), here, SDK{Dir: here}},
		{"a release made elsewhere", main("v1.2.3", ""), gone, SDK{Version: "v1.2.3"}},
		{"a trimmed release", main("v1.2.3", ""), "", SDK{Version: "v1.2.3"}},
		{"a dependency of another program", &debug.BuildInfo{Deps: []*debug.Module{{Path: sdkModule, Version: "v1.2.3", Sum: "h1:x"}}}, gone, SDK{Version: "v1.2.3"}},
		{"a replaced dependency", &debug.BuildInfo{Deps: []*debug.Module{{Path: sdkModule, Version: "v1.2.3", Replace: &debug.Module{Path: here}}}}, here, SDK{Dir: here}},
	}
	for _, tt := range tests {
		if got, err := origin(tt.info, tt.root); got != tt.want || err != nil {
			t.Errorf("%s: got %+v, %v, want %+v", tt.name, got, err, tt.want)
		}
	}
}

func TestSDKThatCannotBeKnownNamesTheVariableToSet(t *testing.T) {
	s := newSite(t)
	tests := []struct {
		name string
		info *debug.BuildInfo
		root string
	}{
		{"built elsewhere", &debug.BuildInfo{Main: debug.Module{Path: sdkModule, Version: "(devel)"}}, s.path("gone")},
		{"trimmed, from an edited release", &debug.BuildInfo{Main: debug.Module{Path: sdkModule, Version: "v1.2.3+dirty"}}, ""},
		{"trimmed, between releases", &debug.BuildInfo{Main: debug.Module{Path: sdkModule, Version: "v1.2.4-0.20260102030405-0123456789ab"}}, ""},
		{"no build information", nil, ""},
	}
	for _, tt := range tests {
		var unknown *SDKError
		if got, err := origin(tt.info, tt.root); !errors.As(err, &unknown) || !strings.Contains(err.Error(), "LOADFORGE_SDK") {
			t.Errorf("%s: got %+v, %v, want an SDKError naming LOADFORGE_SDK", tt.name, got, err)
		}
	}
}

func TestSDKOfTheEnvironmentComesBeforeTheOrigin(t *testing.T) {
	s := newSite(t)
	t.Setenv("LOADFORGE_SDK", s.path("sdk"))
	if got, err := (SDK{}).resolve(); got != (SDK{Dir: s.path("sdk")}) || err != nil {
		t.Errorf("with LOADFORGE_SDK: got %+v, %v, want its directory", got, err)
	}
	if got, err := (SDK{Version: "v1.0.0"}).resolve(); got != (SDK{Version: "v1.0.0"}) || err != nil {
		t.Errorf("given a version: got %+v, %v, want it", got, err)
	}
	t.Setenv("LOADFORGE_SDK", s.path("cache"))
	var unknown *SDKError
	if got, err := (SDK{}).resolve(); !errors.As(err, &unknown) {
		t.Errorf("LOADFORGE_SDK without a checkout: got %+v, %v, want an SDKError", got, err)
	}
}

func TestSDKOfThisTestIsItsOwnCheckout(t *testing.T) {
	t.Setenv("LOADFORGE_SDK", "")
	want, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	if sourceRoot() == "" {
		want = "" // go test -trimpath
	}
	if got, _ := (SDK{}).resolve(); got.Dir != want {
		t.Errorf("got %q, want %q", got.Dir, want)
	}
}

func TestASDKIsOnlyNeededByModulesWithoutIt(t *testing.T) {
	s := newSite(t)
	s.SDK = SDK{Dir: s.path("gone")}
	s.write("shop/go.mod", withSDK)
	s.write("shop/main.go", program(`"on its own"`))
	s.write("loose.go", program(`"never"`))
	if got := s.fresh(s.path("shop")); got != "on its own" {
		t.Errorf("the program says %q, want that it was built on its own", got)
	}
	var unknown *SDKError
	if err := s.fail(s.path("loose.go")); !errors.As(err, &unknown) {
		t.Errorf("building a file outside any module: got %v, want an SDKError", err)
	}
}

func TestAVersionOfTheSDKIsRequired(t *testing.T) {
	s := newSite(t)
	s.SDK = SDK{Version: "v1.2.3"}
	s.write("loose.go", program(`"never"`))
	j, err := s.job(s.path("loose.go"), platform{})
	if err != nil {
		t.Fatal(err)
	}
	mod, err := j.privateMod()
	if want := "require " + sdkModule + " v1.2.3\n"; !strings.Contains(string(mod), want) || strings.Contains(string(mod), "replace") || err != nil {
		t.Errorf("the private go.mod is %v\n%s\nwant it to have only %q", err, mod, want)
	}
	// There is no such version, and no network to look for it.
	if err := s.fail(s.path("loose.go")); !strings.Contains(err.Error(), "module lookup disabled") {
		t.Errorf("got %v, want that it can't be looked up", err)
	}
	if _, err := os.Stat(s.path("go.mod")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("looking for a go.mod beside the file: got %v, want %v", err, os.ErrNotExist)
	}
}

func TestPrivateModuleFileKeepsTheHigherVersions(t *testing.T) {
	s := newSite(t)
	s.write("sdk/go.mod", "module "+sdkModule+"\n\ngo 1.25.0\n\nrequire (\n\texample.com/a v1.5.0\n\texample.com/b v1.0.0\n\texample.com/c v1.1.0 // indirect\n)\n")
	s.write("sdk/go.sum", "example.com/a v1.5.0 h1:x\nexample.com/b v1.0.0 h1:y\n")
	s.write("app/go.mod", "module example.com/app\n\ngo 1.21\n\nrequire (\n\texample.com/a v1.0.0\n\texample.com/b v1.7.0\n)\n")
	s.write("app/go.sum", "example.com/b v1.7.0 h1:z\nexample.com/b v1.0.0 h1:y\n")
	s.write("app/main.go", program(`"never"`))
	j, err := s.job(s.path("app"), platform{})
	if err != nil {
		t.Fatal(err)
	}
	mod, err := j.privateMod()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"go 1.25.0\n", "example.com/a v1.5.0\n", "example.com/b v1.7.0\n", "example.com/c v1.1.0 // indirect\n",
		sdkModule + " v0.0.0\n", "replace " + sdkModule + " => ",
	} {
		if !strings.Contains(string(mod), want) {
			t.Errorf("the private go.mod lacks %q:\n%s", want, mod)
		}
	}
	sum, err := j.privateSum()
	if want := "example.com/b v1.7.0 h1:z\nexample.com/b v1.0.0 h1:y\nexample.com/a v1.5.0 h1:x\n"; string(sum) != want || err != nil {
		t.Errorf("the private go.sum is %q, %v, want %q", sum, err, want)
	}
}
