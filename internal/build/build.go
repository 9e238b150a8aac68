// Package build turns a Go scenario into a binary, cached by manifest.
//
// A scenario is a program: package main with a func main that calls
// loadforge.Main. [Builder.Build] makes an executable of a .go file, a
// directory or an import path, and [Exec] becomes it:
//
//	binary, err := build.Builder{Stderr: os.Stderr}.Build(ctx, "./shop")
//	if err != nil {
//		return err
//	}
//	return build.Exec(binary.Path, append([]string{"shop"}, flags...), os.Environ())
//
// [Builder.Ship] makes one for another machine.
//
// # Where the SDK comes from
//
// A module that requires the SDK, or is part of a workspace that does, is built
// as go build would: vendor directories, replacements and go.work just work. A
// module that doesn't is built with a private copy of its go.mod to which the
// SDK is added; its internal packages can be imported and its own go.mod is
// never written. A file or directory outside any module is built as if it had a
// go.mod. In both cases [SDK] says which SDK that is.
//
// # When go runs
//
// After a build a manifest records everything the binary was made from that can
// change: sources and embedded files outside the standard library and the module
// cache, go.mod, go.sum and go.work files, directories, and the toolchain. The
// next Build looks at their sizes and times, and at the contents of those that
// differ, and starts no process unless a content does. Then go build decides,
// and go list, if an import or something else that is not the body of a function
// may have brought in other files. A manifest that could have missed an edit
// made during the build is not kept.
//
// Flags are those of the user's own builds, apart from ones that concern only
// linking, so that nobody compiles the standard library twice.
//
// # Errors
//
// Every error but the context's own means that the scenario can't be loaded
// (exit code 107), and its text is meant for the user: [TargetError],
// [CompileError], [NoToolchainError], [OldToolchainError], [SDKError].
//
// Builders may be used concurrently, also by several processes that share a
// cache: one of them builds and the others wait for it.
package build

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"
)

// A Builder makes executables of scenarios. The zero value is ready to use.
type Builder struct {
	// Cache is the directory of what was built; "" means the directory
	// loadforge in the user's cache directory. Whatever was not used for two
	// weeks is removed from it by a later build.
	Cache string
	// SDK is what scenarios are built against that don't say so themselves. The
	// zero value finds the one this program was made from.
	SDK SDK
	// Go is the go command; "" means the one in PATH.
	Go string
	// Tags are build tags, separated by commas.
	Tags string
	// Stderr gets what go says while it works, such as the modules it
	// downloads, and a line when a build takes long; nil discards it.
	Stderr io.Writer
}

// A Binary is an executable made from a scenario.
type Binary struct {
	Path  string        // absolute
	Fresh bool          // go was run; otherwise nothing had changed
	Took  time.Duration // the whole call
}

