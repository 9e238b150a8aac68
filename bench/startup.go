package main

import (
	"context"
	"fmt"
)

// startup measures how long a program takes to say its version.
func (b *bench) startup(ctx context.Context) error {
	fmt.Fprintf(b.out, "\n## Start-up\n\nMedian of %d starts on a core of its own, printing the version.\n\n| program | ms | CPU ms |\n|---|---|---|\n", b.starts)
	version := func(name, program, argument string) *generator {
		return &generator{name: name, program: program, args: func(*bench, job) []string { return []string{argument} }}
	}
	for _, g := range b.have(
		version("**LoadForge**: a built scenario", "plain", "version"), version("vegeta", "vegeta", "-version"),
		version("fortio", "fortio", "version"), version("k6", "k6", "version"),
	) {
		var wall, cpu spread
		for range b.starts {
			u, err := b.launch(g, job{}).run(ctx)
			if err != nil {
				return err
			}
			wall, cpu = append(wall, u.wall.Seconds()*1e3), append(cpu, u.cpu.Seconds()*1e3)
		}
		fmt.Fprintf(b.out, "| %s | %s | %s |\n", g.name, wall, brief(cpu.median()))
	}
	return nil
}
