package metrics

import (
	"fmt"
	"time"
)

// Where a run stops being valid. A verdict is about the generator: a target
// that is slow, or down, or answers nothing but errors was measured well by a
// machine that had time to measure it. And a busy machine is not enough either:
// what counts is how much of the numbers it made itself. So delays of this
// machine are compared with the latencies they are part of.
const (
	// BusyCPU is the share of the processors above which work queues up for
	// them: with load in bursts, the last tenth is never idle when needed.
	BusyCPU = 0.9
	// WaitShare is how much of the median response time goroutines may wait for
	// a processor (at their 99th percentile) before a busy second is strained.
	// Ten per cent is more than the differences people act on.
	WaitShare = 0.1
	// LongWait is for how long goroutines wait for a processor (at their 99th
	// percentile) only where others have it: a second with such a wait may be
	// strained though this process used little. Half of that second is no hiccup:
	// those are stalls, which are judged by their sum.
	LongWait = time.Second / 2
	// StrainedShare is the share of seconds that may be strained: below, all
	// percentiles up to p90 are of seconds that were not.
	StrainedShare = 0.1

	// MinLag is a start lag that is no reason, whatever the latencies: timers
	// and schedulers of ordinary machines are that late when they are shared.
	MinLag = 5 * time.Millisecond
	// LagShare is how much of the response time's percentile the same
	// percentile of the start lag may be. A quarter hides in the differences
	// between two runs of anything but a benchmark.
	LagShare = 0.25
	// LagInvalid is likewise for the medians, past which a run is invalid: the
	// typical request spent more time waiting here than there.
	LagInvalid = 0.5

	// MinStall is how late the process's own tick is a stall and not a matter
	// of scheduling.
	MinStall = 200 * time.Millisecond
	// StallShare is the share of the run that may be lost in stalls: half of
	// what p99 leaves out.
	StallShare = 0.005
	// StallInvalid is the share past which a run is invalid.
	StallInvalid = 0.1

	// MaxClockGap is how far clocks may drift in a second. More than that is a
	// clock that was set, or a machine that slept.
	MaxClockGap = time.Second

	// DroppedShare is the share of arrivals that may be dropped, the promise
	// for the achieved rate. Dropped ones would have waited longest: a
	// thousandth missing is p99.9 gone.
	DroppedShare = 0.001
	// LateShare is the share of arrivals that may start late for want of a
	// user. They are not lost, and their wait is in the response times; a pool
	// that was too small for a moment did not make another load.
	LateShare = 0.01
	// GeneratorInvalid is the share of requests failing on this machine's own
	// limits past which a run is invalid. A single one is a reason.
	GeneratorInvalid = 0.1
	// MissingInvalid is the share of seconds without data past which a run is
	// invalid. A single one is a reason.
	MissingInvalid = 0.5
	// OverflowShare is the share of requests that may be counted under
	// OtherName before the numbers by name are not to be relied on.
	OverflowShare = 0.01
)

// Facts are what a verdict depends on and snapshots don't tell. The zero value
// is a finished run of one worker.
type Facts struct {
	// Running is a run that has not ended: having measured nothing yet is no
	// reason then.
	Running bool
	// MaxUsers is the limit of each load's pool of users, in plan order, and
	// zero in the closed model, which has none.
	MaxUsers []int
	// Workers is how many workers the run had, Lost how many of them were lost.
	Workers, Lost int
}

// Assess judges from the totals of a run how far they can be trusted. A state
// other than Valid comes with reasons in plain words, the worst first.
func Assess(s *Summary, f Facts) Verdict {
	a := assessment{Summary: s, facts: f}
	for _, judge := range []func(){
		a.nothing, a.generator, a.lag, a.stalls, a.gaps,
		a.processors, a.clock, a.dropped, a.late, a.workers, a.overflow,
	} {
		judge()
	}
	return a.verdict()
}

// assessment collects reasons.
type assessment struct {
	*Summary
	facts    Facts
	invalid  []string
	degraded []string
}

func (a *assessment) verdict() Verdict {
	v := Verdict{State: Valid, Reasons: append(a.invalid, a.degraded...)}
	switch {
	case len(a.invalid) > 0:
		v.State = Invalid
	case len(a.degraded) > 0:
		v.State = Degraded
	}
	if v.Reasons == nil {
		v.Reasons = []string{} // in JSON a list, not null
	}
	return v
}

