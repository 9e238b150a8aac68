package store

import (
	"errors"
	"os"
)

// symlink always fails: links need a privilege here that few have.
func symlink(*os.Root, string, string) error { return errors.ErrUnsupported }
