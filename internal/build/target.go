package build

import (
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/mod/module"
)

// A TargetError says why an argument can't be built as a scenario.
type TargetError struct {
	Target  string
	Problem string
	Hint    string
}

func (e *TargetError) Error() string {
	return fmt.Sprintf("%s: %s\nhint: %s", e.Target, e.Problem, e.Hint)
}

// Single returns the one target among command-line arguments.
func Single(args []string) (string, error) {
	switch {
	case len(args) == 1:
		return args[0], nil
	case len(args) == 0:
		return "", &TargetError{"no scenario given", "there is nothing to build", "name a .go file or the directory of a package: ./shop"}
	}
	all := strings.Join(args, " ")
	for _, arg := range args {
		if !strings.HasSuffix(arg, ".go") || filepath.Dir(arg) != filepath.Dir(args[0]) {
			return "", &TargetError{all, "several targets, and a run has one", "run them one after the other"}
		}
	}
	dir := filepath.Dir(args[0])
	return "", &TargetError{all, "several files of one directory", "name the directory to build all of its package (" + local(dir) + "), or one file to build only that"}
}

// local spells a relative path so that it can't be taken for an import path.
func local(dir string) string {
	if dir == "." || filepath.IsAbs(dir) || strings.HasPrefix(dir, "..") {
		return dir
	}
	return "." + string(filepath.Separator) + filepath.Clean(dir)
}

// A target is an argument, understood.
type target struct {
	arg  string // as the user wrote it
	name string // of the program
	dir  string // absolute, where go runs
	pkg  string // what go is asked for there: a file name, "." or an import path
}

func (t target) isFile() bool    { return strings.HasSuffix(t.pkg, ".go") }
func (t target) isPackage() bool { return t.pkg != "." && !t.isFile() }

// locate finds out what arg means. What exists on disk comes first.
func locate(arg string) (target, error) {
	abs, err := filepath.Abs(arg)
	if err != nil {
		return target{}, fmt.Errorf("finding %s: %w", arg, err)
	}
	if strings.Contains(arg, "...") {
		return target{}, &TargetError{arg, "a pattern of packages, and a run has one scenario", "name one package"}
	}
	info, err := os.Stat(arg)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return locatePackage(arg)
	case err != nil:
		return target{}, fmt.Errorf("finding %s: %w", arg, err)
	case info.IsDir():
		return target{arg: arg, name: directoryName(abs), dir: abs, pkg: "."}, nil
	case strings.HasSuffix(arg, "_test.go"):
		return target{}, &TargetError{arg, "a test file is not a scenario", "go test runs it; loadforge.Run runs a test from there"}
	case filepath.Ext(arg) != ".go":
		return target{}, &TargetError{arg, "not a Go file", "only Go scenarios are built"}
	}
	return target{arg: arg, name: programName(abs), dir: filepath.Dir(abs), pkg: filepath.Base(abs)}, nil
}

// programName is the name of a file, except for main.go, which says less than
// the directory it is in.
func programName(file string) string {
	if name := strings.TrimSuffix(filepath.Base(file), ".go"); name != "main" {
		return name
	}
	return directoryName(filepath.Dir(file))
}

func directoryName(dir string) string {
	if name := filepath.Base(dir); name != string(filepath.Separator) {
		return name
	}
	return "main" // the root
}

// locatePackage takes arg for an import path, if it can be one.
func locatePackage(arg string) (target, error) {
	missing := &TargetError{arg, "no such file or directory", missingHint(arg)}
	if strings.HasSuffix(arg, ".go") || filepath.IsAbs(arg) || strings.HasPrefix(arg, ".") {
		return target{}, missing
	}
	if at := strings.IndexByte(arg, '@'); at > 0 && module.CheckImportPath(arg[:at]) == nil {
		return target{}, &TargetError{arg, "a package at a version can't be run", "go get " + arg + ", then leave out the version"}
	}
	if module.CheckImportPath(arg) != nil {
		return target{}, missing
	}
	dir, err := os.Getwd()
	if err != nil {
		return target{}, fmt.Errorf("finding %s: %w", arg, err)
	}
	// Without a dot in its first element a path names the standard library, or a
	// package of this very module.
	first, _, _ := strings.Cut(arg, "/")
	p := findProject(dir)
	if p == (project{}) || !strings.Contains(first, ".") && !p.contains(arg) {
		return target{}, missing
	}
	return target{arg: arg, name: packageName(arg), dir: dir, pkg: arg}, nil
}