// Digest returns the SHA-256 of the executable in hexadecimal.
func (b Binary) Digest() (string, error) {
	f, err := os.Open(b.Path)
	if err != nil {
		return "", fmt.Errorf("reading the binary: %w", err)
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", fmt.Errorf("reading the binary: %w", err)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// Build returns an executable for this machine made from target, which is a .go
// file (that file only), a directory (the package in it) or an import path. It
// builds only when something changed since the last time.
//
// The executable stays where it is at least until another build of the same
// target.
func (b Builder) Build(ctx context.Context, target string) (Binary, error) {
	start := time.Now()
	if path, ok, err := prebuilt(target); ok {
		return Binary{Path: path, Took: time.Since(start)}, err
	}
	j, err := b.job(target, platform{})
	if err != nil {
		return Binary{}, err
	}
	if path, ok := j.cached(); ok {
		return Binary{Path: path, Took: time.Since(start)}, nil
	}
	path, fresh, err := j.refresh(ctx)
	if err != nil {
		return Binary{}, err
	}
	return Binary{Path: path, Fresh: fresh, Took: time.Since(start)}, nil
}

// A platform is what to build for; the zero value is this machine with the
// user's own settings.
type platform struct{ os, arch string }

// exe returns the file name of a program called name.
func (p platform) exe(name string) string {
	if p.os == "windows" || p.os == "" && runtime.GOOS == "windows" {
		return name + ".exe"
	}
	return name
}

// A job is one target with all that decides about its binary.
type job struct {
	target   target
	project  project
	platform platform
	sdk      SDK
	sdkErr   error // matters only where the SDK is needed
	tags     string
	tool     toolchain
	entry    entry
	cache    cache
	says     *progress
}

func (b Builder) job(arg string, p platform) (*job, error) {
	j := &job{platform: p, tags: b.Tags, says: &progress{w: b.Stderr}}
	var err error
	if j.target, err = locate(arg); err != nil {
		return nil, err
	}
	if j.tool, err = findToolchain(b.Go); err != nil {
		return nil, err
	}
	if j.cache, err = openCache(b.Cache); err != nil {
		return nil, err
	}
	j.project = findProject(j.target.dir)
	j.sdk, j.sdkErr = b.SDK.resolve()
	j.entry = j.cache.entry(j.target.name, j.id())
	return j, nil
}

// id says what the manifest need not record, because another value makes it
// another entry of the cache.
func (j *job) id() string {
	sum := sha256.New()
	fmt.Fprintf(sum, "manifest %d\n", manifestVersion)
	for _, part := range []string{
		j.target.dir, j.target.pkg, j.project.root, j.project.work,
		runtime.GOOS, runtime.GOARCH, j.platform.os, j.platform.arch,
		j.tool.id(), j.sdk.String(), j.tags,
	} {
		fmt.Fprintf(sum, "%q\n", part)
	}
	for _, name := range goVariables {
		fmt.Fprintf(sum, "%s=%q\n", name, os.Getenv(name))
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
}

// cached returns the binary there is, if it is up to date.
func (j *job) cached() (path string, ok bool) {
	m, c := j.entry.review()
	switch c {
	case touched:
		_ = j.entry.save(m) // spares the next call the reading of contents
	case edited, restructured:
		return "", false
	}
	j.entry.used()
	return j.entry.binary(m.Binary), true
}

// refresh builds unless somebody else did while this call waited for its turn.
func (j *job) refresh(ctx context.Context) (path string, fresh bool, err error) {
	unlock, err := j.entry.lock(ctx)
	if err != nil {
		return "", false, err
	}
	defer unlock()
	if path, ok := j.cached(); ok {
		return path, false, nil
	}
	if path, err = j.build(ctx); err != nil {
		return "", false, err
	}
	j.cache.trim(time.Now())
	return path, true, nil
}

// build makes the binary and, if it can vouch for it, the manifest.
func (j *job) build(ctx context.Context) (string, error) {
	inv, err := j.prepare()
	if err != nil {
		return "", err
	}
	m, c := j.entry.review()
	if c == restructured {
		return j.buildAnew(ctx, inv)
	}
	// The review came before the build. If anything is written from now on, the
	// next review finds it different, whether go has seen it or not.
	path, err := j.compile(ctx, &inv)
	if err != nil {
		return "", err
	}
	j.record(path, m)
	return path, nil
}

// buildAnew builds what there is no usable manifest of. Listing the sources runs
// beside the build, where it costs no time.
func (j *job) buildAnew(ctx context.Context, inv invocation) (string, error) {
	before, started := j.vicinity(), time.Now()
	listed := make(chan listing, 1)
	listCtx, cancel := context.WithCancel(ctx)
	go func(inv invocation) { listed <- j.list(listCtx, inv) }(inv)
	path, err := j.compile(ctx, &inv)
	if err != nil {
		cancel()
	}
	l := <-listed
	cancel()
	if err != nil {
		return "", err
	}
	if l.err != nil {
		// go.mod was not complete when listing began, or go too old; now it is.
		l = j.list(ctx, inv)
	}
	if l.err != nil {
		j.says.print(fmt.Sprintf("not cached, the next run builds again: %v\n", l.err))
	} else if !l.suspects(started, before) {
		j.record(path, l.manifest)
	}
	return path, nil
}

// record makes the next call find the binary.
func (j *job) record(path string, m manifest) {
	m.Target, m.Binary, m.Size = j.target.arg, filepath.Base(path), fileSize(path)
	if err := j.entry.save(m); err != nil {
		j.says.print(fmt.Sprintf("not cached, the next run builds again: %v\n", err))
	}
}

// compile runs go build and puts the result into the entry.
func (j *job) compile(ctx context.Context, inv *invocation) (string, error) {
	temp, err := os.MkdirTemp(j.entry.dir, "tmp-*")
	if err != nil {
		return "", fmt.Errorf("making room for the binary: %w", err)
	}
	defer func() { _ = os.RemoveAll(temp) }()
	defer j.says.slow("building " + j.target.name + " (the first build of all compiles the standard library, too)")()
	made := filepath.Join(temp, j.platform.exe(j.target.name))
	args := append(inv.build("-buildvcs=false"), "-o", made, j.target.pkg)
	if err := j.goBuild(ctx, inv, args); err != nil {
		return "", err
	}
	if isArchive(made) {
		return "", notMain(j.target)
	}
	return j.entry.adopt(made, j.platform)
}

// goBuild runs go build and explains its failure.
//
// By itself go fetches the toolchain that go.mod asks for, but not the one that
// another file asks for which -modfile puts in its place. So it is told to, and
// inv remembers.
func (j *job) goBuild(ctx context.Context, inv *invocation, args []string) error {
	err := j.explain(j.tool.build(ctx, *inv, args, j.says))
	var old *OldToolchainError
	if !inv.private || !errors.As(err, &old) || old.Have == "" || old.Setting != "" {
		return err
	}
	inv.env = append(slices.Clip(inv.env), "GOTOOLCHAIN="+toolchainName(old.Need)+"+auto")
	return j.explain(j.tool.build(ctx, *inv, args, j.says))
}

// isArchive reports whether go build made a package of something that is not a
// program.
func isArchive(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return true // nothing was written
	}
	defer f.Close()
	magic := make([]byte, len("!<arch>\n"))
	_, err = io.ReadFull(f, magic)
	return err == nil && string(magic) == "!<arch>\n"
}

// shorten returns path as a person in the current directory would write it, if
// that is shorter.
func shorten(path string) string {
	cwd, err := os.Getwd()
	if err != nil {
		return path
	}
	if rel, err := filepath.Rel(cwd, path); err == nil && len(rel) < len(path) {
		return rel
	}
	return path
}
