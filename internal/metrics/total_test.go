package metrics

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// secondOf makes a snapshot of a worker that measured n requests of "GET /" with
// response times of 1 to n milliseconds, the first errors of them failed.
func secondOf(index, n, errors int) *Snapshot {
	s := &Snapshot{Second: index, Length: time.Second, Workers: 1, Covered: 1}
	name := NameStats{Name: "GET /", Count: uint64(n), BytesOut: uint64(n), BytesIn: 10 * uint64(n)}
	name.ByClass[OK], name.ByClass[Timeout] = uint64(n-errors), uint64(errors)
	for i := range n {
		name.Response.Record(int64(i+1) * ms)
		name.Service.Record(int64(i+1) * ms / 2)
	}
	s.Names = []NameStats{name}
	s.Loads = []LoadStats{{Scenario: "a", Target: float64(n), Active: n, Busy: n / 2, Started: uint64(n), Finished: uint64(n)}}
	return s
}

func TestTotalsAddUp(t *testing.T) {
	var total Total
	total.Add(secondOf(0, 100, 10))
	s := secondOf(1, 50, 0)
	s.Names[0].ByClass[Cancelled] = 4
	s.Names = append(s.Names,
		NameStats{Name: "checkout", Kind: Group, Count: 7},
		NameStats{Name: "POST /a", Count: 2, ByClass: [NumClasses]uint64{Generator: 2}},
		NameStats{Name: "POST /login", Stage: Setup, Count: 3, ByClass: [NumClasses]uint64{Status5xx: 3}},
	)
	s.Loads[0].Dropped, s.Loads[0].Failed = 5, 6
	s.Checks = []CheckStats{{"a", 3, 1}, {"b", 0, 2}}
	s.Errors = []ErrorStats{{Class: DNS, Name: "x", Count: 1}, {Class: Reset, Name: "x", Count: 9}}
	s.Lag.Record(5 * ms)
	total.Add(s)

	got := total.Summary(0)
	for _, c := range []struct {
		name      string
		got, want any
	}{
		{"duration", got.Duration, 2 * time.Second},
		{"requests of the main stage, without groups", got.Requests, uint64(152)},
		{"errors, without faults of this machine", got.Errors, uint64(10)},
		{"error rate", got.ErrorRate, 10.0 / 152},
		{"requests per second", got.PerSecond, 76.0},
		{"cancelled", got.Cancelled, uint64(4)},
		{"bytes", []uint64{got.BytesOut, got.BytesIn}, []uint64{150, 1500}},
		{"iterations", []uint64{got.Iterations, got.Started, got.Failed, got.Dropped}, []uint64{150, 150, 6, 5}},
		{"peak users", got.PeakUsers, 100},
		{"peaks of the load", []any{got.Loads[0].Target, got.Loads[0].Active, got.Loads[0].Busy}, []any{100.0, 100, 50}},
		{"checks", []uint64{got.Checked, got.CheckFailed}, []uint64{6, 3}},
		{"response times", got.Response.Count, uint64(150)},
		{"longest response", got.Response.Max, 100 * time.Millisecond},
		{"longest service", got.Service.Max, 50 * time.Millisecond},
		{"start lag", got.Lag.Max, 5 * time.Millisecond},
		{"faults of this machine", got.Health.Generator, uint64(2)},
		{"most frequent error first", got.Errs[0].Class, Reset},
	} {
		if !reflect.DeepEqual(c.got, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, c.got, c.want)
		}
	}
	var names []string
	for _, n := range slices.Concat(got.Names, got.Stages) {
		names = append(names, fmt.Sprintf("%s %d", n.Name, n.Count))
	}
	if want := []string{"GET / 150", "checkout 7", "POST /a 2", "POST /login 3"}; !slices.Equal(names, want) {
		t.Errorf("got names %q, want %q", names, want)
	}
}

