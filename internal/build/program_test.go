package build

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestWhatIsBuiltAlreadyIsTakenAsItIs(t *testing.T) {
	s := newSite(t)
	s.write("shop/main.go", program(`"shop"`))
	s.write("plain/go.mod", "module example.com/plain\n\ngo 1.25.0\n")
	s.write("plain/main.go", "package main\n\nfunc main() {}\n")
	t.Chdir(s.dir)
	shop, err := s.Ship(t.Context(), "shop", "", "", "out")
	if err != nil {
		t.Fatal(err)
	}
	other := "linux"
	if runtime.GOOS == "linux" {
		other = "darwin"
	}
	foreign, err := s.Ship(t.Context(), "shop", other, "arm64", "foreign")
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", "") // it needs no toolchain
	got := s.build(filepath.Base(shop.Path))
	if got.Path != shop.Path || got.Fresh {
		t.Errorf("built %+v, want %s as it is", got, shop.Path)
	}
	self, err := os.Executable() // of the SDK's own module
	if err != nil {
		t.Fatal(err)
	}
	if path, ok, err := prebuilt(self); !ok || path == "" || err != nil {
		t.Errorf("a program of the module itself: %q, %v, %v", path, ok, err)
	}
	var refused *TargetError
	if err := s.fail(foreign.Path); !errors.As(err, &refused) || !strings.Contains(refused.Problem, other+"/arm64") {
		t.Errorf("error = %v, want it to name the platform", err)
	}
}

func TestProgramsThatAreNoScenario(t *testing.T) {
	s := newSite(t)
	s.write("plain.txt", "text")
	if _, ok, err := prebuilt(s.path("plain.txt")); ok || err != nil {
		t.Errorf("a text is a program: %v, %v", ok, err)
	}
	goTool, err := findToolchain("")
	if err != nil {
		t.Skip(err)
	}
	if _, ok, err := prebuilt(goTool.path); !ok || err == nil || !strings.Contains(err.Error(), "not of a scenario") {
		t.Errorf("the go command: %v, %v", ok, err)
	}
}
