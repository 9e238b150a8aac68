package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// perProcess is how many users a process has at most: a process may open 20,000
// descriptors on many machines, and a server's have a limit as well.
const perProcess = 17_000

// crowds measures more users than a process can have descriptors for: several
// processes, each with source addresses and a server of its own.
func (b *bench) crowds(ctx context.Context) error {
	ramp, hold := 40*time.Second, 30*time.Second
	if b.quick {
		ramp, hold = 2*time.Second, 3*time.Second
	}
	fmt.Fprintf(b.out, "\n## Users that think for ten seconds, in several processes\n\n")
	fmt.Fprintf(b.out, "All have come after %s and stay for %s. Each process has source addresses and a server of its own; generators\n", ramp, hold)
	fmt.Fprintln(b.out, "and servers share both cores. Memory is the sum of the processes' peaks, what they share counted each time.")
	fmt.Fprintln(b.out, "Start lag is that of the whole run, CPU that of the whole processes.")
	fmt.Fprintln(b.out, "\n| generator | users | processes | peak MiB | KiB per user | requests/s, all users | start lag ms p99, median process | worst process | CPU us/request | reported - counted |")
	fmt.Fprintln(b.out, "|---|---|---|---|---|---|---|---|---|---|")
	for _, g := range b.have(&generator{name: "**LoadForge**", program: "crowd"}) {
		for _, users := range b.many {
			c := crowd{users: users, processes: max(2, (users+perProcess-1)/perProcess), ramp: ramp, hold: hold}
			if err := b.crowdOf(ctx, g, c); err != nil {
				return err
			}
		}
	}
	return nil
}

// A crowd is users in several processes.
type crowd struct {
	users, processes int
	ramp, hold       time.Duration
}

// A throng is what the processes of a crowd came to together.
type throng struct {
	peak              int64 // KiB
	counted, reported int64
	rate              float64 // requests per second when all were there
	cpu               time.Duration
	lag               spread // p99 of each process, in milliseconds
}

// crowdOf prints the row of a crowd.
func (b *bench) crowdOf(ctx context.Context, g *generator, c crowd) error {
	var peak, each, rate, median, worst, cost spread
	var runs []sample
	for range b.rounds {
		t, err := b.throng(ctx, g, c)
		if err != nil {
			return err
		}
		peak, each = append(peak, float64(t.peak)/1024), append(each, float64(t.peak)/float64(c.users))
		median, worst = append(median, t.lag.median()), append(worst, t.lag.quantile(1))
		rate, cost = append(rate, t.rate), append(cost, float64(t.cpu.Microseconds())/float64(t.counted))
		runs = append(runs, sample{counted: t.counted, reported: t.reported})
		b.say("crowd: %d users, peak %d MiB, %.0f/s, start lag p99 %s ms", c.users, t.peak/1024, t.rate, t.lag)
	}
	fmt.Fprintf(b.out, "| %s | %d | %d | %s | %s | %.0f | %s | %s | %s | %s |\n",
		g.name, c.users, c.processes, peak, each, rate.median(), median, worst, cost, differences(runs))
	return nil
}

// throng runs the processes side by side.
func (b *bench) throng(ctx context.Context, g *generator, c crowd) (t throng, err error) {
	b.quiet(ctx)
	results, problems := make([]throng, c.processes), make([]error, c.processes)
	var all sync.WaitGroup
	for i := range c.processes {
		all.Go(func() { results[i], problems[i] = b.member(ctx, g, c, i) })
	}
	all.Wait()
	for i, r := range results {
		if r.reported != r.counted {
			b.wrong = append(b.wrong, fmt.Sprintf("process %d of a crowd reported %d, its server counted %d", i, r.reported, r.counted))
		}
		t.peak, t.cpu, t.rate = t.peak+r.peak, t.cpu+r.cpu, t.rate+r.rate
		t.counted, t.reported = t.counted+r.counted, t.reported+r.reported
		t.lag = append(t.lag, r.lag...)
	}
	return t, errors.Join(problems...)
}

// member is one process of them, with its server.
func (b *bench) member(ctx context.Context, g *generator, c crowd, i int) (t throng, err error) {
	s, err := b.minimalOn(ctx, bothCores, "-address", fmt.Sprintf("127.0.1.%d", i+1))
	if err != nil {
		return t, err
	}
	defer s.stop()
	share := c.users / c.processes
	if i < c.users%c.processes {
		share++
	}
	l := launch{
		cores: bothCores,
		env:   []string{fmt.Sprintf("BENCH_USERS=%d", share), "BENCH_RAMP=" + c.ramp.String(), "BENCH_HOLD=" + c.hold.String()},
		argv: []string{
			b.path(g), "--base-url", s.url(overHTTP), "--local-addr", sources(i),
			"-o", filepath.Join(b.work, "runs"), "-q", "--no-report", "--json",
		},
	}
	l.during = func(int) { t.rate = s.rate(ctx, c.ramp+c.hold/4, c.hold/2) }
	u, err := l.run(ctx)
	if err != nil {
		return t, err
	}
	t.peak, t.cpu = u.peak, u.cpu
	if t.counted, err = s.since(0); err != nil {
		return t, err
	}
	if found, err := resultOf(u.out); err == nil && found.Totals.StartLag.P99 != nil {
		t.lag = spread{*found.Totals.StartLag.P99}
	}
	t.reported, err = loadforgeCount(u.out)
	return t, err
}

// sources are the addresses that a process connects from. One would have ports
// enough, but the kernel tries every second port first, and where these are
// nearly all taken it looks through thousands of them for each connection.
func sources(i int) string {
	const each = 4
	var all []string
	for n := range each {
		all = append(all, fmt.Sprintf("127.0.2.%d", each*i+n+1))
	}
	return strings.Join(all, ",")
}

// rate is how many requests come each second of a time, after a wait.
func (s *server) rate(ctx context.Context, wait, length time.Duration) float64 {
	count := func(wait time.Duration) int64 {
		select {
		case <-time.After(wait):
		case <-ctx.Done():
		}
		n, _ := s.count()
		return n
	}
	before := count(wait)
	return float64(count(length)-before) / length.Seconds()
}
