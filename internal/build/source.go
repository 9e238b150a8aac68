package build

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"go/parser"
	"go/token"
	"os"
	"strings"
)

// A source is the state of a file: as a rule its size and time tell whether it
// has changed, its content has the last word.
type source struct {
	Path  string
	Rules bool   // everything in it may decide what else is read, as in go.mod
	Size  int64  // -1 if there is no file
	Time  int64  // nanoseconds since 1970, or unsure
	Sum   string // digest of the content
	Shape string // digest of what decides about other files
}

// inspect reads a file. Its time is looked at last: if the file is written
// meanwhile, the time is too recent to be sure.
func inspect(path string, rules bool) source {
	s := source{Path: path, Rules: rules, Size: -1}
	content, err := os.ReadFile(path)
	if err != nil {
		return s
	}
	info, err := os.Stat(path)
	if err != nil {
		return s
	}
	s.Size, s.Time = info.Size(), settled(info.ModTime().UnixNano())
	s.Sum = digest(content)
	switch {
	case rules:
		s.Shape = s.Sum
	case strings.HasSuffix(path, ".go"):
		s.Shape = shape(content)
	}
	return s
}

func (s source) review() (source, change) {
	info, err := os.Stat(s.Path)
	switch {
	case err != nil && s.Size < 0:
		return s, unchanged
	case err == nil && s.Time != unsure && s.Size == info.Size() && s.Time == info.ModTime().UnixNano():
		return s, unchanged
	}
	now := inspect(s.Path, s.Rules)
	switch {
	case now == s:
		return s, unchanged
	case now.sameContent(s):
		return now, touched
	case now.Size >= 0 && s.Size >= 0 && now.Shape == s.Shape && (!strings.HasSuffix(s.Path, ".go") || s.Shape != ""):
		return now, edited
	}
	return now, restructured
}

func (s source) sameContent(other source) bool {
	return s.Path == other.Path && s.Size >= 0 && other.Size >= 0 && s.Sum == other.Sum
}

func digest(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:16])
}

// shape returns a digest of the part of a Go file that decides which other files
// are compiled with it: constraints, package clause, imports with what cgo reads
// above them, and the patterns of go:embed. It is "" for a file that can't be
// parsed.
func shape(content []byte) string {
	f, err := parser.ParseFile(token.NewFileSet(), "", content, parser.ImportsOnly)
	if err != nil {
		return ""
	}
	end := f.Name.End()
	for _, d := range f.Decls {
		end = max(end, d.End())
	}
	offset := int(end - f.FileStart)
	decides := bytes.Clone(content[:offset])
	for line := range bytes.Lines(content[offset:]) {
		if bytes.HasPrefix(bytes.TrimLeft(line, " \t"), []byte("//go:embed")) {
			decides = append(decides, line...)
		}
	}
	return digest(decides)
}
