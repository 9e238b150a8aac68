package build

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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

// cached returns the binary if nothing changed since it was built.
func (e entry) cached() (path string, ok bool) {
	data, err := os.ReadFile(e.path("manifest"))
	if err != nil {
		return "", false
	}
	var m manifest
	if json.Unmarshal(data, &m) != nil || m.Binary == "" {
		return "", false
	}
	path = e.binary(m.Binary)
	if observe(path).Size != m.Size || !m.holds() {
		return "", false
	}
	return path, true
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

// An output is where go build puts a binary before it counts.
type output struct {
	entry    entry
	suffix   string // .exe or nothing
	path     string
	previous string // the newest binary so far, or ""
}

// begin makes room for the next binary. Go spares itself the linking when it
// finds that its output is there already, so it is given a copy of the last
// one; not the file itself, which may be running.
func (e entry) begin(suffix string) (*output, error) {
	f, err := os.CreateTemp(e.dir, "tmp-*")
	if err != nil {
		return nil, fmt.Errorf("making room for the binary: %w", err)
	}
	defer f.Close()
	o := &output{entry: e, suffix: suffix, path: f.Name(), previous: e.newest()}
	if o.previous == "" || copyTo(f, o.previous) != nil {
		o.previous = ""
		return o, os.Remove(o.path)
	}
	return o, nil
}

// copyTo writes the content of the file from to f.
func copyTo(f *os.File, from string) error {
	src, err := os.Open(from)
	if err != nil {
		return err
	}
	defer src.Close()
	_, err = io.Copy(f, src)
	return errors.Join(err, f.Chmod(0o700), f.Close())
}

func (o *output) discard() { _ = os.Remove(o.path) }

// commit gives the binary its place, unless it is the previous one.
func (o *output) commit() (string, error) {
	if o.previous != "" && sameContent(o.previous, o.path) {
		return o.previous, nil
	}
	unique := strconv.FormatInt(time.Now().UnixNano(), 36)
	path := o.entry.binary(o.entry.name + "-" + unique + o.suffix)
	if err := os.Rename(o.path, path); err != nil {
		return "", fmt.Errorf("storing the binary: %w", err)
	}
	o.entry.dropSuperseded(path)
	return path, nil
}

// sameContent reports whether two files have the same bytes.
func sameContent(a, b string) bool {
	if observe(a).Size != observe(b).Size {
		return false
	}
	x, errX := os.ReadFile(a)
	y, errY := os.ReadFile(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

// binaries calls f for each binary of the entry.
func (e entry) binaries(f func(path string, info fs.FileInfo)) {
	found, _ := os.ReadDir(e.binary(""))
	for _, d := range found {
		if info, err := d.Info(); err == nil {
			f(e.binary(d.Name()), info)
		}
	}
}

func (e entry) newest() string {
	var newest string
	var at time.Time
	e.binaries(func(path string, info fs.FileInfo) {
		if info.ModTime().After(at) {
			newest, at = path, info.ModTime()
		}
	})
	return newest
}

func (e entry) dropSuperseded(current string) {
	e.binaries(func(path string, info fs.FileInfo) {
		if path != current && time.Since(info.ModTime()) > keepSuperseded {
			_ = os.Remove(path) // on Windows not while it runs
		}
	})
}

// record writes the manifest of a binary just built, which the next call can
// trust.
func (e entry) record(binary, target string, l listing, started time.Time) error {
	if l.err != nil {
		return l.err
	}
	m := manifest{
		Target: target, Binary: filepath.Base(binary), Size: observe(binary).Size,
		Sources: l.sources, Directories: l.directories,
	}
	if m.racy(started) {
		return nil
	}
	data, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return e.write("manifest", data)
}
