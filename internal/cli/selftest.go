package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/loadforge/loadforge/internal/cluster"
	"github.com/loadforge/loadforge/internal/httpfile"
	"github.com/loadforge/loadforge/internal/selftest"
)

// selftestCommand measures the machine itself.
func (a *app) selftestCommand() *cobra.Command {
	var asJSON, quiet bool
	var each time.Duration
	cmd := &cobra.Command{
		Use:   "selftest",
		Short: "Measure what this machine adds, and how much load it can send",
		Example: "  loadforge selftest\n" +
			"  loadforge selftest --json | jq .trust",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if each < 100*time.Millisecond {
				return fmt.Errorf("--each must be at least 100ms, is %s: less is no measurement", each)
			}
			return a.selftest(cmd.Context(), each, asJSON, quiet)
		},
	}
	fs := cmd.Flags()
	fs.SortFlags = false
	each = 1500 * time.Millisecond
	fs.Var(durationValue{&each}, "each", "how long each of the six runs takes")
	fs.BoolVar(&asJSON, "json", false, "print the result as JSON")
	fs.BoolVarP(&quiet, "quiet", "q", false, "don't say what is being measured")
	return cmd
}

func (a *app) selftest(ctx context.Context, each time.Duration, asJSON, quiet bool) error {
	if a.tools.Request == nil {
		return errors.New("this program has no selftest; use the loadforge command")
	}
	ctx, cancel := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer cancel()
	result, err := selftest.Run(ctx, selftest.Config{
		Each: each,
		Plan: func(url string) (cluster.Plan, error) {
			request, err := httpfile.New(url, httpfile.Flags{})
			if err != nil {
				return cluster.Plan{}, err
			}
			return a.tools.Request(request).Plan(Target{}, Target{}, lookup(nil))
		},
		Step: func(what string) {
			if !quiet {
				fmt.Fprintf(a.err, "measuring: %s\n", what)
			}
		},
	})
	switch {
	case errors.Is(err, context.Canceled):
		return &exitError{code: exitInterrupted}
	case err != nil:
		return &exitError{exitInternal, fmt.Errorf("selftest: %w", err)}
	}
	result.Version = buildVersion()
	if !asJSON {
		return saySelftest(a.out, result)
	}
	encoder := json.NewEncoder(a.out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(result)
}

// saySelftest says a result in words.
func saySelftest(w io.Writer, r *selftest.Result) error {
	p := &printer{w: w}
	p.say("this machine   %s, %s, LoadForge %s", r.System, plural(uint64(r.Cores), "core"), r.Version)
	p.say("clock          steps of %d ns, a reading takes %.0f ns", r.Clock.ResolutionNS, r.Clock.ReadNS)
	p.say("timers         late by %s (p50), %s (p99), %s at most", ms(r.Timer.LateP50), ms(r.Timer.LateP99), ms(r.Timer.LateMax))
	p.say("limits         %s descriptors a process, %s local ports to one server", limit(r.Limits.Descriptors), limit(r.Limits.Ports))
	c := &r.Ceiling
	p.say("ceiling        %s requests/s with %d users that never pause, %s a core, %.1f us of processor each",
		count(c.RequestsPerS), c.Users, count(c.PerCorePerS), c.CPUPerRequest)
	p.say("               a request takes %s (p50), %s (p99) by itself: that is in every latency", ms(c.ServiceP50), ms(c.ServiceP99))
	p.say("")
	p.say("by the clock   started/s     missing   start lag p50        p99   service p50        p99   CPU   verdict")
	for i := range r.Open {
		o := &r.Open[i]
		p.say("%12s/s  %10s  %9s  %14s %10s  %12s %10s  %3.0f %%   %s", count(o.Wanted), count(o.Achieved), fmt.Sprintf("%.2f %%", 100*o.Deviation),
			ms(o.LagP50), ms(o.LagP99), ms(o.ServiceP50), ms(o.ServiceP99), 100*o.CPUShare, o.State)
	}
	p.say("")
	for _, line := range conclusions(r) {
		p.say("%s", line)
	}
	return p.err
}

// A printer remembers the first error.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) say(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}

// spareCPU is a share of the processors below which it is not their speed that
// a rate fails for.
const spareCPU = 0.7

// conclusions say what to ask of this machine.
func conclusions(r *selftest.Result) (lines []string) {
	t := &r.Trust
	if t.RequestsPerS == 0 {
		return []string{
			fmt.Sprintf("Not even %s requests/s were kept: something else needs this machine. Try again when it is idle, or use another one.", count(r.Open[0].Wanted)),
		}
	}
	if last := &r.Open[len(r.Open)-1]; !last.Kept && last.CPUShare < spareCPU {
		lines = append(lines, fmt.Sprintf("%s requests/s were not kept, with %.0f %% of the processors in use: something else needs this machine, or its clock stands still.", count(last.Wanted), 100*last.CPUShare))
	}
	lines = append(lines, fmt.Sprintf("Trust it with %s requests/s, started %s late at most in 99 of 100 cases.", count(t.RequestsPerS), ms(t.LagP99)))
	because := map[string]string{
		"descriptors": fmt.Sprintf("it may have %s open descriptors; ulimit -n raises that, --workers divides it", limit(r.Limits.Descriptors)),
		"ports":       fmt.Sprintf("there are %s local ports; --local-addr adds as many for each address", limit(r.Limits.Ports)),
		"requests":    "each may send a request a second",
	}[t.Because]
	lines = append(lines, fmt.Sprintf("Trust it with %s users: %s.", count(float64(t.Users)), because))
	return append(lines, fmt.Sprintf("Differences below %s are its own, not the target's. Its server was in the same process: with a target elsewhere there is more to spare.",
		ms(math.Max(t.LagP99, r.Ceiling.ServiceP50))))
}

func limit(n int) string {
	if n == 0 {
		return "any number of"
	}
	return count(float64(n))
}

// ms writes milliseconds.
func ms(x float64) string {
	if x < 1 {
		return fmt.Sprintf("%.0f us", 1000*x)
	}
	return fmt.Sprintf("%.1f ms", x)
}
