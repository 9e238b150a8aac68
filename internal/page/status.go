package page

import (
	"strconv"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
)

// Live is how a run stands. Whether there are controls is for the caller to say.
func (b *Builder) Live(p *metrics.Progress) Status {
	s := b.status(p.Total, p.Thresholds, p.Verdict)
	s.Workers = workersOf(p.Workers)
	s.State, s.Elapsed, s.Message = p.State, seconds(p.Elapsed), Clean(p.Message)
	return s
}

// Ended is how a run ended.
func (b *Builder) Ended(o *metrics.Outcome) Status {
	s := b.status(o.Summary, o.Thresholds, o.Verdict)
	s.Workers = workersOf(o.Workers)
	passed := o.Passed
	s.State, s.Passed = "finished", &passed
	if o.Summary != nil {
		s.Elapsed = seconds(o.Summary.Duration)
	}
	s.Interrupted, s.Aborted, s.Error = o.Interrupted, Clean(o.Aborted), Clean(o.Error)
	return s
}

func (b *Builder) status(sum *metrics.Summary, thresholds []metrics.ThresholdStatus, v metrics.Verdict) Status {
	if sum == nil {
		sum = new(metrics.Summary)
	}
	if v.State == "" {
		v.State = metrics.Valid
	}
	return Status{
		Verdict:    Verdict{State: string(v.State), Reasons: cleanAll(v.Reasons)},
		Thresholds: b.thresholds(thresholds),
		Totals:     totalsOf(sum),
		Names:      b.nameTotals(sum),
		Errors:     errorsOf(sum),
		Checks:     checksOf(sum),
		Loads:      loadsOf(sum, len(b.run.Loads)),
		Addresses:  addressesOf(sum),
		Generator:  generatorOf(sum),
	}
}

func totalsOf(s *metrics.Summary) Totals {
	return Totals{
		Requests:         s.Requests,
		Errors:           s.Errors,
		ErrorRate:        decimals(s.ErrorRate, 6),
		PerSecond:        decimals(s.PerSecond, 3),
		Cancelled:        s.Cancelled,
		Iterations:       s.Iterations,
		IterationsFailed: s.Failed,
		Interrupted:      s.Interrupted,
		Dropped:          s.Dropped,
		Late:             s.Late,
		BytesSent:        s.BytesOut,
		BytesReceived:    s.BytesIn,
		PeakUsers:        s.PeakUsers,
		Checks:           s.Checked,
		ChecksFailed:     s.CheckFailed,
		SetupFailed:      s.SetupFailed,
		Panics:           s.Panics,
		Response:         latencyOf(&s.Response),
		Service:          latencyOf(&s.Service),
		StartLag:         latencyOf(&s.Lag),
	}
}

// nameTotals are the totals of all names of the page, in their order. Those of a
// name that occurred only while the run warmed up are zero.
func (b *Builder) nameTotals(s *metrics.Summary) []NameTotals {
	list := make([]NameTotals, len(b.names))
	for i := range list {
		list[i] = nameTotalsOf(new(metrics.NameSummary))
	}
	for _, names := range [][]metrics.NameSummary{s.Names, s.Stages} {
		for i := range names {
			n := &names[i]
			if at, known := b.numbers[nameKey{n.Name, n.Kind, n.Stage}]; known {
				list[at] = nameTotalsOf(n)
			}
		}
	}
	return list
}

func nameTotalsOf(n *metrics.NameSummary) NameTotals {
	t := NameTotals{
		Count:         n.Count,
		Errors:        n.Errors,
		ErrorRate:     decimals(n.ErrorRate, 6),
		PerSecond:     decimals(n.PerSecond, 3),
		BytesSent:     n.BytesOut,
		BytesReceived: n.BytesIn,
		Status:        map[string]uint64{},
		Classes:       map[string]uint64{},
		Response:      latencyOf(&n.Response),
		Service:       latencyOf(&n.Service),
		Phases: Phases{
			DNS: latencyOf(&n.DNS), Connect: latencyOf(&n.Connect), TLS: latencyOf(&n.TLS), TTFB: latencyOf(&n.TTFB),
		},
	}
	for _, c := range n.Codes {
		t.Status[strconv.Itoa(int(c.Code))] = c.Count
	}
	for class, count := range n.ByClass {
		if c := metrics.Class(class); count > 0 && c != metrics.OK {
			t.Classes[c.String()] = count
		}
	}
	return t
}

