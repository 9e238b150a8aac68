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

// workers are what was told of workers so far.
type workers struct {
	requests []uint64 // by worker
	latest   int      // the latest second
	behind   bool     // they have requests of before that no list was about
}

// Workers adds what is known of each worker at the end of a second that was
// added: its requests so far and its users. They are numbered by their place. A
// lone worker did what the run did and gets no columns.
func (b *Builder) Workers(second int, list []Worker) {
	if second < 0 || second/b.Width() >= b.Buckets() {
		return
	}
	fresh := b.workers.fresh(list)
	late := second < b.workers.latest // the users are those of now
	b.workers.latest = max(b.workers.latest, second)
	if len(list) < 2 {
		return
	}
	for i := range list {
		for _, a := range b.axes {
			c := a.worker(i)
			c.requests.add(second/a.width, fresh[i])
			if !late {
				c.active.put(second/a.width, int64(list[i].Active))
			}
		}
	}
}

// fresh is how many requests of each worker are new in a list. Which seconds
// those of before the first list are of, when seconds were caught up with,
// nobody knows any more.
func (w *workers) fresh(list []Worker) []uint64 {
	fresh := make([]uint64, len(list))
	for i := range list {
		now := list[i].Requests
		if i == len(w.requests) {
			w.requests = append(w.requests, 0)
			if w.behind {
				w.requests[i] = now
			}
		}
		fresh[i] = now - min(w.requests[i], now)
		w.requests[i] = max(w.requests[i], now)
	}
	w.behind = false
	return fresh
}

// worker returns the columns of a worker, which it makes if need be.
func (a *axis) worker(i int) *workerColumns {
	for len(a.table.workers) <= i {
		a.table.addWorker()
	}
	return &a.table.workers[i]
}
