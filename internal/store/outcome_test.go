package store

import (
	"strings"
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
)

// fullWriter is a writer of a run that began with some bytes of room and has
// others now.
func fullWriter(t *testing.T, before, room int) (*Writer, *flakyFile) {
	t.Helper()
	w, err := Create(t.TempDir(), metrics.Run{Test: "shop"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.root.Close() })
	if err := w.log.file.Close(); err != nil {
		t.Fatal(err)
	}
	f := &flakyFile{room: before}
	w.log.file = f
	if err := w.Begin(metrics.Run{Test: "shop"}); err != nil {
		t.Fatal(err)
	}
	if err := w.Second(&metrics.Snapshot{Length: time.Second, Workers: 1}, metrics.Progress{}); err != nil {
		t.Fatal(err)
	}
	f.room = room
	return w, f
}

// outcomes reads the outcomes in a log.
func outcomes(t *testing.T, log []byte) (list []string) {
	t.Helper()
	for len(log) >= frameHeader {
		h, ok := parseHeader(log)
		if !ok {
			t.Fatalf("no frame in %q", log)
		}
		size := frameHeader + int(h.length)
		if h.kind == outcomeFrame {
			list = append(list, string(log[frameHeader:size]))
		}
		log = log[size:]
	}
	return list
}

func TestHowARunEndedNeedsLittleRoom(t *testing.T) {
	outcome := metrics.Outcome{Passed: true, Verdict: metrics.Verdict{State: metrics.Valid}, Summary: &metrics.Summary{Requests: 7}}
	for _, c := range []struct {
		name         string
		before, room int
		totals, kept bool
		lost         string
	}{
		{"room again", 0, 1 << 20, true, true, ""},
		{"not for the totals", 0, 1000, false, true, ""},
		{"for the beginning only", 1000, 0, false, false, "1 part of the run log was lost"},
		{"for nothing", 0, 100, false, false, "parts of the run log were lost"},
	} {
		w, f := fullWriter(t, c.before, c.room)
		err := w.End(outcome)
		if said := errorText(err); !strings.Contains(said, c.lost) || c.lost == "" && err != nil {
			t.Errorf("%s: got %q, want %q", c.name, said, c.lost)
		}
		got := outcomes(t, f.data)
		if kept := len(got) == 1 && strings.Contains(got[0], `"Passed":true`); kept != c.kept {
			t.Errorf("%s: kept %v, want %v: %q", c.name, kept, c.kept, got)
		}
		if totals := len(got) == 1 && strings.Contains(got[0], `"Requests":7`); totals != c.totals {
			t.Errorf("%s: totals %v, want %v", c.name, totals, c.totals)
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
