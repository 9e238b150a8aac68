package metrics

import (
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/loadforge/loadforge/internal/hdr"
)

// snapshotOf draws a snapshot of some second, as a worker would send it.
func snapshotOf() *rapid.Generator[*Snapshot] {
	return rapid.Custom(func(t *rapid.T) *Snapshot {
		s := &Snapshot{
			Worker:  rapid.IntRange(-1, 100).Draw(t, "worker"),
			Epoch:   rapid.Uint32().Draw(t, "epoch"),
			Seq:     rapid.Uint64().Draw(t, "seq"),
			Second:  7,
			Length:  time.Duration(rapid.Int64Range(1, int64(time.Second)).Draw(t, "length")),
			Workers: rapid.IntRange(1, 3).Draw(t, "workers"),
			Peak:    rapid.IntRange(0, 1e6).Draw(t, "peak"),
			Covered: rapid.Float64Range(0, 1).Draw(t, "covered"),
			Loads:   rapid.SliceOfN(loadOf(), 0, 2).Draw(t, "loads"),
			Health:  healthOf().Draw(t, "health"),
		}
		for i := range s.Loads {
			s.Loads[i].Scenario = fmt.Sprint("scenario ", i)
		}
		s.Names = rapid.SliceOfNDistinct(nameOf(), 0, 6, func(n NameStats) nameKey {
			return nameKey{n.Name, n.Kind, n.Stage}
		}).Draw(t, "names")
		slices.SortFunc(s.Names, func(a, b NameStats) int { return a.compare(&b) })
		s.Checks = rapid.SliceOfNDistinct(checkOf(), 0, 4, func(c CheckStats) string { return c.Name }).Draw(t, "checks")
		slices.SortFunc(s.Checks, func(a, b CheckStats) int { return checkTable().compare(&a, &b) })
		s.Errors = errorsOf().Draw(t, "errors")
		s.Addresses = addressesOf().Draw(t, "addresses")
		fill(&s.Lag, valuesOf().Draw(t, "lag"))
		return s
	})
}

func loadOf() *rapid.Generator[LoadStats] {
	n := rapid.Uint64Range(0, 1<<40)
	return rapid.Custom(func(t *rapid.T) LoadStats {
		return LoadStats{
			Target: rapid.Float64Range(0, 1e6).Draw(t, "target"),
			Active: rapid.IntRange(0, 1e6).Draw(t, "active"),
			Busy:   rapid.IntRange(0, 1e6).Draw(t, "busy"),
			Peak:   rapid.IntRange(0, 1e6).Draw(t, "peak of load"),

			Scheduled: n.Draw(t, "scheduled"), Started: n.Draw(t, "started"), Late: n.Draw(t, "late"),
			Dropped: n.Draw(t, "dropped"), Finished: n.Draw(t, "finished"), Failed: n.Draw(t, "failed"),
			Interrupted: n.Draw(t, "interrupted"), SetupFailed: n.Draw(t, "setup failed"), Panics: n.Draw(t, "panics"),
		}
	})
}

func nameOf() *rapid.Generator[NameStats] {
	counts := rapid.Uint64Range(0, 1<<40)
	return rapid.Custom(func(t *rapid.T) NameStats {
		n := NameStats{
			Name:     rapid.SampledFrom([]string{"", "GET /", "GET /ä", "POST /", OtherName}).Draw(t, "name"),
			Kind:     Kind(rapid.IntRange(0, 1).Draw(t, "kind")),
			Stage:    Stage(rapid.IntRange(0, 2).Draw(t, "stage")),
			Count:    counts.Draw(t, "count"),
			BytesOut: counts.Draw(t, "out"),
			BytesIn:  counts.Draw(t, "in"),
		}
		for range rapid.IntRange(0, 4).Draw(t, "classes") {
			n.ByClass[rapid.IntRange(0, NumClasses-1).Draw(t, "class")] = counts.Draw(t, "of class")
		}
		for _, code := range rapid.SliceOfN(rapid.Uint16Range(1, 999), 0, 4).Draw(t, "codes") {
			n.Codes = countCode(n.Codes, code, 1+counts.Draw(t, "of code"))
		}
		for _, h := range n.histograms() {
			if h != nil {
				fill(h, valuesOf().Draw(t, "values"))
			}
		}
		return n
	})
}

