package build

import (
	"debug/buildinfo"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
)

// prebuilt returns the path of a target that is built already: an executable of a
// scenario, as [Builder.Ship] makes them. ok is false where there is something to
// build.
func prebuilt(arg string) (path string, ok bool, err error) {
	info, err := os.Stat(arg)
	if err != nil || !info.Mode().IsRegular() || filepath.Ext(arg) == ".go" {
		return "", false, nil
	}
	built, err := buildinfo.ReadFile(arg)
	if err != nil {
		return "", false, nil // no program of Go
	}
	if !usesSDK(built) {
		return "", true, &TargetError{arg, "a program, but not of a scenario", "loadforge build <scenario> makes one that is"}
	}
	if there, here := platformOf(built), runtime.GOOS+"/"+runtime.GOARCH; there != here {
		return "", true, &TargetError{arg, "a program for " + there, "this machine is " + here + ": loadforge build --os " + runtime.GOOS + " --arch " + runtime.GOARCH}
	}
	path, err = filepath.Abs(arg)
	return path, true, err
}

// usesSDK says that a program is made with the SDK, and is not the loadforge
// command itself.
func usesSDK(built *debug.BuildInfo) bool {
	if built.Main.Path == sdkModule {
		return built.Path != sdkModule+"/cmd/loadforge"
	}
	for _, m := range built.Deps {
		if m.Path == sdkModule {
			return true
		}
	}
	return false
}

func platformOf(built *debug.BuildInfo) string {
	var system, processor string
	for _, s := range built.Settings {
		switch s.Key {
		case "GOOS":
			system = s.Value
		case "GOARCH":
			processor = s.Value
		}
	}
	return system + "/" + processor
}
