package build

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// manifestVersion is part of every entry's identity: raise it when a manifest
// or the flags of a build change their meaning.
const manifestVersion = 1

// A manifest is everything that may change what a build makes, as it was.
type manifest struct {
	Target      string // for a person who looks into the cache
	Binary      string // file name
	Size        int64
	Sources     []source
	Directories []directory
}

// holds reports whether everything still is as recorded.
func (m manifest) holds() bool {
	for _, s := range m.Sources {
		if s != observe(s.Path) {
			return false
		}
	}
	for _, d := range m.Directories {
		if !d.holds() {
			return false
		}
	}
	return true
}

// racy reports whether anything may have changed while it was being compiled,
// or so shortly before that its time could be the same after another change.
//
// The build started at the given time, and everything was looked at after that.
// So whatever looks older was the same during the whole build.
func (m manifest) racy(started time.Time) bool {
	return slices.ContainsFunc(m.Sources, func(s source) bool { return racy(s.Time, started) }) ||
		slices.ContainsFunc(m.Directories, func(d directory) bool { return racy(d.Time, started) })
}

// A file system stamps files with a clock of its own that ticks in steps.
const (
	fineTick   = 20 * time.Millisecond
	coarseTick = 2 * time.Second // FAT; HFS+ and some network file systems have one second
)

func racy(nanoseconds int64, started time.Time) bool {
	tick := fineTick
	if nanoseconds%int64(time.Second) == 0 {
		tick = coarseTick
	}
	return nanoseconds > started.Add(-tick).UnixNano()
}

// A source is the state of a file. Size is -1 if there is none.
type source struct {
	Path string
	Size int64
	Time int64 // nanoseconds since 1970
}

func observe(path string) source {
	info, err := os.Stat(path)
	if err != nil {
		return source{Path: path, Size: -1}
	}
	return source{path, info.Size(), info.ModTime().UnixNano()}
}

// A directory is the state of a directory: its modification time, or, because
// that changes with any file, the names in it that matter.
type directory struct {
	Path  string
	All   bool  // every name matters: files are embedded from here
	Time  int64 // nanoseconds since 1970
	Names string
}

func observeDir(path string, all bool) directory {
	// The time first: a name that comes in between makes for a difference
	// later, which is harmless.
	return directory{path, all, observe(path).Time, names(path, all)}
}

func (d directory) holds() bool {
	if state := observe(d.Path); state.Size >= 0 && state.Time == d.Time {
		return true
	}
	return names(d.Path, d.All) == d.Names
}

// names returns a digest of the names in a directory.
func names(path string, all bool) string {
	entries, err := os.ReadDir(path)
	if err != nil {
		return ""
	}
	sum := sha256.New()
	for _, e := range entries {
		if all || isSource(e.Name()) {
			sum.Write([]byte(e.Name() + "\n"))
		}
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
}

// sourceSuffixes are those of files that go build picks up by itself.
var sourceSuffixes = []string{
	".go", ".c", ".cc", ".cpp", ".cxx", ".m", ".h", ".hh", ".hpp", ".hxx", ".f", ".F", ".for", ".f90",
	".s", ".S", ".sx", ".swig", ".swigcxx", ".syso",
}

func isSource(name string) bool {
	switch {
	case name == "go.mod", name == "default.pgo": // the start of another module; a profile to optimise for
		return true
	case strings.HasPrefix(name, "."), strings.HasPrefix(name, "_"), strings.HasSuffix(name, "_test.go"):
		return false
	}
	return slices.Contains(sourceSuffixes, filepath.Ext(name))
}
