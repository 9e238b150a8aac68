package main

import (
	"context"
	"fmt"
	"strings"
)

// saturated measures generators that send as fast as they can.
func (b *bench) saturated(ctx context.Context) error {
	fmt.Fprintf(b.out, "\n## CPU time per request\n\n")
	fmt.Fprintln(b.out, "User and system time of the generator over the requests that the server counted; in brackets the least and")
	fmt.Fprintln(b.out, "the most of the runs. Ratios are taken within a round. The whole run includes start-up, connecting and the end.")
	settings, stop, err := b.settingsOf(ctx)
	if err != nil {
		return err
	}
	defer stop()
	for _, s := range settings {
		for _, c := range b.connections {
			s.connections = c
			if err := b.table(ctx, s, b.generators(s)); err != nil {
				return err
			}
		}
	}
	return nil
}

// The targets of saturated runs.
const (
	onMinimal  = "minimal"
	onNginx    = "nginx"
	onNginxTLS = "nginx-tls"
)

func targets() []string { return []string{onMinimal, onNginx, onNginxTLS} }

// settingsOf starts the servers of the targets.
func (b *bench) settingsOf(ctx context.Context) (settings []setting, stop func(), err error) {
	var started []*server
	stop = func() {
		for _, s := range started {
			s.stop()
		}
	}
	for _, target := range b.targets {
		s := setting{target: target, secure: target == onNginxTLS}
		if target == onMinimal {
			s.server, err = b.minimal(ctx)
		} else {
			s.server, err = b.nginx(ctx)
		}
		if err != nil {
			stop()
			return nil, nil, err
		}
		started, settings = append(started, s.server), append(settings, s)
	}
	return settings, stop, nil
}

// generators are what is compared in a setting; wrk is first, as their measure.
func (b *bench) generators(s setting) []*generator {
	all := []*generator{
		wrk(), quietly("**LoadForge**: GET", "plain"),
		quietly("**LoadForge**: template, 2 checks, JSON field", "rich"), nethttp(),
	}
	if len(b.also) > 0 {
		all = all[:2]
	}
	for _, build := range b.also {
		name, path, _ := strings.Cut(build, "=")
		all = append(all, quietly(name, path))
	}
	switch {
	case b.quick || len(b.also) > 0:
	case s.target == onMinimal:
		all = append(all, scenario("**LoadForge**: GET, lines on the terminal, all reports", "plain"))
	case s.target == onNginx:
		all = append(all, fortio(), vegeta(), hey(), k6(), k6Checked())
	}
	return all
}

// A setting is what a table is about.
type setting struct {
	*server
	target      string
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
	fmt.Fprintln(b.out, "| generator | CPU us/request | x wrk | whole run | requests/s | peak MiB | clean runs | reported - counted |")
	fmt.Fprintln(b.out, "|---|---|---|---|---|---|---|---|")
	for i, g := range all {
		var cost, ratio, whole, rate, peak spread
		clean := 0
		for round, r := range rows[i] {
			cost, rate = append(cost, r.perRequest()), append(rate, r.perSecond())
			whole, peak = append(whole, r.perRequestOfAll()), append(peak, float64(r.peak)/1024)
			ratio = append(ratio, r.perRequest()/rows[0][round].perRequest())
			if r.clean() {
				clean++
			}
		}
		fmt.Fprintf(b.out, "| %s | %s | %s | %s | %.0f | %s | %d of %d | %s |\n",
			g.name, cost, ratio, brief(whole.median()), rate.median(), brief(peak.median()), clean, len(rows[i]), differences(rows[i]))
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
