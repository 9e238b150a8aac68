package store

import (
	"bytes"
	"encoding/binary"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/loadforge/loadforge/internal/metrics"
)

// logOf makes a log of snapshots of those seconds.
func logOf(t testing.TB, seconds ...int) (log []byte, ends []int) {
	t.Helper()
	f, err := newFramer()
	if err != nil {
		t.Fatal(err)
	}
	defer f.close()
	for _, n := range seconds {
		s := metrics.Snapshot{Second: n, Length: 1e9, Workers: 1, Covered: 1, Worker: -1}
		s.Loads = []metrics.LoadStats{{Scenario: "shopper", Started: uint64(n) + 1}}
		b, err := s.AppendBinary(nil)
		if err != nil {
			t.Fatal(err)
		}
		frame, err := f.frame(snapshotFrame, n, b)
		if err != nil {
			t.Fatal(err)
		}
		log = append(log, frame...)
		ends = append(ends, len(log))
	}
	return log, ends
}

func readerOf(t testing.TB, log []byte) *Reader {
	t.Helper()
	r := new(Reader)
	if err := r.readFrom(bytes.NewReader(log), int64(len(log))); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

// secondsOf reads which seconds there are, and how many of them failed.
func secondsOf(r *Reader) (seconds []int, failed int) {
	for s, err := range r.Snapshots() {
		if err != nil {
			failed++
			continue
		}
		seconds = append(seconds, s.Second)
	}
	return seconds, failed
}

func TestATornTailCostsOnlyItsFrame(t *testing.T) {
	log, ends := logOf(t, 0, 1, 2)
	for cut := range len(log) + 1 {
		r := readerOf(t, log[:cut])
		want, good := 0, 0
		for i, end := range ends {
			if cut >= end {
				want, good = i+1, end
			}
		}
		seconds, failed := secondsOf(r)
		if len(seconds) != want || failed != 0 || r.Lost() != int64(cut-good) {
			t.Fatalf("cut at %d: %d seconds, %d failed, %d bytes lost; want %d, 0, %d", cut, len(seconds), failed, r.Lost(), want, cut-good)
		}
	}
}

func TestDamageCostsOnlyTheFramesItHit(t *testing.T) {
	log, ends := logOf(t, 0, 1, 2, 3)
	for at := ends[0]; at < ends[1]; at++ {
		damaged := bytes.Clone(log)
		damaged[at] ^= 0x41
		r := readerOf(t, damaged)
		seconds, _ := secondsOf(r)
		if got, want := seconds, []int{0, 2, 3}; !equal(got, want) {
			t.Fatalf("a bit flipped at %d: got seconds %v, want %v", at, got, want)
		}
		if got, want := r.Lost(), int64(ends[1]-ends[0]); got != want {
			t.Fatalf("a bit flipped at %d: %d bytes lost, want %d", at, got, want)
		}
	}
}

func equal(a, b []int) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func TestRubbishBetweenFramesIsSkipped(t *testing.T) {
	log, ends := logOf(t, 0, 1)
	rubbish := bytes.Repeat([]byte("\xf5LFR and more "), 50_000)
	damaged := append(append(bytes.Clone(log[:ends[0]]), rubbish...), log[ends[0]:]...)
	r := readerOf(t, damaged)
	if seconds, _ := secondsOf(r); !equal(seconds, []int{0, 1}) || r.Lost() != int64(len(rubbish)) {
		t.Errorf("got seconds %v and %d bytes lost, want both and %d", seconds, r.Lost(), len(rubbish))
	}
}

// What looks like large frames must not make opening quadratic.
func TestALogOfLiesIsGivenUp(t *testing.T) {
	lie := make([]byte, frameHeader)
	copy(lie, frameMagic)
	lie[4] = byte(snapshotFrame)
	binary.LittleEndian.PutUint32(lie[12:], 4<<20)
	log := bytes.Repeat(lie, 5<<20/frameHeader)
	r := readerOf(t, log)
	if seconds, _ := secondsOf(r); len(seconds) != 0 || r.Lost() != int64(len(log)) {
		t.Errorf("got %d seconds, %d of %d bytes lost", len(seconds), r.Lost(), len(log))
	}
}

func TestPartsOfASecondAreMergedInOrder(t *testing.T) {
	log, _ := logOf(t, 0, 2, 1, 0, 3, 0)
	r := readerOf(t, log)
	var got []uint64
	for s, err := range r.Snapshots() {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, uint64(s.Second), s.Loads[0].Started)
	}
	want := []uint64{0, 3, 1, 2, 2, 3, 3, 4}
	if len(got) != len(want) {
		t.Fatalf("got %v, want %v", got, want)
	}
	for i := range got {
		if got[i] != want[i] {
			t.Errorf("got second and starts %v, want %v", got, want)
		}
	}
	if r.Last() != 3 {
		t.Errorf("the last second is %d, want 3", r.Last())
	}
	for range r.Snapshots() {
		break // stopping early is allowed
	}
}

