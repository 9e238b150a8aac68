//go:build unix

package store_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/loadforge/loadforge/internal/store"
)

// Users may take all descriptors before the run is announced: it becomes the
// latest all the same.
func TestARunWithoutDescriptorsBecomesTheLatest(t *testing.T) {
	dir := t.TempDir()
	w := must[*store.Writer](t)(store.Create(dir, testRun()))
	defer w.Close()
	withoutDescriptors(t, func() {
		if err := w.Begin(testRun()); err != nil {
			t.Error(err)
		}
	})
	if id, err := os.Readlink(filepath.Join(dir, "latest")); err != nil || id != w.ID() {
		t.Errorf("latest is %q, %v; want %q", id, err, w.ID())
	}
}

// withoutDescriptors does something while this process may open nothing.
func withoutDescriptors(t *testing.T, do func()) {
	t.Helper()
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	none := limit
	none.Cur = 3 // those of the standard streams
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &none); err != nil {
		t.Fatal(err)
	}
	do()
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
}