func errorsOf(s *metrics.Summary) []ErrorTotals {
	list := make([]ErrorTotals, len(s.Errs))
	for i := range s.Errs {
		e := &s.Errs[i]
		list[i] = ErrorTotals{
			Class: e.Class.String(), Name: Clean(e.Name), Message: Clean(e.Message), Detail: CleanLines(e.Detail),
			Count: e.Count, First: seconds(e.First), Last: seconds(e.Last),
		}
	}
	return list
}

func checksOf(s *metrics.Summary) []CheckTotals {
	list := make([]CheckTotals, len(s.Checks))
	for i, c := range s.Checks {
		list[i] = CheckTotals{Name: Clean(c.Name), Passed: c.Passed, Failed: c.Failed}
	}
	return list
}

func loadsOf(s *metrics.Summary, planned int) []LoadTotals {
	list := make([]LoadTotals, max(planned, len(s.Loads)))
	for i := range s.Loads {
		l := &s.Loads[i]
		list[i] = LoadTotals{
			Finished: l.Finished, Failed: l.Failed, Dropped: l.Dropped,
			Scheduled: l.Scheduled, Started: l.Started, Late: l.Late, Peak: l.Active,
		}
	}
	return list
}

func addressesOf(s *metrics.Summary) []Address {
	list := make([]Address, len(s.Addresses))
	for i, a := range s.Addresses {
		list[i] = Address{Name: Clean(a.Name), Address: Clean(a.Address), Connections: a.Opened}
	}
	return list
}

func workersOf(workers []metrics.WorkerStatus) []Worker {
	list := make([]Worker, len(workers))
	for i := range workers {
		w := &workers[i]
		list[i] = Worker{
			ID: w.ID, Name: Clean(w.Name), Requests: w.Requests, Active: w.Active,
			Share: decimals(w.Share, 6), Lost: w.Lost, CPU: decimals(w.CPU, 4),
		}
	}
	return list
}

func generatorOf(s *metrics.Summary) Generator {
	h := &s.Health
	return Generator{
		CPUMean:       decimals(h.CPUMean, 4),
		CPUPeak:       decimals(h.CPUPeak, 4),
		LagP99:        reliable(&s.Lag, 0.99, s.Lag.P99),
		SchedP99Peak:  millis(h.SchedP99Peak),
		GCPauseMax:    millis(h.GCPauseMax),
		HeapPeak:      h.HeapPeak,
		FDsPeak:       h.FDsPeak,
		FDLimit:       h.FDLimit,
		PortsPeak:     h.PortsPeak,
		PortRange:     h.PortRange,
		StallMax:      millis(h.StallMax),
		ClockGapMax:   millis(h.ClockGapMax),
		OwnErrors:     h.Generator,
		NamesOverflow: h.NamesOverflow,
		Seconds:       h.Seconds,
		Missing:       h.Missing,
		Partial:       h.Partial,
	}
}

func latencyOf(l *metrics.Latency) Latency {
	if l.Count == 0 {
		return Latency{}
	}
	return Latency{
		Count: l.Count,
		Min:   number(millis(l.Min)),
		Mean:  number(millis(l.Mean)),
		Max:   number(millis(l.Max)),
		P50:   reliable(l, 0.5, l.P50),
		P75:   reliable(l, 0.75, l.P75),
		P90:   reliable(l, 0.9, l.P90),
		P95:   reliable(l, 0.95, l.P95),
		P99:   reliable(l, 0.99, l.P99),
		P999:  reliable(l, 0.999, l.P999),
		CI50:  interval(l.CI50),
		CI95:  interval(l.CI95),
		CI99:  interval(l.CI99),
	}
}

// reliable is a percentile in milliseconds, nil when too few values lie above.
func reliable(l *metrics.Latency, p float64, d time.Duration) *float64 {
	if !l.Reliable(p) {
		return nil
	}
	return number(millis(d))
}

func number(x float64) *float64 { return &x }

func interval(ends [2]time.Duration) *[2]float64 {
	if ends == [2]time.Duration{} {
		return nil
	}
	return &[2]float64{millis(ends[0]), millis(ends[1])}
}
