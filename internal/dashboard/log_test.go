package dashboard

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func (b batch) text() string {
	var text strings.Builder
	for _, frame := range b.frames {
		text.Write(frame)
	}
	return text.String()
}

func TestALogIsReadFromAnyPosition(t *testing.T) {
	l := newLog(100, 1<<20)
	for _, kind := range []string{rowEvent, markEvent, endEvent} {
		l.add(kind, []byte("{}"))
	}
	const row, mark, end = "id: 100\nevent: row\ndata: {}\n\n", "id: 101\nevent: event\ndata: {}\n\n", "id: 102\nevent: end\ndata: {}\n\n"
	for _, c := range []struct {
		says  string
		after uint64
		most  int
		text  string
		last  uint64
		lost  bool
		ended bool
	}{
		{"from before the first", 99, 1000, row + mark + end, 102, false, true},
		{"from the first", 100, 1000, mark + end, 102, false, true},
		{"from the last", 102, 1000, "", 102, false, true},
		{"a part", 99, 1, row, 100, false, false},
		{"what came before is gone", 98, 1000, "", 101, true, false},
		{"nothing was told that far", 103, 1000, "", 101, true, false},
		{"a number that is none", 1<<64 - 1, 1000, "", 101, true, false},
	} {
		b := l.after(c.after, c.most)
		if b.text() != c.text || b.last != c.last || b.lost != c.lost || b.ended != c.ended {
			t.Errorf("%s: got %q, last %d, lost %v, ended %v", c.says, b.text(), b.last, b.lost, b.ended)
		}
	}
}

func TestOnlyTheLastStatusIsKept(t *testing.T) {
	for _, c := range []struct{ told, kept string }{
		{"status brief status", "3"},
		{"status brief brief", "1 3"},
		{"brief brief row brief", "3 4"},
		{"status row status row brief row brief", "2 3 4 6 7"},
		{"status brief row status row", "3 4 5"},
		{"status end", "1 2"},
	} {
		l := newLog(1, 1<<20)
		for _, kind := range strings.Fields(c.told) {
			l.add(kind, []byte("{}"))
		}
		var kept []string
		size := 0
		for i, e := range l.entries {
			size += len(e.frame) + entryBytes
			if e.frame != nil {
				kept = append(kept, fmt.Sprint(i+1))
			}
		}
		if got := strings.Join(kept, " "); got != c.kept || size != l.size {
			t.Errorf("of %s are kept %s, want %s; %d bytes, counted %d", c.told, got, c.kept, size, l.size)
		}
	}
}

// However a reader reads, it gets every row and mark once and in order, or is
// told that it has lost some; and the log never takes more than its room.
func TestALogLosesNothingInSilence(t *testing.T) {
	kinds := []string{rowEvent, markEvent, statusEvent, briefEvent, resetEvent}
	rapid.Check(t, func(t *rapid.T) {
		room := rapid.IntRange(300, 5000).Draw(t, "room")
		l := newLog(7, room)
		position, expected := uint64(6), uint64(7)
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			for range rapid.IntRange(0, 8).Draw(t, "told") {
				l.add(rapid.SampledFrom(kinds).Draw(t, "kind"), []byte(strings.Repeat("x", rapid.IntRange(0, 100).Draw(t, "size"))))
			}
			if l.size > room {
				t.Fatalf("the log takes %d bytes, its room is %d", l.size, room)
			}
			b := l.after(position, rapid.IntRange(1, 1000).Draw(t, "most"))
			if b.lost {
				if position+1 >= l.first {
					t.Fatalf("the reader of %d is said to have lost something, kept is from %d", position, l.first)
				}
				position, expected = b.last, b.last+1
				continue
			}
			for _, frame := range b.frames {
				var id uint64
				var kind string
				if _, err := fmt.Sscanf(string(frame), "id: %d\nevent: %s\n", &id, &kind); err != nil {
					t.Fatal(err)
				}
				for ; expected < id; expected++ {
					if k := l.entries[expected-l.first]; k.frame != nil {
						t.Fatalf("event %d was left out", expected)
					}
				}
				expected = id + 1
			}
			position, expected = b.last, b.last+1
		}
	})
}
