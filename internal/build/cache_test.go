package build

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

func TestTrimRemovesWhatNobodyUses(t *testing.T) {
	c, err := openCache(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	used := func(name string, days int) entry {
		e := entry{dir: filepath.Join(c.dir, name), name: name}
		unlock, err := e.lock(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		unlock()
		at := now.AddDate(0, 0, -days)
		if err := os.Chtimes(e.path("lock"), at, at); err != nil {
			t.Fatal(err)
		}
		return e
	}
	used("today", 0)
	used("recent", 13)
	used("old", 15)
	revived := used("revived", 15)
	revived.used()
	unlock, err := tryLock(used("building", 15).path("lock"))
	if err != nil {
		t.Fatal(err)
	}
	c.trim(now)
	unlock()

	entries, err := os.ReadDir(c.dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if want := []string{"building", "recent", "revived", "today"}; !slices.Equal(got, want) {
		t.Errorf("left after trimming: %q, want %q", got, want)
	}
}

func TestBuildTrimsTheCache(t *testing.T) {
	s := newSite(t)
	s.write("shop.go", program(`"x"`))
	s.write("cache/scenarios/old/lock", "")
	long := time.Now().Add(-keepUnused - time.Hour)
	if err := os.Chtimes(s.path("cache/scenarios/old/lock"), long, long); err != nil {
		t.Fatal(err)
	}
	s.fresh(s.path("shop.go"))
	if _, err := os.Stat(s.path("cache/scenarios/old")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("looking for an entry unused for two weeks: got %v, want %v", err, os.ErrNotExist)
	}
}

func TestLockHasOneHolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	unlock, err := tryLock(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tryLock(path); !errors.Is(err, errLocked) {
		t.Errorf("locking twice: got %v, want %v", err, errLocked)
	}
	unlock()
	unlock, err = tryLock(path)
	if err != nil {
		t.Fatalf("locking after unlocking: %v", err)
	}
	unlock()
}

func TestADamagedCacheIsRebuilt(t *testing.T) {
	s := newSite(t)
	s.write("shop.go", program(`"whole"`))
	target := s.path("shop.go")
	first := s.build(target)
	manifest := filepath.Join(filepath.Dir(filepath.Dir(first.Path)), "manifest")
	damage := []struct {
		name string
		do   func() error
	}{
		{"a torn manifest", func() error { return os.WriteFile(manifest, []byte(`{"Binary":"sh`), 0o600) }},
		{"an empty manifest", func() error { return os.WriteFile(manifest, []byte(`{}`), 0o600) }},
		{"a truncated binary", func() error { return os.Truncate(s.build(target).Path, 100) }},
		{"no binary", func() error { return os.Remove(s.build(target).Path) }},
	}
	for _, d := range damage {
		if err := d.do(); err != nil {
			t.Fatal(err)
		}
		if got := s.fresh(target); got != "whole" {
			t.Errorf("after %s the program says %q, want whole", d.name, got)
		}
	}
}

func TestOlderBinariesStayForAWhile(t *testing.T) {
	e := entry{dir: t.TempDir(), name: "shop"}
	if err := os.Mkdir(e.binary(""), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, age := range map[string]time.Duration{
		"bin/shop-1": 2 * keepSuperseded, "bin/shop-2": 0, "bin/shop-3": 3 * keepSuperseded, "tmp-1": 2 * keepSuperseded, "tmp-2": 0,
	} {
		at := time.Now().Add(-age)
		if err := errors.Join(os.WriteFile(e.path(name), nil, 0o600), os.Chtimes(e.path(name), at, at)); err != nil {
			t.Fatal(err)
		}
	}
	e.dropSuperseded(e.binary("shop-3"))
	var got []string
	for _, name := range []string{"bin/shop-1", "bin/shop-2", "bin/shop-3", "tmp-1", "tmp-2"} {
		if fileSize(e.path(name)) >= 0 {
			got = append(got, name)
		}
	}
	if want := []string{"bin/shop-2", "bin/shop-3", "tmp-2"}; !slices.Equal(got, want) {
		t.Errorf("left: %q, want the current one and what is recent, %q", got, want)
	}
}
