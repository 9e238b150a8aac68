package store

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"syscall"
	"testing"

	"pgregory.net/rapid"
)

// A flakyFile is a file in memory whose operations fail when told to, a write
// after it has written a part.
type flakyFile struct {
	data  []byte
	room  int // bytes it takes in all
	sync  error
	trunc error
}

func (f *flakyFile) WriteAt(b []byte, off int64) (int, error) {
	n := min(len(b), max(0, f.room-int(off)))
	f.data = append(f.data[:min(int(off), len(f.data))], b[:n]...)
	if n < len(b) {
		return n, syscall.ENOSPC
	}
	return n, nil
}

func (f *flakyFile) Truncate(size int64) error {
	if f.trunc != nil {
		return f.trunc
	}
	f.data = f.data[:min(int(size), len(f.data))]
	return nil
}

func (f *flakyFile) Sync() error  { return f.sync }
func (f *flakyFile) Close() error { return nil }

func TestAFailedWriteLeavesWholeFramesAndIsTriedAgain(t *testing.T) {
	f := &flakyFile{room: 10}
	a := appender{file: f, limit: 1000}
	a.add([]byte("frame-1;"))
	if err := a.flush(); err != nil {
		t.Fatal(err)
	}
	a.add([]byte("frame-2;"))
	if err := a.flush(); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("got %v, want no space left", err)
	}
	if got := string(f.data); got != "frame-1;" {
		t.Errorf("after the failure the log is %q, want the first frame only", got)
	}
	f.room = 100
	a.add([]byte("frame-3;"))
	if err := a.flush(); err != nil {
		t.Fatal(err)
	}
	if got := string(f.data); got != "frame-1;frame-2;frame-3;" {
		t.Errorf("with room again the log is %q", got)
	}
}

func TestAFailedSyncIsAFailedWrite(t *testing.T) {
	f := &flakyFile{room: 100, sync: io.ErrClosedPipe}
	a := appender{file: f, limit: 1000}
	a.add([]byte("frame-1;"))
	if err := a.flush(); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("got %v, want the error of the sync", err)
	}
	if len(f.data) != 0 || a.good != 0 {
		t.Errorf("the log is %q, want nothing that was not synced", f.data)
	}
	f.sync = nil
	if err := a.flush(); err != nil || string(f.data) != "frame-1;" {
		t.Errorf("then %q, %v", f.data, err)
	}
}

func TestATornEndIsCutOffBeforeTheNextWrite(t *testing.T) {
	f := &flakyFile{room: 12, trunc: io.ErrClosedPipe}
	a := appender{file: f, limit: 1000}
	a.add([]byte("frame-1;"))
	_ = a.flush()
	a.add([]byte("frame-2;"))
	_ = a.flush()
	if !a.torn {
		t.Fatal("the end is not torn")
	}
	f.room = 100
	if err := a.flush(); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("got %v while the end cannot be cut off", err)
	}
	f.trunc = nil
	if err := a.flush(); err != nil || string(f.data) != "frame-1;frame-2;" {
		t.Errorf("then %q, %v", f.data, err)
	}
}

func TestWaitingFramesAreBounded(t *testing.T) {
	f := &flakyFile{}
	a := appender{file: f, limit: 50}
	for range 100 {
		a.add([]byte("ten bytes;"))
		_ = a.flush()
	}
	if a.size > 50 || len(a.pending) != 5 || a.dropped != 95 {
		t.Errorf("%d bytes in %d frames wait, %d were given up; want 50, 5, 95", a.size, len(a.pending), a.dropped)
	}
	f.room = 25
	lost, err := a.rescue()
	if lost != 98 || !errors.Is(err, syscall.ENOSPC) || string(f.data) != "ten bytes;ten bytes;" {
		t.Errorf("rescued %q, lost %d with %v; want two frames, 98 lost", f.data, lost, err)
	}
}

func TestWhateverFailsTheLogIsAPrefixOfFrames(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := &flakyFile{}
		a := appender{file: f, limit: 1 << 20}
		var written bytes.Buffer
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			frame := strings.Repeat("x", rapid.IntRange(0, 40).Draw(t, "size")) + ";"
			written.WriteString(frame)
			f.room = rapid.IntRange(0, 600).Draw(t, "room")
			f.sync = nil
			if rapid.Bool().Draw(t, "sync fails") {
				f.sync = io.ErrClosedPipe
			}
			a.add([]byte(frame))
			_ = a.flush()
			if a.torn || !bytes.HasPrefix(written.Bytes(), f.data) || len(f.data) > 0 && f.data[len(f.data)-1] != ';' {
				t.Fatalf("the log %q is no whole beginning of %q", f.data, written.String())
			}
		}
		f.room, f.sync = 1<<20, nil
		if err := a.flush(); err != nil || !bytes.Equal(f.data, written.Bytes()) {
			t.Fatalf("in the end %q, %v; want %q", f.data, err, written.String())
		}
	})
}
