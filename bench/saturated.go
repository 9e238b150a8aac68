package main

import (
	"context"
	"fmt"
	"slices"
)

// saturated measures generators that send as fast as they can.
func (b *bench) saturated(ctx context.Context) error {
	own := []*generator{
		wrk(), quietly("**LoadForge**: GET", "plain"),
		quietly("**LoadForge**: template, 2 checks, JSON field", "rich"), nethttp(),
	}
	reports := scenario("**LoadForge**: GET, lines on the terminal, all reports", "plain")
	peers := []*generator{fortio(), vegeta(), hey(), k6(), k6Checked()}
	fmt.Fprintf(b.out, "\n## CPU time per request\n\n")
	fmt.Fprintln(b.out, "User and system time of the generator, start-up and end included, over the requests that the server counted.")
	minimal, err := b.minimal(ctx, 0)
	if err != nil {
		return err
	}
	defer minimal.stop()
	nginx, err := b.nginx(ctx)
	if err != nil {
		return err
	}
	defer nginx.stop()
	for _, c := range b.connections {
		all := slices.Concat(own, []*generator{reports})
		if err := b.table(ctx, setting{minimal, false, c}, all); err != nil {
			return err
		}
	}
	for _, c := range b.connections {
		all := own
		if !b.quick {
			all = slices.Concat(own, peers)
		}
		if err := b.table(ctx, setting{nginx, false, c}, all); err != nil {
			return err
		}
	}
	for _, c := range b.connections {
		if err := b.table(ctx, setting{nginx, true, c}, own); err != nil {
			return err
		}
	}
	return nil
}

// A setting is what a table is about.
type setting struct {
	*server
	secure      bool
	connections int
}

func (s setting) String() string {
	protocol := "HTTP"
	if s.secure {
		protocol = "HTTPS"
	}
	return fmt.Sprintf("%s, %s, %d connections", s.name, protocol, s.connections)
}

// table measures generators in turn, and prints them beside each other.
func (b *bench) table(ctx context.Context, s setting, all []*generator) error {
	all = b.have(all...)
	rows := make([][]sample, len(all))
	for round := range b.rounds {
		for i := range all {
			i = (i + round) % len(all)
			r, err := b.careful(ctx, all[i], s)
			if err != nil {
				return err
			}
			b.say("%s: %s: %.2f us/request, %.0f/s, others %.0f %% and %.0f %%", s, all[i].name, r.perRequest(), r.perSecond(), 100*r.others, 100*r.beside)
			rows[i] = append(rows[i], r)
		}
	}
	b.print(s, all, rows)
	return nil
}

// careful measures again when the machine was not ours, if asked to be patient.
func (b *bench) careful(ctx context.Context, g *generator, s setting) (r sample, err error) {
	j := job{base: s.url(s.secure), connections: s.connections, duration: b.length}
	for range 3 {
		r, err = b.measure(ctx, g, s.server, j)
		if err != nil || r.clean() || b.patience == 0 {
			break
		}
	}
	return r, err
}

func (b *bench) print(s setting, all []*generator, rows [][]sample) {
	fmt.Fprintf(b.out, "\n### %s\n\n", s)
	fmt.Fprintln(b.out, "| generator | CPU us/request | x wrk | requests/s | peak MiB | clean runs | reported - counted |")
	fmt.Fprintln(b.out, "|---|---|---|---|---|---|---|")
	for i, g := range all {
		var cost, ratio, rate, peak spread
		clean := 0
		for round, r := range rows[i] {
			cost, rate = append(cost, r.perRequest()), append(rate, r.perSecond())
			peak = append(peak, float64(r.peak)/1024)
			ratio = append(ratio, r.perRequest()/rows[0][round].perRequest())
			if r.clean() {
				clean++
			}
		}
		fmt.Fprintf(b.out, "| %s | %s | %s | %.0f | %s | %d of %d | %s |\n",
			g.name, cost, ratio, rate.median(), brief(peak.median()), clean, len(rows[i]), differences(rows[i]))
	}
}

// differences says for each run by how much the generator's count differs from
// the server's.
func differences(runs []sample) string {
	text := ""
	for _, r := range runs {
		if r.reported < 0 {
			return "-"
		}
		text += fmt.Sprintf(" %+d", r.reported-r.counted)
	}
	return text[1:]
}
