package main

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// smallDisk mounts a disk of 2.5 MB, or skips the test.
func smallDisk(t *testing.T, options string) string {
	t.Helper()
	disk := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=2500k"+options, "tmpfs", disk).CombinedOutput(); err != nil {
		t.Skipf("mounting a small disk needs root: %v: %s", err, out)
	}
	t.Cleanup(func() {
		// Lazily: who was killed may not have let go of it yet.
		if err := exec.Command("umount", "-l", disk).Run(); err != nil {
			t.Error("unmounting:", err)
		}
	})
	return disk
}

// A balloon takes all room of a disk.
type balloon struct{ path string }

func (b balloon) blow(t *testing.T) {
	t.Helper()
	f, err := os.Create(b.path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for air := make([]byte, 4096); err == nil; {
		_, err = f.Write(air)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
}

func (b balloon) pop(t *testing.T) {
	t.Helper()
	if err := os.Remove(b.path); err != nil {
		t.Fatal(err)
	}
}

// runOnAFullDisk starts a run, and takes all room of its disk when it goes.
func runOnAFullDisk(t *testing.T, length string) (p *process, s *stage, disk string, air balloon) {
	t.Helper()
	disk = smallDisk(t, "")
	s = newStage(t, "/nothing", 0, false)
	p, out := s.phasesOn(t, disk, length)
	go func() { _, _ = io.Copy(io.Discard, out) }()
	s.received(t, "/load", 20)
	air = balloon{filepath.Join(disk, "balloon")}
	air.blow(t)
	return p, s, disk, air
}

// A disk that fills up while a run goes ends nothing: the run warns, keeps its
// seconds and writes them when there is room again.
func TestADiskThatFillsUpDuringARun(t *testing.T) {
	t.Parallel()
	p, s, disk, air := runOnAFullDisk(t, "1h")
	p.says(t, "the results are not kept: ")
	air.pop(t)
	p.says(t, "the results are on the disk again")
	p.signal(t, os.Interrupt)
	if got := p.ends(t); got != 105 {
		t.Errorf("exit code is %d, want 105:\n%s", got, strings.Join(p.said, "\n"))
	}
	l := leftoverOf(t, filepath.Join(disk, "results"))
	if asked, _ := s.count("/load", time.Now()); l.requests != asked || !l.ended {
		t.Errorf("the log has %d requests, an end: %v; the target counted %d", l.requests, l.ended, asked)
	}
}

// Where no room comes back, the exit code says that the results are not whole.
func TestADiskThatStaysFull(t *testing.T) {
	t.Parallel()
	p, _, disk, air := runOnAFullDisk(t, "3s")
	if got := p.ends(t); got != 109 {
		t.Errorf("exit code is %d, want 109:\n%s", got, strings.Join(p.said, "\n"))
	}
	if said := strings.Join(p.said, "\n"); !strings.Contains(said, "no space left on device") {
		t.Errorf("it does not say why:\n%s", said)
	}
	air.pop(t)
	leftoverOf(t, filepath.Join(disk, "results"))
}

// A run that is killed on a full disk is as readable as one on any other.
func TestKilledRunsOnAFullDiskAreReadable(t *testing.T) {
	for n := range kills(1) {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			disk := smallDisk(t, "")
			s := newStage(t, "/nothing", 0, false)
			p, _ := s.phasesOn(t, disk, "5s")
			s.received(t, "/load", 1)
			<-time.After(rand.N(1500 * time.Millisecond))
			air := balloon{filepath.Join(disk, "balloon")}
			air.blow(t)
			<-time.After(rand.N(1500 * time.Millisecond))
			p.signal(t, syscall.SIGKILL)
			p.ends(t)
			air.pop(t)
			wantWholeFiles(t, filepath.Join(disk, "results"))
			l := leftoverOf(t, filepath.Join(disk, "results"))
			if asked, _ := s.count("/load", time.Now()); l.requests > asked {
				t.Errorf("the log has %d requests, the target counted %d", l.requests, asked)
			}
		})
	}
}

// What can't be written is found before the first request.
func TestResultsThatCantBeWrittenAreFoundFirst(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	full := smallDisk(t, "")
	balloon{filepath.Join(full, "balloon")}.blow(t)
	for says, test := range map[string]struct{ dir, wants string }{
		"a file":               {file, "not a directory"},
		"below a file":         {filepath.Join(file, "results"), "not a directory"},
		"a disk to read only":  {filepath.Join(smallDisk(t, ",ro"), "results"), "read-only file system"},
		"a full disk":          {filepath.Join(full, "results"), "no space left on device"},
		"what no kernel makes": {"/proc/results", "no such file or directory"},
	} {
		t.Run(says, func(t *testing.T) {
			s := newStage(t, "/nothing", 0, false)
			p, _ := s.phasesOn(t, t.TempDir(), "1h", "-o", test.dir)
			if got := p.ends(t); got != 104 {
				t.Errorf("exit code is %d, want 104:\n%s", got, strings.Join(p.said, "\n"))
			}
			said := strings.Join(p.said, "\n")
			if !strings.Contains(said, test.wants) || !strings.Contains(said, "--output names another") {
				t.Errorf("it says %q, want %q and a hint", said, test.wants)
			}
			if asked, _ := s.count("/setup", time.Now()); asked > 0 {
				t.Error("the target was asked for something")
			}
		})
	}
}
