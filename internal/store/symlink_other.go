//go:build !windows

package store

import "os"

func symlink(root *os.Root, target, name string) error { return root.Symlink(target, name) }
