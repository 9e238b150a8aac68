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
	fmt.Fprintln(b.out, "Generator and server together on one core, then together on both; the server has two threads each time. Ratios are")
	fmt.Fprintln(b.out, "taken within a round. 2.0 would be perfect: nothing shared, nothing waited for, no word from core to core. The first is of")
	fmt.Fprintln(b.out, "the rates, which other work on the machine lowers; the second is twice the CPU time of both for a request on one core, over that")
	fmt.Fprintln(b.out, "on two, which it hardly changes and which does not see waiting.")
	fmt.Fprintln(b.out, "\n| generator | connections | requests/s, one core | two cores | ratio | CPU us/request of both sides, one core | two cores | ratio by CPU | cores busy of two |")
	fmt.Fprintln(b.out, "|---|---|---|---|---|---|---|---|---|")
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

// A pair is what generator and server do together on the same cores.
type pair struct {
	rate float64 // requests per second
	cost float64 // us of processor time of both for a request
	busy float64 // cores that worked, whoever for
}

// scale prints the row of a generator.
func (b *bench) scale(ctx context.Context, g *generator, connections int) error {
	var one, two, ratio, byCPU, costOne, costTwo, busy spread
	for round := range b.rounds {
		var pairs [2]pair
		for i := range 2 {
			i = (i + round) % 2
			var err error
			if pairs[i], err = b.together(ctx, g, []string{generatorCore, bothCores}[i], connections); err != nil {
				return err
			}
		}
		one, two = append(one, pairs[0].rate), append(two, pairs[1].rate)
		costOne, costTwo = append(costOne, pairs[0].cost), append(costTwo, pairs[1].cost)
		ratio, byCPU = append(ratio, pairs[1].rate/pairs[0].rate), append(byCPU, 2*pairs[0].cost/pairs[1].cost)
		busy = append(busy, pairs[1].busy)
		b.say("scaling: %s, %d connections: %v, then %v", g.name, connections, pairs[0], pairs[1])
	}
	fmt.Fprintf(b.out, "| %s | %d | %.0f | %.0f | %s | %s | %s | %s | %s |\n", g.name, connections,
		one.median(), two.median(), ratio, costOne, costTwo, byCPU, busy)
	return nil
}

// together runs generator and server on the same cores.
func (b *bench) together(ctx context.Context, g *generator, cores string, connections int) (p pair, err error) {
	b.quiet(ctx)
	s, err := b.minimalOn(ctx, cores, "-loops", "2")
	if err != nil {
		return p, err
	}
	defer s.stop()
	l := b.launch(g, job{base: s.url(overHTTP), connections: connections, duration: b.length})
	l.cores = cores
	before := bothBusy()
	r := sample{}
	if r.usage, err = l.run(ctx); err != nil {
		return p, err
	}
	p.busy = (bothBusy() - before).Seconds() / r.wall.Seconds()
	served, err := proc.Spent(s.pid)
	if err != nil {
		return p, err
	}
	if r.counted, err = s.since(0); err != nil {
		return p, err
	}
	p.rate, p.cost = r.perSecond(), float64((r.cpu+served).Microseconds())/float64(r.counted)
	return p, b.compare(g, &r)
}

// bothBusy is how long both cores have worked.
func bothBusy() time.Duration {
	one, _ := proc.Busy(generatorCore)
	two, _ := proc.Busy(serverCore)
	return one + two
}
