package store

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

func TestSweepRemovesWhatIsHalfWritten(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "results [1]*")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Skip(err) // not all systems allow that name
	}
	for _, name := range []string{"report.html", ".report.html.tmp", ".result.json.0a1b2c3d.tmp", ".hidden", "notes.tmp"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := Sweep(dir); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 3 {
		t.Errorf("%v is left, %v; want the three that are whole", left, err)
	}
}

func TestAFileMayBeReplacedTwiceAtOnce(t *testing.T) {
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	err = Replace(root, "report.html", func(w io.Writer) error {
		_, err := io.WriteString(w, "the ")
		err = errors.Join(err, WriteFile(root, "report.html", []byte("another")))
		_, later := io.WriteString(w, "last")
		return errors.Join(err, later)
	})
	if got, readErr := root.ReadFile("report.html"); err != nil || string(got) != "the last" {
		t.Errorf("got %q, %v, %v; want the last", got, err, readErr)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("%v is left, %v; want the file alone", left, err)
	}
}
