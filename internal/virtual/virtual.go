// Package virtual runs tests in virtual time: testing/synctest, made safe under
// the race detector. All tests of this module that want fake time use its Test;
// the bubble inside is synctest's, with its Wait.
package virtual

import (
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
)

// Test runs f in a bubble of virtual time, as synctest.Test does. Under the
// race detector the process has one processor meanwhile: all timers of a bubble
// that ring at once share one context of the detector, and two of them doing so
// in parallel crash it (https://go.dev/issue/78156; two goroutines that each wait for
// time.NewTimer(0) do, in Go 1.26.8). Races are found all the same, since the
// detector goes by what happens before what, not by what overlaps.
//
// Tests in parallel may call it at once.
func Test(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	if raceDetector {
		one.enter()
		defer one.leave()
	}
	synctest.Test(t, f)
}

// one keeps the process at one processor while anybody needs that. It is
// global because the number of processors is.
var one processor

type processor struct {
	mu     sync.Mutex
	needed int // by so many tests
	before int
}

func (p *processor) enter() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.needed++; p.needed == 1 {
		p.before = runtime.GOMAXPROCS(1)
	}
}

func (p *processor) leave() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.needed--; p.needed == 0 {
		runtime.GOMAXPROCS(p.before)
	}
}
