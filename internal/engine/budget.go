package engine

import (
	"sync"
	"sync/atomic"
)

// A budget hands out this worker's part of the iterations of a closed load:
// one for each iteration number below the total that it owns. It counts them
// in portions, so that a total of billions costs nothing up front, and the
// parts of all workers sum up exactly. A nil budget is without bound.
type budget struct {
	left  atomic.Int64 // of the current portion
	owns  func(int64) bool
	total int64
	spent func() // called when the last one is taken, once

	mu   sync.Mutex
	next int64 // the first number not yet counted
	done bool
}

// portion is how many numbers are counted at a time: a tenth of a millisecond.
const portion = 1 << 16

// newBudget returns nil for a total of zero.
func newBudget(total int64, owns func(int64) bool, spent func()) *budget {
	if total == 0 {
		return nil
	}
	b := &budget{owns: owns, total: total, spent: spent}
	b.refill()
	return b
}

// take takes one iteration, and returns false if none is left.
func (b *budget) take() bool {
	if b == nil {
		return true
	}
	for {
		switch left := b.left.Add(-1); {
		case left > 0:
			return true
		case left == 0:
			b.refill()
			return true
		case !b.refill():
			return false
		}
	}
}

// refill counts another portion and says whether there is something to take.
func (b *budget) refill() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for b.left.Load() <= 0 && !b.done {
		var count int64
		for end := min(b.next+portion, b.total); b.next < end; b.next++ {
			if b.owns(b.next) {
				count++
			}
		}
		b.done = count == 0 && b.next == b.total
		if count > 0 {
			b.left.Store(count)
		}
		if b.done {
			b.spent()
		}
	}
	return b.left.Load() > 0
}
