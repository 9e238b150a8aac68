package metrics

import (
	"bytes"
	"encoding/binary"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/loadforge/loadforge/internal/hdr"
)

var update = flag.Bool("update", false, "write golden files and the fuzzing corpus")

func TestSnapshotsComeBackAsTheyWere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := snapshotOf().Draw(t, "snapshot")
		b := encoded(t, want)
		got, err := DecodeSnapshot(b)
		if err != nil {
			t.Fatalf("%v\n%+v", err, want)
		}
		compareSnapshots(t, got, want)
	})
}

// compareSnapshots compares histograms by their contents and the rest field by
// field.
func compareSnapshots(t *rapid.T, got, want *Snapshot) {
	if !got.Lag.Equal(&want.Lag) || len(got.Names) != len(want.Names) {
		t.Fatalf("got %+v\nwant %+v", got, want)
	}
	g, w := *got, *want
	g.Lag, w.Lag = hdr.Histogram{}, hdr.Histogram{}
	g.Names, w.Names = nil, nil
	for _, s := range []*Snapshot{&g, &w} { // none is none
		if len(s.Loads) == 0 {
			s.Loads = nil
		}
		if len(s.Checks) == 0 {
			s.Checks = nil
		}
	}
	if !reflect.DeepEqual(g, w) {
		t.Fatalf("got %+v\nwant %+v", g, w)
	}
	for i := range got.Names {
		compareNames(t, &got.Names[i], &want.Names[i])
	}
}

func compareNames(t *rapid.T, got, want *NameStats) {
	other := want.histograms()
	for timing, h := range got.histograms() {
		if h != nil && !h.Equal(other[timing]) {
			t.Fatalf("%s: histogram %d differs", got.Name, timing)
		}
	}
	if got.compare(want) != 0 || got.Count != want.Count || got.ByClass != want.ByClass ||
		got.BytesIn != want.BytesIn || got.BytesOut != want.BytesOut || fmt.Sprint(got.Codes) != fmt.Sprint(want.Codes) {
		t.Fatalf("got %+v\nwant %+v", got, want)
	}
}

// The encoding of a version never changes: stored runs are read by it.
func TestEncodingIsStable(t *testing.T) {
	path := filepath.Join("testdata", "snapshot.v1.golden")
	want := encoded(t, exampleSnapshot())
	if *update {
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	golden, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(golden, want) {
		t.Errorf("encoding differs from %s; a new one needs a new version", path)
	}
	s, err := DecodeSnapshot(golden)
	if err != nil || countOf(s, "GET /items/{id}") != 30 {
		t.Errorf("decoding %s: %v, %+v", path, err, s)
	}
}

func exampleSnapshot() *Snapshot {
	r := NewRecorder(RecorderConfig{
		Worker: 2, Epoch: 1, Shards: 2, Loads: []string{"shopper"},
		Target: func(int, time.Duration) float64 { return 12.5 },
		Health: func() Health { return Health{CPU: 0.25, FDs: 12, FDLimit: 1024, Stall: time.Millisecond} },
	})
	items, login, check := r.Name("GET /items/{id}", Request), r.Name("POST /login", Request), r.Check("has items")
	for i := range 30 {
		at := int64(i) * 10 * ms
		shard := r.Shard(i)
		shard.Start(0, at, int64(i)*1000, false)
		s := Sample{Name: items, End: at, Code: 200, Service: ms * int64(1+i), Response: ms * int64(2+i), TTFB: ms, BytesOut: 90, BytesIn: 512}
		if i%10 == 9 {
			s.Code, s.Class = 503, Status5xx
			shard.Error(Status5xx, "GET /items/{id}", "503 Service Unavailable", "", at)
		}
		shard.Record(&s)
		shard.Check(check, i%3 != 0, at)
		shard.Finish(0, at, s.Class != OK)
	}
	r.Shard(0).Record(&Sample{Name: login, Stage: Setup, Code: 200, Service: ms, Response: ms, DNS: ms, Connect: 2 * ms, TLS: 3 * ms})
	return r.Collect(0)
}

func TestReadersAndWritersMayDifferInAge(t *testing.T) {
	b := encoded(t, exampleSnapshot())
	newer := append(bytes.Clone(b), 99, 3, 'n', 'e', 'w') // a section of a tag to come
	check := binary.AppendUvarint(nil, tagCheck)
	check = append(check, 6, 1, 'z', 4, 1, 'x', 'y') // a field to come behind the known ones
	newer = append(newer, check...)
	s, err := DecodeSnapshot(newer)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(s.Checks), "[{has items 20 10} {z 4 1}]"; got != want {
		t.Errorf("newer writer: got checks %s, want %s", got, want)
	}
	older := []byte{codecVersion, tagHeader, 2, 4, 7, tagHealth, 0, tagName, 2, 1, 'a'}
	s, err = DecodeSnapshot(older)
	if err != nil || s.Worker != 2 || s.Epoch != 7 || s.Second != 0 || s.Names[0].Name != "a" {
		t.Errorf("older writer: got %+v, %v", s, err)
	}
	class := []byte{codecVersion, tagHeader, 0, tagName, 8, 1, 'a', 0, 0, 5, 1, 40, 5}
	s, err = DecodeSnapshot(class)
	if err != nil || s.Names[0].ByClass[Protocol] != 5 {
		t.Errorf("a class to come: got %+v, %v", s, err)
	}
}

func TestWhatNoRecorderMadeIsRefused(t *testing.T) {
	section := func(tag byte, fields ...byte) string {
		return string(append([]byte{tag, byte(len(fields))}, fields...))
	}
	number := func(n uint64) string { return string(binary.AppendUvarint(nil, n)) }
	fraction := func(x float64) string {
		return string(binary.LittleEndian.AppendUint64(nil, math.Float64bits(x)))
	}
	header := string([]byte{codecVersion}) + section(tagHeader)
	for _, c := range []struct{ name, in, want string }{
		{"nothing", "", "truncated"},
		{"another version", "\x02", "version 2, want 1"},
		{"no header", string([]byte{codecVersion}), "no header"},
		{"two headers", header + section(tagHeader), "two sections of tag 1"},
		{"two healths", header + section(tagHealth) + section(tagHealth), "two sections of tag 7"},
		{"a section longer than the rest", header + string([]byte{tagCheck, 100}), "truncated"},
		{"a number that does not end", header + section(tagHealth, 0, 0, 0, 0, 0, 0, 0, 0, 0x80), "malformed number"},
		{"a worker that does not end", string([]byte{codecVersion}) + section(tagHeader, 0x80), "malformed number"},
		{"names not in order", header + section(tagName, 1, 'b') + section(tagName, 1, 'a'), "names are not in order"},
		{"a name twice", header + section(tagName, 1, 'a') + section(tagName, 1, 'a'), "names are not in order"},
		{"checks not in order", header + section(tagCheck, 1, 'b') + section(tagCheck, 1, 'a'), "checks are not in order"},
		{"a kind there is not", header + section(tagName, 1, 'a', 9), "kind 9 is above 1"},
		{"a stage there is not", header + section(tagName, 1, 'a', 0, 9), "stage 9 is above 2"},
		{"a terminal escape code", header + section(tagName, 1, 0x1b), "control characters"},
		{"broken UTF-8 in a detail", header + section(tagError, 1, 0, 0, 1, 0, 0, 1, 0xff), "control characters"},
		{"a name too long", header + section(tagName, append([]byte(number(MaxName+1)), make([]byte, 90)...)...), "length of text 201 is above 200"},
		{"a status of four digits", header + section(tagName, 1, 'a', 0, 0, 0, 0, 1, 0xff, 0xff, 1), "status 32767 is above 999"},
		{"a status twice", header + section(tagName, 1, 'a', 0, 0, 0, 0, 2, 100, 1, 0, 1), "status 100 after 100"},
		{"a broken histogram", header + section(tagLag, 9, 9, 9), "decoding histogram"},
		{"a target that is no number", header + section(tagLoad, []byte("\x00"+fraction(math.NaN()))...), "fraction NaN"},
		{"a target below zero", header + section(tagLoad, []byte("\x00"+fraction(-1))...), "fraction -1"},
		{"half a fraction", header + section(tagLoad, 0, 1, 2, 3), "truncated"},
		{"more than all workers", string([]byte{codecVersion}) + section(tagHeader, []byte("\x00\x00\x00\x00\x00\x00"+fraction(2))...), "fraction 2"},
		{"a second of another age", string([]byte{codecVersion}) + section(tagHeader, []byte("\x00\x00\x00"+number(1<<40))...), "second"},
		{"too many loads", header + strings.Repeat(section(tagLoad), MaxLoads+1), "more than 1000 loads"},
		{"too many checks", header + many(MaxChecks+2, tagCheck), "more than 1000 checks"},
		{"too many names", header + many(maxEntries+1, tagName), "more than 6006 names"},
		{"too long", strings.Repeat("x", MaxEncoded+1), "33554433 bytes, the limit is 33554432"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := DecodeSnapshot([]byte(c.in))
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "decoding snapshot: ") {
				t.Errorf("got %+v, %v; want an error about %q", s, err, c.want)
			}
		})
	}
}