var majorVersion = regexp.MustCompile(`^v[0-9]+$`)

// packageName is the last element of an import path that is not a version.
func packageName(importPath string) string {
	name := path.Base(importPath)
	if majorVersion.MatchString(name) && strings.Contains(importPath, "/") {
		name = path.Base(path.Dir(importPath))
	}
	return name
}

func missingHint(arg string) string {
	if _, err := os.Stat(arg + ".go"); err == nil {
		return "did you mean " + arg + ".go?"
	}
	var near []string
	files, _ := filepath.Glob(filepath.Join(filepath.Dir(arg), "*.go"))
	for _, file := range files {
		if !strings.HasSuffix(file, "_test.go") && clause(file) == "main" {
			near = append(near, file)
		}
	}
	switch {
	case len(near) > 0:
		return "programs in that directory: " + strings.Join(near[:min(len(near), 5)], ", ")
	default:
		return "name a .go file, a directory or, inside a module, an import path; `loadforge init` writes a scenario"
	}
}

// clause returns the package name in a Go file, "" if that can't be read.
func clause(file string) string {
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.PackageClauseOnly)
	if err != nil {
		return ""
	}
	return f.Name.Name
}

// check finds what go build would say in terms of packages about something
// that is simply not a program.
func (t target) check() error {
	switch {
	case t.isPackage():
		return nil
	case t.isFile():
		if name := clause(filepath.Join(t.dir, t.pkg)); name != "" && name != "main" {
			return &TargetError{t.arg, "package " + name + ", not a program", "a scenario is package main with a func main that calls loadforge.Main"}
		}
		return nil
	}
	return t.checkDir()
}

func (t target) checkDir() error {
	files, err := filepath.Glob(filepath.Join(escapeGlob(t.dir), "*.go"))
	if err != nil {
		return fmt.Errorf("reading %s: %w", t.arg, err)
	}
	if len(files) == 0 {
		return &TargetError{t.arg, "no Go files in this directory", programsBelow(t)}
	}
	files = slices.DeleteFunc(files, func(f string) bool { return strings.HasSuffix(f, "_test.go") })
	if len(files) == 0 {
		return &TargetError{t.arg, "only test files in this directory", "go test runs them; a scenario is package main in files of its own"}
	}
	for _, file := range files {
		// A file that can't be parsed is for the compiler to complain about.
		if name := clause(file); name == "main" || name == "" {
			return nil
		}
	}
	return notMain(t)
}

func notMain(t target) error {
	return &TargetError{t.arg, "not a program: no package main", programsBelow(t)}
}

// programsBelow points at the programs one level further down, if any.
func programsBelow(t target) string {
	var near []string
	files, _ := filepath.Glob(filepath.Join(escapeGlob(t.dir), "*", "*.go"))
	for _, file := range files {
		dir := local(shorten(filepath.Dir(file)))
		if !strings.HasSuffix(file, "_test.go") && !slices.Contains(near, dir) && clause(file) == "main" {
			near = append(near, dir)
		}
	}
	if len(near) == 0 {
		return "a scenario is package main with a func main that calls loadforge.Main; `loadforge init` writes one"
	}
	return "there are programs in " + strings.Join(near[:min(len(near), 5)], ", ")
}

// escapeGlob quotes what filepath.Glob would take for a pattern.
func escapeGlob(dir string) string {
	if filepath.Separator == '\\' {
		return dir // no quoting there, and such names are rare
	}
	return globMeta.ReplaceAllString(dir, `\$0`)
}

var globMeta = regexp.MustCompile(`[*?\[\\]`)
