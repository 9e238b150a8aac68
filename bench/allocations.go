package main

import (
	"fmt"
	"os"
	"strings"
)

// allocationsOf reads what a scenario told of its allocations and returns those
// of a request in the window, or nothing. The counts between two lines are
// those of the window, in proportion.
func allocationsOf(path string, w window) spread {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	first, last := within(string(text), w)
	share := float64(last.at-first.at) / float64(w.to.Sub(w.from))
	if share <= 0 {
		return nil
	}
	return spread{float64(last.count-first.count) / (share * float64(w.count))}
}

// A level is how many allocations there were at a time.
type level struct{ at, count int64 }

// within returns the first and the last level of a window.
func within(text string, w window) (first, last level) {
	for line := range strings.Lines(text) {
		var l level
		if _, err := fmt.Sscan(line, &l.at, &l.count); err != nil || l.at < w.from.UnixNano() {
			continue
		}
		if l.at > w.to.UnixNano() {
			break
		}
		if first == (level{}) {
			first = l
		}
		last = l
	}
	return first, last
}
