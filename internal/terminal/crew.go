package terminal

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/loadforge/loadforge/internal/metrics"
)

// mostWorkers is how many workers have a row of their own.
const mostWorkers = 6

// workerTable is what each of several workers does: the lost ones first, then
// those that are busiest.
func (v *view) workerTable() []row {
	if len(v.crew) < 2 {
		return nil
	}
	crew := slices.Clone(v.crew)
	slices.SortStableFunc(crew, func(a, b metrics.WorkerStatus) int {
		if a.Lost != b.Lost {
			if a.Lost {
				return -1
			}
			return 1
		}
		return cmp.Compare(b.CPU, a.CPU)
	})
	t := table{room: v.w, names: 24, least: min(20, v.w/3), dots: v.dots}
	t.add(keepWorkers, of(0, count(uint64(len(crew)))+" workers", faint),
		of(0, "of load", faint), of(1, "requests", faint), of(3, "users", faint), of(2, "CPU", faint))
	shown := crew[:min(len(crew), mostWorkers)]
	for i := range shown {
		v.workerRow(&t, keepWorkers-1-i, &shown[i])
	}
	rows := t.lay()
	for i := range rows {
		rows[i].head, rows[i].body = i == 0, i > 0
	}
	for _, r := range v.more(len(crew) - len(shown)) {
		r.keep = keepWorkers - 1 - mostWorkers
		rows = append(rows, r)
	}
	return rows
}

func (v *view) workerRow(t *table, keep int, w *metrics.WorkerStatus) {
	name := v.clean(w.Name)
	if name == "" {
		name = "worker " + strconv.Itoa(w.ID)
	}
	if w.Lost {
		t.add(keep, of(0, name, badBold), of(0, "lost", badBold), of(1, count(w.Requests), plainInk), of(3, "", faint), of(2, "", faint))
		return
	}
	cpu := plainInk
	if w.CPU >= metrics.BusyCPU {
		cpu = warnBold
	}
	t.add(keep, of(0, name, plainInk), of(0, percentShare(w.Share), bold), of(1, count(w.Requests), plainInk),
		of(3, count(uint64(max(0, w.Active))), plainInk), of(2, percentShare(w.CPU), cpu))
}
