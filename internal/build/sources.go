package build

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
)

// A listing is what a build reads, or why that isn't known.
type listing struct {
	manifest
	err error
}

// goEnv are the settings that decide which files can change.
type goEnv struct{ GOROOT, GOMODCACHE, GOENV, GOFLAGS string }

// goPackage is what go list says about a package.
type goPackage struct {
	Dir        string
	ImportPath string
	Name       string
	Standard   bool
	Incomplete bool
	Module     *goModule

	GoFiles, CgoFiles, CFiles, CXXFiles, MFiles, HFiles, FFiles, SFiles, SwigFiles, SwigCXXFiles, SysoFiles []string
	IgnoredGoFiles, IgnoredOtherFiles, EmbedFiles, EmbedPatterns                                            []string
}

type goModule struct {
	GoMod   string
	Replace *goModule
}

// packageFields are those of goPackage. Naming them spares go list the work
// for the rest.
const packageFields = "Dir,ImportPath,Name,Standard,Incomplete,Module," +
	"GoFiles,CgoFiles,CFiles,CXXFiles,MFiles,HFiles,FFiles,SFiles,SwigFiles,SwigCXXFiles,SysoFiles," +
	"IgnoredGoFiles,IgnoredOtherFiles,EmbedFiles,EmbedPatterns"

func (p *goPackage) files() []string {
	return slices.Concat(p.GoFiles, p.CgoFiles, p.CFiles, p.CXXFiles, p.MFiles, p.HFiles, p.FFiles, p.SFiles,
		p.SwigFiles, p.SwigCXXFiles, p.SysoFiles, p.IgnoredGoFiles, p.IgnoredOtherFiles, p.EmbedFiles)
}

// list asks go for everything the target is made from and looks at what of it
// can change.
func (j *job) list(ctx context.Context, inv invocation) listing {
	env, err := j.tool.env(ctx, inv)
	if err != nil {
		return listing{err: err}
	}
	packages, err := j.tool.list(ctx, inv, env, j.target.pkg)
	if err != nil {
		return listing{err: err}
	}
	s := newSurvey(env.GOROOT, env.GOMODCACHE, j.entry.dir)
	for i, p := range packages {
		s.addPackage(p, j.target.isFile() && i == len(packages)-1)
	}
	s.addProject(j.project)
	s.addRules(filepath.Join(env.GOROOT, "VERSION"), filepath.Join(env.GOROOT, "go.env"))
	if filepath.IsAbs(env.GOENV) {
		s.addRules(env.GOENV)
	}
	return listing{manifest: s.inspect()}
}

// vicinity looks at the files that are most likely to have been written a moment
// ago: those of the target itself and of its module.
func (j *job) vicinity() manifest {
	s, t := newSurvey(), j.target
	s.addProject(j.project)
	switch {
	case t.isFile():
		s.addFile(filepath.Join(t.dir, t.pkg))
	case !t.isPackage():
		s.addDir(t.dir, false)
		files, _ := filepath.Glob(filepath.Join(escapeGlob(t.dir), "*"))
		for _, file := range files {
			if isSource(filepath.Base(file)) {
				s.addFile(file)
			}
		}
	}
	return s.inspect()
}

func (t toolchain) env(ctx context.Context, inv invocation) (goEnv, error) {
	var env goEnv
	out, err := t.output(ctx, inv, []string{"env", "-json", "GOROOT", "GOMODCACHE", "GOENV", "GOFLAGS"}, io.Discard)
	if err == nil {
		err = json.Unmarshal(out, &env)
	}
	if err != nil {
		return env, fmt.Errorf("asking go for its settings: %w", err)
	}
	return env, nil
}

// list returns pkg, last, and all it depends on. It leaves go.mod alone
// whatever the flags of the build say, because a build at the same time could
// not bear a change.
func (t toolchain) list(ctx context.Context, inv invocation, env goEnv, pkg string) ([]*goPackage, error) {
	args := append([]string{"list", "-deps", "-json=" + packageFields}, inv.flags...)
	if strings.Contains(env.GOFLAGS+strings.Join(inv.flags, " "), "-mod=mod") {
		args = append(args, "-mod=readonly")
	}
	out, err := t.output(ctx, inv, append(args, pkg), io.Discard)
	if err != nil {
		return nil, fmt.Errorf("listing the sources: %w", err)
	}
	var packages []*goPackage
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		p := new(goPackage)
		switch err := dec.Decode(p); {
		case errors.Is(err, io.EOF):
			return packages, nil
		case err != nil:
			return nil, fmt.Errorf("listing the sources: %w", err)
		case p.Incomplete:
			return nil, fmt.Errorf("listing the sources: package %s is incomplete", p.ImportPath)
		}
		packages = append(packages, p)
	}
}

