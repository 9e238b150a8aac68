package metrics

import (
	"slices"
	"sync"
)

// A name is what samples are counted under.
type name struct {
	text string
	kind Kind
}

// names gives small numbers to names, and keeps those numbers few: a scenario
// that makes up a name for each request must not eat the machine's memory. A
// caller looks a name up once and keeps the number; for those who can't, a
// known name costs a shared lock and no allocation.
type names struct {
	mu      sync.RWMutex
	limit   int
	ids     map[name]uint32
	list    []name // by number
	refused []string
}

// maxRefused is how many refused names are kept as examples.
const maxRefused = 3

// newNames returns names that count at most limit of them besides others, which
// get the first numbers and stand for all that is past the limit.
func newNames(limit int, others ...name) *names {
	n := &names{limit: limit + len(others), ids: map[name]uint32{}}
	for _, other := range others {
		n.add(other)
	}
	return n
}

// id returns the number of a name, or of other when there are too many.
func (n *names) id(asked name, other uint32) uint32 {
	if id, ok, _ := n.find(asked); ok {
		return id
	}
	asked.text = clean(asked.text, MaxName)
	if asked.text == "" {
		asked.text = Unnamed
	}
	id, ok, full := n.find(asked)
	switch {
	case ok:
		return id
	case full:
		return other
	}
	return n.intern(asked, other)
}

// find looks a name up. It also tells whether there is no room for another one,
// not even among the examples of refused ones.
func (n *names) find(asked name) (id uint32, ok, full bool) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	id, ok = n.ids[asked]
	return id, ok, len(n.refused) == maxRefused
}

func (n *names) intern(asked name, other uint32) uint32 {
	n.mu.Lock()
	defer n.mu.Unlock()
	if id, ok := n.ids[asked]; ok {
		return id
	}
	if len(n.list) < n.limit {
		return n.add(asked)
	}
	if len(n.refused) < maxRefused && !slices.Contains(n.refused, asked.text) {
		n.refused = append(n.refused, asked.text)
	}
	return other
}

func (n *names) add(added name) uint32 {
	id := uint32(len(n.list))
	n.ids[added] = id
	n.list = append(n.list, added)
	return id
}

// count is how many numbers are in use.
func (n *names) count() int {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return len(n.list)
}

// all returns the names by number. The slice must not be written to.
func (n *names) all() []name {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return slices.Clip(n.list)
}

// examples returns up to three refused names.
func (n *names) examples() []string {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return slices.Clone(n.refused)
}
