package build

import (
	"math"
	"slices"
	"time"
)

// manifestVersion is part of every entry's identity: raise it when a manifest
// or the flags of a build change their meaning.
const manifestVersion = 1

// A manifest is everything that may change what a build makes, as it was.
type manifest struct {
	Target      string // for a person who looks into the cache
	Binary      string // file name; "" if there is none
	Size        int64
	Sources     []source
	Directories []directory
}

// A change is what happened to the sources since a manifest was made; a greater
// one needs more work.
type change int

const (
	unchanged    change = iota // nothing, by size and time
	touched                    // times only
	edited                     // contents, but the manifest still lists all there is
	restructured               // other files may belong to the build
)

// review looks at everything again. It returns the manifest as it should be now,
// which is worth nothing if the sources were restructured.
func (m manifest) review() (manifest, change) {
	worst := unchanged
	now := m
	now.Sources = slices.Clone(m.Sources)
	now.Directories = slices.Clone(m.Directories)
	for i, s := range m.Sources {
		var c change
		now.Sources[i], c = s.review()
		worst = max(worst, c)
	}
	for i, d := range m.Directories {
		var c change
		now.Directories[i], c = d.review()
		worst = max(worst, c)
	}
	return now, worst
}

// suspects reports whether anything may have been written while it was
// compiled, in which case the binary may be of an older state than recorded.
//
// Everything was looked at after the build had started. What is older than that
// was the same during the whole build. What is not must be as it was before, if
// that is known.
func (m manifest) suspects(started time.Time, before manifest) bool {
	return slices.ContainsFunc(m.Sources, func(s source) bool {
		return s.Size >= 0 && recent(s.Time, started) && !slices.ContainsFunc(before.Sources, s.sameContent)
	}) || slices.ContainsFunc(m.Directories, func(d directory) bool {
		return recent(d.Time, started) && !slices.ContainsFunc(before.Directories, d.sameNames)
	})
}

// A file system stamps files with a clock of its own that ticks in steps. After
// a write within a tick of the last one, the time is the same.
const (
	fineTick   = 20 * time.Millisecond
	coarseTick = 2 * time.Second // FAT; HFS+ and some network file systems have one second
)

// recent reports whether a file time is so close to an instant, or after it,
// that a write at that instant could have left it.
func recent(nanoseconds int64, at time.Time) bool {
	tick := fineTick
	if nanoseconds%int64(time.Second) == 0 {
		tick = coarseTick
	}
	return nanoseconds > at.Add(-tick).UnixNano()
}

// unsure stands for a time that proves nothing, because another write could
// leave the same one. It is recent whatever the time is.
const unsure = math.MaxInt64

// settled returns a file time for the record.
func settled(nanoseconds int64) int64 {
	if recent(nanoseconds, time.Now()) {
		return unsure
	}
	return nanoseconds
}
