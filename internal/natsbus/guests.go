package natsbus

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// guestsName is the file of the workers that were let in, a name on each line.
const guestsName = "workers"

// guests decides who is let in. A worker that was let in once comes back for as
// long as the run lasts, also to a host that was started again: a token says
// until when new ones may come.
type guests struct {
	keys *keys
	mu   sync.Mutex
	file *os.File
	know map[string]bool
}

// openGuests reads who was let in before, from the directory of the state.
func openGuests(dir string, k *keys) (*guests, error) {
	f, err := os.OpenFile(filepath.Join(dir, guestsName), os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	g := &guests{keys: k, file: f, know: map[string]bool{}}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		g.know[lines.Text()] = true
	}
	if err := lines.Err(); err != nil {
		return nil, errors.Join(fmt.Errorf("read %s: %w", f.Name(), err), f.Close())
	}
	return g, nil
}

// admit says why a worker is not let in, or nothing.
func (g *guests) admit(worker, token string, now time.Time) error {
	if !validName(worker) {
		return errors.New("that is no name of a worker")
	}
	err := checkToken(token, g.keys.Secret, g.keys.Run, worker, now)
	g.mu.Lock()
	defer g.mu.Unlock()
	if errors.Is(err, errExpired) && g.know[worker] {
		return nil
	}
	if err == nil {
		g.note(worker)
	}
	return err
}

// note remembers a worker. Where that can't be written, it can't come back to a
// host that is started again after its token has expired: no reason to keep it
// out now.
func (g *guests) note(worker string) {
	if g.know[worker] {
		return
	}
	g.know[worker] = true
	_, _ = fmt.Fprintln(g.file, worker)
}

func (g *guests) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	_ = g.file.Close() // what it has is written
}
