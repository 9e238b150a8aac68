package terminal

import (
	"math"
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
)

func TestUnits(t *testing.T) {
	l := newLook(false, false)
	for _, c := range []struct{ got, want string }{
		{l.duration(-1), "–"},
		{l.duration(0), "0s"},
		{l.duration(812), "812ns"},
		{l.duration(1), "1ns"},
		{l.duration(999_499), "999µs"},
		{l.duration(999_500), "1.00ms"},
		{l.duration(9_995_000), "10.0ms"},
		{l.duration(99_950_000), "100ms"},
		{l.duration(3_120_000), "3.12ms"},
		{l.duration(81_400_000), "81.4ms"},
		{l.duration(1_230_000_000), "1.23s"},
		{l.duration(59_960 * time.Millisecond), "1m"},
		{l.duration(72 * time.Second), "1m12s"},
		{newLook(false, true).duration(12_340), "12.3us"},
		{span(0), "0s"},
		{span(15 * time.Second), "15s"},
		{span(90 * time.Second), "1m30s"},
		{span(2 * time.Minute), "2m"},
		{span(time.Hour), "1h"},
		{span(65 * time.Minute), "1h05m"},
		{span(76 * time.Hour), "3d04h"},
		{exactly(0), "0s"},
		{exactly(500 * time.Millisecond), "500ms"},
		{exactly(1500 * time.Millisecond), "1.5s"},
		{exactly(30 * time.Second), "30s"},
		{exactly(90 * time.Second), "1m30s"},
		{clock(42 * time.Second), "0:42"},
		{clock(12*time.Minute + 999*time.Millisecond), "12:00"},
		{clock(time.Hour + 2*time.Minute + 3*time.Second), "1:02:03"},
		{clock(-time.Second), "0:00"},
		{count(0), "0"},
		{count(999), "999"},
		{count(1_234_567), "1,234,567"},
		{count(math.MaxUint64), "18,446,744,073,709,551,615"},
		{l.number(0), "0"},
		{l.number(0.25), "0.25"},
		{l.number(0.001), "<0.01"},
		{l.number(8.4), "8.40"},
		{l.number(40), "40"},
		{l.number(1250.4), "1,250"},
		{l.number(-3), "-3"},
		{l.number(math.NaN()), "–"},
		{l.number(math.Inf(1)), "–"},
		{l.number(1e20), "1e+20"},
		{l.rate(5), "5.00"},
		{l.rate(0), "0"},
		{l.rate(99), "99.0"},
		{l.rate(2517), "2,517"},
		{size(0), "0 B"},
		{size(812), "812 B"},
		{size(1_204_000), "1.20 MB"},
		{size(999_600), "1.00 MB"},
		{size(3e18), "3000 PB"},
		{percent(0, 0), "0%"},
		{percent(0, 10), "0%"},
		{percent(10, 10), "100%"},
		{percent(1, 1_000_000), "<0.01%"},
		{percent(999_999, 1_000_000), ">99.99%"},
		{percent(9_995, 10_000), "99.95%"},
		{percent(2, 1000), "0.20%"},
		{percent(123, 1000), "12.3%"},
		{percentShare(0.413), "41%"},
		{percentShare(math.NaN()), "0%"},
		{plural(1, "user"), "1 user"},
		{plural(2000, "user"), "2,000 users"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestThresholdWords(t *testing.T) {
	l := newLook(false, false)
	for _, c := range []struct {
		status          metrics.ThresholdStatus
		value, distance string
	}{
		{metrics.ThresholdStatus{Rule: "p95<300ms", Unit: "ms", Limit: 300}, "no data", ""},
		{metrics.ThresholdStatus{Rule: "p95<300ms", Unit: "ms", Limit: 300, Value: 81.44, Known: true, Passed: true}, "81.4ms", "27% of limit"},
		{metrics.ThresholdStatus{Rule: "p95<300ms", Unit: "ms", Limit: 300, Value: 299.9, Known: true, Passed: true}, "300ms", "at the limit"},
		{metrics.ThresholdStatus{Rule: "p95<300ms", Unit: "ms", Limit: 300, Value: 300, Known: true}, "300ms", "at the limit"},
		{metrics.ThresholdStatus{Rule: "p95<300ms", Unit: "ms", Limit: 300, Value: 342, Known: true}, "342ms", "14% over"},
		{metrics.ThresholdStatus{Rule: "p95<300ms", Unit: "ms", Limit: 300, Value: 700, Known: true}, "700ms", "2.3x the limit"},
		{metrics.ThresholdStatus{Rule: "p95<300ms", Unit: "ms", Limit: 300, Value: 4500, Known: true}, "4.50s", "15x the limit"},
		{metrics.ThresholdStatus{Rule: "error_rate<1%", Unit: "%", Limit: 1, Value: 0.3, Known: true, Passed: true}, "0.30%", "30% of limit"},
		{metrics.ThresholdStatus{Rule: "error_rate<=0%", Unit: "%", Value: 0.5, Distance: -0.5, Known: true}, "0.50%", "0.50 points short"},
		{metrics.ThresholdStatus{Rule: "check_rate>=99%", Unit: "%", Limit: 99, Value: 100, Distance: 1, Known: true, Passed: true}, "100%", "1 point above"},
		{metrics.ThresholdStatus{Rule: "check_rate>=99%", Unit: "%", Limit: 99, Value: 99, Known: true, Passed: true}, "99.0%", "at the limit"},
		{metrics.ThresholdStatus{Rule: "check_rate>=99%", Unit: "%", Limit: 99, Value: 96.5, Distance: -2.5, Known: true}, "96.5%", "2.50 points short"},
		{metrics.ThresholdStatus{Rule: "request_rate>=500/s", Unit: "/s", Limit: 500, Value: 475, Known: true}, "475/s", "5% short"},
		{metrics.ThresholdStatus{Rule: "request_rate>=500/s", Unit: "/s", Limit: 500, Value: 501, Known: true, Passed: true}, "501/s", "at the limit"},
		{metrics.ThresholdStatus{Rule: "request_rate>=500/s", Unit: "/s", Limit: 500, Value: 900, Known: true, Passed: true}, "900/s", "80% above"},
		{metrics.ThresholdStatus{Rule: "request_rate>=500/s", Unit: "/s", Limit: 500, Value: 1000, Known: true, Passed: true}, "1,000/s", "2.0x the minimum"},
		{metrics.ThresholdStatus{Rule: "request_rate>=5/s", Unit: "/s", Limit: 5, Value: 216.65, Known: true, Passed: true}, "217/s", "43x the minimum"},
		{metrics.ThresholdStatus{Rule: "count>=10", Limit: 10, Value: 5, Known: true}, "5", "50% short"},
		{metrics.ThresholdStatus{Rule: "dropped<=0", Value: 12, Distance: -12, Known: true}, "12", "none allowed"},
		{metrics.ThresholdStatus{Rule: "dropped<=0", Known: true, Passed: true}, "0", ""},
		{metrics.ThresholdStatus{Rule: "p95<1s", Unit: "ms", Limit: 1000, Value: math.NaN(), Known: true}, "–", "0% over"},
	} {
		if got := l.value(&c.status); got != c.value {
			t.Errorf("%s: got value %q, want %q", c.status.Rule, got, c.value)
		}
		if got := l.distance(&c.status); got != c.distance {
			t.Errorf("%s at %v: got distance %q, want %q", c.status.Rule, c.status.Value, got, c.distance)
		}
	}
}

func TestGauge(t *testing.T) {
	l := newLook(false, true)
	for _, c := range []struct {
		status metrics.ThresholdStatus
		want   string
	}{
		{metrics.ThresholdStatus{Rule: "p95<300ms"}, "          "},
		{metrics.ThresholdStatus{Rule: "p95<300ms", Limit: 300, Value: 150, Known: true, Passed: true}, "#####....."},
		{metrics.ThresholdStatus{Rule: "p95<300ms", Limit: 300, Value: 299, Known: true, Passed: true}, "#########."},
		{metrics.ThresholdStatus{Rule: "p95<300ms", Limit: 300, Value: 301, Known: true}, "##########"},
		{metrics.ThresholdStatus{Rule: "rps>=500/s", Limit: 500, Value: 1000, Known: true, Passed: true}, "          "},
		{metrics.ThresholdStatus{Rule: "rps>=500/s", Limit: 500, Value: 0, Known: true}, "          "},
	} {
		if got := l.gaugeOf(&c.status, 10); got != c.want {
			t.Errorf("%+v: got %q, want %q", c.status, got, c.want)
		}
	}
}

func TestPercentilesWithoutEnoughValuesAreDashes(t *testing.T) {
	l := newLook(false, false)
	few := metrics.Latency{Count: 199, P50: time.Millisecond, P95: time.Second, P99: time.Second, Max: 2 * time.Second}
	enough := few
	enough.Count = 1000
	for _, c := range []struct{ got, want string }{
		{l.percentile(&few, 0.5), "1.00ms"},
		{l.percentile(&few, 0.95), "–"},
		{l.percentile(&enough, 0.95), "1.00s"},
		{l.percentile(&enough, 0.999), "–"},
		{l.worst(&few), "max 2.00s"},
		{l.worst(&enough), "p99 1.00s"},
		{l.worst(&metrics.Latency{}), "–"},
		{l.extreme(&few, few.Max), "2.00s"},
		{l.extreme(&metrics.Latency{}, 0), "–"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}