func valuesOf() *rapid.Generator[[]int64] { return rapid.SliceOfN(rapid.Int64Min(0), 0, 8) }

func fill(h *hdr.Histogram, values []int64) {
	for _, v := range values {
		h.Record(v)
	}
}

func checkOf() *rapid.Generator[CheckStats] {
	return rapid.Custom(func(t *rapid.T) CheckStats {
		return CheckStats{
			Name:   rapid.SampledFrom([]string{"a", "b", "c", "d", OtherName}).Draw(t, "check"),
			Passed: rapid.Uint64Range(0, 1<<40).Draw(t, "passed"),
			Failed: rapid.Uint64Range(0, 1<<40).Draw(t, "failed"),
		}
	})
}

// addressesOf draws the sorted addresses of a snapshot, often more than two may
// have together.
func addressesOf() *rapid.Generator[[]AddressStats] {
	return rapid.Custom(func(t *rapid.T) (list []AddressStats) {
		for range rapid.SampledFrom([]int{0, 1, 3, 60}).Draw(t, "addresses") {
			one := AddressStats{
				Name:    rapid.SampledFrom([]string{"a.test", "b.test"}).Draw(t, "host"),
				Address: fmt.Sprintf("10.0.0.%d", rapid.IntRange(0, 60).Draw(t, "address")),
				Opened:  rapid.Uint64Range(1, 1<<40).Draw(t, "opened"),
			}
			list = addressTable().merge(list, []AddressStats{one})
		}
		return list
	})
}

// errorsOf draws the sorted errors of a snapshot, often more than are kept.
func errorsOf() *rapid.Generator[[]ErrorStats] {
	return rapid.Custom(func(t *rapid.T) []ErrorStats {
		var set errorSet
		for range rapid.SampledFrom([]int{0, 1, 5, 150}).Draw(t, "errors") {
			set.add(Class(rapid.IntRange(1, NumClasses-1).Draw(t, "class")),
				rapid.SampledFrom([]string{"GET /", "POST /", OtherName}).Draw(t, "name"),
				fmt.Sprint("message ", rapid.IntRange(0, 30).Draw(t, "message")),
				rapid.SampledFrom([]string{"", "stack a", "stack b"}).Draw(t, "detail"),
				time.Duration(rapid.IntRange(0, 5).Draw(t, "at")))
		}
		return set.sorted()
	})
}

func healthOf() *rapid.Generator[Health] {
	span := rapid.Custom(func(t *rapid.T) time.Duration {
		return time.Duration(rapid.Int64Range(0, int64(time.Hour)).Draw(t, "span"))
	})
	few := rapid.IntRange(0, 5)
	return rapid.Custom(func(t *rapid.T) Health {
		return Health{
			CPU:           rapid.Float64Range(0, 1).Draw(t, "cpu"),
			SchedLatency:  span.Draw(t, "sched"),
			GCPause:       span.Draw(t, "gc"),
			Heap:          rapid.Uint64().Draw(t, "heap"),
			Goroutines:    rapid.IntRange(0, 1e6).Draw(t, "goroutines"),
			FDs:           few.Draw(t, "fds"),
			FDLimit:       few.Draw(t, "fd limit"),
			ClockGap:      span.Draw(t, "gap"),
			Stall:         span.Draw(t, "stall"),
			PortsInUse:    few.Draw(t, "ports"),
			PortRange:     few.Draw(t, "port range"),
			NamesOverflow: rapid.Uint64Range(0, 1<<40).Draw(t, "overflow"),
		}
	})
}
