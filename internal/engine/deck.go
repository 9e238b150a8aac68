package engine

import "sort"

// A deck deals tasks in proportion to their weights: it holds a card for each
// unit of weight, after division by the greatest common divisor, and is
// shuffled anew for each cycle through it. So every full cycle has each task
// exactly as often as its weight says, in an order that the key decides and
// nothing has to be remembered.
type deck struct {
	size   uint64
	bounds []int // the number of cards of the tasks up to and including each
}

// maxCards bounds the sum of the weights of a load.
const maxCards = 1 << 31

func newDeck(tasks []Task) deck {
	divisor := 0
	for _, t := range tasks {
		divisor = gcd(divisor, t.weight())
	}
	d := deck{bounds: make([]int, len(tasks))}
	for i, t := range tasks {
		d.size += uint64(t.weight() / divisor)
		d.bounds[i] = int(d.size)
	}
	return d
}

// weight is the task's weight with its default.
func (t Task) weight() int {
	if t.Weight == 0 {
		return 1
	}
	return t.Weight
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// deal returns the task of draw n. Key is that of all draws of one user, or of
// all arrivals.
func (d *deck) deal(key uint64, n int64) int {
	if len(d.bounds) == 1 {
		return 0
	}
	cycle, position := uint64(n)/d.size, uint64(n)%d.size
	card := int(shuffle(extend(extend(key, cycle), drawShuffle), position, d.size))
	if len(d.bounds) > 16 {
		return sort.SearchInts(d.bounds, card+1)
	}
	task := 0
	for d.bounds[task] <= card {
		task++
	}
	return task
}
