package report_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/loadforge/loadforge/internal/report"
)

var update = flag.Bool("update", false, "write the golden files")

func TestGoldenFiles(t *testing.T) {
	y := shop()
	files := must[[]string](t)(report.Write(y.store(t, t.TempDir(), false), all))
	for _, file := range files {
		got := must[[]byte](t)(os.ReadFile(file))
		if filepath.Ext(file) == ".html" {
			continue // the app is part of it
		}
		golden := filepath.Join("testdata", filepath.Base(file))
		if *update {
			if err := os.WriteFile(golden, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want := bytes.ReplaceAll(must[[]byte](t)(os.ReadFile(golden)), []byte("\r\n"), []byte("\n"))
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not as in testdata (go test -update writes it): %s", filepath.Base(file), firstDifference(got, want))
		}
	}
}

func firstDifference(got, want []byte) string {
	a, b := bytes.Split(got, []byte("\n")), bytes.Split(want, []byte("\n"))
	for i := range min(len(a), len(b)) {
		if !bytes.Equal(a[i], b[i]) {
			return "got line " + string(a[i]) + "\nwant " + string(b[i])
		}
	}
	return "one has more lines"
}

// What can be rebuilt is the same each time.
func TestReportsAreReproducible(t *testing.T) {
	y := shop()
	y.seconds = 20
	dir := y.store(t, t.TempDir(), false)
	first := map[string]string{}
	for range 2 {
		for _, file := range must[[]string](t)(report.Write(dir, all)) {
			got := string(must[[]byte](t)(os.ReadFile(file)))
			if want, seen := first[file]; seen && got != want {
				t.Errorf("%s differs the second time", file)
			}
			first[file] = got
		}
	}
}