// many is n sections with distinct names in order.
func many(n int, tag byte) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%c\x07\x06%06d", tag, i)
	}
	return b.String()
}

// A few bytes can ask for a bucket in each octave of each histogram.
func TestDecodingBoundsTheMemory(t *testing.T) {
	const budget = 1 << 20
	var n NameStats
	for shift := range 42 {
		n.TTFB.Record(1 << shift)
		n.Service.Record(1 << shift)
	}
	w := writer{out: []byte{codecVersion}}
	w.header(new(Snapshot))
	for i := range 100 {
		n.Name = fmt.Sprintf("%06d", i)
		w.name(&n)
		_, err := decodeSnapshot(w.out, budget)
		switch taken := (i + 1) * 2 * 34 << 10; {
		case i == 0 && err != nil:
			t.Fatal(err)
		case err == nil && taken > budget:
			t.Fatalf("%d bytes took %d KiB of histograms", len(w.out), taken>>10)
		}
	}
	if _, err := decodeSnapshot(w.out, budget); err == nil || err.Error() != "histograms take too much memory" {
		t.Errorf("got %v", err)
	}
}

func TestOverflownCountsAreNotEncoded(t *testing.T) {
	var s Snapshot
	s.Lag.RecordN(1, math.MaxUint64)
	if b, err := s.AppendBinary([]byte("kept")); err == nil || string(b) != "kept" {
		t.Errorf("got %q, %v", b, err)
	}
}

func FuzzDecodeSnapshot(f *testing.F) {
	f.Add([]byte{codecVersion, tagHeader, 0})
	if b, err := exampleSnapshot().AppendBinary(nil); err == nil {
		f.Add(b)
		f.Add(b[:len(b)/2])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := DecodeSnapshot(b)
		if err != nil {
			return
		}
		once := encoded(t, s)
		again, err := DecodeSnapshot(once)
		if err != nil {
			t.Fatalf("decoding what was encoded: %v", err)
		}
		if twice := encoded(t, again); !bytes.Equal(once, twice) {
			t.Fatalf("encodings differ:\n%x\n%x", once, twice)
		}
		var merged Snapshot
		merged.Merge(s)
		merged.Merge(again)
		var total Total
		total.Add(&merged)
		Assess(total.Summary(0), Facts{})
	})
}
