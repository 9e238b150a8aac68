//go:build race

package httpclient

// raceAllocations is what the race detector adds: under it, sync.Pool forgets at
// random.
const raceAllocations = 3
