package build

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/semver"
)

// looseModule is the module path of what is outside any module.
const looseModule = "scenario"

// oldestGo is the go line of a generated go.mod that gets the SDK by version;
// go raises it if that version asks for more.
const oldestGo = "1.25.0"

// An invocation is what go build and go list of one job have in common.
type invocation struct {
	dir     string
	flags   []string
	env     []string
	private bool // go.mod is a copy
}

func (i invocation) build(flags ...string) []string {
	args := append([]string{"build", "-json", "-ldflags=-s -w"}, i.flags...)
	return append(args, flags...)
}

// prepare decides how go is to be asked for the target.
func (j *job) prepare() (invocation, error) {
	if err := j.target.check(); err != nil {
		return invocation{}, err
	}
	// The platform is always set: a GOOS meant for another command must not
	// decide what runs here, and empty means this machine.
	inv := invocation{dir: j.target.dir, env: append(os.Environ(),
		"PWD="+j.target.dir, "GO111MODULE=on", "GOOS="+j.platform.os, "GOARCH="+j.platform.arch)}
	if j.tags != "" {
		inv.flags = append(inv.flags, "-tags="+j.tags)
	}
	if alone, err := j.alone(); alone || err != nil {
		return inv, err
	}
	if j.sdkErr != nil {
		return invocation{}, j.sdkErr
	}
	return j.private(inv)
}

// alone reports whether the target needs no SDK from here. A directory that is
// in no module can't be built as part of a workspace either, a file can.
func (j *job) alone() (bool, error) {
	if j.project.root == "" && j.target.pkg == "." {
		return false, nil
	}
	return j.project.hasSDK()
}

// private makes inv use a copy of go.mod and go.sum that has the SDK.
//
// Outside a module an overlay pretends that the target's directory has a
// go.mod. So nothing is copied, go:embed works, and positions name the real
// files.
func (j *job) private(inv invocation) (invocation, error) {
	mod, err := j.privateMod()
	if err != nil {
		return inv, err
	}
	sum, err := j.privateSum()
	if err != nil {
		return inv, err
	}
	if err := j.entry.writeModule(mod, sum); err != nil {
		return inv, fmt.Errorf("writing the private go.mod: %w", err)
	}
	inv.private = true
	inv.env = append(inv.env, "GOWORK=off")
	inv.flags = append(inv.flags, "-modfile="+j.entry.path("go.mod"), "-mod=mod")
	if j.project.root != "" {
		return inv, nil
	}
	if err := j.entry.writeOverlay(filepath.Join(j.target.dir, "go.mod")); err != nil {
		return inv, fmt.Errorf("writing the overlay: %w", err)
	}
	inv.flags = append(inv.flags, "-overlay="+j.entry.path("overlay.json"))
	return inv, nil
}

// privateMod returns the project's go.mod with the SDK added.
func (j *job) privateMod() ([]byte, error) {
	name, data := "go.mod", []byte("module "+looseModule+"\n\ngo "+oldestGo+"\n")
	if j.project.root != "" {
		name = j.project.goMod()
		var err error
		if data, err = os.ReadFile(name); err != nil {
			return nil, fmt.Errorf("reading the module file: %w", err)
		}
	}
	f, err := modfile.Parse(name, data, nil)
	if err != nil {
		return nil, fmt.Errorf("reading the module file: %w", err)
	}
	if err := j.sdk.addTo(f); err != nil {
		return nil, fmt.Errorf("adding the SDK to a copy of %s: %w", name, err)
	}
	f.Cleanup()
	return f.Format()
}

// addTo makes f require the SDK, as go get would. For a checkout that includes
// the requirements of the SDK itself, so that go finds the file complete and
// has nothing to look up.
func (s SDK) addTo(f *modfile.File) error {
	if s.Dir == "" {
		return f.AddRequire(sdkModule, s.Version)
	}
	sdk, err := parseMod(filepath.Join(s.Dir, "go.mod"))
	if err != nil {
		return err
	}
	if err := errors.Join(
		f.AddRequire(sdkModule, "v0.0.0"),
		f.AddReplace(sdkModule, "", filepath.ToSlash(s.Dir), ""),
	); err != nil {
		return err
	}
	if sdk.Go != nil && (f.Go == nil || semver.Compare(goSemver(f.Go.Version), goSemver(sdk.Go.Version)) < 0) {
		if err := f.AddGoStmt(sdk.Go.Version); err != nil {
			return err
		}
	}
	return raise(f, sdk.Require)
}

// goSemver makes a Go release comparable; for the purpose a release candidate
// is as good as its release.
func goSemver(version string) string {
	version, _, _ = strings.Cut(version, "rc")
	return "v" + version
}

// raise lets f require at least what wanted does.
func raise(f *modfile.File, wanted []*modfile.Require) error {
	has := make(map[string]string)
	for _, r := range f.Require {
		has[r.Mod.Path] = r.Mod.Version
	}
	for _, w := range wanted {
		version, required := has[w.Mod.Path]
		if !required {
			f.AddNewRequire(w.Mod.Path, w.Mod.Version, true)
			continue
		}
		if semver.Compare(version, w.Mod.Version) < 0 {
			if err := f.AddRequire(w.Mod.Path, w.Mod.Version); err != nil {
				return err
			}
		}
	}
	return nil
}

// privateSum returns the checksums of the project and of the SDK's checkout.
func (j *job) privateSum() ([]byte, error) {
	var all bytes.Buffer
	seen := make(map[string]bool)
	for _, dir := range []string{j.project.root, j.sdk.Dir} {
		if dir == "" {
			continue
		}
		data, err := os.ReadFile(filepath.Join(dir, "go.sum"))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("reading checksums: %w", err)
		}
		for line := range strings.Lines(string(data)) {
			line = strings.TrimSpace(line)
			if line != "" && !seen[line] {
				seen[line] = true
				all.WriteString(line + "\n")
			}
		}
	}
	return all.Bytes(), nil
}

// writeModule puts go.mod and go.sum into the entry, unless they are already
// there: go may have completed them since, and what it found then stays.
func (e entry) writeModule(mod, sum []byte) error {
	digest := sha256.Sum256(append(append([]byte{}, mod...), sum...))
	origin := []byte(hex.EncodeToString(digest[:]))
	if have, err := os.ReadFile(e.path("origin")); err == nil && bytes.Equal(have, origin) {
		return nil
	}
	return errors.Join(
		e.write("go.mod", mod),
		e.write("go.sum", sum),
		e.write("origin", origin),
	)
}

// writeOverlay makes go see the entry's go.mod at another place.
func (e entry) writeOverlay(goMod string) error {
	data, err := json.Marshal(map[string]map[string]string{"Replace": {goMod: e.path("go.mod")}})
	if err != nil {
		return err
	}
	return e.write("overlay.json", data)
}
