package fleet

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/loadforge/loadforge/internal/natsbus"
)

// lockName is the file of a state that is locked while a run uses it.
const lockName = "lock"

var errLocked = errors.New("locked by another process")

// take makes the directory of a run's state, and keeps other runs off it until
// it is given back or this process ends.
func take(dir string) (giveBack func(), err error) {
	if err := own(dir); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the directory of --state: %w", err)
	}
	unlock, err := lock(filepath.Join(dir, lockName))
	switch {
	case errors.Is(err, errLocked):
		return nil, fmt.Errorf("--state %s: another run uses it; --state DIR names another directory", dir)
	case errors.Is(err, errors.ErrUnsupported):
		return func() {}, nil // a file system without locks
	case err != nil:
		return nil, fmt.Errorf("--state %s: %w", dir, err)
	}
	return unlock, nil
}

// own says that a directory has nothing that is not of a run's state: all in it
// is removed in the end.
func own(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil // it is not there, or take says why it can't be used
	}
	for _, e := range entries {
		if e.Name() != lockName && !slices.Contains(parts(), e.Name()) {
			return fmt.Errorf("--state %s: there is %s in it; name a directory of its own", dir, e.Name())
		}
	}
	return nil
}

// parts are what the state of a run consists of, besides its lock: the bus's,
// which run it is, and the socket of its coordinator.
func parts() []string {
	return []string{"keys.json", "keys.json.new", "workers", "stream", "run", "trunk"}
}

// begun says that a directory has the state of a run with a key, which has
// begun.
func begun(key natsbus.Key, dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "run"))
	return err == nil && key.Holds(dir)
}

// forget removes the state of a run before. The lock stays.
func forget(dir string) error {
	for _, name := range parts() {
		if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
			return fmt.Errorf("remove the state of the run before: %w", err)
		}
	}
	return nil
}