// because adds a reason for Degraded, or for Invalid.
func (a *assessment) because(invalid bool, format string, args ...any) {
	reason := fmt.Sprintf(format, args...)
	if invalid {
		a.invalid = append(a.invalid, reason)
		return
	}
	a.degraded = append(a.degraded, reason)
}

func (a *assessment) nothing() {
	if a.facts.Running || a.Requests > 0 || len(a.Names) > 0 && a.Cancelled == 0 {
		return
	}
	switch {
	case a.Warmup > 0 && a.Warmup >= a.Duration:
		a.because(true, "nothing was measured: all of the run was warm-up")
	case a.Cancelled > 0:
		a.because(true, "nothing was measured: none of %s requests finished before the end of the run", number(a.Cancelled))
	case a.Iterations > 0:
		a.because(true, "nothing was measured: %s iterations sent no request", number(a.Iterations))
	case a.SetupFailed > 0:
		a.because(true, "nothing was measured: no user got through its setup (%s failed tries)", number(a.SetupFailed))
	case len(a.Stages) > 0:
		a.because(true, "nothing was measured: no request was sent but in setup and teardown")
	default:
		a.because(true, "nothing was measured: no request was sent")
	}
}

func (a *assessment) generator() {
	n := a.Health.Generator
	if n == 0 {
		return
	}
	a.because(ratio(float64(n), float64(a.Requests)) > GeneratorInvalid,
		"%s of %s requests failed on this machine's own limits, not the target's%s",
		number(n), number(a.Requests), a.limits())
}

// limits says which limit it may have been, and what to do: by how much of it
// was in use, or, as that is looked at once a second, by the errors.
func (a *assessment) limits() string {
	h := &a.Health
	switch {
	case nearly(h.FDsPeak, h.FDLimit):
		return fmt.Sprintf(" (%s of %s descriptors in use; raise the limit with ulimit -n)",
			number(uint64(h.FDsPeak)), number(uint64(h.FDLimit)))
	case nearly(h.PortsPeak, h.PortRange):
		return fmt.Sprintf(" (%s of %s local ports in use; reuse connections or widen the range)",
			number(uint64(h.PortsPeak)), number(uint64(h.PortRange)))
	}
	for i := range a.Errs { // the most frequent first
		if a.Errs[i].Class == Generator {
			return " (" + a.Errs[i].Message + ")"
		}
	}
	return ""
}

func nearly(used, limit int) bool { return limit > 0 && float64(used) >= 0.9*float64(limit) }

// lag compares how late iterations started with how long requests took. It is
// part of the response time only where starts have a schedule, not where most
// iterations follow the one before. And with no user free a late start is the
// target's doing, unless the processors were busy as well.
func (a *assessment) lag() {
	if 2*a.Lag.Count < a.Started || a.outOfUsers() && !a.strained() {
		return
	}
	if a.judgesLag(0.5) && a.Lag.P50 >= MinLag && matters(a.Lag.P50, a.Response.P50, LagInvalid) {
		a.because(true, "start lag was %s in the median, %s of the median response time of %s: this machine measured mostly itself",
			duration(a.Lag.P50), share(a.Lag.P50, a.Response.P50), duration(a.Response.P50))
		return
	}
	for _, p := range []struct {
		p             float64
		name          string
		lag, response time.Duration
	}{
		{0.99, "p99", a.Lag.P99, a.Response.P99},
		{0.9, "p90", a.Lag.P90, a.Response.P90},
		{0.5, "median", a.Lag.P50, a.Response.P50},
	} {
		if !a.judgesLag(p.p) {
			continue
		}
		if p.lag >= MinLag && matters(p.lag, p.response, LagShare) {
			a.because(false, "start lag %s was %s, %s of the response time's %s",
				p.name, duration(p.lag), share(p.lag, p.response), duration(p.response))
		}
		return
	}
}

// judgesLag reports whether a percentile of the start lag says something about
// iterations.
func (a *assessment) judgesLag(p float64) bool {
	return a.Lag.Reliable(p) && 2*a.births() <= (1-p)*float64(a.Lag.Count)
}

// births is how many users of the closed model were started. Their start lag is
// no part of any response time, so a percentile they could make up is passed
// over: ten thousand users that are due at once can't all be punctual.
func (a *assessment) births() (n float64) {
	for i, limit := range a.facts.MaxUsers {
		if i < len(a.Loads) && limit == 0 {
			n += float64(a.Loads[i].Scheduled)
		}
	}
	return n
}

// outOfUsers reports whether any load used all users it may.
func (a *assessment) outOfUsers() bool {
	for i := range a.Loads {
		if a.usersOut(i) {
			return true
		}
	}
	return false
}

