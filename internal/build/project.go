package build

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
)

// sdkModule is the module of which a scenario imports the root package.
const sdkModule = "github.com/loadforge/loadforge"

// A project is the module and the workspace around a target.
type project struct {
	root string // directory of go.mod; "" outside any module
	work string // the go.work file in force; "" if none
}

// findProject looks for go.mod and go.work from dir upwards. It reads neither:
// where they are belongs to the identity of a build, what they say to its
// manifest.
func findProject(dir string) project {
	p := project{root: findUp(dir, "go.mod")}
	switch work := os.Getenv("GOWORK"); work {
	case "off":
	case "", "auto":
		if at := findUp(dir, "go.work"); at != "" {
			p.work = filepath.Join(at, "go.work")
		}
	default:
		p.work = work
	}
	return p
}

// findUp returns the nearest of dir and its parents that has a file called
// name, or "".
func findUp(dir, name string) string {
	for {
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil && !info.IsDir() {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return ""
		}
		dir = parent
	}
}

func (p project) goMod() string { return filepath.Join(p.root, "go.mod") }

// hasSDK reports whether the project gets by without any help: its module, or
// its workspace, is the SDK or requires it.
func (p project) hasSDK() (bool, error) {
	if p.root != "" {
		if has, err := providesSDK(p.goMod()); has || err != nil {
			return has, err
		}
	}
	if p.work == "" {
		return false, nil
	}
	uses, err := workspace(p.work)
	if err != nil || p.root != "" && !slices.Contains(uses, p.root) {
		return false, err
	}
	for _, use := range uses {
		if has, err := providesSDK(filepath.Join(use, "go.mod")); has || err != nil {
			return has, err
		}
	}
	if p.root == "" {
		return false, nil
	}
	return false, &TargetError{
		p.root, "a module of the workspace " + p.work + ", none of whose modules requires " + sdkModule,
		"cd " + p.root + " && go get " + sdkModule,
	}
}

// contains reports whether an import path is inside the project's module.
func (p project) contains(importPath string) bool {
	data, err := os.ReadFile(p.goMod())
	if err != nil {
		return false
	}
	name := modfile.ModulePath(data)
	return importPath == name || strings.HasPrefix(importPath, name+"/")
}

// providesSDK reports whether a go.mod file is the SDK's or requires it.
func providesSDK(goMod string) (bool, error) {
	f, err := parseMod(goMod)
	if err != nil {
		return false, err
	}
	if f.Module != nil && f.Module.Mod.Path == sdkModule {
		return true, nil
	}
	return slices.ContainsFunc(f.Require, func(r *modfile.Require) bool { return r.Mod.Path == sdkModule }), nil
}

func parseMod(goMod string) (*modfile.File, error) {
	data, err := os.ReadFile(goMod)
	if err != nil {
		return nil, fmt.Errorf("reading the module file: %w", err)
	}
	f, err := modfile.ParseLax(goMod, data, nil)
	if err != nil {
		return nil, fmt.Errorf("reading the module file: %w", err)
	}
	return f, nil
}

// workspace returns the directories a go.work file uses.
func workspace(goWork string) ([]string, error) {
	data, err := os.ReadFile(goWork)
	if err != nil {
		return nil, fmt.Errorf("reading the workspace file: %w", err)
	}
	f, err := modfile.ParseWork(goWork, data, nil)
	if err != nil {
		return nil, fmt.Errorf("reading the workspace file: %w", err)
	}
	var dirs []string
	for _, use := range f.Use {
		dirs = append(dirs, absolute(filepath.Dir(goWork), use.Path))
	}
	return dirs, nil
}

// absolute returns path, which a file in dir names with slashes.
func absolute(dir, path string) string {
	path = filepath.FromSlash(path)
	if !filepath.IsAbs(path) {
		path = filepath.Join(dir, path)
	}
	return filepath.Clean(path)
}
