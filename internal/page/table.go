package page

import (
	"strconv"

	"github.com/loadforge/loadforge/internal/metrics"
)

// A table is the columns of one axis, in the order in which they came up.
type table struct {
	columns []*column
	t       totalColumns
	loads   []loadColumns
	health  healthColumns
	names   []nameColumns
	workers []workerColumns
}

type totalColumns struct {
	seconds, length               *column
	requests, errors, out, in     *column
	iterations, failed            *column
	p50, p90, p95, p99, max, mean *column
	s50, s95, s99                 *column
	classes                       [metrics.NumClasses]*column
}

type loadColumns struct {
	active, target                    *column
	scheduled, started, dropped, late *column
}

type healthColumns struct {
	cpu, lag99, sched, gc, stall *column
	heap, fds, goroutines, ports *column
}

type nameColumns struct {
	requests, errors   *column
	p50, p95, p99, max *column
	classes            [metrics.NumClasses]*column
}

func (t *table) count(id string) *column { return t.append(&column{id: id}) }

func (t *table) value(id string) *column { return t.append(&column{id: id, opt: true}) }

func (t *table) append(c *column) *column {
	t.columns = append(t.columns, c)
	return c
}

func newTable(loads int) *table {
	t := new(table)
	t.t = totalColumns{
		seconds: t.count("t.seconds"), length: t.count("t.length"),
		requests: t.count("t.requests"), errors: t.count("t.errors"), out: t.count("t.out"), in: t.count("t.in"),
		iterations: t.count("t.iterations"), failed: t.count("t.failed"),
		p50: t.value("t.p50"), p90: t.value("t.p90"), p95: t.value("t.p95"), p99: t.value("t.p99"),
		max: t.value("t.max"), mean: t.value("t.mean"),
		s50: t.value("t.s50"), s95: t.value("t.s95"), s99: t.value("t.s99"),
	}
	t.health = healthColumns{
		cpu: t.count("h.cpu"), lag99: t.value("h.lag99"), sched: t.count("h.sched"), gc: t.count("h.gc"), stall: t.count("h.stall"),
		heap: t.count("h.heap"), fds: t.count("h.fds"), goroutines: t.count("h.goroutines"), ports: t.count("h.ports"),
	}
	for range loads {
		t.addLoad()
	}
	return t
}

func (t *table) addLoad() {
	id := "l." + strconv.Itoa(len(t.loads)) + "."
	t.loads = append(t.loads, loadColumns{
		active: t.count(id + "active"), target: t.count(id + "target"),
		scheduled: t.count(id + "scheduled"), started: t.count(id + "started"),
		dropped: t.count(id + "dropped"), late: t.count(id + "late"),
	})
}

func (t *table) addName() {
	id := nameID(len(t.names))
	t.names = append(t.names, nameColumns{
		requests: t.count(id + "requests"), errors: t.count(id + "errors"),
		p50: t.value(id + "p50"), p95: t.value(id + "p95"), p99: t.value(id + "p99"), max: t.value(id + "max"),
	})
}

func nameID(name int) string { return "n." + strconv.Itoa(name) + "." }

// class returns the column of an error class, and makes it when it occurs for
// the first time.
func (t *table) class(of *[metrics.NumClasses]*column, prefix string, class int) *column {
	if of[class] == nil {
		of[class] = t.count(prefix + "c." + metrics.Class(class).String())
	}
	return of[class]
}

// encode appends all columns to b.
func (t *table) encode(b []byte, n int) []byte {
	for _, c := range t.columns {
		b = c.encode(b, n)
	}
	return b
}
