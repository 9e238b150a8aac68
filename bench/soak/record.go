package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/loadforge/loadforge/bench/proc"
)

// A record is what was seen of a run, time by time.
type record struct {
	server    *server
	generator *generator
	last      stand
	rows      []row
}

// A stand is where a run is.
type stand struct {
	at               time.Time
	spent            time.Duration
	count            int64 // requests, as the server has it
	requests, failed int64 // as the generator has it
	disk             int64
}

// A holding is what a process has.
type holding struct {
	resident             int64 // KiB
	threads, descriptors int
}

func hold(pid int) holding {
	return holding{proc.Resident(pid), proc.Threads(pid), proc.Descriptors(pid)}
}

// most is the larger one in each respect.
func (h holding) most(o holding) holding {
	return holding{max(h.resident, o.resident), max(h.threads, o.threads), max(h.descriptors, o.descriptors)}
}

// A row is what happened since the one before.
type row struct {
	holding         // the most of it
	least   int     // descriptors: what is left in the best of times
	cost    float64 // us of processor time a request
}

// keep prints a row each while, until the generator ends. In between it looks
// each second, so that no burst is missed.
func (r *record) keep(every time.Duration) {
	fmt.Println("| time | requests | errors | requests/s | resident MiB | threads | descriptors, least to most | CPU us/request | % of a core | store MiB/h |")
	fmt.Println("|---|---|---|---|---|---|---|---|---|---|")
	rows, looks := time.NewTicker(every), time.NewTicker(time.Second)
	defer rows.Stop()
	defer looks.Stop()
	start := time.Now()
	r.last = r.look()
	var w row
	for {
		select {
		case <-looks.C:
			w.see(hold(r.generator.pid()))
		case <-rows.C:
			r.add(time.Since(start), w)
			w = row{}
		case <-r.generator.done:
			return
		}
	}
}

// see takes a look into account. There is nothing to see of a process that has
// gone.
func (w *row) see(h holding) {
	if h.descriptors == 0 {
		return
	}
	if w.least == 0 || h.descriptors < w.least {
		w.least = h.descriptors
	}
	w.holding = w.most(h)
}

func (r *record) look() stand {
	s := stand{at: time.Now(), disk: proc.Size(r.generator.runs)}
	s.spent, _ = proc.Spent(r.generator.pid())
	s.count, _ = r.server.count()
	s.requests, s.failed = r.generator.progress()
	return s
}

// add prints a row. The last one may find that the generator has gone.
func (r *record) add(at time.Duration, w row) {
	now := r.look()
	if now.spent == 0 || w.resident == 0 {
		return
	}
	passed, spent := now.at.Sub(r.last.at), now.spent-r.last.spent
	requests := now.requests - r.last.requests
	w.cost = float64(spent.Microseconds()) / float64(max(requests, 1))
	fmt.Printf("| %s | %d | %d | %.0f | %.1f | %d | %d to %d | %.1f | %.2f | %.1f |\n", at.Round(time.Second),
		requests, now.failed-r.last.failed, float64(requests)/passed.Seconds(), float64(w.resident)/1024, w.threads, w.least, w.descriptors,
		w.cost, 100*spent.Seconds()/passed.Seconds(), float64(now.disk-r.last.disk)/passed.Hours()/(1<<20))
	r.last, r.rows = now, append(r.rows, w)
}

// flatness compares the end with the beginning, of which the first row is left
// out: the program starts in it. Both are means of a third of the rows.
func (r *record) flatness() string {
	if len(r.rows) < 3 {
		return "\nToo short to say how flat it is.\n"
	}
	rows := r.rows[1:]
	third := (len(rows) + 2) / 3
	first, last := rows[:third], rows[len(rows)-third:]
	change := func(of func(row) float64) float64 { return 100 * (mean(last, of)/mean(first, of) - 1) }
	return fmt.Sprintf("\nFrom the first third to the last: resident %+.1f %%, threads %+.1f %%, least descriptors %+.1f %%, most %+.1f %%, CPU a request %+.1f %%.\n",
		change(func(r row) float64 { return float64(r.resident) }), change(func(r row) float64 { return float64(r.threads) }),
		change(func(r row) float64 { return float64(r.least) }), change(func(r row) float64 { return float64(r.descriptors) }),
		change(func(r row) float64 { return r.cost }))
}

func mean(rows []row, of func(row) float64) (sum float64) {
	for _, r := range rows {
		sum += of(r)
	}
	return sum / float64(len(rows))
}

// compare holds what the generator reports against what the server counted.
func (r *record) compare() error {
	counted, err := r.server.count()
	if err != nil {
		return err
	}
	result, err := r.generator.result()
	if err != nil {
		return err
	}
	if n := result.Totals.Errors; n > 0 {
		return fmt.Errorf("%d requests failed", n)
	}
	reported := result.Totals.Requests + result.Totals.Cancelled
	fmt.Printf("%d requests reported, %d counted by the server.\n", reported, counted)
	if reported != counted {
		return fmt.Errorf("%d requests reported, but %d counted", reported, counted)
	}
	return nil
}

// compareFaults is compare for a server that makes faults.
func (r *record) compareFaults() error {
	counted, err := r.server.count()
	if err != nil {
		return err
	}
	made, err := r.server.made()
	if err != nil {
		return err
	}
	result, err := r.generator.result()
	if err != nil {
		return err
	}
	b := balance{read: counted, made: made, reported: result.classes(), cancelled: result.Totals.Cancelled}
	fmt.Print(b.table())
	fmt.Printf("The generator calls the run %s. %s\n", result.Verdict.State, strings.Join(result.Verdict.Reasons, "; "))
	return b.check()
}
