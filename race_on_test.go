//go:build race

package loadforge

const raceDetector = true
