package build

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A directory is the state of a directory: its time or, because that changes
// with any file, the names in it that matter.
type directory struct {
	Path  string
	All   bool  // every name matters: files are embedded from here
	Time  int64 // nanoseconds since 1970, or unsure
	Names string
}

func inspectDir(path string, all bool) directory {
	d := directory{Path: path, All: all, Names: names(path, all)}
	if info, err := os.Stat(path); err == nil {
		d.Time = settled(info.ModTime().UnixNano())
	}
	return d
}

func (d directory) review() (directory, change) {
	if info, err := os.Stat(d.Path); err == nil && d.Time != unsure && d.Time == info.ModTime().UnixNano() {
		return d, unchanged
	}
	now := inspectDir(d.Path, d.All)
	switch {
	case now == d:
		return d, unchanged
	case now.sameNames(d):
		return now, touched
	}
	return now, restructured
}

func (d directory) sameNames(other directory) bool {
	return d.Path == other.Path && d.All == other.All && d.Names == other.Names
}

// names returns a digest of the names in a directory, "" if there is none.
func names(path string, all bool) string {
	entries, err := os.ReadDir(path)
	if err != nil {
		return ""
	}
	var list strings.Builder
	for _, e := range entries {
		if all || isSource(e.Name()) {
			list.WriteString(e.Name() + "\n")
		}
	}
	return digest([]byte(list.String()))
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
