package page

import "strconv"

// workerColumns are what is known of a worker over time.
type workerColumns struct {
	requests, active *column
}

func (t *table) addWorker() {
	id := "w." + strconv.Itoa(len(t.workers)) + "."
	t.workers = append(t.workers, workerColumns{requests: t.count(id + "requests"), active: t.count(id + "active")})
}

// Workers adds what is known of each worker at the end of a second that was
// added: its requests so far and its users. They are numbered by their place. A
// lone worker did what the run did and gets no columns.
func (b *Builder) Workers(second int, list []Worker) {
	if len(list) < 2 || second < 0 || second/b.Width() >= b.Buckets() {
		return
	}
	for len(b.reported) < len(list) {
		b.reported = append(b.reported, 0)
	}
	for i := range list {
		w := &list[i]
		fresh := w.Requests - min(b.reported[i], w.Requests)
		b.reported[i] = max(b.reported[i], w.Requests)
		for _, a := range b.axes {
			a.addWorker(second/a.width, i, fresh, w.Active)
		}
	}
}

func (a *axis) addWorker(bucket, worker int, requests uint64, active int) {
	for len(a.table.workers) <= worker {
		a.table.addWorker()
	}
	c := &a.table.workers[worker]
	c.requests.add(bucket, requests)
	c.active.put(bucket, int64(active))
}
