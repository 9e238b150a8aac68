package main

import (
	"context"
	"fmt"
	"path/filepath"
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
	onNginxH2  = "nginx-h2"
	onNginxH2C = "nginx-h2c"
)

func targets() []string { return []string{onMinimal, onNginx, onNginxTLS, onNginxH2, onNginxH2C} }

// protocolOf is what is spoken to a target.
func protocolOf(target string) protocol {
	switch target {
	case onNginxTLS:
		return overHTTPS
	case onNginxH2:
		return overH2
	case onNginxH2C:
		return overH2C
	}
	return overHTTP
}

// settingsOf starts the servers of the targets.
func (b *bench) settingsOf(ctx context.Context) (settings []setting, stop func(), err error) {
	var started []*server
	stop = func() {
		for _, s := range started {
			s.stop()
		}
	}
	for _, target := range b.targets {
		s := setting{target: target, protocol: protocolOf(target)}
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

// generators are what is compared in a setting, their measure first.
func (b *bench) generators(s setting) []*generator {
	plain := quietly("**LoadForge**: GET", "plain")
	if len(b.also) > 0 {
		return append([]*generator{s.measure(), plain}, b.builds()...)
	}
	all := []*generator{s.measure(), plain, quietly("**LoadForge**: template, 2 checks, JSON field", "rich"), nethttp()}
	switch {
	case b.quick:
	case s.target == onMinimal:
		all = append(all, scenario("**LoadForge**: GET, lines on the terminal, all reports", "plain"))
	case s.target == onNginx:
		all = append(all, fortio(), bombardier(), vegeta(), hey(), k6(), k6Checked())
	}
	return all
}

// builds are further builds of a scenario.
func (b *bench) builds() (all []*generator) {
	for _, build := range b.also {
		name, path, _ := strings.Cut(build, "=")
		all = append(all, quietly(name, path))
	}
	return all
}

// A setting is what a table is about.
type setting struct {
	*server
	target      string
	protocol    protocol
	connections int
}

func (s setting) String() string {
	return fmt.Sprintf("%s, %s, %d connections", s.name, s.protocol, s.connections)
}

func (s setting) http2() bool { return s.protocol == overH2 || s.protocol == overH2C }

// measure is the generator that others are compared with.
func (s setting) measure() *generator {
	if s.http2() {
		return h2load()
	}
	return wrk()
}

// A row is a generator and what was measured of it, round by round.
type row struct {
	*generator
	runs   []sample
	failed error // it could not do it: no further rounds
}

// table measures generators in turn, and prints them beside each other.
func (b *bench) table(ctx context.Context, s setting, all []*generator) error {
	all = b.have(all...)
	if len(all) == 0 || all[0].name != s.measure().name {
		b.say("skip %s: there is nothing to compare with", s)
		return nil
	}
	rows := make([]row, len(all))
	for i, g := range all {
		rows[i].generator = g
	}
	for round := range b.rounds {
		for i := range rows {
			if err := b.turn(ctx, s, &rows[(i+round)%len(rows)]); err != nil {
				return err
			}
		}
	}
	b.print(s, rows)
	return nil
}

// turn measures a generator once. That another's can't do it ends nothing.
func (b *bench) turn(ctx context.Context, s setting, r *row) error {
	if r.failed != nil {
		return nil
	}
	run, err := b.careful(ctx, r.generator, s)
	if err != nil {
		b.say("%s: %s: %v", s, r.name, err)
		if r.exact || r.name == s.measure().name || ctx.Err() != nil {
			return err
		}
		r.failed = err
		return nil
	}
	b.say("%s: %s: %.2f us/request, %.0f/s, others %.0f %% and %.0f %%", s, r.name, run.perRequest(), run.perSecond(), 100*run.others, 100*run.beside)
	r.runs = append(r.runs, run)
	return nil
}

// careful measures again when the machine was not ours, if asked to be patient.
func (b *bench) careful(ctx context.Context, g *generator, s setting) (r sample, err error) {
	j := job{
		base: s.url(s.protocol), http2: s.http2(), connections: s.connections,
		allocations: filepath.Join(b.work, "allocations"), duration: b.length,
	}
	if s.connections >= 5000 {
		j.duration *= 2 // connecting takes a second or two
	}
	for range 3 {
		r, err = b.measure(ctx, g, s.server, j)
		if err != nil || r.clean() || b.patience == 0 {
			break
		}
	}
	return r, err
}

func (b *bench) print(s setting, rows []row) {
	fmt.Fprintf(b.out, "\n### %s\n\n", s)
	fmt.Fprintf(b.out, "| generator | CPU us/request | x %s | whole run | requests/s | peak MiB | allocations/request | clean runs | reported - counted |\n", rows[0].name)
	fmt.Fprintln(b.out, "|---|---|---|---|---|---|---|---|---|")
	for _, r := range rows {
		if r.failed != nil {
			fmt.Fprintf(b.out, "| %s | could not do it | | | | | | | |\n", r.name)
			continue
		}
		b.printRow(r, rows[0].runs)
	}
}

func (b *bench) printRow(r row, measure []sample) {
	var cost, ratio, whole, rate, peak, allocs spread
	clean := 0
	for round, run := range r.runs {
		cost, rate = append(cost, run.perRequest()), append(rate, run.perSecond())
		whole, peak = append(whole, run.perRequestOfAll()), append(peak, float64(run.peak)/1024)
		ratio = append(ratio, run.perRequest()/measure[round].perRequest())
		allocs = append(allocs, run.allocs...)
		if run.clean() {
			clean++
		}
	}
	fmt.Fprintf(b.out, "| %s | %s | %s | %s | %.0f | %s | %s | %d of %d | %s |\n",
		r.name, cost, ratio, brief(whole.median()), rate.median(), brief(peak.median()), allocs, clean, len(r.runs), differences(r.runs))
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
