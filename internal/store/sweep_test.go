package store

import (
	"os"
	"path/filepath"
	"testing"
)

func TestSweepRemovesWhatIsHalfWritten(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"report.html", ".report.html.tmp", ".result.json.tmp", ".hidden", "notes.tmp"} {
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
