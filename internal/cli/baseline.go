package cli

import (
	"fmt"
	"path/filepath"

	"github.com/spf13/pflag"

	"github.com/loadforge/loadforge/internal/store"
)

func (o *options) defineBaseline(fs *pflag.FlagSet) {
	fs.StringVar(&o.baseline, "baseline", "", "run that report.html compares with: its directory, its name, or latest")
}

// findBaseline replaces the run to compare with by its directory. It has to be
// there before a run begins: the latest is another one then.
func (o *options) findBaseline() error {
	if o.baseline == "" {
		return nil
	}
	r, err := store.Open(o.runDir([]string{o.baseline}))
	if err != nil {
		return fmt.Errorf("--baseline: %w; name a run in %s, or its directory", err, o.output)
	}
	defer r.Close()
	dir, err := filepath.EvalSymlinks(r.Dir())
	if err != nil {
		return fmt.Errorf("--baseline: %w", err)
	}
	o.baseline = dir
	return nil
}
