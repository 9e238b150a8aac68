package selftest

import (
	"testing"

	"github.com/loadforge/loadforge/internal/cluster"
)

func TestWhichRatesAreKept(t *testing.T) {
	good := Rate{Wanted: 1000, LagP99: 5, Deviation: 0.001, State: "degraded"}
	late, missing, invalid := good, good, good
	late.LagP99, missing.Deviation, invalid.State = 5.1, 0.0011, "invalid"
	if !good.kept() || late.kept() || missing.kept() || invalid.kept() {
		t.Errorf("kept are %v, late %v, missing %v, invalid %v", good.kept(), late.kept(), missing.kept(), invalid.kept())
	}
}

func TestWhatIsConcluded(t *testing.T) {
	kept := func(wanted float64) Rate { return Rate{Wanted: wanted, LagP99: 0.5, Kept: true} }
	lost := Rate{Wanted: 3000, LagP99: 7}
	for _, c := range []struct {
		says   string
		open   []Rate
		limits Limits
		want   Trust
	}{
		{"all were kept", []Rate{kept(1000), kept(2000)}, Limits{}, Trust{2000, 0.5, 2000, "requests"}},
		{"one was not", []Rate{kept(1000), lost}, Limits{}, Trust{1000, 0.5, 1000, "requests"}},
		{"none was", []Rate{lost}, Limits{Descriptors: 1024}, Trust{0, 0, 0, "requests"}},
		{"descriptors", []Rate{kept(100000)}, Limits{Descriptors: 1024, Ports: 28000}, Trust{100000, 0.5, 1024 - cluster.SpareDescriptors, "descriptors"}},
		{"ports", []Rate{kept(100000)}, Limits{Descriptors: 1 << 20, Ports: 28000}, Trust{100000, 0.5, 28000, "ports"}},
		{"no descriptors at all", []Rate{kept(100)}, Limits{Descriptors: 10}, Trust{100, 0.5, 0, "descriptors"}},
	} {
		r := Result{Open: c.open, Limits: c.limits}
		if r.trust(); r.Trust != c.want {
			t.Errorf("%s: %+v, want %+v", c.says, r.Trust, c.want)
		}
	}
}

func TestRatesAreRound(t *testing.T) {
	for x, want := range map[float64]float64{0: 1, 0.3: 1, 7.9: 7, 42.9: 42, 129: 120, 1999: 1900, 123456: 120000} {
		if got := roundRate(x); got != want {
			t.Errorf("%v is rounded to %v, want %v", x, got, want)
		}
	}
}

func TestTheClockAndTimersAreRead(t *testing.T) {
	c := readClock()
	if c.ResolutionNS <= 0 || c.ReadNS <= 0 || c.ResolutionNS > 1e8 {
		t.Errorf("the clock is %+v", c)
	}
	timer := ringTimers(0)
	if timer.LateP50 < 0 || timer.LateP50 > timer.LateP99 || timer.LateP99 > timer.LateMax {
		t.Errorf("timers are %+v", timer)
	}
}
