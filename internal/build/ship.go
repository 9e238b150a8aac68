package build

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// Ship builds target for another machine and returns the executable. Unlike
// one from [Builder.Build] it is linked statically and built with -trimpath.
//
// goos and goarch are as go has them; "" means this machine's. out is a file or
// an existing directory; "" means a file named after the target in the current
// directory, and after the platform, too, if there is a directory of that name.
// The file is replaced in one step.
func (b Builder) Ship(ctx context.Context, target, goos, goarch, out string) (Binary, error) {
	start := time.Now()
	if goos == "" {
		goos = runtime.GOOS
	}
	if goarch == "" {
		goarch = runtime.GOARCH
	}
	j, err := b.job(target, platform{goos, goarch})
	if err != nil {
		return Binary{}, err
	}
	unlock, err := j.entry.lock(ctx)
	if err != nil {
		return Binary{}, err
	}
	defer unlock()
	path, err := j.ship(ctx, out)
	if err != nil {
		return Binary{}, err
	}
	j.cache.trim(time.Now())
	return Binary{Path: path, Fresh: true, Took: time.Since(start)}, nil
}

func (j *job) ship(ctx context.Context, out string) (string, error) {
	inv, err := j.prepare()
	if err != nil {
		return "", err
	}
	inv.env = append(inv.env, "CGO_ENABLED=0")
	path, err := j.destination(out)
	if err != nil {
		return "", err
	}
	temp, err := os.MkdirTemp(filepath.Dir(path), ".loadforge-build-*")
	if err != nil {
		return "", fmt.Errorf("writing %s: %w", shorten(path), err)
	}
	defer func() { _ = os.RemoveAll(temp) }()
	made := filepath.Join(temp, filepath.Base(path))
	defer j.says.slow(fmt.Sprintf("building %s for %s/%s", j.target.name, j.platform.os, j.platform.arch))()
	if err := j.goBuild(ctx, &inv, append(inv.build("-trimpath"), "-o", made, j.target.pkg)); err != nil {
		return "", j.explainPlatform(err)
	}
	if isArchive(made) {
		return "", notMain(j.target)
	}
	if err := os.Rename(made, path); err != nil {
		return "", fmt.Errorf("writing the binary: %w", err)
	}
	return path, nil
}

// destination returns the absolute path of the file to write.
func (j *job) destination(out string) (string, error) {
	name := j.platform.exe(j.target.name)
	if out == "" {
		out = name
		if isDir(out) { // most likely the target itself
			out = j.platform.exe(j.target.name + "-" + j.platform.os + "-" + j.platform.arch)
		}
	}
	if isDir(out) {
		out = filepath.Join(out, name)
	}
	path, err := filepath.Abs(out)
	if err != nil {
		return "", fmt.Errorf("writing the binary: %w", err)
	}
	return path, nil
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// explainPlatform adds the error that only a choice of platform can cause.
func (j *job) explainPlatform(err error) error {
	if strings.Contains(err.Error(), "unsupported GOOS/GOARCH pair") {
		return &TargetError{j.platform.os + "/" + j.platform.arch, "not a platform Go builds for", "`go tool dist list` prints them; linux/amd64, linux/arm64, darwin/arm64 and windows/amd64 are the usual ones"}
	}
	return err
}
