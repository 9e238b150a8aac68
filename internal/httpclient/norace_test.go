//go:build !race

package httpclient

const raceAllocations = 0
