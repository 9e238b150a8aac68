// Synthrun writes a run that was made up, for trying out what shows runs:
//
//	go run ./bench/synthrun -out results -seconds 3600 -names 20
//
// It prints the directory of the run.
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/loadforge/loadforge/bench/synth"
)

func main() {
	var p synth.Plan
	out := flag.String("out", "results", "results directory")
	flag.IntVar(&p.Seconds, "seconds", 3600, "length of the run")
	flag.IntVar(&p.Names, "names", 20, "request names")
	flag.Uint64Var(&p.Seed, "seed", 1, "another one makes another run")
	flag.Float64Var(&p.Rate, "rate", 0, "requests a second, about (default 25 for each name)")
	flag.Float64Var(&p.Slow, "slow", 1, "latencies are that many times as long")
	flag.BoolVar(&p.Cut, "cut", false, "without an end, as if the process had been killed")
	flag.Parse()
	dir, err := p.Write(*out)
	if err != nil {
		fmt.Fprintln(os.Stderr, "synthrun:", err)
		os.Exit(1)
	}
	fmt.Println(dir)
}
