//go:build !race

package crew

// raced says that the tests run with the race detector.
const raced = false
