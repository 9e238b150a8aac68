// Truth runs the experiments of docs/truth.md and prints their tables: what a
// server that freezes looks like in the open and the closed model, and how the
// arrivals that a server counts follow each pattern.
package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"slices"
	"time"

	"github.com/loadforge/loadforge"
	"github.com/loadforge/loadforge/internal/target"
	"github.com/loadforge/loadforge/pattern"
)

func main() {
	experiments := map[string]func(context.Context) error{"stall": stall, "arrivals": arrivals, "rate": rate}
	names := os.Args[1:]
	if len(names) == 0 {
		names = []string{"stall", "arrivals", "rate"}
	}
	for _, name := range names {
		experiment := experiments[name]
		if experiment == nil {
			fmt.Fprintf(os.Stderr, "truth: no experiment %q; there are stall, arrivals and rate\n", name)
			os.Exit(2)
		}
		if err := experiment(context.Background()); err != nil {
			fmt.Fprintln(os.Stderr, "truth:", err)
			os.Exit(1)
		}
	}
}

func get(vu *loadforge.VU) error { return vu.Get("/").Err() }

// run runs a load against a fresh target.
func run(ctx context.Context, c target.Config, load loadforge.Load) (*loadforge.Result, *target.Target, error) {
	t := target.New(c)
	url, stop, err := t.Start("127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	defer stop()
	result, err := loadforge.Run(ctx, loadforge.Test{
		BaseURL: url, Load: []loadforge.Load{load},
		Setup: func(*loadforge.VU) error {
			t.Reset() // the server's second 0 is the run's
			return nil
		},
	})
	return result, t, err
}

// stall compares the two models against a server that answers in 1 ms and
// freezes for 2 s in every 10 s. Of the arrivals of 10 s, those in the freeze
// wait for its end: with 1,000 arrivals/s a fifth of all wait evenly between 0
// and 2 s, so p95 is 1.5 s, p99 1.9 s and the maximum 2.0 s.
func stall(ctx context.Context) error {
	c := target.Config{Latency: time.Millisecond, Stall: 2 * time.Second, StallEvery: 10 * time.Second}
	scenario := loadforge.Func("visitor", get)
	fmt.Print("A server that freezes for 2 s in every 10 s, for 30 s:\n\n")
	fmt.Print("| model | requests | p50 | p95 | p99 | max |\n|---|---|---|---|---|---|\n")
	fmt.Print("| calculated, 1,000/s | 30,000 | 1 ms | 1.5 s | 1.9 s | 2.0 s |\n")
	for _, m := range []struct {
		name string
		load loadforge.Load
	}{
		{"open, 1,000/s", scenario.Rate(pattern.Constant{Level: 1000, For: 30 * time.Second})},
		{"closed, 10 users", scenario.Users(pattern.Constant{Level: 10, For: 30 * time.Second})},
	} {
		result, t, err := run(ctx, c, m.load)
		if err != nil {
			return err
		}
		r := result.Response
		fmt.Printf("| %s | %d (server: %d) | %s | %s | %s | %s |\n", m.name, result.Requests, t.Stats().Total,
			short(r.P50), short(r.P95), short(r.P99), short(r.Max))
	}
	fmt.Println()
	return nil
}

func short(d time.Duration) string {
	if d >= time.Second {
		return fmt.Sprintf("%.3f s", d.Seconds())
	}
	return fmt.Sprintf("%.2f ms", float64(d.Microseconds())/1000)
}

// arrivals compares the arrivals each second at the server with the curve.
func arrivals(ctx context.Context) error {
	ten := 10 * time.Second
	patterns := []pattern.Pattern{
		pattern.Constant{Level: 500, For: ten},
		pattern.Ramp{From: 100, To: 1000, For: ten},
		pattern.Step{From: 100, By: 200, Every: 2 * time.Second, For: ten},
		pattern.Spike{Base: 100, Peak: 1000, Start: 3 * time.Second, Rise: time.Second, Hold: 2 * time.Second, Fall: time.Second, SettleFor: 3 * time.Second},
		pattern.Diurnal{Low: 100, High: 900, Period: ten, PeakAt: 6 * time.Second},
		pattern.Stretch{To: ten, Of: pattern.Sum{
			pattern.Diurnal{Low: 100, High: 500, Period: 24 * time.Hour, PeakAt: 14 * time.Hour},
			pattern.Spike{Peak: 400, Start: 10 * time.Hour, Rise: time.Hour, Hold: 3 * time.Hour, Fall: time.Hour},
		}},
	}
	fmt.Print("Arrivals a second at the server against the curve's integral over that second:\n\n")
	fmt.Print("| pattern | second by second: server (curve) | total: server (curve) | farthest off |\n|---|---|---|---|\n")
	for _, p := range patterns {
		result, t, err := run(ctx, target.Config{Trace: 20_000}, loadforge.Func("visitor", get).Rate(p))
		if err != nil {
			return err
		}
		counts, worst := perSecond(t.Arrivals(), p)
		fmt.Printf("| %s | %s | %d (%.0f) | %.1f %% |\n", pattern.Describe(p), counts, t.Stats().Total,
			pattern.Integral(p, p.Duration()), worst)
		if result.Requests != t.Stats().Total {
			return fmt.Errorf("reported %d requests, the server counted %d", result.Requests, t.Stats().Total)
		}
	}
	fmt.Println()
	return nil
}

// perSecond counts arrivals by second. The first arrival is taken for where the
// curve has it, so that the time between the reset and the start does not count.
func perSecond(at []time.Duration, p pattern.Pattern) (text string, worst float64) {
	first, _ := pattern.Inverse(p, 0.5)
	offset := at[0] - first
	counts := make([]int, int(p.Duration()/time.Second)+1)
	for _, a := range at {
		second := int((a - offset) / time.Second)
		counts[min(max(second, 0), len(counts)-1)]++
	}
	for s, n := range counts[:len(counts)-1] {
		from, to := time.Duration(s)*time.Second, time.Duration(s+1)*time.Second
		want := pattern.Integral(p, to) - pattern.Integral(p, from)
		text += fmt.Sprintf("%d (%.0f) ", n, want)
		worst = max(worst, math.Abs(float64(n)-want)/want*100)
	}
	return text, worst
}

// rate measures how evenly 5,000 arrivals a second reach the server.
func rate(ctx context.Context) error {
	const perSecond, seconds = 5000, 10
	load := loadforge.Func("visitor", get).Rate(pattern.Constant{Level: perSecond, For: seconds * time.Second})
	result, t, err := run(ctx, target.Config{Trace: perSecond * seconds}, load)
	if err != nil {
		return err
	}
	at := t.Arrivals()
	slices.Sort(at)
	deviations := make([]time.Duration, len(at))
	step := time.Second / perSecond
	for i, a := range at {
		deviations[i] = a - at[0] - time.Duration(i)*step
	}
	middle := slices.Sorted(slices.Values(deviations))[len(deviations)/2]
	for i := range deviations {
		deviations[i] = (deviations[i] - middle).Abs()
	}
	slices.Sort(deviations)
	fmt.Printf("Open model, %d/s for %d s: %d requests (server: %d, due: %d), %d dropped; deviation from the even grid at the server p50 %s, p99 %s\n",
		perSecond, seconds, result.Requests, t.Stats().Total, perSecond*seconds, result.DroppedIterations,
		short(deviations[len(deviations)/2]), short(deviations[len(deviations)*99/100]))
	fmt.Println("verdict:", result.Verdict, result.Reasons)
	return nil
}