// usersOut reports whether a load of the open model used all users it may.
func (a *assessment) usersOut(load int) bool {
	return load < len(a.facts.MaxUsers) && a.facts.MaxUsers[load] > 0 &&
		a.Loads[load].Active >= a.facts.MaxUsers[load]
}

func (a *assessment) strained() bool {
	return float64(a.Health.Strained) > StrainedShare*float64(a.Health.Seconds)
}

// stalls are moments in which nothing moved here, like those of a process that
// was stopped. They matter if the target's answers are not slower anyway.
func (a *assessment) stalls() {
	h := &a.Health
	measured := a.Duration - a.Warmup
	lost := ratio(h.Stalled.Seconds(), measured.Seconds())
	if lost <= StallShare || !matters(h.StallMax, a.Response.P50, WaitShare) {
		return
	}
	a.because(lost > StallInvalid, "this process stood still for %s of %s (%s at most): nothing was sent or read meanwhile",
		duration(h.Stalled), duration(measured), duration(h.StallMax))
}

func (a *assessment) gaps() {
	h := &a.Health
	total := h.Seconds + h.Missing
	if h.Missing > 0 {
		a.because(float64(h.Missing) > MissingInvalid*float64(total),
			"%s of %s have no data", number(uint64(h.Missing)), seconds(total))
	}
	if h.Partial > 0 {
		a.because(false, "in %s of %s not all workers reported", number(uint64(h.Partial)), seconds(total))
	}
}

func (a *assessment) processors() {
	h := &a.Health
	if !a.strained() {
		return
	}
	if h.Strained > h.Busy {
		a.because(false, "in %s of %s work waited for a processor, up to %s where the median response took %s: others used this machine",
			number(uint64(h.Strained)), seconds(h.Seconds), duration(h.SchedP99Peak), duration(a.Response.P50))
		return
	}
	a.because(false, "CPU was above %.0f %% of the machine for %s of %s, and work waited for it up to %s where the median response took %s",
		100*BusyCPU, number(uint64(h.Busy)), seconds(h.Seconds), duration(h.SchedP99Peak), duration(a.Response.P50))
}

func (a *assessment) clock() {
	if a.Health.ClockGapMax > MaxClockGap {
		a.because(false, "the clock jumped or the machine slept for %s; latencies around that moment are not the target's",
			duration(a.Health.ClockGapMax))
	}
}

func (a *assessment) dropped() {
	for i := range a.Loads {
		l := &a.Loads[i]
		part := ratio(float64(l.Dropped), float64(l.Scheduled))
		if part <= DroppedShare {
			continue
		}
		why := "they could not be started in time"
		if a.usersOut(i) {
			why = fmt.Sprintf("all users were busy (max users %s)", number(uint64(a.facts.MaxUsers[i])))
		}
		a.because(false, "%s of %s iterations of %s (%s) were dropped, %s: the target saw less load than planned, and their latencies are missing",
			number(l.Dropped), number(l.Scheduled), l.Scenario, percent(part), why)
	}
}

// late is about arrivals that waited for a free user of a pool that could not
// grow. Their wait is in the response times, but the load was not the one asked
// for.
func (a *assessment) late() {
	for i := range a.Loads {
		l := &a.Loads[i]
		part := ratio(float64(l.Late), float64(l.Started))
		if part <= LateShare || !a.usersOut(i) {
			continue
		}
		a.because(false, "%s of %s iterations of %s (%s) started late, all users were busy (max users %s): meanwhile the target saw a lower rate than planned",
			number(l.Late), number(l.Started), l.Scenario, percent(part), number(uint64(a.facts.MaxUsers[i])))
	}
}

func (a *assessment) workers() {
	if a.facts.Lost > 0 {
		a.because(a.facts.Lost >= a.facts.Workers, "%d of %d workers were lost", a.facts.Lost, a.facts.Workers)
	}
}

func (a *assessment) overflow() {
	n := a.Health.NamesOverflow
	if ratio(float64(n), float64(a.Requests)) > OverflowShare {
		a.because(false, "%s of %s requests are counted under %q, as there are more than %s names: use path templates, or name the requests",
			number(n), number(a.Requests), OtherName, number(MaxNames))
	}
}

// matters reports whether a delay is at least that share of a latency. Without
// any latency nothing was delayed.
func matters(delay, latency time.Duration, share float64) bool {
	return latency > 0 && float64(delay) >= share*float64(latency)
}
