package cluster

import (
	"fmt"
	"time"

	"github.com/loadforge/loadforge/internal/engine"
)

// A hanging is users that did not return from the same piece of user code.
type hanging struct {
	first   engine.Hang
	users   int
	longest time.Duration
	stack   string // of one of them, empty if all have returned since
}

// hangings groups hung users by scenario and task: what hangs hangs for
// hundreds, and one sentence says it.
func hangings(hung []engine.Hang) (groups []*hanging) {
	type place struct{ scenario, task string }
	known := map[place]*hanging{}
	for _, h := range hung {
		at := place{h.Scenario, h.Task}
		if known[at] == nil {
			known[at] = &hanging{first: h}
			groups = append(groups, known[at])
		}
		known[at].add(h)
	}
	return groups
}

func (g *hanging) add(h engine.Hang) {
	g.users++
	g.longest = max(g.longest, h.For)
	if g.stack == "" {
		g.stack = h.Stack
	}
}

// String says it in a sentence.
func (g *hanging) String() string {
	if g.users == 1 {
		return g.first.String()
	}
	return fmt.Sprintf("%d users of %s have not returned from %s, for up to %v",
		g.users, g.first.Scenario, g.first.Task, g.longest.Round(time.Millisecond))
}