func TestReadersSkipWhatIsNewer(t *testing.T) {
	f, err := newFramer()
	if err != nil {
		t.Fatal(err)
	}
	defer f.close()
	strange, _ := f.frame(frameType(200), 0, []byte("of a later version"))
	flagged, _ := f.frame(snapshotFrame, 5, []byte("packed otherwise"))
	flagged[5] = 0x80
	binary.LittleEndian.PutUint32(flagged[16:], checksum(flagged))
	log, _ := logOf(t, 0)
	r := readerOf(t, append(append(strange, flagged...), log...))
	seconds, failed := secondsOf(r)
	if !equal(seconds, []int{0}) || failed != 1 || r.Lost() != 0 {
		t.Errorf("got seconds %v, %d failed, %d bytes lost; want [0], 1, 0", seconds, failed, r.Lost())
	}
}

func TestASnapshotOfAnotherSecondThanItsFrameFails(t *testing.T) {
	log, _ := logOf(t, 7)
	binary.LittleEndian.PutUint32(log[8:], 6)
	binary.LittleEndian.PutUint32(log[16:], checksum(log))
	if seconds, failed := secondsOf(readerOf(t, log)); len(seconds) != 0 || failed != 1 {
		t.Errorf("got seconds %v, %d failed; want one that failed", seconds, failed)
	}
}

func TestPayloadsAreBounded(t *testing.T) {
	f, err := newFramer()
	if err != nil {
		t.Fatal(err)
	}
	defer f.close()
	if _, err := f.frame(snapshotFrame, 0, make([]byte, maxPayload+1)); err == nil {
		t.Error("a frame above the limit was made")
	}
	bomb := f.encoder.EncodeAll(make([]byte, 4*maxPayload), nil)
	frame, err := f.frame(snapshotFrame, 0, bomb)
	if err != nil {
		t.Fatal(err)
	}
	frame[5] = flagZstd
	binary.LittleEndian.PutUint32(frame[16:], checksum(frame))
	if seconds, failed := secondsOf(readerOf(t, frame)); len(seconds) != 0 || failed != 1 {
		t.Errorf("a bomb of %d bytes: got seconds %v, %d failed", len(bomb), seconds, failed)
	}
}

func TestLargePayloadsAreCompressedIfThatHelps(t *testing.T) {
	f, err := newFramer()
	if err != nil {
		t.Fatal(err)
	}
	defer f.close()
	noise := make([]byte, 3*compressFrom)
	random := rand.NewChaCha8([32]byte{})
	_, _ = random.Read(noise)
	for _, c := range []struct {
		name    string
		payload []byte
		packed  bool
	}{
		{"a small one is not", make([]byte, compressFrom), false},
		{"a large one is", make([]byte, compressFrom+1), true},
		{"noise is not", noise, false},
	} {
		frame, err := f.frame(eventFrame, 0, c.payload)
		if err != nil {
			t.Fatal(err)
		}
		if got := frame[5] == flagZstd; got != c.packed {
			t.Errorf("%s: compressed %v", c.name, got)
		}
		u, err := newUnpacker()
		if err != nil {
			t.Fatal(err)
		}
		h, _ := parseHeader(frame)
		got, err := u.payload(h, frame)
		if err != nil || !bytes.Equal(got, c.payload) {
			t.Errorf("%s: it does not come back: %v", c.name, err)
		}
		u.close()
	}
}

// shortFile claims to be longer than it is, like a log that was cut while read.
type shortFile struct{ *bytes.Reader }

func TestALogThatShrinksIsAnError(t *testing.T) {
	log, _ := logOf(t, 0, 1)
	r := new(Reader)
	err := r.readFrom(shortFile{bytes.NewReader(log)}, int64(len(log)+100))
	r.Close()
	if err == nil {
		t.Error("no error")
	}
	r = readerOf(t, log)
	r.log = window{file: bytes.NewReader(make([]byte, len(log))), size: int64(len(log))}
	if seconds, failed := secondsOf(r); len(seconds) != 0 || failed != 2 {
		t.Errorf("a log that changed: got seconds %v, %d failed", seconds, failed)
	}
}

func FuzzLog(f *testing.F) {
	log, ends := logOf(f, 0, 1, 1, 5)
	f.Add(log)
	f.Add(log[:ends[2]-3])
	f.Add([]byte(frameMagic))
	for _, name := range []string{"run.frames"} {
		if b, err := os.ReadFile(filepath.Join("testdata", "run-v1", name)); err == nil {
			f.Add(b)
		}
	}
	f.Fuzz(func(t *testing.T, log []byte) {
		r := new(Reader)
		defer r.Close()
		if err := r.readFrom(bytes.NewReader(log), int64(len(log))); err != nil {
			t.Fatal(err)
		}
		good := int64(0)
		for _, list := range [][]entry{r.index.heads, r.index.snapshots, r.index.remarks, r.index.outcomes} {
			for _, e := range list {
				good += int64(e.size)
			}
		}
		if good+r.Lost() > int64(len(log)) {
			t.Errorf("%d bytes of frames and %d lost, of %d", good, r.Lost(), len(log))
		}
		last := -1
		for s, err := range r.Snapshots() {
			if err == nil && s.Second <= last {
				t.Errorf("second %d comes after %d", s.Second, last)
			}
			if err == nil {
				last = s.Second
			}
		}
		_, _ = r.Events(), r.Crossings()
	})
}

var _ io.ReaderAt = shortFile{}
