// Package fleet runs a test on several machines: it holds the bus for a
// coordinator, and makes a machine a worker.
//
//	coordinator's process <-socket-> Host <-bus-> Enrol <-pipes-> worker's process
//
// [Host] starts the coordinator, a scenario's own program, and stands between it
// and the bus. [Enrol] fetches that program, starts it and stands between it and
// the bus. So a scenario's program needs no bus: it stays small and is built
// quickly.
package fleet

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/loadforge/loadforge/internal/crew"
)

// A File is one that workers get.
type File struct {
	Path   string `json:"path"` // where, below the directory of the run
	Digest string `json:"digest"`
}

// An Order is what a worker is told: which program to run, with which files, and
// how to brief it.
type Order struct {
	Program string     `json:"program"` // digest
	Files   []File     `json:"files,omitempty"`
	Brief   crew.Brief `json:"brief"`
}

// digestOf is the SHA-256 of a file in hexadecimal.
func digestOf(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", fmt.Errorf("read %s: %w", name, err)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// A bundle is a program and the files it needs.
type bundle struct {
	program string // digest
	files   []File
	blobs   map[string]string // paths by digest
}

// pack finds the digests of a program and of files. Files keep their paths,
// which must be below the directory of the run.
func pack(program string, files []string) (b bundle, err error) {
	b.blobs = map[string]string{}
	if b.program, err = digestOf(program); err != nil {
		return b, fmt.Errorf("ship the scenario: %w", err)
	}
	b.blobs[b.program] = program
	for _, name := range files {
		if !filepath.IsLocal(name) {
			return b, fmt.Errorf("ship %s: workers get files at the same path, so it must be below this directory", name)
		}
		digest, err := digestOf(name)
		if err != nil {
			return b, fmt.Errorf("ship %s: %w", name, err)
		}
		b.files = append(b.files, File{Path: filepath.ToSlash(name), Digest: digest})
		b.blobs[digest] = name
	}
	return b, nil
}

// digest is that of everything.
func (b *bundle) digest() string {
	text, _ := json.Marshal(b.files) // texts can be marshalled
	sum := sha256.Sum256(append([]byte(b.program), text...))
	return hex.EncodeToString(sum[:])
}
