package build

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"
)

// An SDK is the loadforge module that scenarios are built against which don't
// name one themselves. The zero value stands for the one this program was made
// from; the environment variable LOADFORGE_SDK, a directory, overrules that.
type SDK struct {
	Dir     string // a checkout of the module, or
	Version string // a version of it, such as v1.2.3
}

func (s SDK) String() string {
	if s.Dir != "" {
		return s.Dir
	}
	return s.Version
}

// An SDKError says that there is nothing to build a scenario against.
type SDKError struct{ Problem string }

func (e *SDKError) Error() string {
	return e.Problem + "\nhint: set LOADFORGE_SDK to a checkout of " + sdkModule +
		", or let your module name a version: go get " + sdkModule
}

// resolve returns s with either an absolute Dir or a Version.
func (s SDK) resolve() (SDK, error) {
	switch {
	case s.Dir != "":
		return checkout("the SDK directory", s.Dir)
	case s.Version != "":
		return s, nil
	}
	if dir := os.Getenv("LOADFORGE_SDK"); dir != "" {
		return checkout("LOADFORGE_SDK", dir)
	}
	info, _ := debug.ReadBuildInfo()
	return origin(info, sourceRoot())
}

// checkout returns the SDK in dir, which what names.
func checkout(what, dir string) (SDK, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return SDK{}, fmt.Errorf("finding %s: %w", what, err)
	}
	if !isCheckout(abs) {
		return SDK{}, &SDKError{fmt.Sprintf("%s is %s, which is not a checkout of %s", what, dir, sdkModule)}
	}
	return SDK{Dir: abs}, nil
}

func isCheckout(dir string) bool {
	data, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	return err == nil && modfile.ModulePath(data) == sdkModule
}

// origin returns what this program was made from, given its build information
// and the directory its sources were in when it was compiled.
//
// A module with a checksum came from a module proxy, so its version can be had
// again. One without was built in a checkout. If that is gone, or was on
// another machine, a release number still says what to require.
func origin(info *debug.BuildInfo, root string) (SDK, error) {
	m := loadforgeModule(info)
	if m.Sum != "" && semver.IsValid(m.Version) {
		return SDK{Version: m.Version}, nil
	}
	if root != "" && isCheckout(root) {
		return SDK{Dir: root}, nil
	}
	if isRelease(m.Version) {
		return SDK{Version: m.Version}, nil
	}
	return SDK{}, &SDKError{"this loadforge is not a released version, and the checkout it was built from is not here"}
}

func loadforgeModule(info *debug.BuildInfo) debug.Module {
	if info == nil {
		return debug.Module{}
	}
	for _, m := range append([]*debug.Module{&info.Main}, info.Deps...) {
		if m.Path == sdkModule && m.Replace == nil {
			return *m
		}
	}
	return debug.Module{}
}

func isRelease(version string) bool {
	return semver.IsValid(version) && semver.Build(version) == "" && !module.IsPseudoVersion(version)
}

// sourceRoot returns the root of the module as the compiler saw it, or "" in a
// program built with -trimpath.
func sourceRoot() string {
	_, file, _, ok := runtime.Caller(0)
	file = filepath.FromSlash(file)
	if !ok || !filepath.IsAbs(file) {
		return ""
	}
	return filepath.Dir(filepath.Dir(filepath.Dir(file))) // internal/build/sdk.go
}
