package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// perProcess is how many users a process has at most: a process may open 20,000
// descriptors on many machines, and a server's have a limit as well.
const perProcess = 17_000

// crowds measures more users than a process can have descriptors for: several
// processes, each with a source address and a server of its own.
func (b *bench) crowds(ctx context.Context) error {
	const think = 10 * time.Second
	fmt.Fprintf(b.out, "\n## Users that think for %s, in several processes\n\n", think)
	fmt.Fprintln(b.out, "Each process has its own source address and its own server, all generators on one core. Memory is the sum of the")
	fmt.Fprintln(b.out, "processes' peaks, pages that they share counted each time. Start lag is that of the processes, connecting included.")
	fmt.Fprintln(b.out, "\n| generator | users | processes | peak MiB | KiB per user | requests/s | start lag ms p99, median process | worst process | CPU us/request | reported - counted |")
	fmt.Fprintln(b.out, "|---|---|---|---|---|---|---|---|---|---|")
	g := b.have(quietly("**LoadForge**", "thinking"))
	if len(g) == 0 {
		return nil
	}
	for _, users := range b.many {
		if err := b.crowdOf(ctx, g[0], users, think); err != nil {
			return err
		}
	}
	return nil
}

// A throng is what the processes of a crowd came to together.
type throng struct {
	peak              int64 // KiB
	counted, reported int64
	cpu               time.Duration
	lag               spread // p99 of each process, in milliseconds
}

// crowdOf prints the row of a number of users.
func (b *bench) crowdOf(ctx context.Context, g *generator, users int, think time.Duration) error {
	var peak, rate, median, worst, cost spread
	var runs []sample
	processes := (users + perProcess - 1) / perProcess
	length := 40 * time.Second
	if b.quick {
		length, processes = 4*time.Second, 2
	}
	j := job{connections: (users + processes - 1) / processes, think: think, duration: length}
	for range b.rounds {
		t, err := b.throng(ctx, g, processes, j)
		if err != nil {
			return err
		}
		peak, rate = append(peak, float64(t.peak)/1024), append(rate, float64(t.counted)/length.Seconds())
		median, worst = append(median, t.lag.median()), append(worst, t.lag.quantile(1))
		cost = append(cost, float64(t.cpu.Microseconds())/float64(t.counted))
		runs = append(runs, sample{counted: t.counted, reported: t.reported})
		b.say("crowd: %d users, peak %d MiB, start lag p99 %s ms", j.connections*processes, t.peak/1024, t.lag)
	}
	n := j.connections * processes
	fmt.Fprintf(b.out, "| %s | %d | %d | %s | %s | %.0f | %s | %s | %s | %s |\n",
		g.name, n, processes, peak, brief(peak.median()*1024/float64(n)), rate.median(), median, worst, cost, differences(runs))
	return nil
}

// throng runs the processes side by side.
func (b *bench) throng(ctx context.Context, g *generator, processes int, j job) (t throng, err error) {
	b.quiet(ctx)
	results, problems := make([]throng, processes), make([]error, processes)
	var all sync.WaitGroup
	for i := range processes {
		all.Go(func() { results[i], problems[i] = b.member(ctx, g, i, j) })
	}
	all.Wait()
	for i, r := range results {
		if r.reported != r.counted {
			b.wrong = append(b.wrong, fmt.Sprintf("process %d of a crowd reported %d, its server counted %d", i, r.reported, r.counted))
		}
		t.peak, t.cpu = t.peak+r.peak, t.cpu+r.cpu
		t.counted, t.reported = t.counted+r.counted, t.reported+r.reported
		t.lag = append(t.lag, r.lag...)
	}
	return t, errors.Join(problems...)
}

// member is one process of them, with its server.
func (b *bench) member(ctx context.Context, g *generator, i int, j job) (t throng, err error) {
	s, err := b.minimal(ctx, "-address", fmt.Sprintf("127.0.1.%d", i+1))
	if err != nil {
		return t, err
	}
	defer s.stop()
	j.base, j.source = s.url(overHTTP), fmt.Sprintf("127.0.2.%d", i+1)
	u, err := b.launch(g, j).run(ctx)
	if err != nil {
		return t, err
	}
	t.peak, t.cpu = u.peak, u.cpu
	if t.counted, err = s.since(0); err != nil {
		return t, err
	}
	found, err := resultOf(u.out)
	if err != nil {
		return t, err
	}
	if found.Totals.StartLag.P99 != nil {
		t.lag = spread{*found.Totals.StartLag.P99}
	}
	t.reported, err = loadforgeCount(u.out)
	return t, err
}