func TestPeakUsers(t *testing.T) {
	spike := &Snapshot{Length: time.Second, Workers: 1, Peak: 20, Loads: []LoadStats{{Active: 2, Peak: 18}, {Active: 1, Peak: 9}}}
	later := &Snapshot{Second: 1, Length: time.Second, Workers: 1, Peak: 3, Loads: []LoadStats{{Active: 2, Peak: 2}, {Active: 1, Peak: 1}}}
	first := &Snapshot{Second: 2, Length: time.Second, Workers: 1, Loads: []LoadStats{{Active: 30}, {Active: 4}}} // of the first version
	both := new(Snapshot)
	both.Merge(spike)
	both.Merge(spike)
	for _, c := range []struct {
		name       string
		run        []*Snapshot
		all, ofOne int
	}{
		{"a spike within a second", []*Snapshot{spike, later}, 20, 18},
		{"of two workers", []*Snapshot{both}, 40, 36},
		{"seconds that only know their end", []*Snapshot{later, first}, 34, 30},
	} {
		var total Total
		for _, s := range c.run {
			total.Add(s)
		}
		s := total.Summary(0)
		if s.PeakUsers != c.all || s.Loads[0].Active != c.ofOne || s.Loads[0].Peak != c.ofOne {
			t.Errorf("%s: got %d users, %d of the first load, want %d, %d", c.name, s.PeakUsers, s.Loads[0].Active, c.all, c.ofOne)
		}
	}
}

func TestPercentilesComeWithTheirReliability(t *testing.T) {
	var total Total
	total.Add(secondOf(0, 1000, 0))
	l := total.Summary(0).Response
	for _, c := range []struct {
		p        float64
		got      time.Duration
		reliable bool
	}{
		{0.5, l.P50, true}, {0.75, l.P75, true}, {0.9, l.P90, true}, {0.95, l.P95, true}, {0.99, l.P99, true}, {0.999, l.P999, false},
	} {
		want := c.p * 1000
		if got := c.got.Seconds() * 1000; math.Abs(got-want) > want/256 {
			t.Errorf("p%v: got %v ms, want %v", 100*c.p, got, want)
		}
		if l.Reliable(c.p) != c.reliable {
			t.Errorf("p%v of %d values: reliable %v, want %v", 100*c.p, l.Count, !c.reliable, c.reliable)
		}
	}
	for _, ci := range []struct {
		name string
		of   time.Duration
		ci   [2]time.Duration
	}{{"p50", l.P50, l.CI50}, {"p95", l.P95, l.CI95}, {"p99", l.P99, l.CI99}} {
		if ci.ci[0] >= ci.of || ci.ci[1] <= ci.of {
			t.Errorf("%s of %s has the interval %s", ci.name, ci.of, ci.ci)
		}
	}
	if few := latencyOf(&secondOf(0, 100, 0).Names[0].Response, true); few.CI99 != [2]time.Duration{} || few.CI50[0] == 0 {
		t.Errorf("of 100 values: got intervals %s and %s", few.CI50, few.CI99)
	}
	if got := (Latency{}); got.Reliable(0.5) {
		t.Error("no values are reliable")
	}
}

func TestWarmupIsLeftOut(t *testing.T) {
	total := Total{Warmup: 1500 * time.Millisecond}
	for index, n := range []int{100, 100, 10, 10} {
		s := secondOf(index, n, 0)
		s.Health.CPU = 1 - float64(index)/4
		s.Health.Stall = time.Duration(4-index) * time.Second
		total.Add(s)
	}
	got := total.Summary(0)
	if got.Requests != 20 || got.PeakUsers != 10 || got.PerSecond != 10 || got.Names[0].PerSecond != 10 {
		t.Errorf("got %d requests, %d users, %v/s, %v/s by name", got.Requests, got.PeakUsers, got.PerSecond, got.Names[0].PerSecond)
	}
	if got.Duration != 4*time.Second || got.Warmup != 2*time.Second {
		t.Errorf("got %s with a warm-up of %s, want whole seconds", got.Duration, got.Warmup)
	}
	if h := got.Health; h.CPUPeak != 0.5 || h.StallMax != 2*time.Second || h.Seconds != 2 || h.Missing != 0 {
		t.Errorf("got %+v", h)
	}
}

