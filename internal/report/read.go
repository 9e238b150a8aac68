package report

import "github.com/loadforge/loadforge/internal/store"

// Read returns what a stored run came to, as its reports say it. Path is
// whatever [store.Open] takes.
func Read(path string) (*Run, error) {
	r, err := store.Open(path)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return read(r, false, nil), nil
}
