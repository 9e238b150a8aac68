package main

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// openModel measures how evenly generators keep a rate, as the server saw it.
func (b *bench) openModel(ctx context.Context) error {
	fmt.Fprintf(b.out, "\n## Open model: %d/s for %s\n\n", b.rate, b.open)
	fmt.Fprintln(b.out, "Deviation is by how much a request reached the server's kernel before or after its place on an even grid,")
	fmt.Fprintln(b.out, "the first second left out and the grid put where it fits best each second.")
	fmt.Fprintln(b.out, "\n| generator | requests of "+strconv.Itoa(b.planned())+" | rate | deviation ms p50 | p99 | start lag ms p99, own | CPU us/request | clean runs |")
	fmt.Fprintln(b.out, "|---|---|---|---|---|---|---|---|")
	for _, g := range b.have(quietly("**LoadForge**: GET", "plain"), vegeta(), fortio(), k6Open()) {
		if err := b.arrivals(ctx, g); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) planned() int { return int(float64(b.rate) * b.open.Seconds()) }

// arrivals measures one generator and prints its row.
func (b *bench) arrivals(ctx context.Context, g *generator) error {
	var requests, rate, median, tail, cost, lag spread
	clean := 0
	for range b.rounds {
		r, times, err := b.arrivalsOnce(ctx, g)
		if err != nil {
			return err
		}
		off := deviations(times, b.rate)
		requests, cost = append(requests, float64(r.counted)), append(cost, r.perRequest())
		rate = append(rate, rateOf(times))
		if len(off) > 0 {
			median, tail = append(median, off.quantile(0.5)), append(tail, off.quantile(0.99))
		}
		if found, err := resultOf(r.out); err == nil && found.Totals.StartLag.P99 != nil {
			lag = append(lag, *found.Totals.StartLag.P99)
		}
		if r.clean() {
			clean++
		}
		b.say("open: %s: p50 %.3f ms, p99 %.3f ms, others %.0f %% and %.0f %%", g.name, off.quantile(0.5), off.quantile(0.99), 100*r.others, 100*r.beside)
	}
	fmt.Fprintf(b.out, "| %s | %.0f | %.1f | %s | %s | %s | %s | %d of %d |\n",
		g.name, requests.median(), rate.median(), median, tail, lag, cost, clean, b.rounds)
	return nil
}

// arrivalsOnce runs a generator against a server that notes when requests come.
func (b *bench) arrivalsOnce(ctx context.Context, g *generator) (sample, []int64, error) {
	s, err := b.minimal(ctx, "-arrivals", strconv.Itoa(2*b.planned()))
	if err != nil {
		return sample{}, nil, err
	}
	defer s.stop()
	r, err := b.measure(ctx, g, s, job{base: s.url(overHTTP), connections: 50, rate: b.rate, duration: b.open})
	if err != nil {
		return r, nil, err
	}
	times, err := s.arrivals()
	return r, times, err
}

// arrivals asks for the times of all requests, sorted.
func (s *server) arrivals() (times []int64, err error) {
	text, err := get(strings.TrimSuffix(s.admin, "count") + "arrivals")
	if err != nil {
		return nil, fmt.Errorf("ask for arrivals: %w", err)
	}
	for line := range strings.Lines(text) {
		t, err := strconv.ParseInt(strings.TrimSpace(line), 10, 64)
		if err != nil {
			return nil, fmt.Errorf("read arrivals: %w", err)
		}
		times = append(times, t)
	}
	slices.Sort(times)
	return times, nil
}

// rateOf is the arrivals per second between the first and the last.
func rateOf(times []int64) float64 {
	if len(times) < 2 {
		return 0
	}
	return float64(len(times)-1) / (float64(times[len(times)-1]-times[0]) / 1e9)
}

// deviations returns how far arrivals are from an even grid, in milliseconds.
func deviations(times []int64, rate int) (all spread) {
	if len(times) <= rate {
		return nil
	}
	for second := range slices.Chunk(times[rate:], rate) {
		if len(second) < rate {
			break
		}
		all = append(all, fromGrid(second, rate)...)
	}
	return all
}

func fromGrid(times []int64, rate int) spread {
	off := make(spread, len(times))
	for i, t := range times {
		off[i] = float64(t-times[0])/1e6 - float64(i)*1e3/float64(rate)
	}
	middle := off.median()
	for i := range off {
		off[i] = math.Abs(off[i] - middle)
	}
	return off
}