func TestSecondsWithoutDataAreCounted(t *testing.T) {
	for _, c := range []struct {
		name                      string
		add                       []int
		covered                   float64
		seconds, missing, partial int
	}{
		{"all there", []int{0, 1, 2}, 1, 3, 0, 0},
		{"none", nil, 1, 0, 0, 0},
		{"two in the middle", []int{0, 3}, 1, 2, 2, 0},
		{"the first one", []int{1, 2}, 1, 2, 1, 0},
		{"in any order", []int{2, 0, 1}, 1, 3, 0, 0},
		{"half the workers", []int{0, 1}, 0.5, 2, 0, 2},
		{"the other half came late", []int{0, 1, 0}, 0.5, 2, 0, 1},
		{"one after the other", []int{0, 0, 1, 1}, 0.5, 2, 0, 0},
		{"nobody rated it", []int{0, 1}, 0, 2, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			var total Total
			for _, index := range c.add {
				s := secondOf(index, 1, 0)
				s.Covered = c.covered
				total.Add(s)
			}
			h := total.Summary(0).Health
			if h.Seconds != c.seconds || h.Missing != c.missing || h.Partial != c.partial {
				t.Errorf("got %d seconds, %d missing, %d partial; want %d, %d, %d",
					h.Seconds, h.Missing, h.Partial, c.seconds, c.missing, c.partial)
			}
		})
	}
}

func TestASnapshotOfSeveralSecondsCoversThem(t *testing.T) {
	var total Total
	s := secondOf(0, 1, 0)
	s.Length = 2500 * time.Millisecond
	total.Add(s)
	total.Add(secondOf(3, 1, 0))
	if h := total.Summary(0).Health; h.Seconds != 4 || h.Missing != 0 {
		t.Errorf("got %d seconds, %d missing", h.Seconds, h.Missing)
	}
}

func TestBusyAndStrainedSeconds(t *testing.T) {
	var total Total
	for index, h := range []Health{
		{CPU: 0.5, SchedLatency: LongWait - 1},      // waits in bursts
		{CPU: 0.5, SchedLatency: LongWait},          // for what others have
		{CPU: 0.95, SchedLatency: time.Microsecond}, // busy, and fast enough
		{CPU: 0.95, SchedLatency: time.Millisecond}, // a tenth of the median of 10 ms
		{CPU: 0.99, SchedLatency: time.Second, Stall: MinStall},
	} {
		s := secondOf(index, 20, 0)
		s.Health = h
		total.Add(s)
	}
	h := total.Summary(0).Health
	if h.Busy != 3 || h.Strained != 3 || h.Stalled != MinStall || h.SchedP99Peak != time.Second {
		t.Errorf("got %+v", h)
	}
	if want := (0.5 + 0.5 + 0.95 + 0.95 + 0.99) / 5; math.Abs(h.CPUMean-want) > 1e-9 || h.CPUPeak != 0.99 {
		t.Errorf("got CPU %v, peak %v, want %v", h.CPUMean, h.CPUPeak, want)
	}
}

// However the seconds of the workers come in, the totals are the same.
func TestTotalsAreFreeOfOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(snapshotOf(), 1, 5).Draw(t, "parts")
		for i, s := range parts {
			s.Second = i
		}
		var a, b Total
		for _, s := range parts {
			a.Add(s)
		}
		for _, s := range rapid.Permutation(parts).Draw(t, "order") {
			b.Add(s)
		}
		x, y := a.Summary(0), b.Summary(0)
		x.Health.CPUMean, y.Health.CPUMean = 0, 0 // a sum of fractions
		if !reflect.DeepEqual(x, y) {
			t.Fatalf("got %+v\nand %+v", x, y)
		}
		if !a.Response().Equal(b.Response()) || !a.Service().Equal(b.Service()) || !a.Lag().Equal(b.Lag()) {
			t.Fatal("histograms differ")
		}
	})
}

func TestSummaryOfNothing(t *testing.T) {
	var total Total
	s := total.Summary(0)
	if s.Requests != 0 || s.PerSecond != 0 || s.ErrorRate != 0 || s.Duration != 0 || len(s.Names) != 0 {
		t.Errorf("got %+v", s)
	}
}
