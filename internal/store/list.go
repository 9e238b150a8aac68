package store

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/loadforge/loadforge/internal/metrics"
)

// A Listed run is one of a results directory.
type Listed struct {
	Dir string
	Run metrics.Run
}

// List returns the runs of a results directory, the newest first. What is no
// run, or of a newer format, is left out.
func List(dir string) ([]Listed, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("listing runs: %w", err)
	}
	defer closeRoot(root)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("listing runs: %w", err)
	}
	var runs []Listed
	for _, e := range entries {
		if !e.IsDir() {
			continue // latest is a link
		}
		b, err := readFile(root, filepath.Join(e.Name(), runName), maxPayload)
		if err != nil {
			continue
		}
		if run, _, err := decodeRun(b); err == nil {
			runs = append(runs, Listed{Dir: filepath.Join(dir, e.Name()), Run: run})
		}
	}
	slices.SortStableFunc(runs, func(a, b Listed) int {
		return cmp.Or(b.Run.Start.Compare(a.Run.Start), cmp.Compare(b.Dir, a.Dir))
	})
	return runs, nil
}
