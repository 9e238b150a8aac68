//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// A moment is a part of a run in which it is killed at any time.
type moment struct {
	phase  string
	window time.Duration // from when the phase was reached
	few    int           // kills that are enough for every day
}

// What is left of a run that was killed can be read, and lacks nothing but the
// second that was open. Five kills are for every day, a hundred in each phase
// for make faults.
func TestKilledRunsAreReadable(t *testing.T) {
	for _, m := range []moment{
		{"start", 500 * time.Millisecond, 1},
		{"setup", 50 * time.Millisecond, 0},
		{"ramp", 2500 * time.Millisecond, 2},
		{"teardown", 100 * time.Millisecond, 1},
		{"report", 100 * time.Millisecond, 1},
	} {
		for n := range kills(m.few) {
			t.Run(fmt.Sprint(m.phase, " ", n), func(t *testing.T) {
				t.Parallel()
				m.kill(t, t.TempDir())
			})
		}
	}
}

func kills(few int) int {
	if os.Getenv("LOADFORGE_FAULTS") != "" {
		return 100
	}
	return few
}

func (m moment) kill(t *testing.T, dir string) {
	s := newStage(t, "/held", 0, false)
	if m.phase == "setup" || m.phase == "teardown" {
		s.path = "/" + m.phase
	}
	steady := "5s"
	if m.phase == "teardown" || m.phase == "report" {
		steady = fmt.Sprint(1+rand.IntN(1500), "ms") // 0 has no end
	}
	p, _ := s.phasesOn(t, dir, steady)
	m.await(t, s)
	<-time.After(rand.N(m.window))
	end := time.Now()
	p.signal(t, syscall.SIGKILL)
	p.ends(t)
	wantWholeFiles(t, filepath.Join(dir, "results"))
	if setups, _ := s.count("/setup", end); setups == 0 {
		return // it had not begun
	}
	leftoverOf(t, filepath.Join(dir, "results")).wantAllButTheOpenSecond(t, s, end)
}

// await waits until the moment may come.
func (m moment) await(t *testing.T, s *stage) {
	t.Helper()
	switch m.phase {
	case "setup":
		s.received(t, "/setup", 1)
	case "ramp":
		s.received(t, "/load", 1)
	case "teardown", "report":
		s.received(t, "/teardown", 1)
	}
}

// wantWholeFiles fails if a file that others read was written in part.
func wantWholeFiles(t *testing.T, results string) {
	t.Helper()
	whole := map[string]func([]byte) bool{
		"run.json":    json.Valid,
		"result.json": json.Valid,
		"report.html": func(b []byte) bool { return bytes.HasSuffix(bytes.TrimSpace(b), []byte("</html>")) },
	}
	err := filepath.WalkDir(results, func(path string, _ fs.DirEntry, err error) error {
		check := whole[filepath.Base(path)]
		if err != nil || check == nil {
			return err
		}
		text, err := os.ReadFile(path)
		if err == nil && !check(text) {
			t.Errorf("%s is not whole: %d bytes, ending in %q", filepath.Base(path), len(text), text[max(0, len(text)-40):])
		}
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}
