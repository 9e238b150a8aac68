package main

import (
	"fmt"
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
	at    time.Time
	spent time.Duration
	count int64
	disk  int64
}

// A row is what happened since the one before.
type row struct {
	resident int64   // KiB at the end
	cost     float64 // us of processor time a request
	rate     float64
}

// keep prints a row each while, until the generator ends.
func (r *record) keep(every time.Duration) {
	fmt.Println("| time | resident MiB | requests/s | CPU us/request | % of a core | store MiB/h |")
	fmt.Println("|---|---|---|---|---|---|")
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	start := time.Now()
	r.last = r.look()
	for {
		select {
		case <-ticker.C:
			r.add(time.Since(start))
		case <-r.generator.done:
			return
		}
	}
}

func (r *record) look() stand {
	s := stand{at: time.Now(), disk: proc.Size(r.generator.runs)}
	s.spent, _ = proc.Spent(r.generator.pid())
	s.count, _ = r.server.count()
	return s
}

// add prints a row. The last one may find that the generator has gone.
func (r *record) add(at time.Duration) {
	now, resident := r.look(), proc.Resident(r.generator.pid())
	if now.spent == 0 || resident == 0 {
		return
	}
	passed, spent := now.at.Sub(r.last.at), now.spent-r.last.spent
	count := float64(now.count - r.last.count)
	w := row{resident: resident, cost: float64(spent.Microseconds()) / max(count, 1), rate: count / passed.Seconds()}
	fmt.Printf("| %s | %.1f | %.0f | %.1f | %.2f | %.1f |\n", at.Round(time.Second), float64(resident)/1024, w.rate, w.cost,
		100*spent.Seconds()/passed.Seconds(), float64(now.disk-r.last.disk)/passed.Hours()/(1<<20))
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
	first, last := mean(rows[:third]), mean(rows[len(rows)-third:])
	return fmt.Sprintf("\nFrom the first third to the last: resident %+.1f %%, CPU a request %+.1f %%.\n",
		100*(float64(last.resident)/float64(first.resident)-1), 100*(last.cost/first.cost-1))
}

func mean(rows []row) (m row) {
	for _, r := range rows {
		m.resident += r.resident
		m.cost += r.cost
	}
	m.resident /= int64(len(rows))
	m.cost /= float64(len(rows))
	return m
}

// compare holds what the generator reports against what the server counted.
func (r *record) compare() error {
	counted, err := r.server.count()
	if err != nil {
		return err
	}
	reported, err := r.generator.reported()
	if err != nil {
		return err
	}
	fmt.Printf("%d requests reported, %d counted by the server.\n", reported, counted)
	if reported != counted {
		return fmt.Errorf("%d requests reported, but %d counted", reported, counted)
	}
	return nil
}
