//go:build race

package engine

// slow says that the race detector makes everything ten times slower.
const slow = true
