package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/loadforge/loadforge/internal/metrics"
)

// A Glimpse is what a look at a run tells that does not read its log.
type Glimpse struct {
	Run     metrics.Run
	Live    bool             // it is being written
	Outcome *metrics.Outcome // nil if it is not at the end of the log
}

// glanceSize is how much of the end of a log is searched for the outcome, which
// is the last thing in it and takes some hundred KiB with thousands of names.
const glanceSize = 1 << 20

// Glance looks at a run, whose directory it takes. That takes a millisecond
// whatever the length of the run: [Open] reads all of the log.
func Glance(dir string) (*Glimpse, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("looking at the run: %w", err)
	}
	defer closeRoot(root)
	g, err := glance(root)
	if err != nil {
		return nil, fmt.Errorf("looking at the run %s: %w", dir, err)
	}
	return g, nil
}

func glance(root *os.Root) (*Glimpse, error) {
	b, err := readFile(root, runName, maxPayload)
	if err != nil {
		return nil, err
	}
	g := new(Glimpse)
	if g.Run, _, err = decodeRun(b); err != nil {
		return nil, err
	}
	f, err := root.Open(logName)
	if errors.Is(err, fs.ErrNotExist) {
		return g, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if g.Live = isLocked(f); !g.Live {
		g.Outcome, err = outcomeAtEnd(f)
	}
	return g, err
}

// outcomeAtEnd returns the outcome if the end of a log has one.
func outcomeAtEnd(f *os.File) (*metrics.Outcome, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	size := min(info.Size(), glanceSize)
	r := Reader{log: window{file: io.NewSectionReader(f, info.Size()-size, size), size: size}}
	if r.index, err = scan(&r.log); err != nil {
		return nil, err
	}
	if r.unpacker, err = newUnpacker(); err != nil {
		return nil, err
	}
	defer r.unpacker.close()
	r.readOutcome()
	return r.outcome, nil
}

// readOutcome reads the last outcome that can be read.
func (r *Reader) readOutcome() {
	for i := len(r.index.outcomes) - 1; i >= 0 && r.outcome == nil; i-- {
		outcome := new(metrics.Outcome)
		if b, err := r.payload(r.index.outcomes[i]); err == nil && json.Unmarshal(b, outcome) == nil {
			r.outcome = outcome
		}
	}
}

// Marks returns, for each run of a results directory, a text that changes
// whenever the run does.
func Marks(dir string) (map[string]string, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("listing runs: %w", err)
	}
	defer closeRoot(root)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("listing runs: %w", err)
	}
	marks := map[string]string{}
	for _, e := range entries {
		if !e.IsDir() {
			continue // latest is a link
		}
		described, err := root.Stat(e.Name() + "/" + runName)
		if err != nil {
			continue
		}
		mark := stamp(described)
		if log, err := root.Stat(e.Name() + "/" + logName); err == nil {
			mark += " " + stamp(log)
		}
		marks[e.Name()] = mark
	}
	return marks, nil
}

func stamp(info fs.FileInfo) string {
	return fmt.Sprintf("%d@%d", info.Size(), info.ModTime().UnixNano())
}
