//go:build !unix

package fleet

import "os"

// lock takes a file that nobody has. One of a process that was killed stays
// taken: a worker then has a new spool.
func lock(name string) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}
