package main

import (
	"context"
	"fmt"
	"time"

	"github.com/loadforge/loadforge/bench/proc"
)

// scaling measures what a second core gives. A generator alone can't be given
// one here: the server would have none. So both get the same, first one core
// and then two, and what counts is how much more they do together. The server
// is the same each time and has as many threads as there are cores.
func (b *bench) scaling(ctx context.Context) error {
	fmt.Fprintf(b.out, "\n## A second core\n\n")
	fmt.Fprintln(b.out, "Generator and server together on one core, then together on both; the server has two threads each time. The ratio")
	fmt.Fprintln(b.out, "is taken within a round. 2.0 would be perfect: nothing shared, nothing waited for, no word from core to core.")
	fmt.Fprintln(b.out, "\n| generator | connections | requests/s, one core | two cores | ratio | CPU us/request, one core | two cores | cores busy, two cores |")
	fmt.Fprintln(b.out, "|---|---|---|---|---|---|---|---|")
	for _, c := range b.connections {
		for _, g := range b.have(wrkOnTwo(), quietly("**LoadForge**: GET", "plain"), quietly("**LoadForge**: template, 2 checks, JSON field", "rich")) {
			if err := b.scale(ctx, g, c); err != nil {
				return err
			}
		}
	}
	return nil
}

// wrkOnTwo is wrk with a thread for each core.
func wrkOnTwo() *generator {
	g := wrk()
	g.args = func(_ *bench, j job) []string {
		return []string{"-t2", "-c" + j.count(), "-d" + j.seconds(), j.url()}
	}
	return g
}

// scale prints the row of a generator.
func (b *bench) scale(ctx context.Context, g *generator, connections int) error {
	var rates, costs [2]spread
	var ratio, used spread
	for round := range b.rounds {
		var rate [2]float64
		for i := range 2 {
			i = (i + round) % 2
			r, err := b.together(ctx, g, []string{generatorCore, bothCores}[i], connections)
			if err != nil {
				return err
			}
			rate[i] = r.perSecond()
			rates[i], costs[i] = append(rates[i], rate[i]), append(costs[i], r.perRequest())
			if i == 1 {
				used = append(used, r.beside)
			}
		}
		ratio = append(ratio, rate[1]/rate[0])
		b.say("scaling: %s, %d connections: %.0f/s, then %.0f/s: %.2f", g.name, connections, rate[0], rate[1], rate[1]/rate[0])
	}
	fmt.Fprintf(b.out, "| %s | %d | %.0f | %.0f | %s | %s | %s | %s |\n", g.name, connections,
		rates[0].median(), rates[1].median(), ratio, costs[0], costs[1], used)
	return nil
}

// together runs generator and server on the same cores.
func (b *bench) together(ctx context.Context, g *generator, cores string, connections int) (r sample, err error) {
	b.quiet(ctx)
	s, err := b.minimalOn(ctx, cores, "-loops", "2")
	if err != nil {
		return r, err
	}
	defer s.stop()
	l := b.launch(g, job{base: s.url(overHTTP), connections: connections, duration: b.length})
	l.cores = cores
	l.during = func(pid int) { r.steady = s.window(ctx, pid, 0, b.length) }
	before := bothBusy()
	if r.usage, err = l.run(ctx); err != nil {
		return r, err
	}
	r.beside = (bothBusy() - before).Seconds() / r.wall.Seconds()
	if r.counted, err = s.since(0); err != nil {
		return r, err
	}
	if r.steady.count <= 0 {
		return r, fmt.Errorf("%s: the server counted no request", g.name)
	}
	return r, b.compare(g, &r)
}

// bothBusy is how long both cores have worked.
func bothBusy() time.Duration {
	one, _ := proc.Busy(generatorCore)
	two, _ := proc.Busy(serverCore)
	return one + two
}
