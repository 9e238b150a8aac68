package main

import (
	"context"
	"fmt"
	"time"
)

const fewUsers = 10

// thinking measures what users cost who are mostly there.
func (b *bench) thinking(ctx context.Context) error {
	fmt.Fprintf(b.out, "\n## Users that think for a second\n\n")
	fmt.Fprintf(b.out, "Half a second to one and a half, drawn evenly; each user has a connection. Memory is the process's peak less that of %d users.\n", fewUsers)
	fmt.Fprintln(b.out, "\n| generator | users | KiB per user | peak MiB | requests/s | CPU us/request | reported - counted |")
	fmt.Fprintln(b.out, "|---|---|---|---|---|---|---|")
	for _, g := range b.have(quietly("**LoadForge**", "thinking"), nethttp(), k6()) {
		few, err := b.think(ctx, g, fewUsers)
		if err != nil {
			return err
		}
		for _, n := range b.users {
			if err := b.crowd(ctx, g, n, few.peak); err != nil {
				return err
			}
		}
	}
	return nil
}

// crowd prints the row of a number of users.
func (b *bench) crowd(ctx context.Context, g *generator, n int, base int64) error {
	var each, peak, rate, cost spread
	var runs []sample
	for range b.rounds {
		r, err := b.think(ctx, g, n)
		if err != nil {
			return err
		}
		each = append(each, float64(r.peak-base)/float64(n-fewUsers))
		peak = append(peak, float64(r.peak)/1024)
		rate, cost = append(rate, r.perSecond()), append(cost, r.perRequest())
		runs = append(runs, r)
	}
	fmt.Fprintf(b.out, "| %s | %d | %s | %s | %.0f | %s | %s |\n",
		g.name, n, each, brief(peak.median()), rate.median(), cost, differences(runs))
	return nil
}

func (b *bench) think(ctx context.Context, g *generator, users int) (sample, error) {
	s, err := b.minimal(ctx)
	if err != nil {
		return sample{}, err
	}
	defer s.stop()
	length := 10 * time.Second
	if b.quick {
		length = 2 * time.Second
	}
	r, err := b.measure(ctx, g, s, job{base: s.url(overHTTP), connections: users, think: time.Second, duration: length})
	b.say("thinking: %s: %d users, peak %d KiB", g.name, users, r.peak)
	return r, err
}
