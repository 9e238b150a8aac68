package build

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

const (
	// keepUnused is how long a binary nobody runs stays in the cache.
	keepUnused = 14 * 24 * time.Hour
	// keepSuperseded is how long an older binary of an entry stays: another
	// process may just have decided to run it.
	keepSuperseded = time.Minute
	// useTick is how exactly the last use of an entry is known.
	useTick = time.Hour
	// lockPoll is how often a process asks whether its turn has come.
	lockPoll = 20 * time.Millisecond
)

// A cache is a directory with an entry for each target and way of building it.
type cache struct{ dir string }

func openCache(dir string) (cache, error) {
	if dir == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return cache{}, fmt.Errorf("finding a place for binaries: %w\nhint: set HOME or XDG_CACHE_HOME", err)
		}
		dir = filepath.Join(user, "loadforge")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return cache{}, fmt.Errorf("finding a place for binaries: %w", err)
	}
	return cache{filepath.Join(dir, "scenarios")}, nil
}

func (c cache) entry(name, id string) entry {
	return entry{dir: filepath.Join(c.dir, name+"-"+id), name: name}
}

// trim removes the entries that were not used for a long time before now. It is
// housekeeping: what can't be removed today can be later.
func (c cache) trim(now time.Time) {
	entries, _ := os.ReadDir(c.dir)
	for _, d := range entries {
		e := entry{dir: filepath.Join(c.dir, d.Name())}
		if now.Sub(e.lastUse()) > keepUnused {
			e.remove(now)
		}
	}
}

// An entry is a directory of the cache. It has
//
//	lock          held during a build; its time is that of the last use
//	manifest      which binary, and what it was made from
//	bin/name-xxx  binaries: the one the manifest names and, for a while, older ones
//	go.mod, go.sum, overlay.json, origin    for targets whose module lacks the SDK
type entry struct{ dir, name string }

func (e entry) path(name string) string { return filepath.Join(e.dir, name) }

func (e entry) binary(name string) string { return filepath.Join(e.dir, "bin", name) }

// write replaces a file of the entry in one step.
func (e entry) write(name string, data []byte) error {
	f, err := os.CreateTemp(e.dir, "tmp-*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), e.path(name))
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}

// review returns the manifest as it should be now, and what has changed. Without
// a manifest, or the binary it names, that is everything.
func (e entry) review() (manifest, change) {
	var m manifest
	data, err := os.ReadFile(e.path("manifest"))
	if err != nil || json.Unmarshal(data, &m) != nil || m.Binary == "" || fileSize(e.binary(m.Binary)) != m.Size {
		return manifest{}, restructured
	}
	return m.review()
}

func (e entry) save(m manifest) error {
	data, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("encoding the manifest: %w", err)
	}
	if err := e.write("manifest", data); err != nil {
		return fmt.Errorf("writing the manifest: %w", err)
	}
	return nil
}

// fileSize is -1 for what does not exist.
func fileSize(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return -1
	}
	return info.Size()
}

// lock waits until this process is the only one that builds the entry.
func (e entry) lock(ctx context.Context) (unlock func(), err error) {
	for {
		if err := os.MkdirAll(e.binary(""), 0o700); err != nil {
			return nil, fmt.Errorf("making a place for binaries: %w\nhint: XDG_CACHE_HOME names another place", err)
		}
		unlock, err := tryLock(e.path("lock"))
		switch {
		case err == nil:
			e.used()
			return unlock, nil
		case !errors.Is(err, errLocked) && !errors.Is(err, fs.ErrNotExist):
			return nil, fmt.Errorf("locking the cache: %w", err)
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(lockPoll):
		}
	}
}

// used notes that the entry is in use.
func (e entry) used() {
	if now := time.Now(); now.Sub(e.lastUse()) > useTick {
		_ = os.Chtimes(e.path("lock"), now, now) // at worst it is built again one day
	}
}

// lastUse is the zero time for what is not an entry, or a broken one.
func (e entry) lastUse() time.Time {
	info, err := os.Stat(e.path("lock"))
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// remove deletes the entry if nobody builds it and it is still unused.
func (e entry) remove(now time.Time) {
	unlock, err := tryLock(e.path("lock"))
	if err != nil {
		return
	}
	if now.Sub(e.lastUse()) > keepUnused {
		_ = os.RemoveAll(e.dir)
	}
	unlock()
	// Windows keeps a deleted file until it is closed, and its directory.
	_ = os.Remove(e.dir)
}

// adopt makes a file a binary of the entry. Each gets a name of its own, because
// the one before may be running, or about to.
func (e entry) adopt(made string, p platform) (string, error) {
	path := e.binary(p.exe(e.name + "-" + strconv.FormatInt(time.Now().UnixNano(), 36)))
	if err := os.Rename(made, path); err != nil {
		return "", fmt.Errorf("storing the binary: %w", err)
	}
	e.dropSuperseded(path)
	return path, nil
}

// dropSuperseded removes the binaries before the current one, and what builds
// left behind that were killed.
func (e entry) dropSuperseded(current string) {
	dir := escapeGlob(e.dir)
	binaries, _ := filepath.Glob(filepath.Join(dir, "bin", "*"))
	leftovers, _ := filepath.Glob(filepath.Join(dir, "tmp-*"))
	for _, path := range append(binaries, leftovers...) {
		info, err := os.Lstat(path)
		if err == nil && path != current && time.Since(info.ModTime()) > keepSuperseded {
			_ = os.RemoveAll(path) // on Windows not while it runs
		}
	}
}
