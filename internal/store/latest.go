package store

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

// latestName is what points at the newest run: a symbolic link, or a file with
// the run's name where there are none.
const latestName = "latest"

// pointLatest makes latest point at a run.
func pointLatest(root *os.Root, id string) error {
	temporary := ".latest-" + id
	_ = root.Remove(temporary)
	if err := symlink(root, id, temporary); err != nil {
		if err := root.WriteFile(temporary, []byte(id+"\n"), 0o644); err != nil {
			return fmt.Errorf("pointing at the latest run: %w", err)
		}
	}
	if err := root.Rename(temporary, latestName); err != nil {
		_ = root.Remove(temporary)
		return fmt.Errorf("pointing at the latest run: %w", err)
	}
	return nil
}

// readLatest returns the name of the run that latest points at.
func readLatest(root *os.Root) (string, error) {
	id, err := root.Readlink(latestName)
	if err != nil {
		b, err := readFile(root, latestName, 2*maxID)
		if err != nil {
			return "", err
		}
		id = strings.TrimSpace(string(b))
	}
	if !validID(id) {
		return "", fmt.Errorf("%s points at %q, which is no run", latestName, id)
	}
	return id, nil
}

// readFile reads a file of at most limit bytes.
func readFile(root *os.Root, name string, limit int64) ([]byte, error) {
	f, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(b)) > limit {
		return nil, fmt.Errorf("%s has more than %d bytes", name, limit)
	}
	return b, nil
}

// WriteFile replaces a file below root, so that it has either its old content
// or all of b, also after a power cut.
func WriteFile(root *os.Root, name string, b []byte) error {
	return Replace(root, name, func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	})
}

// Replace is WriteFile for content that write makes. When write fails, the file
// stays as it was. Of several that replace a file at once the last one wins.
func Replace(root *os.Root, name string, write func(io.Writer) error) error {
	temporary := "." + name + "." + digits(4) + temporarySuffix
	err := writeNew(root, temporary, write)
	if err == nil {
		err = root.Rename(temporary, name)
	}
	if err != nil {
		_ = root.Remove(temporary)
		return fmt.Errorf("writing %s: %w", name, err)
	}
	syncDir(root)
	return nil
}

const temporarySuffix = ".tmp"

// Sweep removes what a [Replace] that does not come to its end has written so
// far. Nothing else may write to the run.
func Sweep(dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("sweeping the run: %w", err)
	}
	defer closeRoot(root)
	left, err := fs.Glob(root.FS(), ".*"+temporarySuffix)
	for _, name := range left {
		err = errors.Join(err, root.Remove(name))
	}
	return err
}

// writeNew writes a file that is not there yet.
func writeNew(root *os.Root, name string, write func(io.Writer) error) error {
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	err = write(f)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// closeRoot closes a root that was only read, or whose writes are synced.
func closeRoot(root *os.Root) { _ = root.Close() }

// syncDir makes a rename last. Not all systems can; there it is up to them.
func syncDir(root *os.Root) {
	if dir, err := root.Open("."); err == nil {
		_ = dir.Sync()
		_ = dir.Close()
	}
}