// A survey gathers the files and directories to look at.
type survey struct {
	files map[string]bool // whether all of the content rules
	dirs  map[string]bool // whether all names matter
	fixed []string        // directories whose content is taken as given
}

func newSurvey(fixed ...string) *survey {
	return &survey{files: make(map[string]bool), dirs: make(map[string]bool), fixed: fixed}
}

func (s *survey) addFile(path string) { s.files[path] = s.files[path] || false }

func (s *survey) addRules(paths ...string) {
	for _, path := range paths {
		s.files[path] = true
	}
}

// addPackage adds the files of a package. If it was named by its one file,
// others in its directory do not belong to it.
func (s *survey) addPackage(p *goPackage, single bool) {
	if p.Standard || s.isFixed(p.Dir) {
		return
	}
	for _, file := range p.files() {
		s.addFile(absolute(p.Dir, file))
	}
	if !single {
		s.addDir(p.Dir, false)
	}
	if p.Name == "main" {
		s.addRules(filepath.Join(p.Dir, "default.pgo"))
	}
	for _, pattern := range p.EmbedPatterns {
		s.addEmbedded(p.Dir, pattern)
	}
	for m := p.Module; m != nil; m = m.Replace {
		if m.GoMod != "" {
			s.addModule(m.GoMod)
		}
	}
}

func (s *survey) isFixed(path string) bool {
	return slices.ContainsFunc(s.fixed, func(dir string) bool {
		return dir != "" && strings.HasPrefix(path, dir+string(filepath.Separator))
	})
}

func (s *survey) addDir(path string, all bool) { s.dirs[path] = s.dirs[path] || all }

// addEmbedded adds the directories in which a new file would match an embed
// pattern: those a wildcard looks into, and whole trees that are named.
func (s *survey) addEmbedded(dir, pattern string) {
	bases, wild := []string{dir}, false
	for element := range strings.SplitSeq(strings.TrimPrefix(pattern, "all:"), "/") {
		var next []string
		wild = wild || strings.ContainsAny(element, `*?[\`)
		for _, base := range bases {
			if wild {
				s.addDir(base, true)
			}
			matches, _ := filepath.Glob(filepath.Join(escapeGlob(base), element))
			next = append(next, matches...)
		}
		bases = next
	}
	for _, base := range bases {
		s.addTree(base)
	}
}

func (s *survey) addTree(root string) {
	// A directory that can't be read shows as one without names.
	_ = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			s.addDir(path, true)
		}
		return nil
	})
}

// addProject adds what decides about versions, even of modules that contribute
// no package.
func (s *survey) addProject(p project) {
	if p.root != "" {
		s.addModule(p.goMod())
		s.addRules(filepath.Join(p.root, "vendor", "modules.txt"))
	}
	if p.work == "" {
		return
	}
	s.addRules(p.work, p.work+".sum", filepath.Join(filepath.Dir(p.work), "vendor", "modules.txt"))
	uses, _ := workspace(p.work) // go has read it, too
	for _, dir := range uses {
		s.addModule(filepath.Join(dir, "go.mod"))
	}
}

// addModule adds a go.mod file, the go.sum beside it, and those of the local
// directories that replace its dependencies.
func (s *survey) addModule(goMod string) {
	if s.isFixed(goMod) || s.files[goMod] {
		return
	}
	dir := filepath.Dir(goMod)
	s.addRules(goMod, filepath.Join(dir, "go.sum"))
	data, err := os.ReadFile(goMod)
	if err != nil {
		return // overlaid: it must not appear
	}
	f, err := modfile.Parse(goMod, data, nil) // ParseLax leaves out replacements
	if err != nil {
		return
	}
	for _, r := range f.Replace {
		if r.New.Version == "" {
			s.addModule(filepath.Join(absolute(dir, r.New.Path), "go.mod"))
		}
	}
}

// inspect looks at everything gathered.
func (s *survey) inspect() manifest {
	var m manifest
	for _, path := range slices.Sorted(maps.Keys(s.files)) {
		m.Sources = append(m.Sources, inspect(path, s.files[path]))
	}
	for _, path := range slices.Sorted(maps.Keys(s.dirs)) {
		m.Directories = append(m.Directories, inspectDir(path, s.dirs[path]))
	}
	return m
}
