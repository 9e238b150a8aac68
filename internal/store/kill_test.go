package store_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/internal/store"
	"go.uber.org/goleak"
)

// childDir makes the test binary a child that writes a run below that directory
// until it is killed, and says each second when it is kept.
const childDir = "LOADFORGE_STORE_TEST_CHILD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		if err := writeForEver(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	goleak.VerifyTestMain(m)
}

func writeForEver(dir string) error {
	w, err := store.Create(dir, testRun())
	if err != nil {
		return err
	}
	if err := w.Begin(testRun()); err != nil {
		return err
	}
	fmt.Println(w.Dir())
	seconds := make([]*metrics.Snapshot, 8)
	for i := range seconds {
		seconds[i] = second(i, 20, 10)
	}
	for n := 0; ; n++ {
		s := seconds[n%len(seconds)]
		s.Second = n
		if err := w.Second(s, metrics.Progress{}); err != nil {
			return err
		}
		fmt.Println(n)
	}
}

func TestAKilledProcessLosesNoSecondItKept(t *testing.T) {
	for kill := range 6 {
		killed, kept := killAfter(t, 3+17*kill)
		r := must[*store.Reader](t)(store.Open(killed))
		seconds := 0
		for s, err := range r.Snapshots() {
			if must[*metrics.Snapshot](t)(s, err).Second != seconds {
				t.Fatalf("second %d comes as the %dth", s.Second, seconds)
			}
			seconds++
		}
		r.Close()
		if seconds < kept || seconds > kept+2 {
			t.Errorf("read %d seconds, %d were kept", seconds, kept)
		}
		if r.Outcome() != nil || r.Live() {
			t.Error("a killed run has an outcome, or is still being written")
		}
	}
}

// killAfter kills a child after that many seconds it kept. It returns the
// directory of its run and how many seconds it had kept in the end.
func killAfter(t *testing.T, seconds int) (dir string, kept int) {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childDir+"="+t.TempDir())
	out := must[io.ReadCloser](t)(child.StdoutPipe())
	child.Stderr = os.Stderr
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if dir == "" {
			dir = line
			continue
		}
		kept = must[int](t)(strconv.Atoi(line)) + 1
		if kept == seconds {
			_ = child.Process.Kill()
		}
	}
	_ = child.Wait()
	if kept < seconds {
		t.Fatalf("the child kept %d seconds before it ended, want %d", kept, seconds)
	}
	return dir, kept
}
